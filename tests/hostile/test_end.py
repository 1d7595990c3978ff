"""The end, whatever its cause, leaves nothing; and what cannot start says why in one sentence."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import setup_of
from drivers import DRIVER, ROOT, Driver, children, status_field
from processes import alive, eventually, ever_within, seconds_to_die


def groups_of(keeper: int) -> list[Path]:
    # os.walk, not rglob: groups of others go while it looks
    return [Path(at, f"plotd-{keeper}") for at, names, _ in os.walk("/sys/fs/cgroup") if f"plotd-{keeper}" in names]


def busy_driver(user: bool = False) -> tuple[Driver, list[int]]:
    """A driver with four jobs that run, and every process below it."""
    options = ("--job-timeout", "60s", "--threads", "6", "--running", "4", "--spares", "1")
    driver = Driver(setup_of("user" if user else "full", options=options))
    zygote = driver.status()["zygote"]
    for _ in range(4):
        driver.send(f"run {driver.path_of('while True: pass')}")
    assert eventually(lambda: len(children(zygote)) >= 4)
    keeper = children(driver.process.pid)
    return driver, [*keeper, zygote, *children(zygote)]


@pytest.mark.parametrize("user", [False, True], ids=["root", "user"])
def test_a_killed_plotd_leaves_no_process_and_no_group(user: bool) -> None:
    if user and os.geteuid() != 0:
        pytest.skip("the same as the other")
    driver, pids = busy_driver(user)
    driver.process.send_signal(signal.SIGKILL)
    driver.process.wait()
    assert eventually(lambda: not any(map(alive, pids))), [p for p in pids if alive(p)]
    assert eventually(lambda: not groups_of(pids[0]))
    driver.close()


def test_a_killed_keeper_takes_all_along_and_another_comes() -> None:
    driver, pids = busy_driver()
    os.kill(pids[0], signal.SIGKILL)
    assert eventually(lambda: not any(map(alive, pids))), [p for p in pids if alive(p)]
    # The four jobs were tried again in the next runner.
    assert eventually(lambda: len(children(driver.status()["zygote"])) >= 4, 60)
    driver.process.kill()
    driver.process.wait()
    assert eventually(lambda: not groups_of(pids[0])), "the next runner clears what a killed one left"
    driver.close()


def test_groups_of_which_a_part_is_gone_are_cleared() -> None:
    driver, pids = busy_driver()
    gone = subprocess.Popen(["true"])
    gone.wait()
    for group in groups_of(pids[0]):
        (group.with_name(f"plotd-{gone.pid}") / "2").mkdir(parents=True)
    assert groups_of(gone.pid)
    os.kill(pids[0], signal.SIGKILL)
    assert eventually(lambda: not groups_of(gone.pid), 60), "the next runner clears what a killed one left"
    driver.close()


def running_job(driver: Driver) -> list[int]:
    """The processes of a job that computes for ever, in a driver without spares."""
    zygote = driver.status()["zygote"]
    driver.send(f"hold {driver.path_of('while True: pass')}")
    assert eventually(lambda: any(status_field(p, "Seccomp") == "2" for p in children(zygote)))
    return children(zygote)


def test_a_job_that_nobody_waits_for_is_dead_within_a_tenth_of_a_second() -> None:
    driver = Driver(setup_of("full", options=("--job-timeout", "60s", "--spares", "0")))

    def once() -> float:
        pids = running_job(driver)
        driver.send("release -")
        took = seconds_to_die(pids)
        assert driver.receive()["outcome"] == "cancelled"
        return took

    assert ever_within(0.1, once)
    driver.close()


def test_a_job_of_a_plotd_that_died_is_dead_within_a_tenth_of_a_second() -> None:
    def once() -> float:
        driver = Driver(setup_of("full", options=("--job-timeout", "60s", "--spares", "0")))
        pids = running_job(driver)
        driver.process.kill()
        took = seconds_to_die(pids)
        driver.process.wait()
        driver.close()
        return took

    assert ever_within(0.1, once)


def test_a_job_whose_time_is_over_is_dead_within_a_tenth_of_a_second() -> None:
    driver = Driver(setup_of("full", options=("--job-timeout", "300ms", "--spares", "0")))

    def late() -> float:
        result = driver.run_bare("while True: pass")
        assert result.outcome == "code_time_limit"
        assert result.ms >= 300, "before its time, which runs from when the job is handed over"
        return result.ms - result.timings["spawn"] - 300

    assert ever_within(100, late)
    driver.close()


def test_closing_ends_running_jobs_at_once() -> None:
    driver, pids = busy_driver()
    driver.process.send_signal(signal.SIGTERM)
    driver.process.wait(5)
    assert eventually(lambda: not any(map(alive, pids)), 2)
    driver.close()


def test_memory_comes_back_after_hostile_jobs(drivers: Callable[..., Driver]) -> None:
    """The zygote does not grow by what its jobs did, and its slots' groups are empty of them."""
    driver = drivers(setup_of("full"))
    zygote = driver.status()["zygote"]

    def size() -> int:
        return int(Path(f"/proc/{zygote}/statm").read_text().split()[1]) * 4096

    for _ in range(4):  # the zygote warms the rest of itself between the third job and the fourth
        driver.run("")
    before = size()
    for _ in range(8):
        driver.run("x = []\nwhile True: x.append(bytearray(1 << 24))")
        driver.run("import os; os._exit(1)")
    assert driver.status()["zygote"] == zygote
    assert size() - before < 2 << 20


