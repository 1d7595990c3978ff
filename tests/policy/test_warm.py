"""The zygote is warm: one thread, and a job that finds everything imported."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from conftest import run_code
from tables import rows

# Imports of these rows are of things that a chart seldom needs.
SELDOM = {"figure factory import", "figure factory quiver"}


def in_fork(work: Callable[[], Any]) -> Any:
    """Runs work in a fork, as the zygote runs a job, and gives what it returned."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(write, json.dumps(work()).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as result:
        text = result.read()
    os.waitpid(pid, 0)
    return json.loads(text)


def imported_by(code: str) -> list[str]:
    before = set(sys.modules)
    run_code(code)
    return sorted(set(sys.modules) - before)


@pytest.mark.parametrize("code", [pytest.param(c, id=t) for t, c in rows("accepted.txt") if t not in SELDOM])
def test_a_typical_job_imports_nothing(code: str) -> None:
    assert in_fork(lambda: imported_by(code)) == []


LOOK = """
import json, pathlib, sys
sys.path.insert(0, sys.argv[1])
import conftest
status = pathlib.Path("/proc/self/status").read_text().splitlines()
threads = next(line.split()[1] for line in status if line.startswith("Threads"))
late = conftest.compiled() - conftest.COMPILED_AT_FIRST
print(json.dumps({"threads": threads, "modules": list(sys.modules), "late": list(late)}))
"""


@pytest.fixture(scope="module")
def fresh() -> dict[str, Any]:
    """A process that has only warmed up: jobs of other tests may have started pyarrow's threads."""
    command = [sys.executable, "-c", LOOK, os.path.dirname(__file__)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return json.loads(done.stdout)


def test_warming_up_leaves_one_thread(fresh: dict[str, Any]) -> None:
    assert fresh["threads"] == "1"


def test_the_first_job_finds_all_machine_code_loaded(fresh: dict[str, Any]) -> None:
    assert fresh["late"] == []


def test_clients_of_cloud_stores_are_not_loaded(fresh: dict[str, Any]) -> None:
    clients = {"pyarrow._s3fs", "pyarrow._gcsfs", "pyarrow._azurefs", "pyarrow._flight", "pyarrow._fs", "_ssl"}
    assert not clients & set(fresh["modules"])
