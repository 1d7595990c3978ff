"""The examples, run as they stand."""

import os
import pathlib
import re
import subprocess
from collections.abc import Iterator

import pytest
import requests

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLOTD = pathlib.Path(os.environ.get("PLOTD_BIN", ROOT / "build/release/src/cli/plotd"))


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A service on a free port, with the built-in rules."""
    env = {**os.environ, "PLOTD_PORT": "0", "PLOTD_LLM": "rules", "PLOTD_LOG": "error", "PLOTD_CACHE": "off"}
    with subprocess.Popen([PLOTD, "serve"], stderr=subprocess.PIPE, text=True, env=env) as service:
        assert service.stderr
        said = service.stderr.readline()
        address = re.search(r"http://\S+", said)
        assert address, said + service.stderr.read()
        yield address[0]
        service.terminate()
        assert service.wait(30) == 0


def run(command: list[str | pathlib.Path], url: str, folder: pathlib.Path) -> str:
    """What the example prints; it must end well."""
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=100, env={**os.environ, "PLOTD_URL": url}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "command",
    [["/usr/bin/python3", "client.py"], ["sh", "curl.sh"], ["node", "fetch.mjs"]],
    ids=lambda command: command[1],
)
def test_each_client_saves_a_page_with_both_tables(command: list[str], url: str, tmp_path: pathlib.Path) -> None:
    said = run([command[0], ROOT / "examples" / command[1]], url, tmp_path)
    page = (tmp_path / "output_plot.html").read_text()
    assert "output_plot.html" in said
    assert len(page) > 4_000_000
    assert "North" in page
    assert re.search("Cocoa|Grinder", page)


def readme_block(language: str, holding: str) -> str:
    """The first code block of the README in this language with these words in it."""
    blocks = re.findall(rf"```{language}\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    return next(block for block in blocks if holding in block)


def test_the_readmes_python_request_works_as_written(url: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    code = readme_block("python", "requests.post").replace("http://localhost:8000", url)
    exec(compile(code, "README.md", "exec"), {})
    assert "North" in (tmp_path / "output_plot.html").read_text()


def test_the_readmes_curl_request_works_as_written(url: str, tmp_path: pathlib.Path) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    run(["sh", "-c", readme_block("sh", "curl").replace("http://127.0.0.1:8000", url)], url, tmp_path)
    assert "North" in (tmp_path / "plot.html").read_text()


def test_the_client_tells_plotds_own_words_when_it_is_refused(url: str, tmp_path: pathlib.Path) -> None:
    done = subprocess.run(
        ["/usr/bin/python3", ROOT / "examples/client.py", "--url", url, "--question", ""],
        cwd=tmp_path, capture_output=True, text=True, timeout=60,
    )
    assert done.returncode == 1
    assert "user_question" in done.stderr


def test_the_service_was_well_all_along(url: str) -> None:
    assert requests.get(f"{url}/health", timeout=30).json()["status"] == "ok"
