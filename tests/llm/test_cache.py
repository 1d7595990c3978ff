"""Code that worked before is not asked for again; equal questions at once are asked once."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

from conftest import Ask
from fakes import Fakes, Reply

ON = {"PLOTD_CACHE": "on"}


def test_a_second_run_asks_no_model(fakes: Fakes, ask: Ask, vendor: str) -> None:
    env = {**fakes.env(vendor), **ON}
    first, second = ask(env).answer, ask(env).answer
    assert len(fakes.requests) == 1
    assert (first["cached"], second["cached"]) == (False, True)
    assert second["code"] == first["code"]
    assert second["title"] == first["title"]


def test_off_asks_every_time(fakes: Fakes, ask: Ask) -> None:
    ask(fakes.env("gemini"), times=2)
    assert len(fakes.requests) == 2


def test_new_values_in_the_same_columns_use_the_same_code(fakes: Fakes, ask: Ask, sales: str) -> None:
    env = {**fakes.env("gemini"), **ON}
    ask(env)
    Path(sales).write_text("date,region,amount\n2025-01-01,East,3.5\n2025-01-02,West,4\n2025-02-01,East,5\n")
    assert ask(env).answer["cached"]


def test_other_columns_questions_models_or_privacy_are_asked_anew(fakes: Fakes, ask: Ask, tmp_path: Path) -> None:
    env = {**fakes.env("gemini"), **ON}
    other = tmp_path / "other.csv"
    other.write_text("date,country,amount\n2024-01-01,North,1\n")
    ask(env)
    ask(env, question="another")
    ask(env, files=[str(other)])
    ask({**env, "GEMINI_MODEL": "fake2"})
    ask({**env, "PLOTD_PRIVACY": "names"})
    ask(env, schema='{"tables":{}}')
    assert len(fakes.requests) == 6


def test_forgotten_code_is_asked_for_again(fakes: Fakes, ask: Ask) -> None:
    env = {**fakes.env("gemini"), **ON}
    ask(env, forget=True)
    assert not ask(env).answer["cached"]


def test_a_repair_takes_the_place_of_what_failed(fakes: Fakes, ask: Ask) -> None:
    env = {**fakes.env("gemini"), **ON}
    fakes.then(Reply("```python\nfig = 1\n```"), Reply("```python\nfig = 2\n```"))
    ask(env)
    repaired = ask(env, attempts=[{"code": "fig = 1", "error": "code_raised", "message": "x"}]).answer
    assert not repaired["cached"]
    assert ask(env).answer["code"] == "fig = 2\n"


def test_answers_of_the_rules_are_not_kept(ask: Ask, tmp_path: Path) -> None:
    ask(ON)
    assert not (tmp_path / "cache").exists()


def test_the_file_is_the_user_s_own(fakes: Fakes, ask: Ask, tmp_path: Path) -> None:
    ask({**fakes.env("gemini"), **ON})
    (found,) = (tmp_path / "cache").glob("code.sqlite")
    assert stat.S_IMODE(found.stat().st_mode) == 0o600
    data = found.read_bytes()
    assert b"North" not in data
    assert b"amount by region" not in data
    assert b"k-secret" not in data


def test_equal_requests_at_once_ask_the_model_once(fakes: Fakes, ask: Ask) -> None:
    fakes.then(Reply(delay=1))
    answers = ask({**fakes.env("gemini"), **ON}, threads=20).answers
    assert len(fakes.requests) == 1
    assert {answer["code"] for answer in answers} == {answers[0]["code"]}
    assert all(answer["ok"] for answer in answers)


def test_joined_requests_share_the_provider_s_error(fakes: Fakes, ask: Ask) -> None:
    fakes.then(Reply(delay=1, status=400, message="no"))
    answers = ask({**fakes.env("gemini"), **ON}, threads=10).answers
    assert len(fakes.requests) == 1
    assert {answer["error"]["upstream"] for answer in answers} == {400}


def test_a_burst_is_answered_together(fakes: Fakes, ask: Ask) -> None:
    together = threading.Event()

    def when_all_are_there(_: object) -> Reply:
        if len(fakes.requests) == 30:
            together.set()
        return Reply(wait_for=together)

    fakes.answer = when_all_are_there
    answers = ask({**fakes.env("openai"), **ON}, threads=30, distinct=True).answers
    assert all(answer["ok"] for answer in answers)
