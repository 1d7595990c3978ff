"""A small model through plotd, against the same model with a plain prompt and one try, in one run.

Every 36th of the nvBench questions, three ways: `plain` (the columns and the question, one answer, run as it is),
`code` (plotd's prompt and loop) and `spec` (PLOTD_LLM_MODE=spec). No way falls back to the rules, so that the score is
the model's. Takes an hour for 60 questions on two idle cores.

usage: build/venv-test/bin/python bench/llm.py DATA [--model 1.5b] [--questions 60] [--ways plain,code,spec]
DATA is a folder with nvbench.py, questions.jsonl and tables/.
"""

import argparse
import collections
import csv
import importlib.util
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import time
import types
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/llm/real"))

from local_model import LocalModel  # noqa: E402

PLOTD = pathlib.Path(os.environ.get("PLOTD_BIN", ROOT / "build/release/src/cli/plotd"))
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
    """Between plotd and the model: passes requests on, or puts the plain prompt in their place; counts tokens."""

    def __init__(self, model: str) -> None:
        self.model = model
        self.plain = ""
        relay = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                if relay.plain:
                    body["messages"] = [{"role": "user", "content": relay.plain}]
                request = urllib.request.Request(relay.model + "/chat/completions", json.dumps(body).encode())
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.end_headers()
                with urllib.request.urlopen(request, timeout=1000) as answer:
                    for line in answer:
                        self.wfile.write(line)

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/v1"


@contextmanager
def plotd(env: dict[str, str]) -> Iterator[str]:
    settings = {**os.environ, **env, "PLOTD_PORT": "0", "PLOTD_CACHE": "off", "PLOTD_FALLBACK": "none"}
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
    import requests

    response = requests.post(
        url + "/generate-plot",
        files=[("files", (name, table, "text/csv"))],
        data={"user_question": question, "include": "figure,code"},
        timeout=3600,
    )
    return response.json()


def run_way(way: str, model: LocalModel, nvbench: types.ModuleType, asked: list[Any], data: str) -> collections.Counter:
    relay = Relay(model.url)
    sums: collections.Counter = collections.Counter()
    with plotd({**model.env(), **WAYS[way], "OPENAI_BASE_URL": relay.url}) as url:
        for number, question in enumerate(asked, 1):
            name, table = nvbench.table_file(question, data)
            columns = ", ".join(next(csv.reader(io.StringIO(table.decode("utf-8", "replace")))))
            relay.plain = PLAIN.format(question=question["question"], columns=columns) if way == "plain" else ""
            start = time.monotonic()
            answer = ask(url, question["question"], name, table)
            figure = answer.get("figure")
            passed = bool(figure) and nvbench.score(question, figure)["pass"]
            usage = answer.get("usage") or {}
            sums.update(n=1, passed=passed, valid=bool(figure), attempts=answer.get("attempts") or 1)
            sums.update(seconds=time.monotonic() - start, tokens=usage.get("tokens_in", 0) + usage.get("tokens_out", 0))
            print(f"{way} {number}/{len(asked)} {'pass' if passed else 'miss'} {answer.get('detail', '')}", flush=True)
    return sums


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--model", default="1.5b")
    parser.add_argument("--questions", type=int, default=60)
    parser.add_argument("--ways", default="plain,code,spec")
    options = parser.parse_args()
    nvbench = load_scorer(options.data)
    questions = [json.loads(line) for line in (options.data / "questions.jsonl").read_text().splitlines()]
    asked = questions[:: max(1, len(questions) // options.questions)][: options.questions]
    with LocalModel(options.model) as model:
        table = {way: run_way(way, model, nvbench, asked, str(options.data)) for way in options.ways.split(",")}
    print(f"\n{options.model}, {len(asked)} questions\n{'way':8}{'pass':>8}{'chart':>8}{'tries':>8}{'seconds':>9}")
    for way, sums in table.items():
        n = sums["n"]
        print(
            f"{way:8}{sums['passed'] / n:8.0%}{sums['valid'] / n:8.0%}{sums['attempts'] / n:8.2f}"
            f"{sums['seconds'] / n:9.1f}"
        )


if __name__ == "__main__":
    main()
