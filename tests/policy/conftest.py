"""plotd's Python as the runner loads it: by module name, warmed up once, in one process."""

from __future__ import annotations

import datetime
import importlib.util
import os
import pathlib
import sys
from collections.abc import Callable
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("JE_ARROW_MALLOC_CONF", "background_thread:false")

import orjson
import pyarrow as pa
import pytest

SOURCE = pathlib.Path(__file__).resolve().parents[2] / "src" / "runner" / "python"
MODULES = ("names", "rules", "policy", "frames", "older", "facts", "figure", "trend", "explain", "warm", "job")


def load() -> Any:
    for name in MODULES:
        full = f"plotd_{name}"
        if full not in sys.modules:
            spec = importlib.util.spec_from_file_location(full, SOURCE / f"{name}.py")
            assert spec and spec.loader
            module = importlib.util.module_from_spec(spec)
            sys.modules[full] = module
            spec.loader.exec_module(module)
    return sys.modules["plotd_job"]


def compiled() -> set[str]:
    """The modules in machine code that are loaded."""
    return {n for n, m in list(sys.modules.items()) if str(getattr(m, "__file__", "")).endswith(".so")}


job = load()
VERSIONS = job.warm_up()
COMPILED_AT_FIRST = compiled()
job.settle()


def sales() -> pa.RecordBatch:
    n = 60
    start = datetime.datetime(2024, 1, 1)
    return pa.record_batch(
        {
            "date": pa.array([start + datetime.timedelta(days=7 * i) for i in range(n)], pa.timestamp("us")),
            "region": pa.array([("north", "south", "east", "west")[i % 4] for i in range(n)], pa.large_utf8()),
            "product": pa.array([("tea", "coffee", "milk")[i % 3] for i in range(n)], pa.large_utf8()),
            "amount": pa.array([10.0 + (i * 37 % 101) for i in range(n)], pa.float64()),
            "units": pa.array([1 + i * 7 % 13 for i in range(n)], pa.int64()),
            "cost": pa.array([None if i % 9 == 4 else 5.0 + i * 3 % 17 for i in range(n)], pa.float64()),
            "returned": pa.array([i % 5 == 0 for i in range(n)], pa.bool_()),
            "took": pa.array([i * 3_600_000_000 for i in range(n)], pa.duration("us")),
        }
    )


def revenue() -> pa.RecordBatch:
    return pa.record_batch(
        {
            "product": pa.array(["tea", "coffee", "milk", "juice"], pa.large_utf8()),
            "revenue": pa.array([120, 340, 95, 60], pa.int64()),
        }
    )


def prices() -> pa.RecordBatch:
    n = 40
    start = datetime.datetime(2024, 3, 1)
    close = [100 + (i * 13 % 17) - 8 for i in range(n)]
    return pa.record_batch(
        {
            "date": pa.array([start + datetime.timedelta(days=i) for i in range(n)], pa.timestamp("us")),
            "open": pa.array([float(c - 1) for c in close], pa.float64()),
            "high": pa.array([float(c + 3) for c in close], pa.float64()),
            "low": pa.array([float(c - 4) for c in close], pa.float64()),
            "close": pa.array([float(c) for c in close], pa.float64()),
            "volume": pa.array([1000 + i * 71 % 500 for i in range(n)], pa.int64()),
        }
    )


TABLES = [
    ("sales", "sales.csv", sales()),
    ("revenue", "revenue.csv", revenue()),
    ("prices", "prices.csv", prices()),
]

Run = Callable[..., dict[str, Any]]


def run_code(code: str | bytes, tables: Any = None, **options: Any) -> dict[str, Any]:
    source = code.encode() if isinstance(code, str) else code
    return orjson.loads(job.run(source, TABLES if tables is None else tables, options))


@pytest.fixture
def run() -> Run:
    """Runs code over the three tables and gives the document."""
    return run_code
