"""One fake server that speaks as Gemini, OpenAI and Anthropic do, scripted per request.

    with Fakes() as fakes:
        fakes.then(Reply(status=429, retry_after=1), Reply("```python\\nfig = …\\n```"))
        …
        fakes.requests[0].body["contents"]

Which vendor is asked shows in the path; the same `Reply` is told in that vendor's words, whole or as
a stream, as the request wants it. tests/llm/contract holds the shapes against the vendors' SDKs.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CODE = '```python\n# title: Amount by region\nfig = px.bar(df, x="region", y="amount")\n```'

FINISH = {
    "gemini": {"stop": "STOP", "length": "MAX_TOKENS", "refused": "SAFETY"},
    "openai": {"stop": "stop", "length": "length", "refused": "content_filter"},
    "anthropic": {"stop": "end_turn", "length": "max_tokens", "refused": "refusal"},
}
# What each vendor calls an error of a status.
KINDS = {
    "gemini": {
        400: "INVALID_ARGUMENT",
        401: "UNAUTHENTICATED",
        403: "PERMISSION_DENIED",
        404: "NOT_FOUND",
        429: "RESOURCE_EXHAUSTED",
        500: "INTERNAL",
        503: "UNAVAILABLE",
        504: "DEADLINE_EXCEEDED",
    },
    "openai": {
        400: "invalid_request_error",
        401: "invalid_api_key",
        403: "permission_denied",
        404: "model_not_found",
        429: "rate_limit_exceeded",
        500: "server_error",
        503: "server_error",
    },
    "anthropic": {
        400: "invalid_request_error",
        401: "authentication_error",
        403: "permission_error",
        404: "not_found_error",
        413: "request_too_large",
        429: "rate_limit_error",
        500: "api_error",
        529: "overloaded_error",
    },
}


@dataclass
class Reply:
    """What the model says next, and how."""

    text: str = CODE
    finish: str = "stop"  # "stop", "length", "refused"; "" tells none
    thoughts: str = ""
    status: int = 200
    message: str = "no"  # of an error
    kind: str = ""  # of an error; "" takes the vendor's own word for the status
    retry_after: float | None = None  # as a header; for Gemini as RetryInfo too
    details: list[dict[str, Any]] = field(default_factory=list)
    blocked: bool = False  # Gemini: the prompt, not the answer, was refused
    pieces: int = 4  # a stream's text comes in so many events
    delay: float = 0.0  # before the first byte, headers included
    hold: float = 0.0  # after the headers
    pace: float = 0.0  # between events
    cut_after: int | None = None  # events, then the connection is reset
    error_after: int | None = None  # events, then an error event under 200
    raw: bytes | None = None  # instead of everything above
    content_type: str = ""
    newline: str = "\n"
    comments: bool = False
    gzip: bool = False
    usage: tuple[int, int] = (11, 7)
    done: bool = True  # OpenAI: [DONE] at the end
    headers: dict[str, str] = field(default_factory=dict)
    endless: bytes | None = None  # sent again and again until the client goes
    wait_for: threading.Event | None = None  # before the first byte
    drip: float = 0.0  # the whole body, a byte at a time, this many seconds apart
    whole: bool = False  # a document though a stream was asked for


@dataclass
class Request:
    vendor: str
    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    stream: bool
    peer: tuple[str, int]

    def said(self) -> str:
        """All text of the conversation, system part first."""
        body = self.body
        if self.vendor == "gemini":
            turns = [body["systemInstruction"], *body["contents"]]
            return "\n".join(part["text"] for turn in turns for part in turn["parts"])
        system = [body["system"]] if self.vendor == "anthropic" else []
        return "\n".join(system + [message["content"] for message in body["messages"]])

    def turns(self) -> list[tuple[str, str]]:
        """(role, text) without the system part; the model's role is "model"."""
        if self.vendor == "gemini":
            return [(turn["role"], turn["parts"][0]["text"]) for turn in self.body["contents"]]
        messages = [message for message in self.body["messages"] if message["role"] != "system"]
        return [("model" if m["role"] == "assistant" else "user", m["content"]) for m in messages]


