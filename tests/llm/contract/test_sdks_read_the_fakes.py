"""The vendors' own SDKs parse every answer of the fakes: what plotd is tested against has the vendors' shape."""

from __future__ import annotations

from collections.abc import Callable

import anthropic
import openai
import pytest
from fakes import Fakes, Reply
from google import genai
from google.genai import errors as genai_errors

Said = tuple[str, str, int, int]  # text, the vendor's finish word, tokens in and out
VERSIONS = ["v1", "v1beta"]


def gemini(fakes: Fakes, version: str = "v1beta") -> genai.Client:
    return genai.Client(api_key="k", http_options={"base_url": fakes.url, "api_version": version})


def gemini_whole(fakes: Fakes) -> Said:
    client = gemini(fakes)  # closes its connections when it is forgotten
    r = client.models.generate_content(model="fake", contents="hi")
    usage = r.usage_metadata
    return r.text, r.candidates[0].finish_reason.value, usage.prompt_token_count, usage.candidates_token_count


def gemini_stream(fakes: Fakes) -> Said:
    client = gemini(fakes)
    chunks = list(client.models.generate_content_stream(model="fake", contents="hi"))
    usage, finish = chunks[-1].usage_metadata, chunks[-1].candidates[0].finish_reason.value
    return "".join(c.text or "" for c in chunks), finish, usage.prompt_token_count, usage.candidates_token_count


def openai_client(fakes: Fakes) -> openai.OpenAI:
    return openai.OpenAI(api_key="k", base_url=fakes.url + "/v1", max_retries=0)


HI = [{"role": "user", "content": "hi"}]


def openai_whole(fakes: Fakes) -> Said:
    r = openai_client(fakes).chat.completions.create(model="fake", messages=HI)
    choice = r.choices[0]
    return choice.message.content, choice.finish_reason, r.usage.prompt_tokens, r.usage.completion_tokens


def openai_stream(fakes: Fakes) -> Said:
    chunks = list(
        openai_client(fakes).chat.completions.create(
            model="fake", messages=HI, stream=True, stream_options={"include_usage": True}
        )
    )
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    finish = next(c.choices[0].finish_reason for c in chunks if c.choices and c.choices[0].finish_reason)
    return text, finish, chunks[-1].usage.prompt_tokens, chunks[-1].usage.completion_tokens


def anthropic_client(fakes: Fakes) -> anthropic.Anthropic:
    return anthropic.Anthropic(api_key="k", base_url=fakes.url, max_retries=0)


def anthropic_said(message: anthropic.types.Message) -> Said:
    text = "".join(block.text for block in message.content if block.type == "text")
    return text, message.stop_reason, message.usage.input_tokens, message.usage.output_tokens


def anthropic_whole(fakes: Fakes) -> Said:
    return anthropic_said(anthropic_client(fakes).messages.create(model="fake", max_tokens=9, messages=HI))


def anthropic_stream(fakes: Fakes) -> Said:
    with anthropic_client(fakes).messages.stream(model="fake", max_tokens=9, messages=HI) as stream:
        return anthropic_said(stream.get_final_message())


CALLS: dict[str, Callable[[Fakes], Said]] = {
    "gemini": gemini_whole,
    "gemini-stream": gemini_stream,
    "openai": openai_whole,
    "openai-stream": openai_stream,
    "anthropic": anthropic_whole,
    "anthropic-stream": anthropic_stream,
}
FINISH = {
    "gemini": {"stop": "STOP", "length": "MAX_TOKENS", "refused": "SAFETY"},
    "openai": {"stop": "stop", "length": "length", "refused": "content_filter"},
    "anthropic": {"stop": "end_turn", "length": "max_tokens", "refused": "refusal"},
}


