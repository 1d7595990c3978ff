"""A small model through plotd, against the same model with a plain prompt and one try, in one run.

Every 36th of the nvBench questions, three ways: `plain` (the columns and the question, one answer, run as it is),
`code` (plotd's prompt and loop) and `spec` (PLOTD_LLM_MODE=spec). No way falls back to the rules, so that the score is
the model's. Takes an hour or two for 60 questions on an idle core.

Each reply of the model is kept in FOLDER under the hash of the whole request: a run that was stopped goes on where it
was, and after a change of plotd only what is asked otherwise is asked again. Seconds are those of the first time.

usage: build/venv-test/bin/python bench/llm.py DATA [--model 1.5b] [--questions 60] [--ways plain,code,spec]
                                                    [--threads N] [--keep FOLDER]
DATA is a folder with nvbench.py, questions.jsonl and tables/.
"""

import argparse
import collections
import csv
import hashlib
import importlib.util
import io
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time
import types
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/llm/real"))

from local_model import FOLDER, LocalModel  # noqa: E402

PLOTD = pathlib.Path(os.environ.get("PLOTD_BIN", ROOT / "build/release/src/cli/plotd"))
STEP = 36
PATIENCE = 3600  # seconds for one reply: the machine may have other work
PLAIN = (
    "Write Python code that draws a chart with plotly.express for this question: {question}\n"
    "The data is in the pandas DataFrame df with the columns {columns}. Put the figure into the variable fig."
)
WAYS = {
    "plain": {"PLOTD_LLM_MODE": "code", "PLOTD_ATTEMPTS": "1"},
    "code": {"PLOTD_LLM_MODE": "code"},
    "spec": {"PLOTD_LLM_MODE": "spec"},
}


class Relay:
    """Between plotd and the model: passes requests on, or puts the plain prompt in their place; keeps the replies."""

    def __init__(self, model: str, keep: pathlib.Path) -> None:
        self.model = model
        self.keep = keep
        self.plain = ""
        self.seconds = 0.0
        relay = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                reply = relay.reply(json.loads(self.rfile.read(int(self.headers["content-length"]))))
                relay.seconds += reply["seconds"]
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.end_headers()
                self.wfile.write(reply["stream"].encode())

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/v1"

    def reply(self, body: dict[str, Any]) -> dict[str, Any]:
        if self.plain:
            body["messages"] = [{"role": "user", "content": self.plain}]
        name = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:24]
        kept = self.keep / f"{name}.json"
        if not kept.exists():
            start = time.monotonic()
            request = urllib.request.Request(self.model + "/chat/completions", json.dumps(body).encode())
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                stream = answer.read().decode()
            said = {"seconds": time.monotonic() - start, "stream": stream, "request": body}
            kept.with_suffix(".new").write_text(json.dumps(said))
            kept.with_suffix(".new").rename(kept)
        return json.loads(kept.read_text())


@contextmanager
def plotd(env: dict[str, str]) -> Iterator[str]:
    patience = {name: f"{PATIENCE}s" for name in ("PLOTD_LLM_FIRST_BYTE", "PLOTD_LLM_TIMEOUT")}
    settings = {**os.environ, **env, **patience, "PLOTD_REQUEST_TIMEOUT": f"{4 * PATIENCE}s"}
    settings.update(PLOTD_PORT="0", PLOTD_CACHE="off", PLOTD_FALLBACK="none")
    process = subprocess.Popen([str(PLOTD), "serve"], env=settings, stderr=subprocess.PIPE, text=True)
    assert process.stderr
    url = next((m[1] for line in process.stderr if (m := re.search(r"listening on (http://\S+)", line))), "")
    threading.Thread(target=process.stderr.read, daemon=True).start()
    try:
        yield url
    finally:
        process.terminate()
        process.wait(30)


def load_scorer(data: pathlib.Path) -> types.ModuleType:
    found = importlib.util.spec_from_file_location("nvbench", data / "nvbench.py")
    assert found and found.loader
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def ask(url: str, question: str, name: str, table: bytes) -> dict[str, Any]:
    response = requests.post(
        url + "/generate-plot",
        files=[("files", (name, table, "text/csv"))],
        data={"user_question": question, "include": "figure,code"},
        timeout=4 * PATIENCE,
    )
    return response.json()


class Way:
    """One way of asking: a plotd of its own, and what came of it so far."""

    def __init__(self, name: str, relay: Relay, url: str) -> None:
        self.name, self.relay, self.url = name, relay, url
        self.sums: collections.Counter = collections.Counter()

    def ask(self, nvbench: types.ModuleType, question: dict[str, Any], data: str) -> str:
        name, table = nvbench.table_file(question, data)
        if self.name == "plain":
            columns = ", ".join(next(csv.reader(io.StringIO(table.decode("utf-8", "replace")))))
            self.relay.plain = PLAIN.format(question=question["question"], columns=columns)
        answer = ask(self.url, question["question"], name, table)
        figure = answer.get("figure")
        passed = bool(figure) and nvbench.score(question, figure)["pass"]
        self.sums.update(n=1, passed=passed, valid=bool(figure), attempts=answer.get("attempts") or 1)
        told = answer.get("detail") or " ".join(n for n in answer["notices"] if n.startswith("Attempt "))
        return f"{self.name} {'pass' if passed else 'miss'} {told}"

    def row(self) -> str:
        n, sums = max(1, self.sums["n"]), self.sums
        share = f"{sums['passed'] / n:8.1%}{sums['valid'] / n:8.1%}"
        return f"{self.name:8}{share}{sums['attempts'] / n:8.2f}{self.relay.seconds / n:9.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--model", default="1.5b")
    parser.add_argument("--questions", type=int, default=60)
    parser.add_argument("--ways", default="plain,code,spec")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--keep", type=pathlib.Path, default=FOLDER / "replies")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    nvbench = load_scorer(options.data)
    options.keep.mkdir(parents=True, exist_ok=True)
    step = STEP * max(1, 60 // options.questions)
    asked = [json.loads(line) for line in (options.data / "questions.jsonl").read_text().splitlines()][::step]
    asked = asked[: options.questions]
    with ExitStack() as stack:
        model = stack.enter_context(LocalModel(options.model, options.threads))
        ways = []
        for name in options.ways.split(","):
            relay = Relay(model.url, options.keep)
            env = {**model.env(), **WAYS[name], "OPENAI_BASE_URL": relay.url}
            ways.append(Way(name, relay, stack.enter_context(plotd(env))))
        try:
            for number, question in enumerate(asked[::2] + asked[1::2], 1):
                for way in ways:
                    print(f"{number}/{len(asked)} {way.ask(nvbench, question, str(options.data))}", flush=True)
        finally:  # stopped before the end, the table is of every other question, or some more
            print(f"\n{options.model}, {ways[-1].sums['n']} questions, one of {step}")
            print(f"{'way':8}{'pass':>8}{'chart':>8}{'tries':>8}{'seconds':>9}")
            print("\n".join(way.row() for way in ways))


if __name__ == "__main__":
    main()
