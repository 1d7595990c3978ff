"""Every hostile case at every level where it applies: nothing happened outside, the failure is of the right class, and
the very next job works."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import cases_between
import cases_files
import cases_limits
import cases_network
import cases_processes
import cases_python
import pytest
from cases import CASES, EVERYWHERE, LEVELS, Arena, Case
from cases_limits import ENDLESS
from conftest import setup_of
from drivers import Driver, Setup, children
from processes import eventually, ever_within

MODULES = (cases_between, cases_files, cases_limits, cases_network, cases_processes, cases_python)


@pytest.mark.parametrize(
    ("case", "level"), [pytest.param(c, at, id=f"{c.name}-{at}") for c in CASES for at in EVERYWHERE if at in c.levels]
)
def test_case(case: Case, level: str, arena_at: Callable[[str], Arena], request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--level") not in ("", level):
        pytest.skip("another level was asked for")
    arena = arena_at(level)
    case.run(arena)
    arena.check_marks()
    after = arena.driver.run("")
    assert after.outcome == "ok", f"the next job: {after.message}"


@pytest.mark.parametrize("level", LEVELS)
def test_what_only_the_clock_ends(level: str, request: pytest.FixtureRequest) -> None:
    """27, 40, 41, 42: all at once; each ends at its limit as a time limit, and no process is left."""
    if level == "user" and os.geteuid() != 0:
        pytest.skip("level full is the ordinary user's here")
    options = (
        "--job-timeout",
        "1s",
        "--job-memory",
        "512M",
        "--threads",
        str(len(ENDLESS)),
        "--running",
        "12",
        "--spares",
        "2",
    )
    driver = Driver(setup_of(level, request.config.getoption("--without"), options=options))
    try:
        results = driver.run_all(ENDLESS)
        assert {name: r.outcome for name, r in results.items()} == dict.fromkeys(ENDLESS, "code_time_limit")
        assert all(len(r.out) < 20_000 for r in results.values())
        assert driver.run("").outcome == "ok"
        zygote = driver.status()["zygote"]
        assert eventually(lambda: len(children(zygote)) <= 2), "jobs are left"
    finally:
        driver.close()


def test_the_numbers_of_the_list_are_all_here() -> None:
    """1 to 58, but for 27 and 40 to 42 (above), 30 (test_end.py), 49's wire (unit/test_wire.c), 58 (tests/browser)."""
    here = {n for case in CASES for n in case.numbers} | {27, 30, 40, 41, 42, 58}
    assert here == set(range(1, 59))


def test_a_job_is_dead_within_a_tenth_of_a_second_of_its_result() -> None:
    """The result does not wait for the death of the process: that follows, whatever the code left running."""
    driver = Driver(setup_of("full", options=("--job-timeout", "20s", "--spares", "0")))
    try:

        def once() -> float:
            answer = driver.run("import threading\nthreading.Thread(target=lambda: [0 for _ in iter(int, 1)], daemon=True).start()")
            assert answer.outcome == "ok", answer.message
            begun, zygote = time.monotonic(), driver.status()["zygote"]
            assert eventually(lambda: not children(zygote))
            return time.monotonic() - begun

        assert ever_within(0.1, once)
    finally:
        driver.close()


def test_a_machine_of_many_processors() -> None:
    """The zygote holds descriptors for each place: more than a job may have."""
    driver = Driver(Setup(options=("--job-timeout", "20s", "--running", "100")))
    try:
        answer = driver.run("")
        assert answer.outcome == "ok", answer.message
    finally:
        driver.close()


def test_a_cancelled_job_is_dead_within_a_tenth_of_a_second(drivers: Callable[[Setup], Driver]) -> None:
    driver = drivers(setup_of("full"))
    assert ever_within(150, lambda: driver.run_bare("while True: pass", "kill", 50).ms)
    zygote = driver.status()["zygote"]
    assert eventually(lambda: len(children(zygote)) <= 2, 5)
