"""Many questions at once while the model takes its time: memory, latency, and how fast all of it stops.

N requests at once, each another question, and a model that answers at once: what the machine can do. Then a model that
answers after two seconds: at best everything takes these two seconds longer, which is the ideal. Then the same again,
and every client goes away after one second.

usage: build/venv-test/bin/python bench/llm_load.py [N]      prints what it saw; N is 500
"""

import asyncio
import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
PLOTD = pathlib.Path(os.environ.get("PLOTD_BIN", ROOT / "build/release/src/cli/plotd"))
CODE = "```python\nfig = px.bar(df, x='region', y='amount')\n```"
CSV = "region,amount\nNorth,1\nSouth,2\n"
DELAY = 2.0


class SlowModel:
    """An OpenAI-compatible server in one thread; knows how many calls are open."""

    def __init__(self) -> None:
        self.delay = 0.0
        self.open = 0
        self.most = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(re.search(rb"content-length: (\d+)", head.lower())[1]))
            gone, _ = await asyncio.wait({asyncio.ensure_future(reader.read(1))}, timeout=self.delay)
            if not gone:
                choice = {"index": 0, "delta": {"content": CODE}, "finish_reason": "stop"}
                body = f"data: {json.dumps({'choices': [choice]})}\n\ndata: [DONE]\n\n"
                head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
                writer.write((head + body).encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.open -= 1
            writer.close()


def resident(pid: int) -> float:
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


def form(question: str) -> bytes:
    part = '--b\r\nContent-Disposition: form-data; name="{}"{}\r\n\r\n{}\r\n'
    body = part.format("user_question", "", question) + part.format("files", '; filename="t.csv"', CSV) + "--b--\r\n"
    head = "POST /generate-plot HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
    return f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode()


async def ask(port: int, number: int, go_after: float | None) -> tuple[float, int]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    start = time.monotonic()
    writer.write(form(f"amount by region {number}"))
    try:
        status = await asyncio.wait_for(reader.readline(), go_after)
        while await reader.read(1 << 16):
            pass
        return time.monotonic() - start, int(status.split()[1])
    except TimeoutError:
        return time.monotonic() - start, 0
    finally:
        writer.transport.abort()


def p95(answers: list[tuple[float, int]]) -> float:
    return sorted(seconds for seconds, _ in answers)[int(0.95 * len(answers))]


async def main() -> None:
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    model = SlowModel()
    server = await asyncio.start_server(model.answer, "127.0.0.1", 0, backlog=1024)
    env = {
        **os.environ,
        "PLOTD_LLM": "openai",
        "OPENAI_BASE_URL": f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1",
        "PLOTD_CACHE": "off",
        "PLOTD_PORT": "0",
        "PLOTD_MAX_REQUESTS": str(n + 10),
    }
    process = subprocess.Popen([str(PLOTD), "serve"], env=env, stderr=subprocess.PIPE, text=True)
    line = next(line for line in process.stderr if "listening on" in line)
    threading.Thread(target=process.stderr.read, daemon=True).start()  # a log that nobody reads holds plotd up
    port = int(line.rpartition(":")[2])
    await ask(port, 0, None)
    idle = resident(process.pid)
    at_once = p95(await asyncio.gather(*(ask(port, i + 1, None) for i in range(n))))
    model.delay, model.most = DELAY, 0
    peak = 0.0

    async def watch() -> None:
        nonlocal peak
        while True:
            peak = max(peak, resident(process.pid))
            await asyncio.sleep(0.05)

    watching = asyncio.ensure_future(watch())
    start = time.monotonic()
    answers = await asyncio.gather(*(ask(port, i + 1, None) for i in range(n)))
    whole = time.monotonic() - start
    good = sum(status == 200 for _, status in answers)
    over = p95(answers) / (at_once + DELAY) - 1
    print(
        f"{n} at once: {good} answered, {n / (whole - DELAY):.0f} charts a second, {model.most} model calls open at once"
    )
    print(
        f"  p95 {at_once:.2f} s with a model that answers at once, {p95(answers):.2f} s with one that takes {DELAY:.0f} s"
    )
    print(f"  which is {over:+.1%} of the ideal")
    print(f"  resident: {idle:.1f} MiB idle, {peak:.1f} MiB at most")
    await asyncio.gather(*(ask(port, i + 1, 1.0) for i in range(n)))
    start = time.monotonic()
    while model.open > 0 and time.monotonic() - start < 10:
        await asyncio.sleep(0.005)
    print(f"{n} clients gone: the last call to the model closed {1000 * (time.monotonic() - start):.0f} ms later")
    watching.cancel()
    process.terminate()
    process.wait(20)


asyncio.run(main())
