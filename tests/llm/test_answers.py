"""What each provider says when all is well, in each of the ways it may say it."""

from __future__ import annotations

import json
import threading

import pytest
from conftest import Ask
from fakes import CODE, Fakes, Reply

PLAIN = '# title: Amount by region\nfig = px.bar(df, x="region", y="amount")\n'


def test_streams_code_with_its_title_and_token_counts(fakes: Fakes, ask: Ask, vendor: str) -> None:
    answer = ask(fakes.env(vendor)).answer
    assert answer["code"] == PLAIN
    assert answer["title"] == "Amount by region"
    assert answer["engine"] == f"{vendor}/fake"
    assert (answer["tokens_in"], answer["tokens_out"]) == (11, 7)
    assert fakes.requests[0].stream


def test_code_arrives_in_pieces_as_it_is_written(fakes: Fakes, ask: Ask, vendor: str) -> None:
    fakes.then(Reply(pieces=6))
    events = ask(fakes.env(vendor)).answer["events"]
    pieces = [text for what, text in events if what == "code"]
    assert len(pieces) == 6
    assert "".join(pieces) == CODE


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_line_ends_and_comments_do_not_matter(fakes: Fakes, ask: Ask, vendor: str, newline: str) -> None:
    fakes.then(Reply(newline=newline, comments=True))
    assert ask(fakes.env(vendor)).answer["code"] == PLAIN


def test_a_server_that_does_not_stream_is_understood(fakes: Fakes, ask: Ask, vendor: str) -> None:
    fakes.then(Reply(whole=True))
    answer = ask(fakes.env(vendor)).answer
    assert answer["code"] == PLAIN
    assert answer["tokens_out"] == 7


def test_compressed_answers_are_unpacked(fakes: Fakes, ask: Ask, vendor: str) -> None:
    fakes.then(Reply(gzip=True))
    assert ask(fakes.env(vendor)).answer["code"] == PLAIN
    assert "gzip" in fakes.requests[0].headers["accept-encoding"]


def test_thinking_is_told_and_left_out(fakes: Fakes, ask: Ask, vendor: str) -> None:
    fakes.then(Reply(thoughts="Should fig = 1?"))
    answer = ask(fakes.env(vendor)).answer
    assert answer["code"] == PLAIN
    assert ["thinking", ""] in answer["events"]


def test_what_was_done_to_a_reply_is_in_the_log(fakes: Fakes, ask: Ask) -> None:
    fakes.then(Reply("<think>hm</think>\nHere:\n```python\n%matplotlib inline\nfig = px.bar(df)\nfig.show()\n```"))
    asked = ask(fakes.env("openai"))
    assert asked.answer["code"] == "fig = px.bar(df)\n"
    assert asked.answer["notices"] == ["Notebook commands were taken off the model's code."]
    (line,) = [json.loads(x) for x in asked.log.splitlines() if '"code_taken"' in x]
    done = {name: line[name] for name in ("from", "blocks", "left", "thinking_off", "magic_off", "show_off")}
    assert done == {"from": "blocks", "blocks": 1, "left": 0, "thinking_off": 1, "magic_off": 1, "show_off": 1}


def test_openai_without_done_mark_is_complete(fakes: Fakes, ask: Ask) -> None:
    fakes.then(Reply(done=False))
    assert ask(fakes.env("openai")).answer["code"] == PLAIN


def test_gemini_may_answer_with_an_array_of_chunks(fakes: Fakes, ask: Ask) -> None:
    from fakes import Gemini

    chunks = [json.loads(data) for _, data in Gemini.events(Reply())]
    fakes.then(Reply(raw=json.dumps(chunks).encode()))
    assert ask(fakes.env("gemini")).answer["code"] == PLAIN


def test_the_least_that_gemini_accepts_is_enough(fakes: Fakes, ask: Ask) -> None:
    fakes.then(Reply(raw=b'{"candidates":[{"content":{"parts":[{"text":"```python\\nfig = 1\\n```"}]}}]}'))
    assert ask(fakes.env("gemini")).answer["code"] == "fig = 1\n"


def test_one_connection_serves_many_calls(fakes: Fakes, ask: Ask, vendor: str) -> None:
    ask(fakes.env(vendor), times=3)
    assert len(fakes.requests) == 3
    assert len({request.peer for request in fakes.requests}) == 1


def test_the_key_goes_into_a_header_only(fakes: Fakes, ask: Ask, vendor: str) -> None:
    asked = ask(fakes.env(vendor, key="k-very-secret"))
    (request,) = fakes.requests
    carriers = [name for name, value in request.headers.items() if "k-very-secret" in value]
    assert carriers == [{"gemini": "x-goog-api-key", "openai": "authorization", "anthropic": "x-api-key"}[vendor]]
    assert "k-very-secret" not in request.path
    assert "k-very-secret" not in asked.log + str(asked.answers) + str(asked.status)


def test_anthropic_takes_a_bearer_key_when_told(fakes: Fakes, ask: Ask) -> None:
    ask({**fakes.env("anthropic", key="k1"), "PLOTD_ANTHROPIC_AUTH": "bearer"})
    assert fakes.requests[0].headers["authorization"] == "Bearer k1"
    assert "x-api-key" not in fakes.requests[0].headers


def test_a_blank_around_a_pasted_key_is_left_out(fakes: Fakes, ask: Ask) -> None:
    ask(fakes.env("gemini", key=" k1\n"))
    assert fakes.requests[0].headers["x-goog-api-key"] == "k1"


def test_an_own_server_needs_no_key(fakes: Fakes, ask: Ask) -> None:
    env = fakes.env("openai", key="")
    env["PLOTD_LLM"] = "auto"
    asked = ask(env)
    assert asked.answer["engine"] == "openai/fake"
    assert "authorization" not in fakes.requests[0].headers


def test_the_system_part_is_the_same_for_every_request(fakes: Fakes, ask: Ask) -> None:
    ask(fakes.env("anthropic"), question="one")
    ask(fakes.env("anthropic"), question="two", provider="anthropic")
    assert fakes.requests[0].body["system"] == fakes.requests[1].body["system"]


def test_many_ask_at_once(fakes: Fakes, ask: Ask) -> None:
    together = threading.Event()

    def when_all_are_there(_: object) -> Reply:
        if len(fakes.requests) == 20:
            together.set()
        return Reply(wait_for=together)

    fakes.answer = when_all_are_there
    answers = ask(fakes.env("gemini"), threads=20, distinct=True).answers
    assert [answer["ok"] for answer in answers] == [True] * 20
