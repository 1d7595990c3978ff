"""A `plotd serve` of its own for a test, and what is left when it ends."""

import os
import pathlib
import re
import signal
import subprocess
import tempfile
import threading

import requests

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLOTD = pathlib.Path(os.environ.get("PLOTD_BIN", ROOT / "build/release/src/cli/plotd"))
KEYS = ("GEMINI_API_KEY", "OPENAI_API_KEY", "ANTHROPIC_API_KEY", "OPENAI_BASE_URL")
CSV = b"day,amount,region\n2024-01-01,3,north\n2024-01-02,5,south\n2024-01-03,4,north\n"


def children(pid: int) -> set[int]:
    """All descendants of a process."""
    found: set[int] = set()
    for task in pathlib.Path("/proc").glob(f"{pid}/task/*/children"):
        for child in map(int, task.read_text().split()):
            found |= {child} | children(child)
    return found


def traces(pid: int, folder: str) -> list[str]:
    """What a service that had this process number and this TMPDIR left behind."""
    # os.walk, not rglob: groups of others go while it looks
    names = [name for _, names, _ in os.walk("/sys/fs/cgroup") for name in names]
    groups = [name for name in names if f"plotd-{pid}" in name]
    files = [path for place in ("/tmp", "/dev/shm") for path in pathlib.Path(place).glob(f"*plotd*{pid}*")]
    return groups + [str(path) for path in [*files, *pathlib.Path(folder).iterdir()]]


class Service:
    def __init__(self, **environment: str) -> None:
        env = {name: value for name, value in os.environ.items() if name not in KEYS}
        self.folder = tempfile.TemporaryDirectory(prefix="service-")
        self.process = subprocess.Popen(
            [PLOTD, "serve"],
            env={**env, "PLOTD_PORT": "0", "PLOTD_CACHE": "off", "TMPDIR": self.folder.name, **environment},
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        self.log: list[str] = []
        self.url = ""
        assert self.process.stderr
        for line in self.process.stderr:
            self.log.append(line)
            if match := re.search(r"listening on (http://\S+)", line):
                self.url = match[1]
                break
        assert self.url, "".join(self.log)
        self.reader = threading.Thread(target=self.read_log, daemon=True)
        self.reader.start()

    def read_log(self) -> None:
        assert self.process.stderr
        self.log.extend(self.process.stderr)

    @property
    def address(self) -> tuple[str, int]:
        host, port = self.url.removeprefix("http://").rsplit(":", 1)
        return host, int(port)

    def plot(
        self, question: str | None = "amount by day", *, csv: bytes | None = CSV, accept: str = "application/json",
        headers: dict[str, str] | None = None, stream: bool = False, timeout: float = 60, **data: str,
    ) -> requests.Response:  # fmt: skip
        files = {} if csv is None else {"files": ("sales.csv", csv, "text/csv")}
        fields = data if question is None else {"user_question": question, **data}
        # A form without a file is multipart as well.
        parts = [*files.items(), *((name, (None, value)) for name, value in fields.items())]
        return requests.post(
            f"{self.url}/generate-plot", files=parts, headers={"Accept": accept, **(headers or {})},
            stream=stream, timeout=timeout,
        )  # fmt: skip

    def get(self, path: str, **more: object) -> requests.Response:
        return requests.get(self.url + path, timeout=10, **more)

    def load(self) -> dict[str, int]:
        return self.get("/health").json()["load"]

    def left(self) -> list[str]:
        return traces(self.process.pid, self.folder.name)

    def stop(self, seconds: float = 15) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        finally:
            if self.process.poll() is None:
                self.process.kill()
            self.reader.join(5)
