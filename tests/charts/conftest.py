"""A service that answers by its rules, and a way to ask it for a figure."""

import base64
import pathlib
import struct
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import pytest
import requests

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "api"))
from service import Service  # noqa: E402

Figure = dict[str, Any]
Ask = Callable[..., list[Figure]]
WIDTHS = {"i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I", "f4": "f", "f8": "d"}


@pytest.fixture(scope="session")
def rules() -> Iterator[Service]:
    service = Service(PLOTD_LLM="rules")
    yield service
    assert not service.stop()


@pytest.fixture(scope="session")
def ask(rules: Service) -> Ask:
    """ask("question", sales=frame, …): the figures of the answer, in order."""

    def one(question: str, **frames: pd.DataFrame) -> list[Figure]:
        files = [("files", (f"{name}.csv", frame.to_csv(index=False), "text/csv")) for name, frame in frames.items()]
        data = {"user_question": question, "include": "figure,code"}
        reply = requests.post(f"{rules.url}/generate-plot", files=files, data=data, timeout=60)
        assert reply.status_code == 200, reply.text[:500]
        answer = reply.json()
        print(answer["code"])
        return [panel["figure"] for panel in answer["figures"]]

    return one


def values(array: Any) -> list[Any]:
    """A Plotly array as a list; typed arrays ({dtype, bdata}) decoded."""
    if not isinstance(array, dict):
        return list(array)
    raw = base64.b64decode(array["bdata"])
    width = struct.calcsize(WIDTHS[array["dtype"]])
    return list(struct.unpack(f"<{len(raw) // width}{WIDTHS[array['dtype']]}", raw))


def kind(trace: Figure) -> str:
    return trace.get("type", "scatter")


def bars(figure: Figure) -> dict[str, float]:
    """Category -> value of a bar chart of one trace, in the order drawn, lying bars or standing."""
    (trace,) = figure["data"]
    assert kind(trace) == "bar"
    keys, heights = (trace["y"], trace["x"]) if trace.get("orientation") == "h" else (trace["x"], trace["y"])
    return dict(zip(map(str, values(keys)), values(heights), strict=True))
