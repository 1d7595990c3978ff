"""What a job of the sandbox costs beyond the Python that it runs.

In one run, in turns, so that a busy machine slows all alike:
  a job of 1,000 rows against plain exec of the same code in a warm Python;
  spawn to first instruction, with spares and without;
  the hand-over of 1,000,000 rows by 6 columns against pyarrow's own to_pandas in process;
  empty figures a second, on all processors;
  the modules that a typical job still imports.

usage: build/venv-test/bin/python bench/sandbox.py [JOBS]      prints a table; exits 1 when a goal is missed
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/hostile"))

from drivers import Driver, Setup  # noqa: E402

LINE = 'fig = px.line(df, x="day", y="amount", color="region", title="Amount by day")'
PLAIN = f"""
import datetime, json, os, sys, time
import pandas as pd, plotly.express as px, pyarrow as pa
def batch(n):
    start = datetime.datetime(2024, 1, 1)
    days = [start + datetime.timedelta(days=i) for i in range(730)]
    return pa.record_batch({{
        "day": pa.array([days[i % 730] for i in range(n)], pa.timestamp("us")),
        "region": pa.array([("north", "south", "east", "west")[i % 4] for i in range(n)], pa.large_utf8()),
        "product": pa.array([("tea", "coffee", "cocoa")[i % 3] for i in range(n)], pa.large_utf8()),
        "units": pa.array([i * 7919 % 1000 for i in range(n)]),
        "amount": pa.array([None if i % 10 == 0 else i * 104729 % 100000 / 100 for i in range(n)], pa.float64()),
        "open": pa.array([i % 2 == 1 for i in range(n)]),
    }})
small, large = batch(1000), batch(1_000_000)
df = pa.Table.from_batches([small]).to_pandas()
code = compile({LINE!r}, "plain", "exec")
def plot():
    space = {{"px": px, "df": df}}
    exec(code, space)
    return space["fig"].to_json()
def take():
    return pa.Table.from_batches([large]).to_pandas(use_threads=False)
for _ in range(5): plot()
for line in sys.stdin:
    begun = time.perf_counter()
    globals()[line.strip()]()
    print(1000 * (time.perf_counter() - begun), flush=True)
