"""A real model of half a billion parameters, under a real server: it answers, streams, is stopped, and a chart comes."""

from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess
import sys
from collections.abc import Iterator

import openai
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from local_model import ROOT, LocalModel  # noqa: E402

PLOTD = pathlib.Path(os.environ.get("PLOTD_BIN", ROOT / "build/release/src/cli/plotd"))
SALES = ROOT / "examples/sales.csv"
pytestmark = pytest.mark.timeout(1500)


@pytest.fixture(scope="module")
def model() -> Iterator[LocalModel]:
    with LocalModel("0.5b") as running:
        yield running


def settings(model: LocalModel, **more: str) -> dict[str, str]:
    return {**os.environ, **model.env(), "PLOTD_CACHE": "off", **more}


def test_the_official_sdk_reads_the_server(model: LocalModel) -> None:
    client = openai.OpenAI(api_key="none", base_url=model.url, timeout=600)
    messages = [{"role": "user", "content": "Answer with one word: what colour is the sky?"}]
    chunks = list(
        client.chat.completions.create(
            model="local", messages=messages, max_tokens=8, stream=True, stream_options={"include_usage": True}
        )
    )
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices).strip()
    assert chunks[-1].usage.completion_tokens > 0


def test_a_question_ends_with_a_chart(model: LocalModel, tmp_path: pathlib.Path) -> None:
    command = [str(PLOTD), "ask", "total amount by region", str(SALES), "--json", "-o", "plot.html"]
    done = subprocess.run(command, env=settings(model), cwd=tmp_path, capture_output=True, text=True, check=False)
    answer = json.loads(done.stdout)
    assert answer["status"] == "success", done.stderr
    assert "plotly" in (tmp_path / "plot.html").read_text()
    if answer["engine"] == "rules":
        assert any("built-in rules" in notice for notice in answer["notices"])
    else:
        assert answer["engine"] == "openai/local"
        assert answer["usage"]["tokens_out"] > 0
    print({name: answer.get(name) for name in ("engine", "attempts", "usage", "notices")})


def test_a_client_that_goes_stops_the_model(model: LocalModel, tmp_path: pathlib.Path) -> None:
    model.lines.clear()
    command = [str(PLOTD), "ask", "average amount by region as a long report", str(SALES), "-o", "plot.html"]
    asking = subprocess.Popen(command, env=settings(model), cwd=tmp_path, stderr=subprocess.DEVNULL)
    model.wait_for("answering", 300)
    asking.terminate()
    assert asking.wait(30) != 0
    model.wait_for("client gone", 60)


def test_the_count_of_tokens_is_near_the_tokenizer_s(model: LocalModel) -> None:
    done = subprocess.run(
        [str(PLOTD), "prompt", "total amount by region", str(SALES)],
        env=settings(model),
        capture_output=True,
        text=True,
        check=True,
    )
    (told,) = re.findall(r"about (\d+) tokens", done.stderr)
    counted = model.tokens(done.stdout)
    assert abs(int(told) - counted) < 0.15 * counted
