"""The small model running: weights and server put together under build/real, kept between runs."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import threading

import requests
from weights import weights

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
FOLDER = pathlib.Path(os.environ.get("PLOTD_REAL_FOLDER", ROOT / "build/real"))


def install(folder: pathlib.Path) -> None:
    """The server's packages, as the lock has them; prebuilt libraries only. (`npm ci` insists on optional packages
    for other systems, which a registry need not have.)"""
    lock = (HERE / "package-lock.json").read_text()
    for name in ("package.json", "package-lock.json", "server.mjs"):
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(HERE / name, folder / name)
    stamp = folder / "installed"
    if stamp.exists() and stamp.read_text() == lock:
        return
    subprocess.run(
        ["npm", "install", "--omit=optional", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save"],
        cwd=folder,
        check=True,
    )
    stamp.write_text(lock)


class LocalModel:
    """`with LocalModel("0.5b") as model`: an OpenAI-compatible server at model.url."""

    def __init__(self, name: str, threads: int | None = None) -> None:
        self.name = name
        self.threads = threads or len(os.sched_getaffinity(0))
        self.lines: list[str] = []
        self.said = threading.Condition()

    def __enter__(self) -> LocalModel:
        install(FOLDER / "server")
        path = weights(self.name, FOLDER / "weights")
        command = ["node", "server.mjs", str(path), "0", str(self.threads)]
        self.process = subprocess.Popen(
            command, cwd=FOLDER / "server", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        threading.Thread(target=self.read, daemon=True).start()
        line = self.wait_for("listening on ", 180)
        self.url = line.rpartition(" ")[2].strip() + "/v1"
        return self

    def __exit__(self, *args: object) -> None:
        self.process.kill()
        self.process.wait()

    def read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            with self.said:
                self.lines.append(line)
                self.said.notify_all()

    def wait_for(self, words: str, seconds: float) -> str:
        """The first line that holds these words."""
        with self.said:
            found = self.said.wait_for(lambda: next((x for x in self.lines if words in x), ""), seconds)
        assert found, "".join(self.lines)
        return found

    def tokens(self, text: str) -> int:
        return requests.post(self.url.removesuffix("/v1") + "/tokenize", json={"text": text}, timeout=60).json()[
            "tokens"
        ]

    def env(self) -> dict[str, str]:
        """What makes plotd ask it, with time enough for a slow machine."""
        return {
            "PLOTD_LLM": "openai",
            "OPENAI_BASE_URL": self.url,
            "OPENAI_MODEL": "local",
            "PLOTD_LLM_FIRST_BYTE": "300s",
            "PLOTD_LLM_TIMEOUT": "400s",
            "PLOTD_REQUEST_TIMEOUT": "1200s",
        }
