"""Processes of others, and how long something takes on a machine that also does something else."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path


def eventually(truth: Callable[[], bool], seconds: float = 10) -> bool:
    """Looks until it is so; for states of other processes that tell nobody when they change."""
    end = time.monotonic() + seconds
    while not truth():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def seconds_to_die(pids: Iterable[int]) -> float:
    begun = time.monotonic()
    while any(map(alive, pids)):
        assert time.monotonic() - begun < 10, "it does not die"
        time.sleep(0.001)
    return time.monotonic() - begun


def ever_within(limit: float, once: Callable[[], float], tries: int = 20) -> bool:
    """Whether it once took no longer. What waits for too long does so every time, what is only disturbed does not."""
    took: list[float] = []
    while len(took) < tries:
        took.append(once())
        if took[-1] < limit:
            return True
    print("seconds, or the unit of the limit:", took)
    return False
