"""Every way a provider fails, and what plotd makes of it."""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import Ask
from fakes import Fakes, Reply

# Nothing here waits longer than its own set-up says: these bounds are far above it, and far below a hang.
SOON = 5000


def retries(answer: dict[str, Any]) -> int:
    return sum(what == "retry" for what, _ in answer["events"])


# ---- errors that a status tells

REFUSALS = [
    (400, "model_request", "400"),
    (401, "model_key", "API_KEY"),
    (403, "model_key", "may not use"),
    (413, "model_request", "fewer columns"),
    (422, "model_request", "422"),
    (501, "model_request", "base URL"),
]


@pytest.mark.parametrize(("status", "code", "says"), REFUSALS)
def test_a_refusal_is_told_and_not_asked_again(
    fakes: Fakes, ask: Ask, vendor: str, status: int, code: str, says: str
) -> None:
    fakes.then(Reply(status=status, message="because"))
    error = ask(fakes.env(vendor)).error
    assert (error["code"], error["upstream"], error["provider"]) == (code, status, vendor)
    assert "because" in error["message"]
    assert says in error["message"] + error["hint"]
    assert len(fakes.requests) == 1


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 529])
def test_a_passing_trouble_is_asked_again(fakes: Fakes, ask: Ask, vendor: str, status: int) -> None:
    fakes.then(Reply(status=status), Reply())
    answer = ask(fakes.env(vendor)).answer
    assert answer["ok"]
    assert retries(answer) == 1


def test_a_lasting_trouble_is_given_up_after_three_tries(fakes: Fakes, ask: Ask, vendor: str) -> None:
    fakes.then(*[Reply(status=503, message="overloaded")] * 9)
    error = ask(fakes.env(vendor)).error
    assert (error["code"], error["upstream"]) == ("model_unavailable", 503)
    assert len(fakes.requests) == 3


def test_retry_after_is_waited_for(fakes: Fakes, ask: Ask, vendor: str) -> None:
    fakes.then(Reply(status=429, retry_after=1), Reply())
    answer = ask(fakes.env(vendor)).answer
    assert answer["ok"]
    assert answer["ms"] >= 1000


def test_retry_info_of_google_is_waited_for(fakes: Fakes, ask: Ask) -> None:
    info = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1.2s"}
    fakes.then(Reply(status=429, details=[info]), Reply())
    assert ask(fakes.env("gemini")).answer["ms"] >= 1200


def test_a_wait_past_the_deadline_is_not_begun(fakes: Fakes, ask: Ask, vendor: str) -> None:
    fakes.then(Reply(status=429, retry_after=34, message="quota"))
    asked = ask(fakes.env(vendor))
    assert asked.error["code"] == "model_rate_limit"
    assert asked.error["retry_after"] == 34
    assert asked.answer["ms"] < SOON


def test_no_credit_is_not_asked_again(fakes: Fakes, ask: Ask) -> None:
    fakes.then(Reply(status=429, kind="insufficient_quota"))
    assert ask(fakes.env("openai")).error["code"] == "model_rate_limit"
    assert len(fakes.requests) == 1


def test_a_bad_key_under_400_is_a_key_error(fakes: Fakes, ask: Ask) -> None:
    reason = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}
    fakes.then(Reply(status=400, message="API key not valid.", details=[reason]))
    error = ask(fakes.env("gemini")).error
    assert error["code"] == "model_key"
    assert "GEMINI_API_KEY" in error["hint"]


def test_a_model_that_was_shut_down_names_its_successor(fakes: Fakes, ask: Ask) -> None:
    fakes.then(Reply(status=404, message="models/gemini-2.0-flash is not found"))
    error = ask({**fakes.env("gemini"), "GEMINI_MODEL": "gemini-2.0-flash"}).error
    assert error["code"] == "model_request"
    assert "gemini-2.0-flash was shut down on 2026-06-01" in error["message"]
    assert "gemini-flash-latest" in error["message"]


def test_an_unknown_model_is_named(fakes: Fakes, ask: Ask, vendor: str) -> None:
    fakes.then(Reply(status=404))
    error = ask(fakes.env(vendor)).error
    assert "no model fake" in error["message"]


def test_an_error_in_an_array_is_read(fakes: Fakes, ask: Ask) -> None:
    fakes.then(Reply(status=400, raw=b'[{"error":{"code":400,"message":"odd","status":"INVALID_ARGUMENT"}}]'))
    assert "INVALID_ARGUMENT: odd" in ask(fakes.env("gemini")).error["message"]


