"""One plotd with a scripted model, asked over HTTP."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/llm"))

from fakes import Fakes, Reply, Request  # noqa: E402

PLOTD = pathlib.Path(os.environ.get("PLOTD_BIN", ROOT / "build/release/src/cli/plotd"))
OURS = ("PLOTD_LLM", "GEMINI_", "OPENAI_", "ANTHROPIC_")
ANSWER = '```python\nfig = px.bar(df.groupby("region", as_index=False)["amount"].sum(), x="region", y="amount")\n```'
LOST = "I was not told what went wrong, so I cannot help."

REGIONS, PRODUCTS = ("North", "South", "West"), ("Apple", "Pear", "Plum")
SALES = "date,region,product,amount,units,discount,returned\n" + "".join(
    f"2024-{1 + i // 12:02}-{1 + 2 * (i % 12):02},{REGIONS[i % 3]},{PRODUCTS[i * i % 7 % 3]},{10 + i * 7 % 31}.5,"
    f"{1 + i % 5},{'' if i % 4 else 0.1},{'true' if i % 6 == 0 else 'false'}\n"
    for i in range(48)
)
TARGETS = "region,target\n" + "".join(f"{name},{400 + 25 * i}\n" for i, name in enumerate(REGIONS))
FILES = {"sales": SALES, "targets": TARGETS}


@dataclass
class Asked:
    answer: dict[str, Any]
    told: list[str] = field(default_factory=list)  # the last turn of each request to the model


class Service:
    """`with Service() as service`: a plotd whose model is `service.fakes`."""

    def __enter__(self) -> Service:
        self.fakes = Fakes()
        self.fakes.__enter__()
        env = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        self.process = subprocess.Popen(
            [str(PLOTD), "serve"],
            env={**env, **self.fakes.env("openai"), "PLOTD_PORT": "0", "PLOTD_CACHE": "off"},
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr
        self.url, said = "", ""
        for line in self.process.stderr:
            said += line
            if match := re.search(r"listening on (http://\S+)", line):
                self.url = match[1]
                break
        assert self.url, said
        self.log = threading.Thread(target=self.process.stderr.read, daemon=True)
        self.log.start()
        return self

    def __exit__(self, *args: object) -> None:
        self.process.terminate()
        self.process.wait(20)
        self.fakes.__exit__()

    def post(self, row: dict[str, Any], answer: Callable[[Request], Reply]) -> Asked:
        self.fakes.answer = answer
        first = len(self.fakes.requests)
        files = [("files", (f"{name}.csv", FILES[name], "text/csv")) for name in row.get("files", ["sales"])]
        data = {"user_question": row.get("question", "total amount by region"), "include": "figure,code"}
        response = requests.post(self.url + "/generate-plot", files=files, data=data, timeout=60)
        return Asked(response.json(), [request.turns()[-1][1] for request in self.fakes.requests[first:]])

    def ask(self, row: dict[str, Any], says: list[str]) -> Asked:
        """The model says these, the last one again and again."""
        rest = list(says)

        def answer(_: Request) -> Reply:
            text = rest.pop(0) if len(rest) > 1 else rest[0]
            return Reply(text, finish=row.get("finish", "stop") if text == says[0] else "stop")

        return self.post(row, answer)

    def talk(self, row: dict[str, Any]) -> Asked:
        """Each turn is said where plotd told what it waits for."""

        def answer(request: Request) -> Reply:
            turn = len(request.turns()) // 2
            if turn == 0:
                return Reply(row["says"])
            if turn > len(row["turns"]):
                return Reply(LOST)
            step = row["turns"][turn - 1]
            heard = all(words in request.turns()[-1][1] for words in step["if_told"])
            return Reply(step["says"] if heard else LOST)

        return self.post(row, answer)
