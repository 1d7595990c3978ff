"""compose.yaml, as an operator starts it."""

import json
import os
import pathlib
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator

import pytest
from conftest import ROOT, docker, unavailable

PORT = "18230"
URL = f"http://127.0.0.1:{PORT}"


def compose(engine: str, *args: str, cwd: pathlib.Path = ROOT) -> subprocess.CompletedProcess[str]:
    """docker-compose on the tests' engine, under a project name of its own."""
    return subprocess.run(
        ["docker-compose", "-p", "plotdtest", "-f", "compose.yaml", *args], cwd=cwd, capture_output=True, text=True,
        timeout=900, env={**os.environ, "DOCKER_HOST": engine, "PLOTD_PUBLISH": PORT, "DOCKER_BUILDKIT": "0"},
    )


def wait_until_healthy(engine: str, container: str) -> None:
    """As its own health check says."""
    wait = 'for i in $(seq 150); do s=$(docker inspect -f "{{.State.Health.Status}}" "$0"); ' \
        '[ "$s" = healthy ] && exit 0; sleep 0.2; done; docker logs "$0" >&2; exit 1'
    healthy = subprocess.run(
        ["sh", "-c", wait, container], env={**os.environ, "DOCKER_HOST": engine}, capture_output=True, text=True,
        timeout=120,
    )
    assert healthy.returncode == 0, healthy.stderr[-3000:]


@pytest.fixture(scope="module")
def service(engine: str, service_image: str) -> Iterator[str]:
    """The service under Compose, once it is healthy."""
    done = compose(engine, "up", "-d", "--build")
    assert done.returncode == 0, done.stderr[-3000:]
    container = compose(engine, "ps", "-q", "plotd").stdout.strip()
    wait_until_healthy(engine, container)
    yield container
    compose(engine, "down", "-v")


def test_the_example_client_gets_a_page(service: str, tmp_path: pathlib.Path) -> None:
    done = subprocess.run(
        ["/usr/bin/python3", ROOT / "examples/client.py", "--url", URL], cwd=tmp_path, capture_output=True, text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "output_plot.html").stat().st_size > 4_000_000


def test_jobs_are_fully_isolated_inside_the_container(service: str) -> None:
    with urllib.request.urlopen(f"{URL}/health", timeout=30) as answer:
        isolation = json.load(answer)["isolation"]
    missing = [layer["name"] for layer in isolation["layers"] if layer["state"] != "on"]
    assert isolation["level"] == "full", missing


def test_the_container_has_no_capabilities_and_a_read_only_root(service: str) -> None:
    state = json.loads(docker("inspect", service).stdout)[0]["HostConfig"]
    assert state["ReadonlyRootfs"]
    assert state["CapDrop"] == ["ALL"]
    assert not state["Privileged"]
    assert "no-new-privileges:true" in state["SecurityOpt"]


def test_no_engine_socket_is_inside(service: str) -> None:
    mounts = json.loads(docker("inspect", service).stdout)[0]["Mounts"]
    assert [mount for mount in mounts if "docker.sock" in mount["Source"]] == []


def test_it_stops_with_exit_code_0(engine: str, service: str) -> None:
    assert compose(engine, "stop").returncode == 0
    state = json.loads(docker("inspect", service).stdout)[0]["State"]
    assert state["ExitCode"] == 0
    assert compose(engine, "start").returncode == 0


def test_it_is_valid_for_compose_version_2(tmp_path: pathlib.Path) -> None:
    """By the library that `docker compose` loads files with; docker-compose 1, which starts it above, is another."""
    go = shutil.which("go", path=f"{os.environ['PATH']}:/usr/local/go/bin:/usr/lib/go/bin")
    if not go:
        unavailable("there is no Go to build Compose's own loader with")
    loader = tmp_path / "loader"
    built = subprocess.run(
        [str(go), "build", "-o", loader, "."], cwd=ROOT / "tests/docker/compose_loader", capture_output=True, text=True,
        timeout=600,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr[-2000:]
    text = (ROOT / "compose.yaml").read_text()
    for name, content, valid in (("good", text, True), ("bad", text.replace("read_only: true", "read_onlyy: true"), False)):
        (tmp_path / f"{name}.yaml").write_text(content)
        loaded = subprocess.run([loader, f"{name}.yaml"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
        assert (loaded.returncode == 0) is valid, loaded.stderr
