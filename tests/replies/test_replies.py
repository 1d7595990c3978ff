"""Replies of the kinds models give, through the real service, each with the outcome it must have.

The tables beside this file hold them. A `[[reply]]` says what the model answers first; `outcome` is "chart" (that
answer was right) or "repaired" (it failed as `failure` says, plotd told the model what is in `told`, and the next
answer, `then` or plain bars, was taken). A `[[talk]]` is a longer conversation: each further turn is only said where plotd told the model
everything in `if_told`, so that the end depends on what plotd sent.
"""

from __future__ import annotations

import pathlib
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from replies_service import ANSWER, Service

HERE = pathlib.Path(__file__).resolve().parent
TABLES = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(HERE.glob("*.toml"))}


def rows(kind: str) -> list[Any]:
    return [
        pytest.param(row, id=f"{table}: {row['name']}") for table, rows in TABLES.items() for row in rows.get(kind, [])
    ]


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    with Service() as running:
        yield running


def kinds(answer: dict[str, Any]) -> list[str]:
    return [trace.get("type", "scatter") for panel in answer["figures"] for trace in panel["figure"]["data"]]


def check_chart(answer: dict[str, Any], row: dict[str, Any]) -> None:
    assert answer["status"] == "success", answer
    if "kinds" in row:
        assert kinds(answer) == row["kinds"]
    if "panels" in row:
        assert len(answer["figures"]) == row["panels"]
    if "title" in row:
        assert answer["title"] == row["title"]
    if "notice" in row:
        assert any(row["notice"] in notice for notice in answer["notices"]), answer["notices"]


@pytest.mark.parametrize("row", rows("reply"))
def test_reply(service: Service, row: dict[str, Any]) -> None:
    asked = service.ask(row, [row["says"], row.get("then", ANSWER)])
    answer = asked.answer
    if row.get("outcome", "chart") == "chart":
        check_chart(answer, row)
        assert answer["attempts"] == 1, answer["notices"]
        assert answer["engine"] == "openai/fake"
        return
    check_chart(answer, {})
    assert answer["attempts"] == 2, (answer["notices"], answer["code"])
    assert answer["engine"] == "openai/fake"
    told = asked.told[1]
    for words in [f"failure: {row['failure']}", *row.get("told", [])]:
        assert words in told, told


@pytest.mark.parametrize("row", rows("talk"))
def test_talk(service: Service, row: dict[str, Any]) -> None:
    asked = service.talk(row)
    answer = asked.answer
    if row.get("outcome") == "rules":
        assert answer["engine"] == "rules", answer["notices"]
        assert len(asked.told) == 3
    else:
        check_chart(answer, row)
        assert answer["engine"] == "openai/fake", (asked.told, answer["notices"])
        assert answer["attempts"] == row.get("attempts", 1 + len(row["turns"]))


def test_there_are_enough() -> None:
    assert len(rows("reply")) >= 150
    assert len(rows("talk")) >= 60
