"""SIGTERM: what runs is finished or cancelled, then the service is gone and nothing is left of it."""

import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable

import requests
from fake_model import FakeModel
from processes import alive, eventually, ever_within, seconds_to_die
from service import PLOTD, Service, children
from test_transport import FORM, head


def ask(service: Service, question: str, answers: list[requests.Response]) -> threading.Thread:
    thread = threading.Thread(target=lambda: answers.append(service.plot(question)))
    thread.start()
    return thread


def test_an_idle_service_ends_at_once_and_leaves_nothing(start: Callable[..., Service]) -> None:
    service = start()
    service.plot()
    family = children(service.process.pid)
    assert family
    begun = time.monotonic()
    assert service.stop() == 0
    assert time.monotonic() - begun < 5
    assert not [pid for pid in family if alive(pid)]
    assert service.left() == []


def test_what_can_finish_is_finished(start: Callable[..., Service], model: FakeModel) -> None:
    model.codes["brisk"] = "for i in range(5_000_000): pass\nfig = px.line(df, x='day', y='amount')"
    service, answers = start(PLOTD_JOB_TIMEOUT="60s", PLOTD_SHUTDOWN="60s"), []
    thread = ask(service, "a brisk one", answers)
    assert eventually(lambda: service.load()["running"] == 1)
    assert service.stop(60) == 0
    thread.join()
    assert answers[0].status_code == 200


def test_what_cannot_finish_is_cancelled_and_told(start: Callable[..., Service], model: FakeModel) -> None:
    model.codes["stubborn"] = "while True:\n    pass"
    service, answers = start(PLOTD_JOB_TIMEOUT="100s"), []
    thread = ask(service, "a stubborn one", answers)
    assert eventually(lambda: service.load()["running"] == 1)
    family = children(service.process.pid)
    begun = time.monotonic()
    assert service.stop() == 0
    assert time.monotonic() - begun < 5
    thread.join()
    assert answers[0].status_code == 503
    assert answers[0].json()["error"]["code"] == "shutting_down"
    assert not [pid for pid in family if alive(pid)]
    assert service.left() == []


def running_job(service: Service, form: bytes) -> tuple[socket.socket, set[int]]:
    """A request whose code runs, and the processes that came with it."""
    before = children(service.process.pid)
    client = socket.create_connection(service.address)
    client.sendall(head(len(form)) + form)
    assert eventually(lambda: bool(children(service.process.pid) - before))
    return client, children(service.process.pid) - before


def test_the_job_of_a_client_that_left_is_dead_within_a_tenth_of_a_second(
    start: Callable[..., Service], model: FakeModel
) -> None:
    model.codes["abandoned"] = "while True:\n    pass"
    service = start(PLOTD_JOB_TIMEOUT="60s", PLOTD_SPARES="0")

    def once() -> float:
        client, job = running_job(service, FORM.replace(b"amount by day", b"an abandoned one"))
        client.close()
        return seconds_to_die(job)

    assert ever_within(0.1, once)
    assert service.stop() == 0


def test_a_job_that_a_shutdown_waited_for_in_vain_is_dead_within_a_tenth_of_a_second(
    start: Callable[..., Service], model: FakeModel
) -> None:
    """Half of a short time to shut down is given to what runs, the other half to answer."""
    model.codes["stubborn"] = "while True:\n    pass"

    def once() -> float:
        service = start(PLOTD_JOB_TIMEOUT="60s", PLOTD_SPARES="0", PLOTD_SHUTDOWN="3s")
        client, job = running_job(service, FORM.replace(b"amount by day", b"a stubborn one"))
        service.process.send_signal(signal.SIGTERM)
        took = seconds_to_die(job) - 1.5
        client.close()
        assert service.stop() == 0
        return took

    assert ever_within(0.1, once)


def test_an_upload_under_way_does_not_hold_the_end_up(start: Callable[..., Service]) -> None:
    service = start()
    with socket.create_connection(service.address) as upload:
        upload.sendall(
            b"POST /generate-plot HTTP/1.1\r\nHost: p\r\nContent-Type: multipart/form-data; boundary=B\r\n"
            b"Content-Length: 1000\r\n\r\n--B\r\n"
        )
        assert eventually(lambda: service.load()["in_flight"] == 1)
        begun = time.monotonic()
        assert service.stop() == 0
        assert time.monotonic() - begun < 5


def test_an_interrupt_ends_it_as_well(start: Callable[..., Service]) -> None:
    service = start()
    service.process.send_signal(signal.SIGINT)
    assert service.process.wait(10) == 0


def test_a_taken_port_is_said(service: Service) -> None:
    port = str(service.address[1])
    second = subprocess.run([PLOTD, "serve", "--port", port], capture_output=True, text=True, timeout=30)
    assert second.returncode != 0
    assert port in second.stderr
    assert "--port" in second.stderr