def split(text: str, pieces: int) -> list[str]:
    step = max(1, -(-len(text) // max(1, pieces)))
    return [text[i : i + step] for i in range(0, len(text), step)]


class Gemini:
    name = "gemini"

    @staticmethod
    def usage(r: Reply) -> dict[str, int]:
        spent = {"promptTokenCount": r.usage[0], "candidatesTokenCount": r.usage[1]}
        if r.thoughts:
            spent["thoughtsTokenCount"] = 5
        return {**spent, "totalTokenCount": sum(spent.values())}

    @classmethod
    def chunk(cls, r: Reply, parts: list[dict[str, Any]], last: bool) -> dict[str, Any]:
        if r.blocked:
            return {"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": r.usage[0]}}
        content: dict[str, Any] = {"role": "model"}
        if parts:
            content["parts"] = parts
        candidate: dict[str, Any] = {"content": content, "index": 0}
        if last and r.finish:
            candidate["finishReason"] = FINISH["gemini"].get(r.finish, r.finish)
        out: dict[str, Any] = {"candidates": [candidate], "modelVersion": "fake", "responseId": "r1"}
        if last:
            out["usageMetadata"] = cls.usage(r)
        return out

    @classmethod
    def whole(cls, r: Reply) -> dict[str, Any]:
        thoughts = [{"text": r.thoughts, "thought": True}] if r.thoughts else []
        return cls.chunk(r, thoughts + ([{"text": r.text}] if r.text else []), True)

    @classmethod
    def events(cls, r: Reply) -> Iterator[tuple[str, str]]:
        if r.thoughts:
            yield "", json.dumps(cls.chunk(r, [{"text": r.thoughts, "thought": True}], False))
        texts = [] if r.blocked else split(r.text, r.pieces)
        for piece in texts[:-1]:
            yield "", json.dumps(cls.chunk(r, [{"text": piece}], False))
        yield "", json.dumps(cls.chunk(r, [{"text": texts[-1]}] if texts else [], True))

    @staticmethod
    def error(r: Reply, status: int) -> dict[str, Any]:
        details = list(r.details)
        if r.retry_after is not None:
            info = "type.googleapis.com/google.rpc.RetryInfo"
            details.append({"@type": info, "retryDelay": f"{r.retry_after:g}s"})
        kind = r.kind or KINDS["gemini"].get(status, "UNKNOWN")
        error: dict[str, Any] = {"code": status, "message": r.message, "status": kind}
        return {"error": {**error, "details": details} if details else error}


class OpenAI:
    name = "openai"

    @staticmethod
    def usage(r: Reply) -> dict[str, int]:
        return {"prompt_tokens": r.usage[0], "completion_tokens": r.usage[1], "total_tokens": sum(r.usage)}

    @classmethod
    def whole(cls, r: Reply) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": r.text}
        if r.thoughts:
            message["reasoning_content"] = r.thoughts
        choice = {"index": 0, "message": message, "finish_reason": FINISH["openai"].get(r.finish, r.finish)}
        head = {"id": "c1", "object": "chat.completion", "created": 1, "model": "fake"}
        return {**head, "choices": [choice], "usage": cls.usage(r)}

    @classmethod
    def events(cls, r: Reply) -> Iterator[tuple[str, str]]:
        head = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "fake"}

        def chunk(delta: dict[str, Any], finish: str | None = None) -> str:
            return json.dumps({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

        yield "", chunk({"role": "assistant", "content": ""})
        if r.thoughts:
            yield "", chunk({"reasoning_content": r.thoughts})
        for piece in split(r.text, r.pieces):
            yield "", chunk({"content": piece})
        if r.finish:
            yield "", chunk({}, FINISH["openai"].get(r.finish, r.finish))
        yield "", json.dumps({**head, "choices": [], "usage": cls.usage(r)})
        if r.done:
            yield "", "[DONE]"

    @staticmethod
    def error(r: Reply, status: int) -> dict[str, Any]:
        kind = r.kind or KINDS["openai"].get(status, "server_error")
        return {"error": {"message": r.message, "type": kind, "param": None, "code": kind}}


class Anthropic:
    name = "anthropic"

    @classmethod
    def whole(cls, r: Reply) -> dict[str, Any]:
        content: list[dict[str, Any]] = []
        if r.thoughts:
            content.append({"type": "thinking", "thinking": r.thoughts, "signature": "s"})
        if r.text:
            content.append({"type": "text", "text": r.text})
        return {
            "id": "m1",
            "type": "message",
            "role": "assistant",
            "model": "fake",
            "content": content,
            "stop_reason": FINISH["anthropic"].get(r.finish, r.finish) or None,
            "stop_sequence": None,
            "usage": {"input_tokens": r.usage[0], "output_tokens": r.usage[1]},
        }

    @classmethod
    def events(cls, r: Reply) -> Iterator[tuple[str, str]]:
        def event(kind: str, **rest: Any) -> tuple[str, str]:
            return kind, json.dumps({"type": kind, **rest})

        start = {**cls.whole(r), "content": [], "stop_reason": None}
        start["usage"] = {"input_tokens": r.usage[0], "output_tokens": 1}
        yield event("message_start", message=start)
        index = 0
        if r.thoughts:
            block = {"type": "thinking", "thinking": "", "signature": ""}
            yield event("content_block_start", index=index, content_block=block)
            delta = {"type": "thinking_delta", "thinking": r.thoughts}
            yield event("content_block_delta", index=index, delta=delta)
            yield event("content_block_stop", index=index)
            index += 1
        yield event("content_block_start", index=index, content_block={"type": "text", "text": ""})
        yield event("ping")
        for piece in split(r.text, r.pieces):
            yield event("content_block_delta", index=index, delta={"type": "text_delta", "text": piece})
        yield event("content_block_stop", index=index)
        if r.finish:
            delta = {"stop_reason": FINISH["anthropic"].get(r.finish, r.finish), "stop_sequence": None}
            yield event("message_delta", delta=delta, usage={"output_tokens": r.usage[1]})
            yield event("message_stop")

    @staticmethod
    def error(r: Reply, status: int) -> dict[str, Any]:
        kind = r.kind or KINDS["anthropic"].get(status, "api_error")
        return {"type": "error", "error": {"type": kind, "message": r.message}, "request_id": "req_1"}


VENDORS = {"gemini": Gemini, "openai": OpenAI, "anthropic": Anthropic}


def vendor_of(path: str) -> str:
    if "/models/" in path:
        return "gemini"
    return "openai" if "chat/completions" in path else "anthropic"


Answerer = Callable[[Request], Reply]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        vendor = vendor_of(self.path)
        parsed = json.loads(body)
        streams = "streamGenerateContent" in self.path if vendor == "gemini" else bool(parsed.get("stream"))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(vendor, "POST", self.path, headers, parsed, streams, self.client_address)
        try:
            self.answer(request, self.server.fakes.next_reply(request))
        except OSError:
            self.close_connection = True
            self.server.fakes.gone.release()

    def answer(self, q: Request, r: Reply) -> None:
        if r.wait_for:
            r.wait_for.wait(30)
        self.server.fakes.pause(r.delay)
        if r.endless is not None or r.drip:
            self.forever(q, r)
        elif r.raw is not None:
            self.document(r, r.raw, r.content_type or "application/json")
        elif r.status != 200:
            self.document(r, json.dumps(VENDORS[q.vendor].error(r, r.status)).encode(), "application/json")
        elif q.stream and not r.whole:
            self.stream(q, r)
        else:
            self.document(r, json.dumps(VENDORS[q.vendor].whole(r)).encode(), "application/json")

    def begin(self, r: Reply, content_type: str, **more: str) -> None:
        self.send_response(r.status)
        self.send_header("Content-Type", content_type)
        if r.retry_after is not None:
            self.send_header("Retry-After", f"{r.retry_after:g}")
        for name, value in {**more, **r.headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.server.fakes.pause(r.hold)

    def document(self, r: Reply, body: bytes, content_type: str) -> None:
        more = {"Content_Encoding": "gzip"} if r.gzip else {}
        body = gzip.compress(body) if r.gzip else body
        self.begin(r, content_type, Content_Length=str(len(body)), **more)
        self.wfile.write(body)

    def chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def stream(self, q: Request, r: Reply) -> None:
        more = {"Content_Encoding": "gzip"} if r.gzip else {}
        self.begin(r, "text/event-stream", Transfer_Encoding="chunked", **more)
        vendor = VENDORS[q.vendor]
        sent: list[bytes] = []
        for i, (kind, data) in enumerate(vendor.events(r)):
            if r.cut_after == i:
                return self.reset()
            if r.error_after == i:
                kind, data = ("error" if q.vendor == "anthropic" else ""), json.dumps(vendor.error(r, 529))
            lines = [": still here", ""] if r.comments else []
            lines += [f"event: {kind}"] if kind else []
            event = (r.newline.join([*lines, f"data: {data}", "", ""])).encode()
            if r.gzip:
                sent.append(event)
            else:
                self.chunk(event)
            if r.error_after == i:
                break
            self.server.fakes.pause(r.pace)
        if r.gzip:
            self.chunk(gzip.compress(b"".join(sent)))
        self.wfile.write(b"0\r\n\r\n")
        return None

    def forever(self, q: Request, r: Reply) -> None:
        self.begin(r, r.content_type or "text/event-stream", Transfer_Encoding="chunked")
        if r.drip:
            whole = b"".join(f"data: {data}\n\n".encode() for _, data in VENDORS[q.vendor].events(r))
            for byte in whole:
                self.chunk(bytes([byte]))
                self.server.fakes.pause(r.drip)
            self.wfile.write(b"0\r\n\r\n")
        while r.endless:
            self.chunk(r.endless)
            self.server.fakes.pause(r.pace)

    def reset(self) -> None:
        """The connection ends with RST, as of a crashed server."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def do_GET(self) -> None:
        body = json.dumps({"models": [{"name": "models/fake"}], "data": [{"id": "fake"}]}).encode()
        self.document(Reply(), body, "application/json")

    def finish(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            super().finish()

    def log_message(self, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024
    fakes: Fakes

    def handle_error(self, *args: object) -> None:
        pass


class Fakes:
    """The server, its script and what it was asked."""

    def __init__(self, answer: Answerer | None = None) -> None:
        self.requests: list[Request] = []
        self.script: deque[Reply] = deque()
        self.answer = answer
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self.gone = threading.Semaphore(0)  # a client went away in the middle
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.fakes = self
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def env(self, vendor: str, key: str = "k-secret") -> dict[str, str]:
        """What makes plotd ask this server as `vendor`."""
        name = vendor.upper()
        base = self.url + ("/v1" if vendor == "openai" else "")
        return {"PLOTD_LLM": vendor, f"{name}_API_KEY": key, f"{name}_BASE_URL": base, f"{name}_MODEL": "fake"}

    def then(self, *replies: Reply) -> Fakes:
        self.script.extend(replies)
        return self

    def next_reply(self, request: Request) -> Reply:
        with self.lock:
            self.requests.append(request)
            if self.script:
                return self.script.popleft()
        return self.answer(request) if self.answer else Reply()

    def pause(self, seconds: float) -> None:
        """Sleeps, but not past the end of the test."""
        if seconds > 0 and self.stopping.wait(seconds):
            raise ConnectionAbortedError

    def __enter__(self) -> Fakes:
        self.thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        self.stopping.set()
        self.server.shutdown()
        self.server.server_close()
