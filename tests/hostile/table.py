"""Runs every case at level full with each layer off in turn and prints the table of docs/sandbox.md: which cases turn red.

usage: build/venv-test/bin/python tests/hostile/table.py [LAYER…]      needs root and a minute a layer
"""

from __future__ import annotations

import contextlib
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import test_hostile
from cases import CASES, Arena, Case
from conftest import setup_of
from drivers import Driver

LAYERS = (
    "user", "mount", "pid", "net", "ipc", "uts", "cgroup-ns", "tmpfs", "uid", "capabilities", "no-new-privs", "memory",
    "pids", "cpu", "rlimits", "landlock", "seccomp", "descriptors", "clock", "result",
)  # fmt: skip
QUICK = ("--job-timeout", "12s", "--job-memory", "192M")


def is_red(case: Case, driver: Driver, outside: Path) -> bool:
    arena = Arena(driver, "full", outside)
    try:
        case.run(arena)
        arena.check_marks()
    except (AssertionError, RuntimeError, ValueError):
        return True
    return False


def red_without(layer: str, outside: Path) -> set[str]:
    red: set[str] = set()
    driver = None
    for case in CASES:
        if "full" not in case.levels:
            continue
        if driver is None or driver.process.poll() is not None:
            driver = Driver(setup_of("full", layer, options=QUICK))
        if is_red(case, driver, outside):
            red.add(case.name)
            driver.process.kill()  # whatever it left behind is not the next one's
            with contextlib.suppress(Exception):
                driver.close()
            driver = None
    if driver:
        driver.close()
    return red


def main(layers: Sequence[str]) -> int:
    assert test_hostile.MODULES
    outside = Path(tempfile.mkdtemp(prefix="plotd-table-"))
    outside.chmod(0o777)
    for layer in layers:
        red = red_without(layer, outside)
        print(f"| {layer} | {', '.join(f'`{c.name}`' for c in CASES if c.name in red) or '—'} |", flush=True)
    shutil.rmtree(outside)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or LAYERS))
