"""The wire: early refusals, slow and vanishing clients, kept connections."""

import http.client
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from fake_model import FakeModel
from processes import eventually
from service import CSV, Service

FORM = (
    b'--B\r\nContent-Disposition: form-data; name="files"; filename="a.csv"\r\n\r\n' + CSV
    + b'\r\n--B\r\nContent-Disposition: form-data; name="user_question"\r\n\r\namount by day\r\n--B--\r\n'
)  # fmt: skip


def head(length: int | None, *more: str) -> bytes:
    size = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    kind = "Content-Type: multipart/form-data; boundary=B"
    return "\r\n".join(["POST /generate-plot HTTP/1.1", "Host: plotd", kind, size, *more, "", ""]).encode()


@pytest.fixture
def connection(service: Service) -> Iterator[socket.socket]:
    with socket.create_connection(service.address, timeout=30) as opened:
        yield opened


def answer_to(connection: socket.socket) -> bytes:
    """All bytes until the service closes."""
    received = b""
    while part := connection.recv(65536):
        received += part
    return received


def test_a_body_too_long_is_refused_from_its_head(connection: socket.socket) -> None:
    connection.sendall(head(1 << 40))
    assert answer_to(connection).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(("length", "accept", "status"), [(1 << 40, "*/*", b"413"), (len(FORM), "image/png", b"406")])
def test_a_client_that_waits_for_continue_is_refused_instead(
    connection: socket.socket, length: int, accept: str, status: bytes
) -> None:
    connection.sendall(head(length, "Expect: 100-continue", f"Accept: {accept}"))
    answer = answer_to(connection)
    assert answer.startswith(b"HTTP/1.1 " + status)
    assert b"100 Continue" not in answer


def test_a_client_that_waits_for_continue_gets_it(connection: socket.socket) -> None:
    connection.sendall(head(len(FORM), "Expect: 100-continue", "Connection: close"))
    assert connection.recv(65536).startswith(b"HTTP/1.1 100 ")
    connection.sendall(FORM)
    assert b"HTTP/1.1 200 OK" in answer_to(connection)


def test_a_limit_passed_midway_is_told_before_the_rest_comes(connection: socket.socket) -> None:
    connection.sendall(head(None))
    start = FORM[: FORM.index(CSV)]
    connection.sendall(f"{len(start):x}\r\n".encode() + start + b"\r\n")
    block = b"100000\r\n" + b"x" * (1 << 20) + b"\r\n"
    connection.sendall(block + block)  # and the last chunk never comes
    assert answer_to(connection).startswith(b"HTTP/1.1 413 ")


def test_a_form_in_single_bytes_is_a_form(connection: socket.socket) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in head(len(FORM), "Connection: close") + FORM:
        connection.send(bytes([byte]))
    assert answer_to(connection).startswith(b"HTTP/1.1 200 ")


def test_http_1_0_is_answered(connection: socket.socket) -> None:
    connection.sendall(b"GET /health HTTP/1.0\r\n\r\n")
    assert b'"status":"ok"' in answer_to(connection)


def test_a_connection_is_kept_for_the_next_request(service: Service) -> None:
    kept = http.client.HTTPConnection(*service.address, timeout=10)
    kept.connect()
    first = kept.sock
    for method, path in (("GET", "/health"), ("POST", "/generate-plot"), ("GET", "/nowhere"), ("POST", "/health")):
        kept.request(method, path, b"x" * 100 if method == "POST" else None)
        kept.getresponse().read()
        assert kept.sock is first
    kept.close()


def test_requests_sent_ahead_are_answered_in_order(connection: socket.socket) -> None:
    first, last = b"GET /health HTTP/1.1\r\nHost: p\r\n", b"GET /nope HTTP/1.1\r\nHost: p\r\nConnection: close\r\n"
    connection.sendall(first + b"\r\n" + last + b"\r\n")
    answer = answer_to(connection)
    assert answer.index(b"200 OK") < answer.index(b"404 Not Found")


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_a_client_that_leaves_cancels_its_request(service: Service, model: FakeModel, accept: str) -> None:
    model.codes["abandoned"] = "while True:\n    pass"
    form = FORM.replace(b"amount by day", b"an abandoned one")
    with socket.create_connection(service.address) as leaving:
        leaving.sendall(head(len(form), f"Accept: {accept}") + form)
        assert eventually(lambda: service.load()["running"] == 1)
    assert eventually(lambda: service.load()["running"] == 0 and service.load()["in_flight"] == 0, 2)


def test_a_client_that_leaves_midway_leaves_nothing(service: Service) -> None:
    with socket.create_connection(service.address) as leaving:
        leaving.sendall(head(len(FORM)) + FORM[:-20])
        assert eventually(lambda: service.load()["in_flight"] == 1)
    assert eventually(lambda: service.load()["in_flight"] == 0)


def test_a_full_service_refuses_at_the_head_and_stays_well(start: Callable[..., Service], model: FakeModel) -> None:
    model.codes["lengthy"] = "while True:\n    pass"
    full = start(PLOTD_MAX_REQUESTS="2", PLOTD_RUNNING="1", PLOTD_JOB_TIMEOUT="60s")
    form = FORM.replace(b"amount by day", b"a lengthy one")
    with socket.create_connection(full.address) as one, socket.create_connection(full.address) as two:
        one.sendall(head(len(form)) + form)
        two.sendall(head(len(form)) + form)
        assert eventually(lambda: full.load()["running"] == 1 and full.load()["waiting"] == 1)
        with socket.create_connection(full.address, timeout=10) as late:
            late.sendall(head(900_000))  # no byte of the body is sent
            answer = answer_to(late)
        assert full.get("/health").json()["status"] == "ok"
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"Retry-After: " in answer
    assert b'"busy"' in answer
    assert eventually(lambda: full.load()["in_flight"] == 0)
    assert full.plot().status_code == 200
    assert full.stop() == 0


def test_eight_at_a_time_are_all_answered_right(service: Service) -> None:
    titles: dict[int, str] = {}

    def ask(i: int) -> None:
        titles[i] = service.plot(f"amount by day, number {i}", include="profile").json()["profile"] and str(i)

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert titles == {i: str(i) for i in range(8)}
