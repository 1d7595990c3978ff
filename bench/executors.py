"""What isolation by each executor costs a request: the same code, natively, in a warm container, and by `docker run`.

In one run, in turns, so that a busy machine slows all alike. One request at a time, each once a spare is ready again, as
on a service that is not at its limit; then as many as there can be. `docker run` does what a service without a pool would: a container with the same
limits from the same image, Python started, pandas and plotly imported, the code run, the figure printed as JSON.

usage: build/venv-test/bin/python bench/executors.py [JOBS]      prints a table; exits 1 when a goal is missed
Needs an engine (DOCKER_HOST) that has plot-executor:latest.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/hostile"))

from drivers import Driver, Setup  # noqa: E402

LINE = 'fig = px.line(df, x="day", y="amount", color="region", title="Amount by day")'
GOALS = {"docker": 5, "native": 10}
# The driver's sample table, made in the container: reading it from outside would only add to the time.
PLAIN = f"""
import datetime
import pandas as pd, plotly.express as px
n = 1000
start = datetime.datetime(2024, 1, 1)
df = pd.DataFrame({{
    "day": [start + datetime.timedelta(days=i % 730) for i in range(n)],
    "region": [("north", "south", "east", "west")[i % 4] for i in range(n)],
    "amount": [None if i % 10 == 0 else i * 104729 % 100000 / 100 for i in range(n)],
}})
{LINE}
print(fig.to_json())
"""
RUN = ["docker", "run", "--rm", "--network=none", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges",
       "--memory=512m", "--memory-swap=512m", "--cpus=1", "--pids-limit=80", "--tmpfs=/tmp:size=16m",
       "--entrypoint=/opt/plotd/venv/bin/python", "plot-executor:latest", "-c", PLAIN]  # fmt: skip


def by_docker_run() -> float:
    begun = time.perf_counter()
    done = subprocess.run(RUN, capture_output=True, text=True, timeout=120)
    taken = 1000 * (time.perf_counter() - begun)
    if done.returncode != 0 or not json.loads(done.stdout)["data"]:
        sys.exit(f"docker run: {done.stderr[-800:]}")
    return taken


def ready(driver: Driver) -> bool:
    """Whether all spares wait again."""
    return driver.status()["spares"] >= 2


def by_driver(driver: Driver, path: Path) -> float:
    until = time.monotonic() + 60
    while not ready(driver):
        if time.monotonic() > until:
            sys.exit("no spare became ready")
        time.sleep(0.05)
    time.sleep(0.3)  # and what made it has come to rest
    result = driver.run_file(path)
    if result.outcome != "ok":
        sys.exit(f"{result.outcome}: {result.message}")
    return result.ms


def a_second(name: str, jobs: int) -> float:
    """Of the same plot, eight at a time: what the pool of containers costs when it is not waiting."""
    driver = Driver(Setup(options=("--executor", name, "--threads", "8")))
    path = driver.path_of(LINE)
    begun = time.perf_counter()
    for _ in range(jobs):
        driver.send(f"run {path}")
    if any(driver.receive()["outcome"] != "ok" for _ in range(jobs)):
        sys.exit(f"{name}: a plot failed")
    rate = jobs / (time.perf_counter() - begun)
    driver.close()
    return rate


def main(jobs: int) -> int:
    drivers = {name: Driver(Setup(options=("--executor", name, "--spares", "2"))) for name in ("native", "docker")}
    paths = {name: driver.path_of(LINE) for name, driver in drivers.items()}
    taken: dict[str, list[float]] = {"native": [], "docker": [], "docker run": []}
    for i in range(jobs + 2):
        times = {name: by_driver(driver, paths[name]) for name, driver in drivers.items()}
        times["docker run"] = by_docker_run()
        if i >= 2:
            for name, value in times.items():
                taken[name].append(value)
    for driver in drivers.values():
        driver.close()
    plain = statistics.median(taken["docker run"])
    met = True
    for name, values in taken.items():
        p50, p95 = statistics.median(values), sorted(values)[int(len(values) * 0.95)]
        goal = GOALS.get(name, 1)
        met &= plain / p50 >= goal
        print(f"{name:12}{p50:9.1f} ms p50 {p95:9.1f} ms p95   {plain / p50:6.1f} times as fast, goal {goal}")
    for name, count in (("native", 12 * jobs), ("docker", jobs)):
        print(f"{name:12}{a_second(name, count):9.1f} plots a second, eight at a time")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 40))