def start(python_home: Path) -> tuple[int, str]:
    with pytest.raises(RuntimeError) as caught:
        driver = Driver(setup_of("full"), {"PLOTD_PYTHON_HOME": str(python_home)})
        try:
            driver.status()
        finally:
            status = driver.process.wait(30)
            driver.close()
    return status, str(caught.value)


def fake_venv(folder: Path, files: dict[str, str]) -> Path:
    site = folder / "lib" / f"python3.{os.sys.version_info.minor}" / "site-packages"
    for name, text in files.items():
        path = site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"other/__init__.py": ""}, "no Python environment with pandas"),
        ({"pandas/__init__.py": "", "plotly/__init__.py": ""}, "numpy"),
        ({"pandas/__init__.py": "raise OSError('disk is gone')", "numpy/__init__.py": "raise OSError('disk is gone')"}, "disk is gone"),
        ({"pandas/__init__.py": "import os; os._exit(1)", "numpy/__init__.py": "import os; os._exit(1)"}, "died while it started"),
    ],
    ids=["empty", "package missing", "package broken", "package that dies"],
)  # fmt: skip
def test_a_broken_venv_is_one_clear_sentence(outside: Path, files: dict[str, str], words: str) -> None:
    status, text = start(fake_venv(outside / "venv", files))
    assert status == 5
    assert words in text
    assert "Traceback" not in text
    assert len(text.strip().splitlines()) == 1, text


@pytest.mark.skipif(os.geteuid() != 0, reason="hides a folder from one process: root")
def test_a_system_without_pythons_library_is_one_clear_sentence() -> None:
    stdlib = os.path.dirname(os.__file__)
    hidden = f'mount -t tmpfs none "{stdlib}" && exec "$@"'
    command = ["unshare", "--mount", "sh", "-c", hidden, "sh", str(DRIVER)]
    environment = {**os.environ, "PLOTD_PYTHON_HOME": str(ROOT / "build" / "venv")}
    done = subprocess.run(command, capture_output=True, text=True, input="", env=environment, check=False)
    assert done.returncode == 5
    assert f"Python's library is not at {stdlib}" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr


def test_a_runner_started_by_hand_explains_itself() -> None:
    from drivers import BUILD

    done = subprocess.run([BUILD / "src" / "runner" / "plotd-runner"], capture_output=True, text=True, close_fds=True)
    assert done.returncode == 2
    assert "started by plotd" in done.stderr
