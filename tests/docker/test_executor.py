"""The docker executor as people meet it: over HTTP, on the command line, chosen by name or by plotd itself."""

import json
import os
import pathlib
import subprocess
import sys
from collections.abc import Iterator

import pytest
from conftest import ROOT, docker

sys.path.append(str(ROOT / "tests/api"))

from processes import eventually  # noqa: E402
from service import PLOTD, Service  # noqa: E402


def containers(*filters: str) -> list[str]:
    """Ids of all containers of plotd's, in whatever state."""
    more = [part for text in filters for part in ("--filter", text)]
    return docker("ps", "-aq", "--no-trunc", "--filter", "label=plotd.service", *more).stdout.split()


def owners() -> list[str]:
    """The directory of the service that each container is of; in one call, since containers come and go."""
    label = '{{.Label "plotd.service.directory"}}'
    return docker("ps", "-a", "--filter", "label=plotd.service", "--format", label).stdout.split()


@pytest.fixture(scope="module")
def service(engine: str, executor_image: str) -> Iterator[Service]:
    """`plotd serve` whose jobs run in containers."""
    started = Service(PLOTD_EXECUTOR="docker", DOCKER_HOST=engine)
    yield started
    assert started.stop() == 0
    assert started.left() == []


def run(engine: str, *args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """plotd on the command line, with the tests' engine."""
    env = {**os.environ, "DOCKER_HOST": engine, "PLOTD_LLM": "rules", "PLOTD_CACHE": "off", **environment}
    return subprocess.run([PLOTD, *args], env=env, capture_output=True, text=True, timeout=120, cwd=ROOT)


def test_health_says_which_executor_and_why(service: Service) -> None:
    health = service.get("/health").json()
    assert (health["executor"], health["why"]) == ("docker", "PLOTD_EXECUTOR names it")
    assert health["isolation"]["level"] == "full"
    assert "plotd_build_info" in service.get("/metrics").text


def test_a_page_comes_out_of_a_container(service: Service) -> None:
    answer = service.plot("amount by region", include="figure")
    assert answer.status_code == 200, answer.text
    assert "<html" in answer.json()["html"] and "north" in json.dumps(answer.json()["figure"])


def test_both_executors_give_the_same_figure(service: Service) -> None:
    native = Service(PLOTD_EXECUTOR="native")
    try:
        figures = [one.plot("amount by day", include="figure").json()["figure"] for one in (service, native)]
    finally:
        native.stop()
    assert figures[0] == figures[1]


def test_a_waiting_container_has_every_bound(service: Service) -> None:
    assert eventually(lambda: len(containers("status=running")) >= 2, 30)  # PLOTD_SPARES
    state = json.loads(docker("inspect", containers("status=running")[0]).stdout)[0]
    host = state["HostConfig"]
    assert (host["NetworkMode"], host["IpcMode"], host["Privileged"]) == ("none", "none", False)
    assert (host["Memory"], host["MemorySwap"]) == (512 << 20, 512 << 20)
    assert (host["NanoCpus"], host["PidsLimit"]) == (10**9, 80)
    assert host["ReadonlyRootfs"] and host["CapDrop"] == ["ALL"] and not host["CapAdd"]
    assert "no-new-privileges:true" in host["SecurityOpt"]
    assert any(option.startswith("seccomp={") for option in host["SecurityOpt"])
    assert list(host["Tmpfs"]) == ["/tmp"]
    assert state["Config"]["User"] == "10001:10001"
    assert state["Config"]["Labels"]["plotd.service"]
    mounts = [(m["Destination"], m["RW"]) for m in state["Mounts"]]
    assert mounts == [("/plotd.sock", False)]


def test_nobody_else_on_the_machine_reaches_its_socket(service: Service) -> None:
    assert eventually(owners, 30)
    folder = owners()[0]
    assert pathlib.Path(folder).stat().st_mode & 0o077 == 0


def test_selftest_goes_through_both(engine: str, executor_image: str) -> None:
    done = run(engine, "selftest")
    assert done.returncode == 0, done.stdout
    lines = done.stdout.splitlines()
    assert [line.split()[:2] for line in lines] == [["native", "ok,"], ["docker", "ok,"]], done.stdout


def test_ask_by_docker(engine: str, executor_image: str, tmp_path: pathlib.Path) -> None:
    done = run(engine, "ask", "total amount by region", "examples/sales.csv", "-o", str(tmp_path / "x.html"),
               PLOTD_EXECUTOR="docker")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "x.html").stat().st_size > 4_000_000


def test_an_ordinary_user_who_may_speak_to_the_engine(
    engine: str, executor_image: str
) -> None:
    """As a member of its group: plotd's directory is this user's then, the container's user still another."""
    socket = pathlib.Path(engine.removeprefix("unix://"))
    mode = socket.stat().st_mode
    socket.chmod(0o666)
    try:
        done = subprocess.run(
            ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", PLOTD, "ask", "total amount by region",
             ROOT / "examples/sales.csv", "-o", "-"],
            env={"PATH": os.environ["PATH"], "DOCKER_HOST": engine, "PLOTD_EXECUTOR": "docker", "PLOTD_CACHE": "off"},
            capture_output=True, text=True, timeout=120, cwd="/",
        )  # fmt: skip
    finally:
        socket.chmod(mode)
    assert done.returncode == 0, done.stderr
    assert "North" in done.stdout
    assert list(pathlib.Path("/tmp").glob("plotd-docker-*")) == []


CHOICES = [
    ({}, "native", "at level full"),
    ({"PLOTD_WITHOUT": "net"}, "docker", "native would be at level reduced here"),
    ({"PLOTD_RUNNER": "/nowhere"}, "docker", "native does not start"),
    ({"PLOTD_WITHOUT": "net", "DOCKER_HOST": "unix:///nowhere"}, "native", "docker does not start: there is no Docker"),
    ({"PLOTD_WITHOUT": "net", "PLOTD_EXECUTOR": "native"}, "native", "PLOTD_EXECUTOR names it"),
]


@pytest.mark.parametrize(("env", "executor", "why"), CHOICES, ids=lambda value: str(value)[:24])
def test_the_choice(engine: str, executor_image: str, env: dict[str, str], executor: str, why: str) -> None:
    service = Service(**{"DOCKER_HOST": engine, **env})
    try:
        health = service.get("/health").json()
        answer = service.plot()
    finally:
        service.stop()
    assert health["executor"] == executor and health["why"].startswith(why), health["why"]
    assert answer.status_code == 200, answer.text


def test_with_neither_it_refuses_and_says_both_reasons(engine: str) -> None:
    done = run(engine, "serve", PLOTD_RUNNER="/nowhere", DOCKER_HOST="unix:///nowhere.sock")
    assert done.returncode == 5
    assert "there is no program /nowhere" in done.stderr and "no socket at /nowhere.sock" in done.stderr


def test_the_benchmark_meets_its_goals(engine: str, executor_image: str) -> None:
    python = ROOT / "build/venv-test/bin/python"
    done = subprocess.run(
        [python, ROOT / "bench/executors.py", "5"], capture_output=True, text=True, timeout=300,
        env={**os.environ, "DOCKER_HOST": engine},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
