"""What a request that goes well gets, in each form it may ask for."""

import gzip
import json
import pathlib
from collections.abc import Callable

import pytest
import requests
from fake_model import FakeModel
from service import ROOT, Service


def events(text: str) -> list[tuple[str, dict]]:
    blocks = [block.split("\n") for block in text.split("\n\n") if block and not block.startswith(":")]
    return [(block[0].removeprefix("event: "), json.loads(block[1].removeprefix("data: "))) for block in blocks]


def test_the_example_of_the_documentation_works_word_for_word(service: Service) -> None:
    example = (ROOT / "docs/api.md").read_text().split("```python\n")[1].split("```")[0]
    scope: dict = {}
    sales, revenue = ROOT / "examples/sales.csv", ROOT / "examples/revenue.csv"
    example = example.replace("http://localhost:8000", service.url)
    example = example.replace("'sales.csv','rb'", f"{str(sales)!r},'rb'")
    example = example.replace("'revenue.csv','rb'", f"{str(revenue)!r},'rb'")
    exec("import json, requests\n" + example, scope)  # noqa: S102
    assert scope["html"].lower().startswith("<!doctype html>")
    assert "plotly" in scope["html"]


def test_two_tables_give_a_dashboard_of_two_panels(service: Service) -> None:
    files = [("files", (name, (ROOT / "examples" / name).read_bytes())) for name in ("sales.csv", "revenue.csv")]
    question = "Show sales trends by region and revenue by product"
    data = {"user_question": question, "include": "figure", "provider": "rules"}
    answer = requests.post(f"{service.url}/generate-plot", files=files, data=data, timeout=60).json()
    sales, revenue = (panel["figure"]["data"] for panel in answer["figures"])
    assert {trace["type"] for trace in sales} <= {"scatter", "scattergl"}
    assert len(sales) > 1
    assert {trace["type"] for trace in revenue} == {"bar"}


def test_json_is_the_default_and_whole(service: Service) -> None:
    answer = service.plot(accept="*/*")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    document = answer.json()
    assert document["html"].lower().startswith("<!doctype html>")
    assert document["html"].rstrip().endswith("</html>")
    assert document["status"] == "success"
    assert document["title"]
    assert document["engine"].startswith("openai/")
    assert document["attempts"] == 1
    assert isinstance(document["notices"], list)
    assert document["timings_ms"]["total"] > 0
    assert document["usage"] == {"tokens_in": 7, "tokens_out": 5}
    assert {"figure", "figures", "code", "profile"}.isdisjoint(document)


def test_html_is_the_page_itself(service: Service) -> None:
    page = service.plot(accept="text/html")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "sandbox" in page.headers["Content-Security-Policy"]
    document = service.plot(accept="application/json").json()
    assert page.text.splitlines()[:5] == document["html"].splitlines()[:5]
    assert len(page.text) == pytest.approx(len(document["html"]), rel=0.01)


def test_include_adds_what_it_names(service: Service) -> None:
    document = service.plot(include="figure, code,profile").json()
    assert set(document["figure"]) >= {"data", "layout"}
    assert document["figures"][0]["figure"] == document["figure"]
    assert "px.line" in document["code"]
    assert "sales" in document["profile"]


def test_events_come_in_order(service: Service) -> None:
    answer = service.plot(accept="text/event-stream", include="figure,code")
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    answer.encoding = "utf-8"
    told = events(answer.text)
    names = [name for name, _ in told]
    assert names[-1] == "result"
    assert "result" not in names[:-1]
    assert [data["stage"] for name, data in told if name == "stage"] == ["read", "plan", "run", "page"]
    assert "px.line" in next(data["code"] for name, data in told if name == "code")
    assert told[-1][1]["html"].lower().startswith("<!doctype html>")
    assert told[-1][1]["figure"]["data"]


def test_an_error_after_the_first_event_is_an_event(service: Service, model: FakeModel) -> None:
    model.codes["stumble"] = "fig = nothing"
    answer = service.plot("stumble", accept="text/event-stream")
    assert answer.status_code == 200
    name, data = events(answer.text)[-1]
    assert name == "error"
    assert data["error"]["code"] == "code_raised"


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html; charset=utf-8"),
        ("application/json;q=0.5, text/html;q=0.4", "application/json"),
        ("application/json;q=0, */*", "text/html; charset=utf-8"),
        ("text/event-stream", "text/event-stream; charset=utf-8"),
    ],
)
def test_accept_is_honoured(service: Service, accept: str, kind: str) -> None:
    assert service.plot(accept=accept).headers["Content-Type"] == kind