"""


class Plain:
    """A warm Python that does on demand what a job does, with nothing around it."""

    def __init__(self) -> None:
        python = ROOT / "build/venv/bin/python"
        env = {"OPENBLAS_NUM_THREADS": "1", "PATH": "/usr/bin:/bin"}
        pipe = subprocess.PIPE
        self.process = subprocess.Popen([python, "-c", PLAIN], stdin=pipe, stdout=pipe, env=env, text=True)

    def ms(self, what: str) -> float:
        assert self.process.stdin and self.process.stdout
        print(what, file=self.process.stdin, flush=True)
        return float(self.process.stdout.readline())

    def close(self) -> None:
        self.process.communicate()


def driver(*options: str) -> Driver:
    return Driver(Setup(options=("--job-timeout", "60s", *options)))


def job(d: Driver, path: Path, rows: int = 0) -> dict:
    result = d.run_file(path, "run", rows)
    assert result.outcome in ("ok", "code_empty_figure"), result.message
    return result.raw


def used_by_jobs(d: Driver) -> tuple[int, float]:
    """Page faults and processor time (ms) of all jobs that are dead: what the zygote has reaped (proc(5), stat)."""
    stat = Path(f"/proc/{d.status()['zygote']}/stat").read_text()
    fields = stat[stat.rindex(")") + 2 :].split()  # from field 3 on
    return int(fields[8]), (int(fields[13]) + int(fields[14])) * 1000 / os.sysconf("SC_CLK_TCK")


def middle(values: list[float]) -> str:
    ordered = sorted(values)
    return f"{statistics.median(ordered):8.2f} p50 {ordered[int(len(ordered) * 0.95)]:8.2f} p95"


def pause(asleep: bool) -> None:
    """Until a spare is ready again: one request at a time is what this measures. A virtual machine's processor that sleeps
    takes milliseconds to wake, so whether one does is told apart."""
    until = time.perf_counter() + 0.05
    if asleep:
        time.sleep(0.05)
    while time.perf_counter() < until:
        pass


def bench_job(plain: Plain, jobs: int) -> bool:
    spared, bare = driver("--spares", "2"), driver("--spares", "0")
    paths = {d: d.path_of(LINE) for d in (spared, bare)}
    taken: dict[str, list[float]] = {
        name: [] for name in ("plain", "job", "bare", "spawn", "spawn asleep", "spawn bare")
    }
    parts: list[dict[str, float]] = []
    for i in range(jobs + 5):
        pause(asleep=False)
        a, b, c = plain.ms("plot"), job(spared, paths[spared]), job(bare, paths[bare])
        if i < 5:
            before = used_by_jobs(spared)
            continue
        for name, value in (("plain", a), ("job", b["ms"]), ("bare", c["ms"])):
            taken[name].append(value)
        taken["spawn"].append(b["timings"]["spawn"])
        pause(asleep=True)
        taken["spawn asleep"].append(job(spared, paths[spared])["timings"]["spawn"])
        taken["spawn bare"].append(c["timings"]["spawn"])
        parts.append(b["timings"])
    for name in ("plain", "job", "bare"):
        print(f"{name:34}{middle(taken[name])}  ms")
    print("  of it: " + ", ".join(f"{k} {statistics.median(p[k] for p in parts):.2f}" for k in parts[0]))
    faults, cpu = ((now - then) / (2 * jobs) for now, then in zip(used_by_jobs(spared), before, strict=True))
    print(f"  of a processor, with its spare and its end: {cpu:.1f} ms, {faults:.0f} page faults")
    ratio = statistics.median(taken["job"]) / statistics.median(taken["plain"])
    print(f"{'job / plain, goal 1.10':34}{ratio:8.2f}")
    print(f"{'spawn with spares, goal 1 ms':34}{middle(taken['spawn'])}  ms")
    print(f"{'  when the machine slept before':34}{middle(taken['spawn asleep'])}  ms")
    print(f"{'spawn without, goal 4 ms':34}{middle(taken['spawn bare'])}  ms")
    spared.close()
    bare.close()
    goals = (ratio <= 1.10, statistics.median(taken["spawn"]) <= 1, statistics.median(taken["spawn bare"]) <= 4)
    return all(goals)


def bench_hand_over(plain: Plain) -> bool:
    d = driver()
    path = d.path_of("import sys\nfig = px.bar(df.head(3), x='region', y='units')")
    ours, theirs = [], []
    for _ in range(9):
        theirs.append(plain.ms("take"))
        ours.append(job(d, path, 1_000_000)["timings"]["frames"])
        time.sleep(0.05)
    ratio = statistics.median(ours) / statistics.median(theirs)
    print(f"{'to_pandas, 1,000,000 x 6':34}{middle(theirs)}  ms")
    print(f"{'hand-over, 1,000,000 x 6':34}{middle(ours)}  ms")
    print(f"{'hand-over / to_pandas, goal 1.5':34}{ratio:8.2f}")
    d.close()
    return ratio <= 1.5


def bench_rate(jobs: int) -> bool:
    d = driver("--threads", "8")
    path = d.path_of("fig = go.Figure()")
    begun, before = time.perf_counter(), used_by_jobs(d)[1]
    for _ in range(jobs):
        d.send(f"run {path}")
    for _ in range(jobs):
        d.receive()
    rate = jobs / (time.perf_counter() - begun)
    cpu = (used_by_jobs(d)[1] - before) / jobs
    print(f"{'empty figures, goal 500':34}{rate:8.1f}  a second, {cpu:.2f} ms of a processor each in the fork")
    d.close()
    return rate >= 500


def bench_imports() -> bool:
    d = driver()
    for _ in range(4):  # the first jobs of a zygote that has not settled import what they need
        d.run_bare(LINE)
    done = d.run_bare(
        "import sys\nbefore = set(sys.modules)\n" + LINE + "\nfig.to_json()\nprint(*(set(sys.modules) - before))"
    )
    names = done.out.split()
    print(f"{'modules that a job imports':34}{len(names):8}  {' '.join(names)}")
    d.close()
    return done.outcome == "ok" and not names


def main(jobs: int) -> int:
    plain = Plain()
    goals = [bench_job(plain, jobs), bench_hand_over(plain), bench_imports(), bench_rate(4 * jobs)]
    plain.close()
    print(json.dumps({"goals met": sum(goals), "of": len(goals)}))
    return 0 if all(goals) else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100))
