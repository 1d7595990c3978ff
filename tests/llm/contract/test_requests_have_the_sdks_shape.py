"""What plotd sends is what the vendors' SDKs send for the same call, field by field.

Each difference is listed with its reason; a difference that is not listed fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import anthropic
import openai
from conftest import Ask
from fakes import Fakes, Request
from google import genai

# Headers by which an SDK tells about itself, or that belong to the connection: nothing of the API's contract.
ABOUT_THE_CLIENT = {
    "user-agent",
    "host",
    "connection",
    "accept-encoding",
    "content-length",
    "transfer-encoding",
    "x-goog-api-client",
    "x-server-timeout",
}
ABOUT_THE_CLIENT_PREFIX = "x-stainless-"
DIFFERENCES: dict[str, dict[str, str]] = {
    "gemini": {
        "accept": "plotd says what it can read; the SDK sends */*",
        "path": "plotd asks v1beta, which has responseJsonSchema; the SDK's default is v1",
    },
    "openai": {"accept": "plotd also names text/event-stream, which it asked for"},
    "anthropic": {
        "accept": "plotd also names text/event-stream, which it asked for",
        "authorization": "the SDK of 2026 sends Bearer; plotd does with PLOTD_ANTHROPIC_AUTH=bearer",
        "x-api-key": "the long-standing header is plotd's default",
        "anthropic-version": "goes with the header for the key",
    },
}


def headers(request: Request) -> dict[str, str]:
    kept = {n: v for n, v in request.headers.items() if n not in ABOUT_THE_CLIENT}
    return {n: v for n, v in kept.items() if not n.startswith(ABOUT_THE_CLIENT_PREFIX)}


def differing(ours: Request, theirs: Request) -> set[str]:
    a, b = headers(ours), headers(theirs)
    found = {name for name in a.keys() | b.keys() if a.get(name) != b.get(name)}
    return found | ({"path"} if ours.path != theirs.path else set())


def by_plotd(fakes: Fakes, ask: Ask, vendor: str, **more: Any) -> Request:
    ask({**fakes.env(vendor, key="k")}, **more)
    return fakes.requests[-1]


FAILED = {"code": "fig = 0", "error": "code_no_figure", "message": "no figure"}


def test_gemini(fakes: Fakes, ask: Ask) -> None:
    ours = by_plotd(fakes, ask, "gemini", attempts=[FAILED])
    system = ours.body["systemInstruction"]["parts"][0]["text"]
    client = genai.Client(api_key="k", http_options={"base_url": fakes.url})
    config = {"system_instruction": system, "max_output_tokens": ours.body["generationConfig"]["maxOutputTokens"]}
    contents = [{"role": role, "parts": [{"text": text}]} for role, text in ours.turns()]
    list(client.models.generate_content_stream(model="fake", contents=contents, config=config))
    theirs = fakes.requests[-1]
    assert ours.body == theirs.body
    assert differing(ours, theirs) == DIFFERENCES["gemini"].keys()
    assert ours.path == theirs.path.replace("/v1/", "/v1beta/")


def test_openai(fakes: Fakes, ask: Ask) -> None:
    ours = by_plotd(fakes, ask, "openai", attempts=[FAILED])
    client = openai.OpenAI(api_key="k", base_url=fakes.url + "/v1")
    list(
        client.chat.completions.create(
            model="fake",
            messages=ours.body["messages"],
            max_tokens=ours.body["max_tokens"],
            temperature=ours.body["temperature"],
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    theirs = fakes.requests[-1]
    assert ours.body == theirs.body
    assert differing(ours, theirs) == DIFFERENCES["openai"].keys()


def test_anthropic(fakes: Fakes, ask: Ask) -> None:
    ours = by_plotd(fakes, ask, "anthropic", attempts=[FAILED])
    client = anthropic.Anthropic(api_key="k", base_url=fakes.url)
    body = ours.body
    wanted = {"model": "fake", "max_tokens": body["max_tokens"], "system": body["system"], "messages": body["messages"]}
    list(client.messages.create(**wanted, stream=True))
    theirs = fakes.requests[-1]
    assert ours.body == theirs.body
    assert differing(ours, theirs) == DIFFERENCES["anthropic"].keys()


def test_gemini_with_a_schema(fakes: Fakes, ask: Ask) -> None:
    ask({**fakes.env("gemini", key="k"), "PLOTD_LLM_MODE": "spec"})
    ours = fakes.requests[-1]
    settings = ours.body["generationConfig"]
    client = genai.Client(api_key="k", http_options={"base_url": fakes.url})
    config = {
        "system_instruction": ours.body["systemInstruction"]["parts"][0]["text"],
        "max_output_tokens": settings["maxOutputTokens"],
        "response_mime_type": "application/json",
        "response_json_schema": settings["responseJsonSchema"],
    }
    contents = [{"role": role, "parts": [{"text": text}]} for role, text in ours.turns()]
    list(client.models.generate_content_stream(model="fake", contents=contents, config=config))
    assert ours.body == fakes.requests[-1].body


def test_openai_with_a_schema(fakes: Fakes, ask: Ask) -> None:
    ask({**fakes.env("openai", key="k"), "PLOTD_LLM_MODE": "spec"})
    ours = fakes.requests[-1]
    client = openai.OpenAI(api_key="k", base_url=fakes.url + "/v1")
    list(client.chat.completions.create(**ours.body))
    assert ours.body == fakes.requests[-1].body
    schema = ours.body["response_format"]["json_schema"]
    assert schema["strict"] is True
    assert not list(what_strict_mode_refuses(schema["schema"], schema["schema"]["$defs"]))


def what_strict_mode_refuses(schema: dict[str, Any], defs: dict[str, Any]) -> Iterator[str]:
    """OpenAI's rules for strict schemas: every member required, none besides, no default, no open object."""
    if "$ref" in schema:
        schema = defs[schema["$ref"].removeprefix("#/$defs/")]
    if schema.get("type") == "object":
        if schema.get("additionalProperties") is not False or sorted(schema["required"]) != sorted(
            schema["properties"]
        ):
            yield str(schema)
        for member in schema["properties"].values():
            yield from what_strict_mode_refuses(member, defs)
    elif schema.get("type") == "array":
        yield from what_strict_mode_refuses(schema["items"], defs)
    elif "type" not in schema or "default" in schema:
        yield str(schema)


def test_anthropic_with_a_bearer_key(fakes: Fakes, ask: Ask) -> None:
    ask({**fakes.env("anthropic", key="k"), "PLOTD_ANTHROPIC_AUTH": "bearer"})
    ours = fakes.requests[-1]
    client = anthropic.Anthropic(api_key="k", base_url=fakes.url)
    list(client.messages.create(model="fake", max_tokens=9, messages=ours.body["messages"], stream=True))
    assert differing(ours, fakes.requests[-1]) == {"accept"}


def test_roles_alternate_and_end_with_the_user(fakes: Fakes, ask: Ask, vendor: str) -> None:
    request = by_plotd(fakes, ask, vendor, attempts=[FAILED, {**FAILED, "code": "fig = 1"}])
    assert [role for role, _ in request.turns()] == ["user", "model", "user", "model", "user"]
    assert all(text.strip() for _, text in request.turns())
