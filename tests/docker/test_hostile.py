"""The hostile suite once more, each job in a container of its own: the same cases, looked at from outside as there."""

import os
import pathlib
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import ROOT, docker

sys.path.insert(0, str(ROOT / "tests/hostile"))

import cases_between  # noqa: E402, F401
import cases_files  # noqa: E402, F401
import cases_limits  # noqa: E402
import cases_network  # noqa: E402, F401
import cases_processes  # noqa: E402, F401
import cases_python  # noqa: E402, F401
from cases import CASES, Arena, Case  # noqa: E402
from drivers import Driver, Setup, children  # noqa: E402

OPTIONS = ("--executor", "docker", "--job-timeout", "20s", "--job-memory", "192M", "--spares", "3")


class DockerDriver(Driver):
    """The driver, whose zygote is the one in the container that comes next."""

    def status(self) -> dict[str, Any]:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            answer = super().status()
            zygotes = children(answer["zygote"]) if answer["zygote"] else []
            if zygotes:
                return {**answer, "zygote": zygotes[0]}
            time.sleep(0.05)
        raise RuntimeError("no container became ready")


@pytest.fixture(scope="module")
def driver(engine: str, executor_image: str) -> Iterator[DockerDriver]:
    """Jobs in containers, policy off."""
    started = DockerDriver(Setup(options=OPTIONS), {"DOCKER_HOST": engine})
    yield started
    started.close()


@pytest.fixture
def arena(driver: DockerDriver) -> Iterator[Arena]:
    """With a folder that everybody may write to."""
    outside = pathlib.Path(tempfile.mkdtemp(prefix="plotd-outside-"))
    outside.chmod(0o777)
    yield Arena(driver, "docker", outside)
    shutil.rmtree(outside)


# What holds for an ordinary user's jobs holds here; the limits that native's control groups hold are below.
@pytest.mark.parametrize("case", [case for case in CASES if "user" in case.levels], ids=lambda case: case.name)
def test_case(case: Case, arena: Arena) -> None:
    case.run(arena)
    arena.check_marks()


def test_the_level_is_full(driver: DockerDriver) -> None:
    status = driver.status()
    assert status["level"] == "full", [layer for layer in status["layers"] if layer["state"] != "on"]


def container_of(pid: int) -> str:
    """The id of the container that a process is in, by its control groups."""
    paths = pathlib.Path(f"/proc/{pid}/cgroup").read_text().replace(".scope", "").replace("docker-", "docker/")
    return paths.split("/docker/")[1].split("/")[0].split("\n")[0]


def test_the_limits_of_its_container_hold_a_job(arena: Arena) -> None:
    """From outside: memory without swap, processes, processors, of the very control groups that the job is in."""
    seen: dict[str, str] = {}

    def look(pid: int) -> None:
        for controller, names in {"memory": ("memory.max", "memory.limit_in_bytes", "memory.memsw.limit_in_bytes"),
                                  "pids": ("pids.max",), "cpu": ("cpu.max", "cpu.cfs_quota_us")}.items():  # fmt: skip
            group = cases_limits.group_of(pid, controller)
            assert group and container_of(pid) in group.as_posix(), group
            seen.update({name: (group / name).read_text().split()[0] for name in names if (group / name).exists()})

    arena.while_running(look)
    assert {int(v) for k, v in seen.items() if k.startswith("memory")} == {256 << 20}, seen  # the least, for Python is in it too
    assert seen["pids.max"] == str(64 + 16)
    assert seen.get("cpu.max") == "100000" or seen.get("cpu.cfs_quota_us") == "100000", seen


def test_a_job_belongs_to_no_user_of_this_machine(arena: Arena) -> None:
    """From outside: the container's user, that no account here is, in a user namespace of the job's own."""
    seen: set[int] = set()
    arena.while_running(lambda pid: seen.add(os.stat(f"/proc/{pid}").st_uid))
    assert seen <= {10001, 0}, seen  # root owns the files of a process that may not be dumped


def test_what_only_the_clock_ends(engine: str, executor_image: str) -> None:
    """Endless jobs at once: each ends at its limit as a time limit, and no container of theirs is left."""
    options = ("--executor", "docker", "--job-timeout", "1s", "--job-memory", "512M", "--threads", "12", "--running",
               "6", "--spares", "1")  # fmt: skip
    driver = DockerDriver(Setup(options=options), {"DOCKER_HOST": engine})
    try:
        results = driver.run_all(cases_limits.ENDLESS)
        assert {r.outcome for r in results.values()} == {"code_time_limit"}, results
        assert driver.run("").outcome == "ok"
    finally:
        driver.close()


def test_one_container_runs_one_job(driver: DockerDriver) -> None:
    """Each job sees another zygote, and its container is gone soon after."""
    before = set(docker("ps", "-aq", "--no-trunc").stdout.split())
    zygotes = set()
    for _ in range(4):
        zygotes.add(driver.status()["zygote"])
        assert driver.run("").outcome == "ok"
    assert len(zygotes) == 4
    deadline = time.monotonic() + 30
    while before & set(docker("ps", "-aq", "--no-trunc").stdout.split()) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not before & set(docker("ps", "-aq", "--no-trunc").stdout.split())