def test_a_flat_error_is_read(fakes: Fakes, ask: Ask) -> None:
    fakes.then(Reply(status=400, raw=b'{"message":"flat"}'))
    assert "flat" in ask(fakes.env("openai")).error["message"]


def test_an_error_page_is_not_quoted(fakes: Fakes, ask: Ask, vendor: str) -> None:
    fakes.then(*[Reply(status=502, raw=b"<html><h1>Bad gateway</h1></html>", content_type="text/html")] * 3)
    error = ask(fakes.env(vendor)).error
    assert error["upstream"] == 502
    assert "html" not in error["message"]


def test_a_redirect_is_not_followed(fakes: Fakes, ask: Ask, vendor: str) -> None:
    fakes.then(Reply(status=307, raw=b"", headers={"Location": fakes.url + "/elsewhere"}))
    error = ask(fakes.env(vendor)).error
    assert error["upstream"] == 307
    assert "redirect" in error["hint"]
    assert len(fakes.requests) == 1


# ---- errors in the middle


def test_an_error_event_in_a_stream_is_asked_again(fakes: Fakes, ask: Ask, vendor: str) -> None:
    fakes.then(Reply(error_after=2, message="overloaded"), Reply())
    assert retries(ask(fakes.env(vendor)).answer) == 1


def test_an_error_event_that_stays_is_told(fakes: Fakes, ask: Ask, vendor: str) -> None:
    fakes.then(*[Reply(error_after=2, message="overloaded")] * 3)
    error = ask(fakes.env(vendor)).error
    assert error["code"] == "model_unavailable" if vendor != "openai" else "model_unavailable"
    assert "overloaded" in error["message"]


def test_a_stream_cut_in_the_middle_is_asked_again(fakes: Fakes, ask: Ask, vendor: str) -> None:
    fakes.then(Reply(cut_after=2), Reply())
    answer = ask(fakes.env(vendor)).answer
    assert answer["ok"]
    assert retries(answer) == 1


def test_a_stream_that_stays_cut_is_told(fakes: Fakes, ask: Ask, vendor: str) -> None:
    fakes.then(*[Reply(cut_after=2)] * 3)
    error = ask(fakes.env(vendor)).error
    assert error["code"] == "model_unavailable"
    assert "broke off in the middle" in error["message"]


def test_an_end_without_a_finish_is_a_cut(fakes: Fakes, ask: Ask, vendor: str) -> None:
    fakes.then(*[Reply(finish="", done=False)] * 3)
    assert "broke off" in ask(fakes.env(vendor)).error["message"]


# ---- nonsense

NONSENSE = [
    (b"<!doctype html><html>Welcome to the hotel Wi-Fi</html>", "a web page"),
    (b"", "nothing at all"),
    (b"{ not json", "not JSON"),
    (b"data: {not json}\n\n", "not JSON"),
    (b'data: {"a":1}\n\ndata: \xff\xfe\n\ndata: 1\n\n', "not JSON"),
    (b"[" * 100000, "not JSON"),
]


@pytest.mark.parametrize(("raw", "says"), NONSENSE)
def test_nonsense_is_told_for_what_it_is(fakes: Fakes, ask: Ask, vendor: str, raw: bytes, says: str) -> None:
    fakes.then(*[Reply(raw=raw, content_type="text/plain")] * 3)
    error = ask(fakes.env(vendor)).error
    assert error["code"] == "model_reply"
    assert says in error["message"]


@pytest.mark.parametrize(
    "raw", [b"null", b"{}", b"[]", b"7", b'"x"', b'{"choices":[]}', b'{"candidates":7,"content":"x"}']
)
def test_json_of_another_shape_is_an_empty_answer(fakes: Fakes, ask: Ask, vendor: str, raw: bytes) -> None:
    fakes.then(*[Reply(raw=raw)] * 3)
    assert ask(fakes.env(vendor)).error["code"] == "model_reply"


def test_an_empty_answer_is_asked_again(fakes: Fakes, ask: Ask, vendor: str) -> None:
    fakes.then(Reply(text=""), Reply())
    assert retries(ask(fakes.env(vendor)).answer) == 1


def test_all_tokens_spent_on_thinking_is_told(fakes: Fakes, ask: Ask, vendor: str) -> None:
    fakes.then(*[Reply(text="", thoughts="hm", finish="length")] * 3)
    assert "thinking" in ask(fakes.env(vendor)).error["message"]


