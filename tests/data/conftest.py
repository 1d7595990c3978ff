"""`plotd read`, called on bytes."""

import csv
import io
import os
import pathlib
import subprocess
from collections.abc import Callable

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLOTD = pathlib.Path(os.environ.get("PLOTD_BIN", ROOT / "build/release/src/cli/plotd"))

Rows = list[list[str]]
Read = Callable[..., subprocess.CompletedProcess[bytes]]


def parse(text: bytes) -> Rows:
    csv.field_size_limit(1 << 30)
    return list(csv.reader(io.StringIO(text.decode(), newline="")))


@pytest.fixture
def read(tmp_path: pathlib.Path) -> Read:
    """read(bytes, *options, name=…): the finished process."""

    def run(data: bytes, *options: str, name: str = "file.csv") -> subprocess.CompletedProcess[bytes]:
        (tmp_path / name).write_bytes(data)
        return subprocess.run([str(PLOTD), "read", *options, name], capture_output=True, cwd=tmp_path, timeout=60, check=False)

    return run


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--csv-files", type=int, default=2000, help="random files of the differential test (all: 100000)")
