"""Each layer is needed: with it off, a case that names it as its witness must turn red."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable

import pytest
import test_hostile
from cases import CASES, Arena
from cases_limits import ENDLESS
from conftest import setup_of
from drivers import Driver

LAYERS = sorted({layer for case in CASES for layer in case.witness})


@pytest.mark.skipif(os.geteuid() != 0, reason="looks into jobs from outside: root")
@pytest.mark.parametrize("layer", LAYERS)
def test_without_it_a_case_turns_red(layer: str, outside: Callable[[], object]) -> None:
    assert test_hostile.MODULES
    driver = Driver(setup_of("full", layer))
    red = []
    try:
        for case in (c for c in CASES if layer in c.witness):
            arena = Arena(driver, "full", outside)
            try:
                case.run(arena)
                arena.check_marks()
            except (AssertionError, RuntimeError, ValueError):
                red.append(case.name)
                break
    finally:
        with contextlib.suppress(Exception):
            driver.close()
    assert red, f"nothing noticed that {layer} was off"


def test_without_the_clock_a_job_does_not_end() -> None:
    driver = Driver(setup_of("full", "clock", options=("--job-timeout", "300ms")))
    try:
        assert driver.run_bare(ENDLESS["sleep"], "kill", 1500).outcome == "cancelled"
    finally:
        driver.close()
