"""What goes wrong around containers: each a clear answer, nothing left behind, and back to normal without a restart."""

import base64
import contextlib
import json
import pathlib
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from conftest import HOME, ROOT, Engine, docker
from test_executor import containers, owners, run

sys.path.append(str(ROOT / "tests/api"))

from fake_model import FakeModel  # noqa: E402
from processes import eventually  # noqa: E402
from service import Service  # noqa: E402

SLOW = """
end = datetime.datetime.now() + datetime.timedelta(seconds=600)
while datetime.datetime.now() < end: pass
fig = px.bar(df, x='region', y='amount')
"""
ASK = ("ask", "total amount by region", "examples/sales.csv", "-o", "/dev/null")
PLACES = (pathlib.Path("/run"), pathlib.Path("/tmp"))


def directories() -> list[pathlib.Path]:
    """Of services that speak to an engine."""
    return [path for place in PLACES for path in place.glob("plotd-docker-*")]


def runners() -> list[int]:
    """Processes of plotd-runner that live in containers."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and b"/plotd.sock" in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def groups_of(ids: list[str]) -> list[pathlib.Path]:
    """Control groups of containers."""
    return [path for path in pathlib.Path("/sys/fs/cgroup").rglob("*") if any(name in path.name for name in ids)]


def nothing_is_left() -> None:
    assert eventually(lambda: not containers(), 30), docker("ps", "-a").stdout
    assert eventually(lambda: not runners(), 10)
    assert directories() == []


@pytest.fixture
def model() -> Iterator[FakeModel]:
    """Answers with the code that a test chose."""
    fake = FakeModel()
    yield fake
    fake.close()


@pytest.fixture
def serve(engine: str, executor_image: str, model: FakeModel) -> Iterator[Callable[..., Service]]:
    """Starts services whose jobs run in containers; all are gone at the end, and all of theirs."""
    started: list[Service] = []

    def start(**environment: str) -> Service:
        service = Service(**{
            "PLOTD_EXECUTOR": "docker", "DOCKER_HOST": engine, "PLOTD_LLM": "openai", "OPENAI_API_KEY": "k",
            "OPENAI_BASE_URL": model.url, "PLOTD_ATTEMPTS": "1", "PLOTD_FALLBACK": "none", **environment,
        })  # fmt: skip
        started.append(service)
        return service

    yield start
    for service in started:
        service.stop()
    nothing_is_left()


def in_background(service: Service, count: int, question: str) -> list[threading.Thread]:
    """Requests whose answers nobody needs."""

    def ask() -> None:
        with contextlib.suppress(OSError):  # the service was killed
            service.plot(question, timeout=600)

    threads = [threading.Thread(target=ask, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    return threads


def test_a_killed_service_leaves_nothing_to_the_next(serve: Callable[..., Service], model: FakeModel) -> None:
    model.codes["slowly"] = SLOW
    first = serve(PLOTD_RUNNING="8", PLOTD_JOB_TIMEOUT="1200s", PLOTD_REQUEST_TIMEOUT="1200s")
    in_background(first, 8, "slowly")
    assert eventually(lambda: first.get("/health").json()["load"]["running"] == 8, 240)
    ids = containers()
    assert len(ids) >= 8
    first.process.kill()
    first.process.wait()
    second = serve()
    assert second.plot().status_code == 200
    assert not set(ids) & set(containers())
    assert groups_of(ids) == []
    assert len(directories()) == 1
    assert eventually(lambda: set(owners()) == {str(directories()[0])}, 30)


def test_after_a_first_job_that_came_at_once_spares_are_made(serve: Callable[..., Service]) -> None:
    service = serve()
    assert service.plot().status_code == 200
    assert eventually(lambda: service.get("/health").json()["load"]["spares"] == 2, 30)


def test_a_killed_service_leaves_no_process_even_if_none_comes_after(serve: Callable[..., Service]) -> None:
    service = serve()
    assert service.plot().status_code == 200
    service.process.kill()
    service.process.wait()
    assert eventually(lambda: not runners(), 15)
    serve().stop()  # which clears what is left of the first


def test_a_living_siblings_containers_are_left_alone(serve: Callable[..., Service]) -> None:
    first = serve()
    assert eventually(lambda: len(containers("status=running")) == 2, 30)
    before = set(containers())
    second = serve()
    assert second.plot().status_code == 200
    assert before <= set(containers())
    second.stop()
    assert before <= set(containers("status=running"))
    assert first.plot().status_code == 200


def test_a_container_killed_while_its_job_runs_is_tried_again(serve: Callable[..., Service], model: FakeModel) -> None:
    model.codes["soon"] = SLOW.replace("600", "3")
    service = serve()
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(service.plot, "soon")
        assert eventually(lambda: service.get("/health").json()["load"]["running"] == 1)
        docker("kill", sorted(containers("status=running"), key=age)[0])
        assert answer.result().status_code == 200, answer.result().text


def age(container: str) -> str:
    """When it was started; the eldest runs the job, for jobs go to the one that waits longest."""
    return json.loads(docker("inspect", container).stdout)[0]["State"]["StartedAt"]


def test_waiting_containers_that_are_killed_are_replaced(serve: Callable[..., Service]) -> None:
    service = serve()
    assert eventually(lambda: len(containers("status=running")) == 2, 30)
    before = containers()
    docker("kill", *before)
    assert service.plot().status_code == 200
    assert eventually(lambda: len(containers("status=running")) == 2, 30)
    assert eventually(lambda: not set(before) & set(containers()), 30)


def test_the_engine_stopped_and_started_under_load(daemon: Engine, serve: Callable[..., Service]) -> None:
    service = serve(PLOTD_REQUEST_TIMEOUT="60s")
    answers: list[tuple[int, str]] = []
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            answer = service.plot()
            answers.append((answer.status_code, answer.text if answer.status_code != 200 else ""))

    with ThreadPoolExecutor() as pool:
        asking = [pool.submit(ask) for _ in range(4)]
        try:
            assert eventually(lambda: len(answers) >= 4, 60)
            daemon.stop()
            assert eventually(lambda: any(status == 503 for status, _ in answers), 60), answers[-1]
            down = len(answers)
            daemon.start()
            assert eventually(lambda: any(status == 200 for status, _ in answers[down:]), 60), answers[-1]
        finally:
            over.set()
        for future in asking:
            future.result()
    failures = [json.loads(text)["error"] for status, text in answers if status != 200]
    assert {status for status, _ in answers} == {200, 503}
    assert {failure["code"] for failure in failures} == {"sandbox_failed"}
    assert any("systemctl" in failure["hint"] for failure in failures), failures
    assert service.plot().status_code == 200


def test_an_image_that_goes_and_comes_back(serve: Callable[..., Service]) -> None:
    docker("tag", "plot-executor:latest", "plot-moving:latest")
    service = serve(PLOTD_DOCKER_IMAGE="plot-moving:latest", PLOTD_SPARES="1")
    docker("rmi", "-f", "plot-moving:latest")
    answers = [service.plot() for _ in range(4)]  # the first may be made by containers that were there
    assert answers[-1].status_code == 503
    error = answers[-1].json()["error"]
    assert "plot-moving:latest" in error["message"] and "docker build" in error["hint"], error
    docker("tag", "plot-executor:latest", "plot-moving:latest")
    assert service.plot().status_code == 200
    docker("rmi", "-f", "plot-moving:latest")


def test_an_image_that_is_missing(engine: str) -> None:
    done = run(engine, *ASK, PLOTD_EXECUTOR="docker", PLOTD_DOCKER_IMAGE="plot-nowhere:latest")
    assert done.returncode == 5
    assert "the image is not there" in done.stderr and "docker build" in done.stderr


class Registry(BaseHTTPRequestHandler):
    """One that gives nothing out."""

    def do_GET(self) -> None:
        body = json.dumps({"errors": [{"code": "DENIED", "message": "requested access to the resource is denied"}]})
        self.send_response(200 if self.path == "/v2/" else 403)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    do_HEAD = do_GET

    def log_message(self, *args: object) -> None:
        pass


def test_a_registry_that_denies_the_image(engine: str) -> None:
    registry = ThreadingHTTPServer(("127.0.0.1", 0), Registry)
    threading.Thread(target=registry.serve_forever, daemon=True).start()
    image = f"127.0.0.1:{registry.server_port}/team/plot-executor"
    try:
        done = run(engine, *ASK, PLOTD_EXECUTOR="docker", PLOTD_DOCKER_IMAGE=image)
    finally:
        registry.shutdown()
        registry.server_close()
    assert done.returncode == 5
    assert "the registry does not give the image out" in done.stderr, done.stderr
    assert "docker login" in done.stderr


def test_a_registry_that_is_not_there(engine: str) -> None:
    done = run(engine, *ASK, PLOTD_EXECUTOR="docker", PLOTD_DOCKER_IMAGE="127.0.0.1:9/team/plot-executor")
    assert done.returncode == 5
    assert "the registry cannot be reached" in done.stderr and "Check the network" in done.stderr


def test_memory_that_is_too_little_for_a_container(engine: str, executor_image: str, tmp_path: pathlib.Path) -> None:
    """A program of another kind that takes all it is given before it calls plotd."""
    (tmp_path / "Dockerfile").write_text(
        'FROM plot-executor:latest\nENTRYPOINT ["/usr/bin/python3", "-c", "x = bytearray(1 << 30); print(len(x))"]\n'
    )
    docker("build", "-t", "plot-greedy:latest", str(tmp_path))
    done = run(engine, *ASK, PLOTD_EXECUTOR="docker", PLOTD_DOCKER_IMAGE="plot-greedy:latest")
    assert done.returncode == 5
    assert "used up its 512 MiB of memory before it was ready" in done.stderr and "PLOTD_JOB_MEMORY" in done.stderr


def test_an_image_of_something_else(engine: str, executor_image: str, tmp_path: pathlib.Path) -> None:
    (tmp_path / "Dockerfile").write_text('FROM plot-executor:latest\nENTRYPOINT ["/bin/false"]\n')
    docker("build", "-t", "plot-other:latest", str(tmp_path))
    done = run(engine, *ASK, PLOTD_EXECUTOR="docker", PLOTD_DOCKER_IMAGE="plot-other:latest")
    assert done.returncode == 5
    assert "ended with exit code 1 while it started" in done.stderr


@pytest.fixture
def small_disk() -> Iterator[pathlib.Path]:
    """A file system of 1.5 GiB for an engine of its own."""
    place = HOME / "small"
    place.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1536m", "plotd-test", place], check=True)
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_the_engines_disk_is_full(small_disk: pathlib.Path, executor_image: str) -> None:
    small = Engine("small", small_disk / "data")
    packed = HOME / "image.tar"
    docker("save", "-o", str(packed), executor_image)
    small.start()
    try:
        docker("load", "-i", str(packed), host=small.host)
        packed.unlink()
        service = Service(PLOTD_EXECUTOR="docker", DOCKER_HOST=small.host, PLOTD_SPARES="1")
        try:
            assert service.plot().status_code == 200
            filler = small_disk / "filler"
            for _ in range(20):  # containers that were there can still answer, and leave room when they go
                with filler.open("ab") as full, pytest.raises(OSError, match="No space"):
                    while True:
                        full.write(bytes(1 << 20))
                        full.flush()
                answer = service.plot()
                if answer.status_code != 200:
                    break
            assert answer.status_code == 503, answer.text[:300]
            error = answer.json()["error"]
            assert "disk is full" in error["message"] and "docker system prune" in error["hint"], error
            filler.unlink()
            assert service.plot().status_code == 200
        finally:
            service.stop()
    finally:
        small.stop()


HOSTILE = {
    "loops": "while True: pass",
    "hoards": "x = []\nwhile True: x.append(bytearray(1 << 24))",
    "leaves": "import os\nos._exit(3)",
    "crashes": "import ctypes\nctypes.string_at(0)",
    "forges": "fig = {'data': 'everything'}",
    "reads": "fig = px.bar(x=[open('/etc/passwd').read()], y=[1])",
    "forks": "import os\nwhile True: os.fork()",
    "prints": "while True: print('x' * 100000)",
}


def test_honest_answers_stay_right_among_hostile_ones(serve: Callable[..., Service], model: FakeModel) -> None:
    """200 requests, 16 at a time, a fifth of them hostile; each honest one has data of its own."""
    model.codes.update(HOSTILE)
    model.codes["honest"] = 'fig = px.bar(df, x="day", y="amount")'
    service = serve(PLOTD_JOB_TIMEOUT="8s", PLOTD_REQUEST_TIMEOUT="280s")
    words = list(HOSTILE)

    def ask(i: int) -> str:
        csv = f"day,amount\n2024-01-01,{i}\n2024-01-02,{i + 0.5}\n".encode()
        if i % 5 == 0:
            status = service.plot(words[i // 5 % len(words)], csv=csv, timeout=290).status_code
            return "hostile" if status in (422, 502) else f"hostile got {status}"
        answer = service.plot("honest", csv=csv, include="figure", timeout=290)
        if answer.status_code != 200:
            return f"honest got {answer.status_code} {answer.text[:300]}"
        trace = answer.json()["figure"]["data"][0]
        return "honest" if values(trace["y"]) == [i, i + 0.5] else f"wrong: {trace['y']}"

    begun = time.monotonic()
    with ThreadPoolExecutor(16) as pool:
        results = list(pool.map(ask, range(200)))
    assert {r: results.count(r) for r in set(results)} == {"honest": 160, "hostile": 40}
    print(f"200 requests in {time.monotonic() - begun:.0f} s")


def values(column: object) -> list[float]:
    """Of a trace: plain, or packed as Plotly packs numbers."""
    if isinstance(column, list):
        return column
    assert isinstance(column, dict)
    data = base64.b64decode(column["bdata"])
    kinds = {"f8": ("d", 8), "f4": ("f", 4), "i1": ("b", 1), "u1": ("B", 1), "i2": ("h", 2), "u2": ("H", 2), "i4": ("i", 4)}
    letter, size = kinds[column["dtype"]]
    return list(struct.unpack(f"<{len(data) // size}{letter}", data))