def test_prose_alone_is_given_back_as_such(fakes: Fakes, ask: Ask, vendor: str) -> None:
    fakes.then(Reply("I am sorry, there is no such column."))
    error = ask(fakes.env(vendor)).error
    assert (error["code"], error["rule"]) == ("model_reply", "no_code")
    assert len(fakes.requests) == 1


def test_code_cut_off_by_length_is_given_back_as_such(fakes: Fakes, ask: Ask, vendor: str) -> None:
    fakes.then(Reply("```python\nt = df.groupby(", finish="length"))
    assert ask(fakes.env(vendor)).error["rule"] == "cut_off"


def test_a_refused_answer_is_told(fakes: Fakes, ask: Ask, vendor: str) -> None:
    fakes.then(Reply("", finish="refused"))
    error = ask(fakes.env(vendor)).error
    assert error["code"] == "model_refused"
    assert len(fakes.requests) == 1


def test_a_refused_prompt_is_told(fakes: Fakes, ask: Ask) -> None:
    fakes.then(Reply(blocked=True))
    error = ask(fakes.env("gemini")).error
    assert error["code"] == "model_refused"
    assert "SAFETY" in error["message"]


# ---- too much


def test_a_huge_answer_is_cut_short(fakes: Fakes, ask: Ask, vendor: str) -> None:
    fakes.then(Reply(raw=b"x" * (200 << 20), content_type="text/plain"))
    asked = ask(fakes.env(vendor))
    assert asked.error["code"] == "model_reply"
    assert "far more" in asked.error["message"]


def test_a_bomb_is_cut_short(fakes: Fakes, ask: Ask, vendor: str) -> None:
    fakes.then(Reply(raw=b" " * (200 << 20), gzip=True))
    assert "far more" in ask(fakes.env(vendor)).error["message"]


ENDLESS = {
    "gemini": b'data: {"candidates":[{"content":{"parts":[{"text":"%s"}]}}]}\n\n' % (b"x" * 4000),
    "openai": b'data: {"choices":[{"delta":{"content":"%s"}}]}\n\n' % (b"x" * 4000),
    "anthropic": b'data: {"type":"content_block_delta","delta":{"text":"%s"}}\n\n' % (b"x" * 4000),
}


def test_an_endless_answer_is_cut_short(fakes: Fakes, ask: Ask, vendor: str) -> None:
    fakes.then(Reply(endless=ENDLESS[vendor]))
    assert "far more" in ask(fakes.env(vendor)).error["message"]
    assert fakes.gone.acquire(timeout=10)


def test_endless_comments_are_cut_short(fakes: Fakes, ask: Ask, vendor: str) -> None:
    fakes.then(Reply(endless=b": still thinking " + b"." * 4000 + b"\n\n"))
    assert "far more" in ask(fakes.env(vendor)).error["message"]


def test_an_endless_line_is_cut_short(fakes: Fakes, ask: Ask, vendor: str) -> None:
    fakes.then(Reply(endless=b"data" + b"x" * 4000))
    assert "far more" in ask(fakes.env(vendor)).error["message"]


# ---- silence and slowness


def test_silence_before_the_first_byte_is_bounded(fakes: Fakes, ask: Ask, vendor: str) -> None:
    fakes.then(*[Reply(delay=60)] * 3)
    asked = ask({**fakes.env(vendor), "PLOTD_LLM_FIRST_BYTE": "300ms"})
    assert asked.error["code"] == "model_timeout"
    assert "silent" in asked.error["message"]
    assert asked.answer["ms"] < SOON


def test_silence_after_the_headers_is_bounded(fakes: Fakes, ask: Ask, vendor: str) -> None:
    fakes.then(Reply(hold=60), Reply())
    answer = ask({**fakes.env(vendor), "PLOTD_LLM_FIRST_BYTE": "300ms"}).answer
    assert answer["ok"]
    assert answer["ms"] < SOON


def test_silence_in_the_middle_is_bounded(fakes: Fakes, ask: Ask, vendor: str) -> None:
    fakes.then(Reply(pace=60), Reply())
    answer = ask({**fakes.env(vendor), "PLOTD_LLM_FIRST_BYTE": "300ms"}).answer
    assert answer["ok"]
    assert retries(answer) == 1


def test_a_byte_a_second_is_bounded_by_the_time_for_a_call(fakes: Fakes, ask: Ask, vendor: str) -> None:
    fakes.then(*[Reply(drip=1)] * 3)
    asked = ask({**fakes.env(vendor), "PLOTD_LLM_TIMEOUT": "2500ms"})
    assert asked.error["code"] == "model_timeout"
    assert 2000 < asked.answer["ms"] < SOON


