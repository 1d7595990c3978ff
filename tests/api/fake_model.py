"""A model service that answers with the code a test chose: OpenAI's chat completions, streamed or not."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

GOOD = 'fig = px.line(df, x=df.columns[0], y=df.columns[-1], title="Fine")'


def chunk(choices: list[dict], **more: object) -> bytes:
    return b"data: " + json.dumps({"object": "chat.completion.chunk", "choices": choices, **more}).encode() + b"\n\n"


class FakeModel:
    """`codes` maps a word of the question to the code that answers it; `statuses` to a failure instead."""

    def __init__(self) -> None:
        self.codes: dict[str, str] = {}
        self.statuses: dict[str, int] = {}
        self.asked = 0
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/v1"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def handler(self) -> type[BaseHTTPRequestHandler]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                fake.asked += 1
                told = " ".join(str(message["content"]) for message in body["messages"] if message["role"] == "user")
                status = next((status for word, status in fake.statuses.items() if word in told), 200)
                code = next((code for word, code in fake.codes.items() if word in told), GOOD)
                if status != 200:
                    self.answer(status, json.dumps({"error": {"message": "the fake says no"}}).encode())
                elif body.get("stream"):
                    self.stream(f"```python\n{code}\n```")
                else:
                    self.answer(200, self.whole(f"```python\n{code}\n```"))

            def whole(self, text: str) -> bytes:
                message = {"role": "assistant", "content": text}
                usage = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}
                choice = {"index": 0, "message": message, "finish_reason": "stop"}
                return json.dumps({"object": "chat.completion", "choices": [choice], "usage": usage}).encode()

            def stream(self, text: str) -> None:
                parts = [chunk([{"index": 0, "delta": {"content": text}, "finish_reason": None}])]
                parts.append(chunk([{"index": 0, "delta": {}, "finish_reason": "stop"}]))
                parts.append(chunk([], usage={"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}))
                self.answer(200, b"".join(parts) + b"data: [DONE]\n\n", "text/event-stream")

            def answer(self, status: int, body: bytes, kind: str = "application/json") -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                pass

        return Handler
