"""What is in the two images, and what is not."""

import json
import re

import pytest
from conftest import docker

IMAGES = ["executor_image", "service_image"]


@pytest.fixture(params=IMAGES)
def image(request: pytest.FixtureRequest) -> str:
    """Each image in turn."""
    return request.getfixturevalue(request.param)


def in_image(image: str, *command: str) -> str:
    """What a program inside prints."""
    return docker("run", "--rm", "--network=none", "--entrypoint", command[0], image, *command[1:]).stdout


def test_it_runs_as_an_ordinary_user(image: str) -> None:
    assert in_image(image, "id", "-u").strip() == "10001"


def test_it_holds_no_compiler_and_no_pip(image: str) -> None:
    tools = "/usr/bin/gcc* /usr/bin/cc /usr/bin/meson /opt/plotd/venv/bin/pip"
    listed = in_image(image, "sh", "-c", f"ls {tools} 2>&1 || true")
    assert re.findall(r"(?m)^/\S+$", listed) == []


def test_nothing_in_it_may_be_written_by_its_user(image: str) -> None:
    writable = in_image(image, "sh", "-c", "find /opt /usr /etc -xdev -writable ! -type l 2>/dev/null | head")
    assert writable == ""


def test_its_bill_of_materials_names_what_it_holds(image: str) -> None:
    bill = json.loads(in_image(image, "cat", "/opt/plotd/sbom.cdx.json"))
    names = {part["name"] for part in bill["components"]}
    assert {"pandas", "plotly", "pyarrow", "libc6", "libseccomp2"} <= names


def test_its_history_shows_no_secret(image: str) -> None:
    history = docker("history", "--no-trunc", "--format", "{{.CreatedBy}}", image).stdout
    assert re.findall(r"(?i)(?:api_?key|token|password|secret)\s*=\s*\S+", history) == []


def test_the_doors_of_the_hostile_suite_are_not_in_the_service(service_image: str) -> None:
    done = docker("run", "--rm", "--network=none", service_image, "run", "--no-policy", "/dev/null", check=False)
    assert "no option --no-policy" in done.stderr


def test_every_library_that_the_programs_need_is_there(image: str) -> None:
    linked = r"find /opt/plotd \( -name '*.so*' -o -path '*/bin/plotd*' \) -type f -exec ldd {} + 2>/dev/null"
    found = in_image(image, "sh", "-c", linked)
    assert [line for line in found.splitlines() if "not found" in line] == []
