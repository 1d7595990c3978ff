"""What a person sees while a model works: stages, the code as it comes, and why it is asked again."""

from __future__ import annotations

import json
import os
import pathlib
import pty
import re
import resource
import signal
import subprocess
import time

import pytest
from conftest import OURS, ROOT
from fakes import Fakes, Reply

PLOTD = pathlib.Path(os.environ.get("PLOTD_BIN", ROOT / "build/release/src/cli/plotd"))
GOOD = (
    '```python\nt = df.groupby("region", as_index=False)["amount"].sum()\nfig = px.bar(t, x="region", y="amount")\n```'
)


def on_a_terminal(fakes: Fakes, sales: str, tmp_path: pathlib.Path) -> str:
    env = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    mine, theirs = pty.openpty()
    command = [str(PLOTD), "ask", "amount by region", sales, "-o", str(tmp_path / "plot.html")]
    settings = {**env, **fakes.env("openai"), "PLOTD_CACHE": "off"}
    with subprocess.Popen(command, env=settings, stderr=theirs, stdout=subprocess.DEVNULL) as process:
        os.close(theirs)
        seen = b""
        try:
            while piece := os.read(mine, 65536):
                seen += piece
        except OSError:  # EIO: the other end is closed
            pass
        assert process.wait(60) == 0, seen
    os.close(mine)
    return seen.decode()


def test_the_terminal_shows_stages_code_and_repairs(fakes: Fakes, sales: str, tmp_path: pathlib.Path) -> None:
    fakes.then(Reply(status=503), Reply(GOOD.replace('"amount")', '"amuont")')), Reply(GOOD))
    seen = on_a_terminal(fakes, sales, tmp_path)
    shown = [line.partition("plotd: ")[2] for line in seen.split("\r\x1b[K")]
    wanted = [
        "reading the files",
        "writing the code",
        "openai",
        "asking again in",
        "writing: t = df.groupby",
        "running it",
        "repairing the code (attempt 2)",
        "writing: fig = px.bar(t",
        "running it (attempt 2)",
        "making the page",
    ]
    at = 0
    for words in wanted:
        at = next((i for i in range(at, len(shown)) if words in shown[i]), -1)
        assert at >= 0, (words, shown)
    assert "Attempt 1 failed: there is no column 'amuont'" in seen


def test_code_cannot_write_on_the_terminal(fakes: Fakes, sales: str, tmp_path: pathlib.Path) -> None:
    fakes.then(Reply(GOOD.replace("fig =", "# \x1b[2J\x9b2J\x07 x\nfig =")))
    seen = on_a_terminal(fakes, sales, tmp_path)
    rest = seen.replace("\r\x1b[K", "")
    assert "writing: #" in rest
    assert not re.search("[\x07\x1b\x80-\x9f]", rest)


def test_a_terminal_that_is_interrupted_stops_the_model(fakes: Fakes, sales: str, tmp_path: pathlib.Path) -> None:
    fakes.then(Reply(pieces=500, pace=0.05, text="```python\n" + "x = 1\n" * 1000 + "```"))
    env = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    command = [str(PLOTD), "ask", "amount by region", sales, "-o", str(tmp_path / "plot.html")]
    process = subprocess.Popen(command, env={**env, **fakes.env("openai")}, stderr=subprocess.PIPE)
    while not fakes.requests:
        time.sleep(0.02)
    process.terminate()
    assert fakes.gone.acquire(timeout=5), "the call went on"
    assert process.wait(10) != 0


def test_an_answer_and_the_log_tell_the_cost(fakes: Fakes, sales: str, tmp_path: pathlib.Path) -> None:
    fakes.then(Reply(GOOD.replace('"amount")', '"amuont")'), usage=(1000, 70)), Reply(GOOD, usage=(1200, 80)))
    env = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    command = [str(PLOTD), "ask", "amount by region", sales, "--json", "-o", str(tmp_path / "p.html")]
    settings = {**env, **fakes.env("openai"), "PLOTD_CACHE": "off", "PLOTD_LOG": "info"}
    done = subprocess.run(command, env=settings, capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout)
    assert answer["usage"] == {"tokens_in": 2200, "tokens_out": 150}
    timings = answer["timings_ms"]
    assert all(timings[stage] > 0 for stage in ("read", "plan", "run", "page", "total"))
    (line,) = [json.loads(x) for x in done.stderr.splitlines() if '"answered"' in x]
    assert (line["attempts"], line["tokens_in"], line["tokens_out"]) == (2, 2200, 150)
    assert all(line[f"{stage}_ms"] > 0 for stage in ("read", "plan", "run", "page", "total"))


def dumps_core(command: list[str], env: dict[str, str], folder: pathlib.Path, said: str) -> bool:
    """Whether the process, once it has said this, leaves a core when it aborts."""

    def allow() -> None:
        resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    process = subprocess.Popen(command, env=env, cwd=folder, stderr=subprocess.PIPE, preexec_fn=allow)
    assert process.stderr
    assert any(said.encode() in line for line in process.stderr)
    os.kill(process.pid, signal.SIGABRT)
    _, status = os.waitpid(process.pid, 0)
    process.returncode = 0  # the zombie is gone
    return os.WCOREDUMP(status)


def test_a_crash_leaves_no_core_with_keys_in_it(fakes: Fakes, tmp_path: pathlib.Path) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    ready = ["/bin/sh", "-c", "echo ready >&2; exec sleep 60"]
    if not dumps_core(ready, env, tmp_path, "ready"):
        pytest.skip("no process of this machine leaves a core")
    serving = {**env, **fakes.env("gemini"), "PLOTD_PORT": "0"}
    assert not dumps_core([str(PLOTD), "serve"], serving, tmp_path, "listening on")