def test_a_byte_a_second_is_bounded_by_the_request(fakes: Fakes, ask: Ask, vendor: str) -> None:
    fakes.then(*[Reply(drip=1)] * 3)
    asked = ask(fakes.env(vendor), deadline_ms=1500)
    assert asked.error["code"] == "deadline"
    assert asked.answer["ms"] < SOON


# ---- cancelling


def test_a_cancelled_call_ends_at_once(fakes: Fakes, ask: Ask, vendor: str) -> None:
    fakes.then(Reply(pieces=500, pace=0.05, text="```python\n" + "x = 1\n" * 1000 + "```"))
    asked = ask(fakes.env(vendor), cancel_on="code")
    assert asked.error["code"] == "cancelled"
    assert asked.answer["late_ms"] < 200
    assert fakes.gone.acquire(timeout=10), "the connection stayed open"


def test_a_call_that_waits_for_its_first_byte_is_cancelled_at_once(fakes: Fakes, ask: Ask, vendor: str) -> None:
    fakes.then(Reply(delay=60))
    asked = ask(fakes.env(vendor), cancel_after_ms=300)
    assert asked.error["code"] == "cancelled"
    assert asked.answer["ms"] < 300 + 200


def test_a_call_that_backs_off_is_cancelled_at_once(fakes: Fakes, ask: Ask, vendor: str) -> None:
    fakes.then(Reply(status=429, retry_after=15))
    asked = ask(fakes.env(vendor), cancel_on="retry")
    assert asked.error["code"] == "cancelled"
    assert asked.answer["late_ms"] < 200


# ---- no connection


def closed_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def test_a_refused_connection_is_told(ask: Ask, fakes: Fakes) -> None:
    env = {**fakes.env("gemini"), "GEMINI_BASE_URL": f"http://127.0.0.1:{closed_port()}"}
    asked = ask(env)
    assert asked.error["code"] == "model_unavailable"
    assert "cannot be reached" in asked.error["message"]
    assert retries(asked.answer) == 2


def test_a_name_that_does_not_exist_is_told(ask: Ask, fakes: Fakes) -> None:
    error = ask({**fakes.env("gemini"), "GEMINI_BASE_URL": "http://no-such-host.invalid"}).error
    assert error["code"] == "model_unavailable"
    assert "no-such-host.invalid" in error["message"]


def test_a_url_that_is_none_is_told(ask: Ask, fakes: Fakes) -> None:
    error = ask({**fakes.env("gemini"), "GEMINI_BASE_URL": "ftp://example.com"}).error
    assert "GEMINI_BASE_URL" in error["message"]


def test_a_connection_reset_before_the_first_byte_is_asked_again(ask: Ask, fakes: Fakes) -> None:
    fakes.then(Reply(cut_after=0), Reply())
    assert ask(fakes.env("gemini")).answer["ok"]


