"""Many requests, eight at a time, a tenth of them bad: every answer right, nothing grows, nothing is left.

usage: build/venv-test/bin/python bench/soak.py [REQUESTS]      prints what it saw; exits 1 when something is wrong
"""

import array
import base64
import http.client
import itertools
import json
import pathlib
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/api"))

from service import Service, children, eventually, is_alive  # noqa: E402

GROWTH_MAX = 5 << 20
WARM, AT_A_TIME = 200, 8
BOUNDARY = "soak-boundary"
HEADERS = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


def form(csv: bytes | None, **texts: str) -> bytes:
    part = f"--{BOUNDARY}\r\nContent-Disposition: form-data; name="
    file = b"" if csv is None else f'{part}"files"; filename="t.csv"\r\n\r\n'.encode() + csv + b"\r\n"
    fields = "".join(f'{part}"{name}"\r\n\r\n{text}\r\n' for name, text in texts.items())
    return file + f"{fields}--{BOUNDARY}--\r\n".encode()


def table(i: int) -> bytes:
    """A file that no other request sends: the answer must hold its own numbers."""
    return b"place,amount\n" + "".join(f"p{k},{i * 10 + k}\n" for k in range(5)).encode()


BAD = [
    (422, "field_missing", form(None, user_question="total amount by place")),
    (422, "field_missing", form(table(0))),
    (422, "field_invalid", form(table(0), user_question="?", schema="{")),
    (400, "csv_empty", form(b"", user_question="?")),
    (400, "multipart_invalid", b"no form at all"),
]


def numbers(y: list | dict) -> list[float]:
    """A figure's values: a list, or plotly's typed array."""
    kinds = {"i1": "b", "i2": "h", "i4": "i", "u1": "B", "u2": "H", "u4": "I", "f4": "f", "f8": "d"}
    return y if isinstance(y, list) else array.array(kinds[y["dtype"]], base64.b64decode(y["bdata"])).tolist()


def right(status: int, document: bytes, i: int) -> bool:
    if i % 10 == 9:
        expected, code, _ = BAD[i // 10 % len(BAD)]
        return status == expected and json.loads(document)["error"]["code"] == code
    if status != 200 or not document[:30].lower().startswith(b'{"html":"<!doctype html>'):
        return False
    bars = json.loads(b'{"html":"' + document[document.rindex(b'","status":"success"') :])["figure"]["data"][0]
    return dict(zip(bars["x"], numbers(bars["y"]), strict=True)) == {f"p{k}": i * 10 + k for k in range(5)}


def body(i: int) -> bytes:
    if i % 10 == 9:
        return BAD[i // 10 % len(BAD)][2]
    return form(table(i), user_question="total amount by place", include="figure")


def resident(pid: int) -> int:
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


def descriptors(pid: int) -> int:
    return len(list(pathlib.Path(f"/proc/{pid}/fd").iterdir()))


def family_of(pid: int) -> int:
    """How many processes are below it, once the number stands: a job may still be dying when its answer is there."""
    count, since = len(children(pid)), time.monotonic()
    while time.monotonic() - since < 0.5:
        time.sleep(0.02)
        if (now := len(children(pid))) != count:
            count, since = now, time.monotonic()
    return count


class Soak:
    def __init__(self, service: Service) -> None:
        self.service = service
        self.numbers = itertools.count()
        self.wrong: list[tuple[int, int, bytes]] = []

    def work(self, until: int) -> None:
        connection = http.client.HTTPConnection(*self.service.address)
        while (i := next(self.numbers)) < until:
            connection.request("POST", "/generate-plot", body(i), HEADERS)
            answer = connection.getresponse()
            document = answer.read()
            if not right(answer.status, document, i):
                self.wrong.append((i, answer.status, document[:300]))
        connection.close()

    def run(self, first: int, until: int) -> float:
        self.numbers = itertools.count(first)
        begun = time.perf_counter()
        workers = [threading.Thread(target=self.work, args=(until,)) for _ in range(AT_A_TIME)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert eventually(lambda: self.service.load()["in_flight"] == 0)
        return time.perf_counter() - begun


def main(n: int = 2000) -> int:
    service = Service(PLOTD_LLM="rules", PLOTD_LOG="warning")
    pid = service.process.pid
    idle = resident(pid)
    soak = Soak(service)
    soak.run(0, WARM)
    family = family_of(pid)
    warm, open_before = resident(pid), descriptors(pid)
    seconds = soak.run(WARM, n)
    processes = family_of(pid) - family
    grown, opened = resident(pid) - warm, descriptors(pid) - open_before
    relatives = children(pid)
    code = service.stop()
    left = [*map(str, filter(is_alive, relatives)), *service.left()]
    print(
        f"{n} requests, {AT_A_TIME} at a time: {(n - WARM) / seconds:.1f} a second, {len(soak.wrong)} answered wrongly"
    )
    for failure in soak.wrong[:5]:
        print("   wrong:", *failure)
    mib = 1 << 20
    print(f"resident: {idle / mib:.1f} MiB idle, {warm / mib:.1f} after {WARM}, grown by {grown / mib:.2f} since")
    print(
        f"descriptors: {opened:+d}   processes: {processes:+d}   exit code: {code}   left behind: {left or 'nothing'}"
    )
    good = not soak.wrong and grown < GROWTH_MAX and opened <= 0 and processes <= 0 and not left and code == 0
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
