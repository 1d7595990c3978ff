"""What the service costs beyond the Python that it runs.

In one run: (a) a plain warm in-process pd.read_csv + px.line + to_json on 1,000 rows; (b) the same code asked of the
service, one request at a time; (c) the service with one request at a time against eight at a time.

usage: build/venv-test/bin/python bench/overhead.py [REQUESTS]      prints a table; exits 1 when a goal is missed
"""

import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/api"))

import http.client  # noqa: E402

from fake_model import FakeModel  # noqa: E402
from service import Service  # noqa: E402

CODE = "fig = px.line(df, x='day', y='amount', color='region')"
ROWS = "".join(
    f"2024-{i // 28 % 12 + 1:02}-{i % 28 + 1:02},{i % 97 + i / 7:.3f},{'nsew'[i % 4]}\n" for i in range(1000)
)
CSV = ("day,amount,region\n" + ROWS).encode()
BOUNDARY = "bench-boundary"

PLAIN = f"""
import io, json, sys, time
import pandas as pd, plotly.express as px
csv, n = sys.stdin.buffer.read(), int(sys.argv[1])
def once():
    df = pd.read_csv(io.BytesIO(csv), parse_dates=["day"])
    {CODE}
    return fig.to_json()
for _ in range(5): once()
taken = []
for _ in range(n):
    begun = time.perf_counter(); once(); taken.append(1000 * (time.perf_counter() - begun))
print(json.dumps(taken))
"""


def body() -> bytes:
    part = f"--{BOUNDARY}\r\nContent-Disposition: form-data; name="
    question = f'{part}"user_question"\r\n\r\namount by day\r\n'.encode()
    return (
        f'{part}"files"; filename="sales.csv"\r\n\r\n'.encode()
        + CSV
        + b"\r\n"
        + question
        + f"--{BOUNDARY}--\r\n".encode()
    )


HEADERS = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
BODY = body()


def ask(connection: http.client.HTTPConnection) -> bytes:
    connection.request("POST", "/generate-plot", BODY, HEADERS)
    answer = connection.getresponse()
    document = answer.read()
    assert answer.status == 200, document[:500]
    return document


def plain(n: int) -> list[float]:
    python = ROOT / "build/venv/bin/python"
    done = subprocess.run([python, "-c", PLAIN, str(n)], input=CSV, capture_output=True, check=True)
    return json.loads(done.stdout)


def tail(document: bytes) -> dict:
    """The answer without its page: that is 5 MB to parse, and not what is measured."""
    return json.loads(b'{"html":"' + document[document.rindex(b'","status":"success"') :])


def one_by_one(service: Service, n: int) -> tuple[list[float], list[dict]]:
    connection = http.client.HTTPConnection(*service.address)
    taken, timings = [], []
    for _ in range(n):
        begun = time.perf_counter()
        document = ask(connection)
        taken.append(1000 * (time.perf_counter() - begun))
        timings.append(tail(document)["timings_ms"])
    return taken, timings


def many(service: Service, threads: int, n: int) -> float:
    """Requests a second."""

    def work() -> None:
        connection = http.client.HTTPConnection(*service.address)
        for _ in range(n // threads):
            ask(connection)

    workers = [threading.Thread(target=work) for _ in range(threads)]
    begun = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return n // threads * threads / (time.perf_counter() - begun)


def outside_python(total_ms: float, timings: dict) -> float:
    """What is left of a request's time without the frame's import, the code and its rendering."""
    sandbox = timings["sandbox"]
    return total_ms - sandbox["frames"] - sandbox["policy"] - sandbox["run"] - sandbox["render"]


def cpu_ms(service: Service) -> float:
    """CPU time of plotd itself so far, its jobs not counted: it does not depend on how loaded the machine is."""
    text = service.get("/metrics").text
    return 1000 * float(
        next(line for line in text.splitlines() if line.startswith("process_cpu_seconds_total ")).split()[1]
    )


def row(name: str, values: list[float]) -> None:
    p95 = statistics.quantiles(values, n=20)[-1]
    print(f"{name:<44} p50 {statistics.median(values):8.2f} ms   p95 {p95:8.2f} ms")


def main(n: int = 200) -> int:
    model = FakeModel()
    model.codes["amount by day"] = CODE
    folder = tempfile.TemporaryDirectory()
    # The code comes from the cache after the first request, so that no model is measured.
    environment = {"PLOTD_LLM": "openai", "OPENAI_API_KEY": "not-a-key", "OPENAI_BASE_URL": model.url}
    service = Service(**environment, PLOTD_CACHE="on", PLOTD_CACHE_DIR=folder.name, PLOTD_LOG="warning")
    ask(http.client.HTTPConnection(*service.address))
    in_process = plain(n)
    spent = cpu_ms(service)
    taken, timings = one_by_one(service, n)
    spent = (cpu_ms(service) - spent) / n
    outside = [outside_python(ms, t) for ms, t in zip(taken, timings, strict=True)]
    single, eight = many(service, 1, n), many(service, 8, n)
    service.stop()
    model.close()
    ratio = statistics.median(taken) / statistics.median(in_process)
    row("(a) plain read_csv + px.line + to_json", in_process)
    row("(b) the same code through the service", taken)
    row("    of which outside Python", outside)
    for stage in ("read", "plan", "run", "page"):
        row(f"    stage {stage}", [t[stage] for t in timings])
    for step in timings[0]["sandbox"]:
        row(f"    sandbox {step}", [t["sandbox"][step] for t in timings])
    print(f"b/a at p50: {ratio:.2f} (at most 1.3)")
    print(f"CPU of plotd itself a request: {spent:.2f} ms")
    print(f"outside Python at p50: {statistics.median(outside):.2f} ms (at most 5)")
    print(f"(c) one at a time {single:.1f} requests/s, eight at a time {eight:.1f} requests/s: {eight / single:.2f}")
    return 0 if ratio <= 1.3 and statistics.median(outside) <= 5 else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