def test_a_stranger_s_certificate_is_not_trusted(ask: Ask, fakes: Fakes, tmp_path: Path) -> None:
    import ssl

    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    subprocess.run([*make, "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        seen: list[bytes] = []

        def serve() -> None:
            plain, _ = listener.accept()
            plain.settimeout(10)
            try:
                with context.wrap_socket(plain, server_side=True) as s:
                    seen.append(s.recv(4096))
            except OSError:
                pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        asked = ask({**fakes.env("gemini", key="k-very-secret"), "GEMINI_BASE_URL": url})
        thread.join(10)
    assert "cannot be trusted" in asked.error["message"]
    assert retries(asked.answer) == 0
    assert not any(b"k-very-secret" in data for data in seen)


def test_tls_spoken_to_a_plain_server_is_told(ask: Ask, fakes: Fakes) -> None:
    error = ask({**fakes.env("gemini"), "GEMINI_BASE_URL": fakes.url.replace("http", "https")}).error
    assert error["code"] == "model_unavailable"


def test_a_proxy_of_the_environment_is_used(ask: Ask, fakes: Fakes) -> None:
    env = {**fakes.env("openai"), "OPENAI_BASE_URL": "http://models.example/v1", "http_proxy": fakes.url}
    assert ask(env).answer["ok"]
    assert fakes.requests[0].path == "http://models.example/v1/chat/completions"


# ---- keys


def test_no_key_is_told_where_the_provider_is_demanded(ask: Ask) -> None:
    error = ask({"PLOTD_LLM": "gemini"}).error
    assert error["code"] == "model_key"
    assert "GEMINI_API_KEY is not set" in error["message"]


def test_a_key_with_a_line_break_is_refused_unsent(ask: Ask, fakes: Fakes) -> None:
    error = ask(fakes.env("gemini", key="abc\nx-evil: 1")).error
    assert error["code"] == "model_key"
    assert "abc" not in error["message"]
    assert not fakes.requests


def test_a_key_that_the_provider_quotes_goes_no_further(ask: Ask, fakes: Fakes, vendor: str) -> None:
    fakes.then(Reply(status=401, message="Incorrect API key provided: k-very-secret"))
    asked = ask(fakes.env(vendor, key="k-very-secret"))
    assert "k-very-secret" not in asked.log + str(asked.answers)


def test_data_that_the_provider_quotes_goes_no_further(ask: Ask, fakes: Fakes, vendor: str) -> None:
    fakes.answer = lambda request: Reply(status=400, message="cannot read: " + request.said()[-120:])
    question = "the amount that only this question names"
    asked = ask(fakes.env(vendor), question=question)
    assert asked.error["code"] == "model_request"
    assert "only this question" not in asked.log + str(asked.answers)


# ---- parts of a request that a server does not take


@pytest.mark.parametrize(
    ("vendor", "words", "part"),
    [
        ("openai", "Unsupported parameter: 'max_tokens'", "max_tokens"),
        ("openai", "temperature does not support 0.2", "temperature"),
        ("openai", "unknown field stream_options", "stream_options"),
    ],
)
def test_a_part_that_is_refused_is_left_out(fakes: Fakes, ask: Ask, vendor: str, words: str, part: str) -> None:
    fakes.answer = lambda request: Reply(status=400, message=words) if part in request.body else Reply()
    assert ask(fakes.env(vendor)).answer["ok"]
    assert [part in request.body for request in fakes.requests] == [True, False]


# ---- the circuit


def test_the_circuit_opens_after_failures_in_a_row_and_tells(fakes: Fakes, ask: Ask, vendor: str) -> None:
    fakes.answer = lambda _: Reply(status=503)
    asked = ask(fakes.env(vendor), times=4)
    assert asked.status["circuit"] == "open"
    assert len(fakes.requests) == 5
    last = asked.answers[-1]["error"]
    assert "left alone" in last["message"]
    assert last["retry_after"] > 0


def test_refusals_of_the_request_do_not_open_the_circuit(fakes: Fakes, ask: Ask, vendor: str) -> None:
    fakes.answer = lambda _: Reply(status=400)
    asked = ask(fakes.env(vendor), times=8)
    assert asked.status["circuit"] == "closed"
    assert len(fakes.requests) == 8


# ---- the rules instead


def test_the_rules_answer_where_the_provider_does_not(fakes: Fakes, ask: Ask, vendor: str) -> None:
    fakes.then(*[Reply(status=429, message="quota exceeded")] * 3)
    answer = ask({**fakes.env(vendor), "PLOTD_FALLBACK": "rules"}).answer
    assert answer["engine"] == "rules"
    (told,) = [notice for notice in answer["notices"] if "built-in rules" in notice]
    assert f"{vendor} answered 429" in told
    assert "quota exceeded" in told


def test_a_cancelled_call_is_not_handed_to_the_rules(fakes: Fakes, ask: Ask, vendor: str) -> None:
    fakes.then(Reply(delay=60))
    assert ask({**fakes.env(vendor), "PLOTD_FALLBACK": "rules"}, cancel_after_ms=200).error["code"] == "cancelled"


def test_prose_alone_is_not_handed_to_the_rules_at_once(fakes: Fakes, ask: Ask, vendor: str) -> None:
    fakes.then(Reply("No."))
    assert ask({**fakes.env(vendor), "PLOTD_FALLBACK": "rules"}).error["rule"] == "no_code"


def test_without_any_key_the_rules_answer_and_say_so(ask: Ask) -> None:
    asked = ask({})
    assert asked.answer["engine"] == "rules"
    assert "No model key is set, so plotd's built-in rules wrote the chart code." in asked.answer["notices"]
    assert asked.status["why"].startswith("no model key is set")


def test_all_calls_of_a_burst_are_cancelled_together(fakes: Fakes, ask: Ask) -> None:
    fakes.answer = lambda _: Reply(delay=60)
    start = time.monotonic()
    answers = ask(fakes.env("gemini"), threads=50, distinct=True, cancel_after_ms=1000).answers
    assert {answer["error"]["code"] for answer in answers} == {"cancelled"}
    assert max(answer["ms"] for answer in answers) < 1000 + 500
    assert time.monotonic() - start < 30
