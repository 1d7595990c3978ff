"""Starts sandbox-driver (driver.c) and runs code in the real sandbox through it, policy off."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("PLOTD_BUILD", ROOT / "build" / "release"))
DRIVER = BUILD / "tests" / "hostile" / "sandbox-driver"
FIGURE = '\nfig = px.bar(df.head(8), x="region", y="units")\n'
NOBODY = 65534

# Planted where only an escaped job could find it; the driver's environment is plotd's.
SECRET = "plotd-planted-5c1f9e-secret"

# For code under test: what ought to fail is told either way, and looked at from outside as well.
PRELUDE = """
def attempt(name, f):
    try:
        value = f()
    except BaseException as e:
        print("held", name, type(e).__name__, str(e)[:80])
    else:
        print("BROKE", name, repr(value)[:120])
"""


@dataclass
class Result:
    outcome: str
    message: str
    out: str
    ms: float
    timings: dict[str, float]
    raw: dict[str, Any] = field(repr=False)

    @property
    def broke(self) -> list[str]:
        return [line for line in self.out.splitlines() if line.startswith("BROKE")]

    @property
    def held(self) -> int:
        return sum(line.startswith("held") for line in self.out.splitlines())


@dataclass(frozen=True)
class Setup:
    """How a driver is started: `without` layers, as which user, with which options."""

    without: str = ""
    user: bool = False
    options: tuple[str, ...] = ("--job-timeout", "20s", "--job-memory", "192M")


class Driver:
    def __init__(self, setup: Setup, environ: dict[str, str] | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="plotd-hostile-"))
        self.folder.chmod(0o755)
        self.count = 0
        environment = {
            **os.environ,
            "PLOTD_PYTHON_HOME": os.environ.get("PLOTD_PYTHON_HOME", str(ROOT / "build" / "venv")),
            "PLOTD_MIN_ISOLATION": "none",
            "GEMINI_API_KEY": SECRET,
            **(environ or {}),
        }
        command = [str(DRIVER), *setup.options]
        if setup.without:
            command += ["--without", setup.without]
        if setup.user and os.geteuid() == 0:
            command = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *command]
        self.errors = (self.folder / "stderr").open("w+")
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, env=environment, text=True
        )
        self.lock = threading.Lock()

    def send(self, line: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def receive(self) -> dict[str, Any]:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            self.process.wait(10)
            raise RuntimeError(f"the driver ended: {(self.folder / 'stderr').read_text()}")
        return json.loads(line)

    def path_of(self, code: str) -> Path:
        self.count += 1
        path = self.folder / f"{self.count}.py"
        path.write_bytes(code.encode("utf-8", "surrogateescape"))
        return path

    def run(self, code: str, verb: str = "run", number: int = 0) -> Result:
        """PRELUDE, the code, and a figure that makes an honest job succeed."""
        return self.run_file(self.path_of(PRELUDE + code + FIGURE), verb, number)

    def run_bare(self, code: str, verb: str = "run", number: int = 0) -> Result:
        return self.run_file(self.path_of(code), verb, number)

    def run_file(self, path: Path, verb: str = "run", number: int = 0) -> Result:
        with self.lock:
            self.send(f"{verb} {path} {number}")
            return result_of(self.receive())

    def run_all(self, codes: dict[str, str]) -> dict[str, Result]:
        """All at once, for a driver with --threads; by name."""
        paths = {str(self.path_of(PRELUDE + code + FIGURE)): name for name, code in codes.items()}
        for path in paths:
            self.send(f"run {path}")
        answers = [self.receive() for _ in paths]
        return {paths[a["path"]]: result_of(a) for a in answers}

    def status(self) -> dict[str, Any]:
        with self.lock:
            self.send("status -")
            return self.receive()

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.errors.close()
        for path in self.folder.iterdir():
            path.unlink()
        self.folder.rmdir()


def result_of(answer: dict[str, Any]) -> Result:
    return Result(
        outcome=answer["outcome"],
        message=answer["message"],
        out=answer["out"] or "",
        ms=answer["ms"],
        timings=answer["timings"],
        raw=answer,
    )


def children(pid: int) -> list[int]:
    """Process ids whose parent is pid, as the host sees them."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            if int(stat.rsplit(")", 1)[1].split()[1]) == pid:
                found.append(int(entry.name))
    return found


def status_field(pid: int, name: str) -> str:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        key, _, value = line.partition(":")
        if key == name:
            return value.strip()
    return ""
