"""Every error that a request can meet: its status, its code, where it points, what it says to do."""

import os
import signal
from collections.abc import Callable

import pytest
import requests
from fake_model import FakeModel
from processes import eventually
from service import CSV, Service, children

MiB = 1 << 20


def check(answer: requests.Response, status: int, code: str) -> dict:
    """The shape that all errors share; gives the error's own part."""
    document = answer.json()
    assert (answer.status_code, document["error"]["code"]) == (status, code), document
    assert document["status"] == "error"
    assert document["request_id"] == answer.headers["X-Request-Id"]
    assert document["error"]["message"]
    assert document["error"]["hint"]
    detail = document["detail"]
    if isinstance(detail, list):
        assert all(set(row) == {"loc", "msg", "type"} and row["loc"][0] == "body" for row in detail)
    else:
        assert detail == document["error"]["message"]
    return document["error"]


# ---- fields ----


def test_no_file_is_told_as_fastapi_does(service: Service) -> None:
    answer = service.plot(csv=None)
    assert check(answer, 422, "field_missing")["field"] == "files"
    assert answer.json()["detail"] == [{"loc": ["body", "files"], "msg": "Field required", "type": "missing"}]


def test_all_missing_fields_are_told_at_once(service: Service) -> None:
    answer = requests.post(f"{service.url}/generate-plot", timeout=10)
    check(answer, 422, "field_missing")
    assert [row["loc"] for row in answer.json()["detail"]] == [["body", "files"], ["body", "user_question"]]


def test_a_form_without_files_is_told_what_is_missing(service: Service) -> None:
    answer = requests.post(f"{service.url}/generate-plot", data={"user_question": "why?"}, timeout=10)
    assert [row["loc"] for row in answer.json()["detail"]] == [["body", "files"]]


@pytest.mark.parametrize("question", [None, "", " \n"])
def test_no_question(service: Service, question: str | None) -> None:
    assert check(service.plot(question), 422, "field_missing")["field"] == "user_question"


@pytest.mark.parametrize("schema", ["{", "[1]", "{'a': 1}", '{"a": NaN}', "tables"])
def test_a_schema_that_is_no_json_object(service: Service, schema: str) -> None:
    assert check(service.plot(schema=schema), 422, "field_invalid")["field"] == "schema"


@pytest.mark.parametrize(
    ("field", "value"), [("include", "everything"), ("theme", "pink"), ("provider", "nobody"), ("model", "no/such")]
)
def test_a_choice_that_is_none(service: Service, field: str, value: str) -> None:
    assert check(service.plot(**{field: value}), 422, "field_invalid")["field"] == field


# ---- files ----


@pytest.mark.parametrize("csv", [b"", b" \n\n", b"a,b\n"])
def test_an_empty_file(service: Service, csv: bytes) -> None:
    assert check(service.plot(csv=csv), 400, "csv_empty")["file"] == "sales.csv"


@pytest.mark.parametrize(
    "csv", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0", b"%PDF-1.7\n\xe2\xe3\xcf\xd3\n1 0 obj\0", bytes(range(256)) * 8]
)
def test_a_binary_file(service: Service, csv: bytes) -> None:
    assert check(service.plot(csv=csv), 400, "csv_not_text")["file"] == "sales.csv"


def test_an_open_quote_is_mended_and_told_by_line(service: Service) -> None:
    answer = service.plot(csv=b'a,b\n1,2\n3,"4\n5,6\n')
    assert answer.status_code == 200
    assert any("line 3" in sentence and "quote" in sentence for sentence in answer.json()["notices"])


def test_too_many_files(service: Service) -> None:
    files = [("files", (f"{i}.csv", CSV)) for i in range(4)]
    answer = requests.post(f"{service.url}/generate-plot", files=files, data={"user_question": "?"}, timeout=10)
    error = check(answer, 413, "too_large")
    assert error["field"] == "files"
    assert "PLOTD_MAX_FILES" in error["hint"]


@pytest.mark.parametrize("size", [MiB + 1, 40 * MiB])
def test_too_large(service: Service, size: int) -> None:
    error = check(service.plot(csv=b"x" * size), 413, "too_large")
    assert error["field"] == "files"
    assert "PLOTD_MAX_UPLOAD" in error["hint"]


