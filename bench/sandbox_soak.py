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
    """Bytes; 0 for a process that has ended: a zygote is recycled after some thousand jobs."""
    try:
        return int(status_field(pid, "VmRSS").split()[0]) << 10
    except (OSError, IndexError):
        return 0


class Sizes:
    """The memory of plotd and of each zygote it had, over time."""

    def __init__(self, plotd: int) -> None:
        self.plotd = plotd
        self.seen: dict[int, list[int]] = {}

    def look(self) -> str:
        zygotes = [pid for keeper in children(self.plotd) for pid in children(keeper)]
        for pid in [self.plotd, *zygotes]:
            size = resident(pid)
            if size:
                self.seen.setdefault(pid, []).append(size)
        return ", ".join(f"{'plotd' if p == self.plotd else 'zygote'} {self.seen[p][-1] >> 10} KiB" for p in self.seen)

    def grown(self) -> dict[str, int]:
        """By how much each has grown since it was first looked at; a zygote, which may have been starting then, since
        the second look."""
        zygotes = {f"zygote {p}": s[-1] - s[min(1, len(s) - 1)] for p, s in self.seen.items() if p != self.plotd}
        return {"plotd": self.seen[self.plotd][-1] - self.seen[self.plotd][0], **zygotes}


def main(seconds: float) -> int:
    driver = Driver(Setup(options=("--job-timeout", "3s", "--job-memory", "256M", "--threads", "6", "--running", "4")))
    jobs = [(driver.path_of(code), "ok") for code in HONEST]
    jobs_hostile = [(driver.path_of(code), outcome) for code, outcome in HOSTILE.items()]
    expected = {str(path): outcome for path, outcome in jobs + jobs_hostile}
    wrong: Counter[tuple[str, str]] = Counter()
    sent = done = 0
    sizes = Sizes(driver.process.pid)
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
            print(f"{done} jobs: {sizes.look()}", flush=True)
    status = driver.status()
    left = len(children(status["zygote"]))
    zombies = sum("Z" in status_field(p, "State") for p in children(driver.process.pid))
    driver.close()
    grown = sizes.grown()
    print(f"{done} jobs, {done / seconds:.1f} a second, wrong: {dict(wrong)}")
    print(f"grown since the first 200, bytes: {grown}; recycled {status['recycled']}")
    print(f"left: {left} spares, {zombies} zombies")
    return int(bool(wrong) or max(grown.values(), default=0) > GROWTH_MAX or left > 2 or zombies > 0)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 600))
