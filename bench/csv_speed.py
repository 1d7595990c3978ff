"""How fast CSV becomes typed columns: plotd's reader, pyarrow.csv and pandas' C engine, in turns, in one run.

    build/venv/bin/python bench/csv_speed.py [--mb 200] [--small 10000] [--repeat 5] [--threads 1] [--reader PATH] [--cpu]

Prints a row a shape with medians in milliseconds and how many times plotd's time the others take. `memcpy` is the time to
copy the file's bytes once: the bound that no reader passes. `--cpu` takes processor time instead of the clock's, for a
machine that others use at the time.
"""

import argparse
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


def with_plotd(reader: str, paths: list[str], threads: int, cpu: bool) -> float:
    """The second time in a process: the others, too, pay for fresh memory in their first round only."""
    done = subprocess.run([reader, str(threads), "2", *paths], capture_output=True, text=True, check=True)
    clock, processor = done.stdout.splitlines()[-1].split()
    return float(processor if cpu else clock)


def compare(name: str, paths: list[str], a: argparse.Namespace) -> None:
    times: dict[str, list[float]] = {"plotd": [], "pyarrow": [], "pandas": [], "memcpy": []}
    data = b"".join(pathlib.Path(p).read_bytes() for p in paths[:1])
    for _ in range(a.repeat):
        times["plotd"].append(with_plotd(a.reader, paths, a.threads, a.cpu))
        times["pyarrow"].append(timed(lambda: with_pyarrow(paths, a.threads), a.cpu))
        times["pandas"].append(timed(lambda: with_pandas(paths, name == "dates"), a.cpu))
        times["memcpy"].append(timed(lambda: bytearray(data), a.cpu))
    p50 = {k: statistics.median(v) for k, v in times.items()}
    print(
        f"{name:12} plotd {p50['plotd']:9.1f} ms | pyarrow {p50['pyarrow']:9.1f} ms, {p50['pyarrow'] / p50['plotd']:5.2f} times | "
        f"pandas {p50['pandas']:9.1f} ms, {p50['pandas'] / p50['plotd']:5.2f} times | memcpy {p50['memcpy']:7.1f} ms",
        flush=True,
    )


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--mb", type=int, default=200)
    ask.add_argument("--small", type=int, default=10000, help="files of 1 KB")
    ask.add_argument("--repeat", type=int, default=5)
    ask.add_argument("--threads", type=int, default=1)
    ask.add_argument("--reader", default=str(ROOT / "build/release/tests/data/csv_read"))
    ask.add_argument("--cpu", action="store_true", help="processor time")
    a = ask.parse_args()
    if a.threads == 1:
        pa.set_cpu_count(1)
    print(
        f"{a.mb} MB each, {a.threads} thread(s), medians of {a.repeat}; pyarrow {pa.__version__}, pandas {pd.__version__}",
        file=sys.stderr,
    )
    with tempfile.TemporaryDirectory() as folder:
        base = pathlib.Path(folder)
        for name, line in SHAPES.items():
            path = base / "large.csv"
            make(path, line, a.mb << 20)
            compare(name, [str(path)], a)
        path.unlink()
        paths = [str(base / f"small{i}.csv") for i in range(a.small)]
        pick = random.Random(5)
        for small in paths:
            rows = [f"{day(pick)},{pick.choice(WORDS)},{pick.randrange(1000)}\n" for _ in range(48)]
            pathlib.Path(small).write_text("date,place,amount\n" + "".join(rows))
        compare(f"{a.small} x 1 KB", paths, a)


main()
