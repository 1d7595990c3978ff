"""Fixtures of the hostile suite. `--without LAYER` switches a layer off for all of it: then cases must turn red."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cases import Arena
from drivers import Driver, Setup


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--without", default="", help="comma list of layers switched off: cases are expected to fail")
    parser.addoption("--level", default="", help="full, reduced, user or least: only this one")


@pytest.fixture(scope="session")
def drivers() -> Iterator[Callable[[Setup], Driver]]:
    """Starts each driver once and keeps it."""
    kept: dict[Setup, Driver] = {}

    def get(setup: Setup) -> Driver:
        if setup in kept and kept[setup].process.poll() is not None:
            kept.pop(setup).close()
        if setup not in kept:
            kept[setup] = Driver(setup)
        return kept[setup]

    yield get
    for driver in kept.values():
        driver.close()


def setup_of(level: str, without: str = "", **more: tuple[str, ...]) -> Setup:
    layers = [w for w in (without, "reduced" if level in ("reduced", "least") else "") if w]
    return Setup(without=",".join(layers), user=level in ("user", "least"), **more)


@pytest.fixture
def outside() -> Iterator[Path]:
    """A folder that everybody may write to."""
    folder = Path(tempfile.mkdtemp(prefix="plotd-outside-"))
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def arena_at(
    drivers: Callable[[Setup], Driver], outside: Path, request: pytest.FixtureRequest
) -> Callable[[str], Arena]:
    def make(level: str) -> Arena:
        if level in ("user", "least") and os.geteuid() != 0:
            pytest.skip("the other levels are the ordinary user's here")
        return Arena(drivers(setup_of(level, request.config.getoption("--without"))), level, outside)

    return make