def test_a_file_may_come_under_other_names(service: Service) -> None:
    for field in ("file", "files[]"):
        files = {field: ("sales.csv", b"a,b\n1,2\n3,4\n")}
        data = {"user_question": "b by a"}
        answer = requests.post(f"{service.url}/generate-plot", files=files, data=data, timeout=60)
        assert answer.status_code == 200


def test_two_files_of_one_name_are_two_tables_and_that_is_told(service: Service) -> None:
    tables = ("region,amount\nnorth,1\nsouth,2\n", "k,v\n1,2\n3,4\n")
    for first, second in (tables, tables[::-1]):
        files = [("files", ("sales.csv", text)) for text in (first, second)]
        data = {"user_question": "total amount by region", "provider": "rules"}
        answer = requests.post(f"{service.url}/generate-plot", files=files, data=data, timeout=60).json()
        assert answer["status"] == "success"
        assert any("`sales_2`" in sentence for sentence in answer["notices"])


def test_an_unknown_field_is_told_in_a_notice(service: Service) -> None:
    assert any("colour" in sentence for sentence in service.plot(colour="red").json()["notices"])


def test_a_request_id_is_kept_and_told(service: Service) -> None:
    answer = service.plot(headers={"X-Request-Id": "order-66.a"})
    assert answer.headers["X-Request-Id"] == "order-66.a"
    assert answer.json()["request_id"] == "order-66.a"
    assert any("order-66.a" in line for line in service.log)


@pytest.mark.parametrize("sent", ["a b", "x" * 40, 'a"b', ""])
def test_a_request_id_of_another_shape_is_replaced(service: Service, sent: str) -> None:
    answer = service.get("/health", headers={"X-Request-Id": sent})
    assert answer.headers["X-Request-Id"] not in ("", sent)


def test_no_answer_is_cached_or_sniffed(service: Service) -> None:
    headers = service.plot().headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


def test_the_log_holds_a_line_a_request_and_no_data(service: Service) -> None:
    service.plot("wherefore art thou", csv=b"secretcolumn,b\nsecretcell,2\n", headers={"X-Request-Id": "logged"})
    lines = [json.loads(line) for line in service.log if '"logged"' in line and '"request"' in line]
    assert [(line["method"], line["path"], line["status"]) for line in lines] == [("POST", "/generate-plot", 200)]
    assert not any(word in line for line in service.log for word in ("wherefore", "secretcolumn", "secretcell"))


DATASETS = {
    "gapminder": ["life expectancy over time by continent", "gdpPercap against lifeExp"],
    "tips": ["average tip by day", "total_bill against tip by sex"],
    "stocks": ["GOOG over time", "show all stocks over time"],
    "iris": ["sepal_length against sepal_width by species", "distribution of petal_length"],
}


@pytest.mark.parametrize(("dataset", "question"), [(name, q) for name, asked in DATASETS.items() for q in asked])
def test_data_that_nobody_here_made_is_drawn(service: Service, dataset: str, question: str) -> None:
    path = next((ROOT / "build/venv").glob(f"lib/python3*/site-packages/plotly/package_data/datasets/{dataset}.csv.gz"))
    files = {"files": (f"{dataset}.csv", gzip.decompress(path.read_bytes()))}
    data = {"user_question": question, "include": "figure", "provider": "rules"}
    answer = requests.post(f"{service.url}/generate-plot", files=files, data=data, timeout=60).json()
    assert answer["status"] == "success", answer
    assert answer["figure"]["data"]


def test_cached_code_that_fails_is_forgotten(
    start: Callable[..., Service], model: FakeModel, tmp_path: pathlib.Path
) -> None:
    service = start(PLOTD_CACHE="on", PLOTD_CACHE_DIR=str(tmp_path))
    model.codes["forgetful"] = "fig = px.bar(df, x='nope')"
    assert service.plot(question="a forgetful one").status_code == 422
    model.codes["forgetful"] = "fig = px.bar(df, x='region', y='amount')"
    assert service.plot(question="a forgetful one").status_code == 200
    asked = model.asked
    assert service.plot(question="a forgetful one").status_code == 200
    assert model.asked == asked  # what worked is kept
