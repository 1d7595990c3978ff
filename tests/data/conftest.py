"""`plotd read`, called on bytes."""

import csv
import io
import os
import pathlib
import subprocess
from collections.abc import Callable

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DRIVER = pathlib.Path(os.environ.get("PLOTD_READ_MANY", ROOT / "build/release/tests/data/read_many"))
PLOTD = pathlib.Path(os.environ.get("PLOTD_BIN", ROOT / "build/release/src/cli/plotd"))

Rows = list[list[str]]
Read = Callable[..., subprocess.CompletedProcess[bytes]]


def parse(text: bytes) -> Rows:
    csv.field_size_limit(1 << 30)
    return list(csv.reader(io.StringIO(text.decode(), newline="")))


def read_many(files: list[bytes]) -> list[str]:
    """`plotd read` of each, by one process; "error: …" where there is no table."""
    sent = b"".join(len(f).to_bytes(8, "little") + f for f in files)
    done = subprocess.run([str(DRIVER)], input=sent, capture_output=True, timeout=1200, check=True).stdout
    texts, at = [], 0
    for _ in files:
        size = int.from_bytes(done[at : at + 8], "little")
        texts.append(done[at + 8 : at + 8 + size].decode())
        at += 8 + size
    return texts


@pytest.fixture
def read(tmp_path: pathlib.Path) -> Read:
    """read(bytes, *options, name=…): the finished process."""

    def run(data: bytes, *options: str, name: str = "file.csv") -> subprocess.CompletedProcess[bytes]:
        (tmp_path / name).write_bytes(data)
        return subprocess.run([str(PLOTD), "read", *options, name], capture_output=True, cwd=tmp_path, timeout=60, check=False)

    return run


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--csv-files", type=int, default=2000, help="random files of the differential test (all: 100000)")
