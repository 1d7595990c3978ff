"""What the documents say is what there is."""

import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])


def test_the_tables_of_readme_env_example_and_compose_are_those_of_the_program() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "scripts/readme.py", "--check"], capture_output=True, text=True, timeout=60
    )
    assert done.stdout + done.stderr == ""


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_link_leads_somewhere(page: pathlib.Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_the_readme_names_every_command() -> None:
    usage = subprocess.run(
        [ROOT / "build/release/src/cli/plotd", "--help"], capture_output=True, text=True, timeout=30
    ).stdout
    commands = re.findall(r"(?m)^  (\w+) ", usage)
    readme = (ROOT / "README.md").read_text()
    assert commands
    assert [name for name in commands if f"`plotd {name}" not in readme] == []


def test_every_library_that_the_build_asks_for_is_in_the_list_of_packages() -> None:
    package_of = {
        "cmocka": "libcmocka-dev",
        "jansson": "libjansson-dev",
        "libcurl": "libcurl4-gnutls-dev",
        "libmicrohttpd": "libmicrohttpd-dev",
        "libseccomp": "libseccomp-dev",
        "libzstd": "libzstd-dev",
        "nettle": "nettle-dev",
        "python3": "python3-dev",
        "sqlite3": "libsqlite3-dev",
        "threads": "libc6-dev",
        "uchardet": "libuchardet-dev",
        "zlib": "zlib1g-dev",
    }
    listed = {line.split()[0] for line in (ROOT / "scripts/packages.txt").read_text().splitlines() if line.strip()}
    builds = [ROOT / "meson.build", *ROOT.glob("src/*/meson.build"), *ROOT.glob("tests/**/meson.build")]
    asked = {name for build in builds for name in re.findall(r"\bdependency\('([^']+)'", build.read_text())}
    unknown = {re.sub(r"-embed$", "", name) for name in asked} - package_of.keys()
    assert unknown == set()
    assert {package_of[re.sub(r"-embed$", "", name)] for name in asked} <= listed
