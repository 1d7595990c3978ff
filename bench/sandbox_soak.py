"""Jobs without a pause, four at a time, a tenth of them hostile: every honest one right, nothing grows, nothing is left.

usage: build/venv-test/bin/python bench/sandbox_soak.py [SECONDS]      prints what it saw; exits 1 when something is wrong
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/hostile"))

from drivers import Driver, Setup, children, result_of, status_field  # noqa: E402

AT_A_TIME = 4
HONEST = [
    'fig = px.bar(df.groupby("region", as_index=False)["units"].sum(), x="region", y="units")',
    'fig = px.line(df.head(200), x="day", y="amount", color="region")',
    'fig = go.Figure(go.Pie(labels=["a", "b"], values=[1, len(df)]))',
]
HOSTILE = {
    "import os\nos._exit(1)": "code_crashed",
    "import ctypes\nctypes.string_at(0)": "code_crashed",
    "x = np.ones(1 << 30)": "code_memory_limit",
    "import os\nfor fd in range(3, 9):\n    try: os.write(fd, b'{')\n    except OSError: pass\nos._exit(0)": "result_invalid",
    "import os\nos.fork()": "code_raised",
    "while True: pass": "code_time_limit",
}
GROWTH_MAX = 4 << 20


def resident(pid: int) -> int:
    return int(status_field(pid, "VmRSS").split()[0]) << 10


def main(seconds: float) -> int:
    driver = Driver(
        Setup(options=("--job-timeout", "1500ms", "--job-memory", "256M", "--threads", "6", "--running", "4"))
    )
    jobs = [(driver.path_of(code), "ok") for code in HONEST]
    jobs_hostile = [(driver.path_of(code), outcome) for code, outcome in HOSTILE.items()]
    expected = {str(path): outcome for path, outcome in jobs + jobs_hostile}
    wrong: Counter[tuple[str, str]] = Counter()
    sent = done = 0
    sizes: list[tuple[int, int]] = []
    zygote = driver.status()["zygote"]
    until = time.monotonic() + seconds
    while done < sent or time.monotonic() < until:
        while sent - done < AT_A_TIME and time.monotonic() < until:
            pick = jobs_hostile[sent // 10 % len(jobs_hostile)] if sent % 10 == 9 else jobs[sent % len(jobs)]
            driver.send(f"run {pick[0]} 500")
            sent += 1
        answer = driver.receive()
        done += 1
        result = result_of(answer)
        if result.outcome != expected[answer["path"]]:
            wrong[(expected[answer["path"]], f"{result.outcome}: {result.message}")] += 1
        if done == 200 or (done > 200 and done % 500 == 0):
            sizes.append((resident(driver.process.pid), resident(zygote)))
            print(f"{done} jobs, plotd {sizes[-1][0] >> 10} KiB, zygote {sizes[-1][1] >> 10} KiB", flush=True)
    status = driver.status()
    left = len(children(status["zygote"]))
    zombies = sum("Z" in status_field(p, "State") for p in children(driver.process.pid))
    driver.close()
    grown = [last - first for first, last in zip(sizes[0], sizes[-1], strict=True)] if len(sizes) > 1 else [0, 0]
    if status["zygote"] != zygote:
        grown[1] = 0  # recycled: another process
    print(f"{done} jobs, {done / seconds:.1f} a second, wrong: {dict(wrong)}")
    print(f"grown since the first 200: plotd {grown[0]} bytes, zygote {grown[1]} bytes; recycled {status['recycled']}")
    print(f"left: {left} spares, {zombies} zombies")
    return int(bool(wrong) or max(grown) > GROWTH_MAX or left > 2 or zombies > 0)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 600))