@pytest.fixture(params=list(CALLS))
def call(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.mark.parametrize("finish", ["stop", "length", "refused"])
def test_answers_with_finish_and_usage(fakes: Fakes, call: str, finish: str) -> None:
    fakes.then(Reply("fig = 1", finish=finish, usage=(12, 34)))
    vendor = call.partition("-")[0]
    assert CALLS[call](fakes) == ("fig = 1", FINISH[vendor][finish], 12, 34)


def test_answers_with_thoughts(fakes: Fakes, call: str) -> None:
    fakes.then(Reply("fig = 1", thoughts="hm"))
    assert CALLS[call](fakes)[0] == "fig = 1"


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_streams_with_either_line_end(fakes: Fakes, call: str, newline: str) -> None:
    fakes.then(Reply("fig = 1", newline=newline))
    assert CALLS[call](fakes)[0] == "fig = 1"


def test_compressed_answers(fakes: Fakes, call: str) -> None:
    fakes.then(Reply("fig = 1", gzip=True))
    assert CALLS[call](fakes)[0] == "fig = 1"


@pytest.mark.parametrize("version", VERSIONS)
def test_gemini_under_either_version(fakes: Fakes, version: str) -> None:
    client = gemini(fakes, version)
    assert client.models.generate_content(model="fake", contents="hi").text
    assert f"/{version}/models/fake:generateContent" in fakes.requests[0].path


def test_gemini_blocked_prompt(fakes: Fakes) -> None:
    fakes.then(Reply(blocked=True))
    client = gemini(fakes)
    answer = client.models.generate_content(model="fake", contents="hi")
    assert answer.candidates is None
    assert answer.prompt_feedback.block_reason.value == "SAFETY"


# ---- errors

GEMINI_STATUS = [400, 401, 403, 404, 429, 500, 503, 504]


@pytest.mark.parametrize("status", GEMINI_STATUS)
@pytest.mark.parametrize("call", ["gemini", "gemini-stream"])
def test_gemini_errors(fakes: Fakes, call: str, status: int) -> None:
    from fakes import KINDS

    fakes.answer = lambda _: Reply(status=status, message="because")
    with pytest.raises(genai_errors.APIError) as caught:
        CALLS[call](fakes)
    error = caught.value
    assert (error.code, error.status, error.message) == (status, KINDS["gemini"][status], "because")


def test_gemini_retry_info(fakes: Fakes) -> None:
    fakes.answer = lambda _: Reply(status=429, retry_after=34)
    with pytest.raises(genai_errors.ClientError) as caught:
        gemini_whole(fakes)
    assert caught.value.details["error"]["details"][0]["retryDelay"] == "34s"


def test_gemini_error_in_mid_stream(fakes: Fakes) -> None:
    fakes.then(Reply(error_after=2, message="overloaded"))
    with pytest.raises(genai_errors.APIError, match="overloaded"):
        gemini_stream(fakes)


OPENAI_ERRORS = {
    400: openai.BadRequestError,
    401: openai.AuthenticationError,
    403: openai.PermissionDeniedError,
    404: openai.NotFoundError,
    429: openai.RateLimitError,
    500: openai.InternalServerError,
    503: openai.InternalServerError,
}


@pytest.mark.parametrize("status", list(OPENAI_ERRORS))
@pytest.mark.parametrize("call", ["openai", "openai-stream"])
def test_openai_errors(fakes: Fakes, call: str, status: int) -> None:
    fakes.then(Reply(status=status, message="because"))
    with pytest.raises(OPENAI_ERRORS[status]) as caught:
        CALLS[call](fakes)
    assert caught.value.body["message"] == "because"


def test_openai_error_in_mid_stream(fakes: Fakes) -> None:
    fakes.then(Reply(error_after=2, message="overloaded"))
    with pytest.raises(openai.APIError, match="overloaded"):
        openai_stream(fakes)


ANTHROPIC_ERRORS = {
    400: anthropic.BadRequestError,
    401: anthropic.AuthenticationError,
    403: anthropic.PermissionDeniedError,
    404: anthropic.NotFoundError,
    413: anthropic.APIStatusError,
    429: anthropic.RateLimitError,
    500: anthropic.InternalServerError,
    529: anthropic.InternalServerError,
}


@pytest.mark.parametrize("status", list(ANTHROPIC_ERRORS))
@pytest.mark.parametrize("call", ["anthropic", "anthropic-stream"])
def test_anthropic_errors(fakes: Fakes, call: str, status: int) -> None:
    from fakes import KINDS

    fakes.then(Reply(status=status, message="because"))
    with pytest.raises(ANTHROPIC_ERRORS[status]) as caught:
        CALLS[call](fakes)
    assert caught.value.body["error"] == {"type": KINDS["anthropic"][status], "message": "because"}


def test_anthropic_error_in_mid_stream(fakes: Fakes) -> None:
    fakes.then(Reply(error_after=2, message="overloaded"))
    with pytest.raises(anthropic.APIError, match="overloaded"):
        anthropic_stream(fakes)


def test_a_cut_stream_is_an_error_for_the_sdks_too(fakes: Fakes) -> None:
    fakes.then(Reply(cut_after=2))
    with pytest.raises(Exception, match="."):
        openai_stream(fakes)
