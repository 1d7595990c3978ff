"""The registry of hostile cases. A case is a function that takes an Arena and
raises AssertionError when the harm was done; its docstring says what it tries.

    numbers    of shared list of cases, 1 to 58; none for those of our own
    levels     where it applies: full, reduced, user (full, as an ordinary user), least (reduced, as an ordinary user)
    witness    layers without which this case must fail: tests/hostile --without LAYER
"""

from __future__ import annotations

import os
import socket
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from drivers import Driver, children, status_field

LEVELS = ("full", "reduced", "user")
EVERYWHERE = (*LEVELS, "least")


@dataclass
class Listener:
    """A TCP server on loopback that counts who connects: nobody may."""

    reached: int = 0

    def __post_init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self.server.accept()
            except OSError:
                return
            self.reached += 1
            peer.close()

    def close(self) -> None:
        self.server.close()


@dataclass
class Arena:
    """What a case gets: a driver at some level, and the world outside to look at."""

    driver: Driver
    level: str
    folder: Path  # writable for everybody, outside of the sandbox
    marks: list[Path] = field(default_factory=list)

    def mark(self) -> Path:
        """A path that no job may bring into being."""
        path = self.folder / f"mark-{uuid.uuid4().hex}"
        self.marks.append(path)
        return path

    def check_marks(self) -> None:
        made = [path for path in self.marks if path.exists()]
        assert not made, f"files were made outside: {made}"

    def held(self, code: str, times: int | None = None, outcome: str = "ok") -> None:
        """The code makes attempts, each of which fails; then the job goes on to its figure."""
        result = self.driver.run(code)
        assert not result.broke, result.broke
        assert result.outcome == outcome, f"{result.outcome}: {result.message} {result.out}"
        assert result.held >= (times or 1), f"attempts were not made: {result.out!r}"

    def ends(self, code: str, *outcomes: str) -> None:
        result = self.driver.run(code)
        assert not result.broke, result.broke
        assert result.outcome in outcomes, f"{result.outcome}: {result.message} {result.out}"

    def jobs(self) -> list[int]:
        """Forks of the zygote, as the host sees them: a job, and spares that are isolated like one."""
        return children(self.driver.status()["zygote"])

    def while_running(self, look: Callable[[int], None]) -> None:
        """Calls `look` with the host's pid of a job that runs, and ends it."""
        zygote = self.driver.status()["zygote"]
        path = self.driver.path_of("import time\nwhile True: time.sleep(0.05)\n")
        with self.driver.lock:
            self.driver.send(f"hold {path}")
            try:
                look(self._sleeper(zygote))
            finally:
                self.driver.send("release -")
                assert self.driver.receive()["outcome"] == "cancelled"

    def _sleeper(self, zygote: int) -> int:
        until = time.monotonic() + 15
        while time.monotonic() < until:
            for pid in children(zygote):
                try:
                    wchan = Path(f"/proc/{pid}/wchan").read_text()
                except OSError:
                    continue
                if "nanosleep" in wchan:
                    return pid
        raise RuntimeError("the job was not seen")


@dataclass
class Case:
    name: str
    run: Callable[[Arena], None]
    numbers: tuple[int, ...]
    levels: tuple[str, ...]
    witness: tuple[str, ...]


CASES: list[Case] = []


def case(
    *numbers: int, levels: tuple[str, ...] = LEVELS, witness: tuple[str, ...] = ()
) -> Callable[[Callable[[Arena], None]], Callable[[Arena], None]]:
    def register(function: Callable[[Arena], None]) -> Callable[[Arena], None]:
        CASES.append(Case(function.__name__, function, numbers, levels, witness))
        return function

    return register


def field_of(pid: int, name: str) -> str:
    return status_field(pid, name)


def namespace(pid: int | str, kind: str) -> str:
    return os.readlink(f"/proc/{pid}/ns/{kind}")


def isolated(zygote: int) -> list[int]:
    """Its forks whose set-up is over: seccomp comes last."""
    return [pid for pid in children(zygote) if status_field(pid, "Seccomp") == "2"]
