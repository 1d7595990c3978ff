"""How fast CSV becomes typed columns: plotd's reader, pyarrow.csv and pandas' C engine, in turns, in one run.

    build/venv/bin/python bench/csv_speed.py [--mb 200] [--small 10000] [--repeat 5] [--threads 1] [--reader PATH] [--cpu]
        [FILE...]

Prints a row a shape (or a row a FILE) with medians in milliseconds and how many times plotd's time the others take. All
stay in their process from turn to turn, with one turn before the count, may use so many threads (of several files plotd's
take one each), and keep the memory that they had: what a kernel takes to hand out memory anew is no reader's doing.
`memcpy` is the time to copy the file's bytes once. `--cpu` takes processor time instead of the clock's, for a machine
that others use at the time.
"""

import argparse
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pc

ROOT = pathlib.Path(__file__).resolve().parents[1]
WORDS = ["alpha", "beta", "gamma", "delta", "New York", "Berlin", "San Francisco", "red", "x", "management consulting"]


def day(pick: random.Random) -> str:
    return f"{pick.randrange(1970, 2030)}-{pick.randrange(1, 13):02}-{pick.randrange(1, 29):02}"


def numbers(pick: random.Random) -> str:
    return (
        f"{pick.randrange(10**6)},{pick.random() * 100:.2f},{pick.gauss(0, 1):.6f},{pick.randrange(-500, 500)},"
        f"{pick.random()},{pick.randrange(10**9)}"
    )


def short_text(pick: random.Random) -> str:
    return ",".join(pick.choice(WORDS) for _ in range(5))


def quoted_text(pick: random.Random) -> str:
    return ",".join(
        f'"{pick.choice(WORDS)}, {pick.choice(WORDS) if pick.random() > 0.05 else chr(34) * 2}"' for _ in range(4)
    )


def dates(pick: random.Random) -> str:
    clock = f"{pick.randrange(24):02}:{pick.randrange(60):02}:{pick.randrange(60):02}"
    return f"{day(pick)},{day(pick)} {clock},{day(pick)}"


SHAPES: dict[str, Callable[[random.Random], str]] = {
    "numbers": numbers,
    "short text": short_text,
    "quoted text": quoted_text,
    "dates": dates,
}


def make(path: pathlib.Path, line: Callable[[random.Random], str], size: int) -> None:
    """A block of random lines, written until the size is reached: what counts is that the block is larger than a cache."""
    pick = random.Random(5)
    lines = [line(pick) for _ in range(40000)]
    header = ",".join(
        f"c{i}" for i in range(lines[0].count('","') + 1 if lines[0][0] == '"' else lines[0].count(",") + 1)
    )
    block = ("\n".join(lines) + "\n").encode()
    with path.open("wb") as out:
        out.write((header + "\n").encode())
        for _ in range(max(1, size // len(block))):
            out.write(block)


def timed(work: Callable[[], object], cpu: bool) -> float:
    clock = time.process_time if cpu else time.perf_counter
    start = clock()
    work()
    return (clock() - start) * 1e3


def with_pyarrow(paths: list[str], threads: int) -> None:
    options = pc.ReadOptions(use_threads=threads > 1)
    for path in paths:
        pc.read_csv(path, read_options=options)


def with_pandas(paths: list[str], dated: bool) -> None:
    for path in paths:
        frame = pd.read_csv(path, engine="c")
        if dated:  # read_csv leaves them text
            for name in frame.columns:
                pd.to_datetime(frame[name], format="ISO8601")


class Plotd:
    """The reader in its process, which reads all files once a line."""

    def __init__(self, reader: str, threads: int, paths: list[str]) -> None:
        self.process = subprocess.Popen(
            [reader, str(threads), *paths], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def read(self, cpu: bool) -> float:
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None and stdout is not None
        stdin.write("\n")
        stdin.flush()
        clock, processor = stdout.readline().split()
        return float(processor if cpu else clock)


def compare(name: str, paths: list[str], dated: bool, a: argparse.Namespace) -> None:
    data = b"".join(pathlib.Path(p).read_bytes() for p in paths[:1])
    plotd = Plotd(a.reader, a.threads, paths)
    turns: dict[str, Callable[[], float]] = {
        "plotd": lambda: plotd.read(a.cpu),
        "pyarrow": lambda: timed(lambda: with_pyarrow(paths, a.threads), a.cpu),
        "pandas": lambda: timed(lambda: with_pandas(paths, dated), a.cpu),
        "memcpy": lambda: timed(lambda: bytearray(data), a.cpu),
    }
    rounds = [{who: turn() for who, turn in turns.items()} for _ in range(a.repeat + 1)][1:]
    plotd.process.communicate()
    p50 = {who: statistics.median(times[who] for times in rounds) for who in turns}
    print(
        f"{name:12} plotd {p50['plotd']:9.1f} ms | pyarrow {p50['pyarrow']:9.1f} ms, {p50['pyarrow'] / p50['plotd']:5.2f} times | "
        f"pandas {p50['pandas']:9.1f} ms, {p50['pandas'] / p50['plotd']:5.2f} times | memcpy {p50['memcpy']:7.1f} ms",
        flush=True,
    )


def compare_made(a: argparse.Namespace, base: pathlib.Path) -> None:
    path = base / "large.csv"
    for name, line in SHAPES.items():
        make(path, line, a.mb << 20)
        compare(name, [str(path)], name == "dates", a)
    path.unlink()
    paths = [str(base / f"small{i}.csv") for i in range(a.small)]
    pick = random.Random(5)
    for small in paths:
        rows = [f"{day(pick)},{pick.choice(WORDS)},{pick.randrange(1000)}\n" for _ in range(48)]
        pathlib.Path(small).write_text("date,place,amount\n" + "".join(rows))
    if paths:
        compare(f"{a.small} x 1 KB", paths, False, a)


def keep_memory() -> None:
    """Starts the program again with a malloc that gives nothing back, here and in the reader (mallopt(3))."""
    keep = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(2**31 - 1)}
    if not keep.items() <= os.environ.items():
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **keep})


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--mb", type=int, default=200)
    ask.add_argument("--small", type=int, default=10000, help="files of 1 KB")
    ask.add_argument("--repeat", type=int, default=5)
    ask.add_argument("--threads", type=int, default=1)
    ask.add_argument("--reader", default=str(ROOT / "build/release/tests/data/csv_read"))
    ask.add_argument("--cpu", action="store_true", help="processor time")
    ask.add_argument("files", nargs="*", metavar="FILE", help="compare these instead")
    a = ask.parse_args()
    keep_memory()
    pa.set_cpu_count(a.threads)
    pd.set_option("mode.max_threads", a.threads)
    print(
        f"{a.mb} MB each, {a.threads} thread(s), medians of {a.repeat}; pyarrow {pa.__version__}, pandas {pd.__version__}",
        file=sys.stderr,
    )
    for file in a.files:
        compare(pathlib.Path(file).name, [file], False, a)
    if not a.files:
        with tempfile.TemporaryDirectory() as folder:
            compare_made(a, pathlib.Path(folder))


main()