def test_a_file_of_just_the_limit_is_read(service: Service) -> None:
    rows = b"a,b\n" + b"1,2\n" * ((MiB - 4) // 4)
    assert service.plot(csv=rows, question="count").status_code == 200


def test_texts_too_large(service: Service) -> None:
    assert check(service.plot("x" * 1025), 413, "too_large")["field"] == "user_question"
    assert check(service.plot(schema='{"a":"' + "x" * 5000 + '"}'), 413, "too_large")["field"] == "schema"


# ---- the form ----


def post_raw(service: Service, body: bytes, kind: str = "multipart/form-data; boundary=B") -> requests.Response:
    return requests.post(f"{service.url}/generate-plot", data=body, headers={"Content-Type": kind}, timeout=10)


@pytest.mark.parametrize(
    "body",
    [
        b"no form at all",
        b"--B\r\nContent-Disposition: form-data; name=files; filename=a.csv\r\n\r\nx,y\r\n",
        b"--B\r\n\r\nno name\r\n--B--\r\n",
    ],
)
def test_a_broken_form(service: Service, body: bytes) -> None:
    assert check(post_raw(service, body), 400, "multipart_invalid")["column"] > 0


def test_a_form_without_a_boundary(service: Service) -> None:
    check(post_raw(service, b"x", "multipart/form-data"), 400, "multipart_invalid")


@pytest.mark.parametrize("kind", ["application/json", "text/csv"])
def test_no_form(service: Service, kind: str) -> None:
    check(post_raw(service, b"{}", kind), 415, "unsupported_media_type")


def test_a_compressed_form(service: Service) -> None:
    check(service.plot(headers={"Content-Encoding": "gzip"}), 415, "unsupported_media_type")


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_form_that_a_page_of_another_origin_posts(service: Service, site: str) -> None:
    check(service.plot(headers={"Sec-Fetch-Site": site}), 403, "cross_origin")


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_a_form_of_our_own_page(service: Service, site: str) -> None:
    assert service.plot(headers={"Sec-Fetch-Site": site}).status_code == 200


def test_nothing_acceptable(service: Service) -> None:
    check(service.plot(accept="image/png"), 406, "not_acceptable")


# ---- the code ----

CODES = {
    "refused": ("import os\nfig = px.line(df)", "code_refused", {"line": 1}),
    "unparsable": ("fig = px.line(df\n", "code_syntax", {}),
    "raising": ("x = 1\nfig = px.line(df, x='nowhere')", "code_raised", {"line": 2, "rule": "ValueError"}),
    "figureless": ("total = df['amount'].sum()", "code_no_figure", {}),
    "hollow": ("fig = go.Figure()", "code_empty_figure", {}),
    "endless": ("while True:\n    pass", "code_time_limit", {}),
    "hungry": ("blob = bytearray(1 << 30)\nfig = px.line(df)", "code_memory_limit", {}),
    "vast": ("fig = px.line(df, x='day', y='amount', title='x' * 3_000_000)", "code_output_limit", {}),
}


@pytest.mark.parametrize("word", CODES)
def test_code_that_fails(service: Service, model: FakeModel, word: str) -> None:
    code, error_code, place = CODES[word]
    model.codes[word] = code
    answer = service.plot(f"a {word} one", include="code")
    error = check(answer, 422, error_code)
    assert {key: error.get(key) for key in place} == place
    assert answer.json()["code"].strip() == code.strip()


# ---- the model ----


@pytest.mark.parametrize(
    ("word", "status", "code"),
    [("unpaid", 401, "model_key"), ("unknown", 404, "model_request"), ("unlawful", 400, "model_request")],
)
def test_a_model_that_says_no(service: Service, model: FakeModel, word: str, status: int, code: str) -> None:
    model.statuses[word] = status
    error = check(service.plot(f"an {word} question"), 502, code)
    assert error["provider"] == "openai"
    assert error["upstream_status"] == status


# ---- the service ----


def test_a_request_that_takes_too_long(start: Callable[..., Service], model: FakeModel) -> None:
    slow = start(PLOTD_REQUEST_TIMEOUT="1s", PLOTD_JOB_TIMEOUT="60s")
    model.codes["eternal"] = "while True:\n    pass"
    check(slow.plot("an eternal one"), 504, "deadline")
    assert slow.stop() == 0


def test_a_killed_zygote_is_replaced(start: Callable[..., Service]) -> None:
    mortal = start()
    for pid in children(mortal.process.pid):
        os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: mortal.plot().status_code == 200, 20)
    assert mortal.stop() == 0
