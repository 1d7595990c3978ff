"""PLOTD_LLM_MODE=spec: the model corrects a specification, plotd writes the code."""

from __future__ import annotations

import json

from conftest import Ask
from fakes import Fakes, Reply

SPEC = {"PLOTD_LLM_MODE": "spec"}
BARS = {"panels": [{"frame": "sales", "chart": "bar", "x": "region", "y": [{"aggregate": "sum", "column": "amount"}]}]}


def test_a_specification_becomes_code(fakes: Fakes, ask: Ask, vendor: str) -> None:
    fakes.then(Reply(json.dumps(BARS)))
    answer = ask({**fakes.env(vendor), **SPEC}).answer
    assert answer["code"].startswith('# spec: {"panels"')
    assert "px.bar" in answer["code"] or "go.Bar" in answer["code"]
    assert "region" in answer["code"]
    assert answer["title"]


def test_prose_and_fences_around_it_do_not_matter(fakes: Fakes, ask: Ask) -> None:
    fakes.then(Reply("Here it is:\n```json\n" + json.dumps(BARS, indent=2) + "\n```\nDone."))
    assert ask({**fakes.env("openai"), **SPEC}).answer["ok"]


def test_the_draft_of_the_rules_goes_along(fakes: Fakes, ask: Ask) -> None:
    fakes.then(Reply(json.dumps(BARS)))
    ask({**fakes.env("openai"), **SPEC}, question="total amount by region")
    told = fakes.requests[0].said()
    assert '"panels":' in told.partition("<draft")[2]


def test_no_draft_goes_along_where_values_are_private(fakes: Fakes, ask: Ask) -> None:
    fakes.then(Reply(json.dumps(BARS)))
    ask({**fakes.env("openai"), **SPEC, "PLOTD_PRIVACY": "types"}, question="amount of the North")
    assert "<draft" not in fakes.requests[0].said()


def test_the_schema_goes_where_the_api_has_a_place_for_it(fakes: Fakes, ask: Ask) -> None:
    fakes.then(Reply(json.dumps(BARS)), Reply(json.dumps(BARS)))
    ask({**fakes.env("openai"), **SPEC})
    ask({**fakes.env("gemini"), **SPEC})
    openai, gemini = (request.body for request in fakes.requests)
    assert "panels" in openai["response_format"]["json_schema"]["schema"]["properties"]
    assert "panels" in gemini["generationConfig"]["responseJsonSchema"]["properties"]
    assert gemini["generationConfig"]["responseMimeType"] == "application/json"


def test_a_server_without_schemas_is_asked_without(fakes: Fakes, ask: Ask) -> None:
    def picky(request: object) -> Reply:
        refused = "response_format" in request.body  # type: ignore[attr-defined]
        return Reply(status=400, message="response_format is not supported") if refused else Reply(json.dumps(BARS))

    fakes.answer = picky
    assert ask({**fakes.env("openai"), **SPEC}).answer["ok"]
    assert len(fakes.requests) == 2


def test_a_wrong_column_is_told_with_what_was_said(fakes: Fakes, ask: Ask) -> None:
    wrong = json.loads(json.dumps(BARS).replace("region", "regoin"))
    fakes.then(Reply(json.dumps(wrong)), Reply(json.dumps(BARS)))
    first = ask({**fakes.env("openai"), **SPEC}).answer
    error = first["error"]
    assert (error["code"], error["rule"]) == ("model_reply", "spec")
    assert "region" in error["message"] + error["hint"]
    again = {"code": first["code"], "error": "model_reply", "rule": "spec", "message": error["message"]}
    assert ask({**fakes.env("openai"), **SPEC}, attempts=[again]).answer["ok"]
    turns = fakes.requests[1].turns()
    assert json.loads(turns[1][1]) == wrong
    assert error["message"] in turns[2][1]
    assert "JSON object" in turns[2][1]


def test_prose_alone_is_no_specification(fakes: Fakes, ask: Ask) -> None:
    fakes.then(Reply("I would draw bars."))
    assert ask({**fakes.env("openai"), **SPEC}).error["rule"] == "no_code"


def test_half_a_specification_is_cut_off(fakes: Fakes, ask: Ask) -> None:
    fakes.then(Reply(json.dumps(BARS)[:40], finish="length"))
    assert ask({**fakes.env("openai"), **SPEC}).error["rule"] == "cut_off"
