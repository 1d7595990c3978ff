"""What there is to GET, and what is said of the rest."""

import base64
import hashlib
import re

import pytest
import requests
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from prometheus_client.parser import text_string_to_metric_families
from service import Service


def test_openapi_is_valid_and_names_every_path(service: Service) -> None:
    document = service.get("/openapi.json").json()
    validate(document)
    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) == {"/", "/generate-plot", "/health", "/metrics", "/openapi.json"}
    assert document["info"]["version"] == service.get("/health").json()["version"]


def conforms(service: Service, schema: str, instance: object) -> None:
    document = service.get("/openapi.json").json()
    Draft202012Validator({"$ref": f"#/components/schemas/{schema}", **document}).validate(instance)


def test_answers_are_as_openapi_says(service: Service) -> None:
    conforms(service, "PlotReply", service.plot(include="figure,code,profile").json())
    conforms(service, "Health", service.get("/health").json())
    conforms(service, "Error", service.plot(None).json())
    conforms(service, "Error", service.plot(csv=b"").json())


def test_health_tells_state_isolation_and_model(service: Service) -> None:
    health = service.get("/health").json()
    assert health["status"] == "ok"
    assert health["executor"] in ("native", "docker")
    assert health["isolation"]["level"] in ("none", "reduced", "full")
    assert all(layer["reason"] for layer in health["isolation"]["missing"])
    assert health["model"]["provider"] == "openai"
    assert health["model"]["key_present"] is True
    assert health["load"]["in_flight_max"] == 256
    assert health["python"]["pandas"].startswith("3.")


def samples(service: Service) -> dict[tuple, float]:
    families = text_string_to_metric_families(service.get("/metrics").text)
    return {(s.name, *sorted(s.labels.items())): s.value for family in families for s in family.samples}


def test_metrics_are_read_by_prometheus_own_parser(service: Service) -> None:
    before = samples(service)
    service.plot()
    service.plot(None)
    after = samples(service)

    def grown(name: str, **labels: str) -> float:
        key = (name, *sorted(labels.items()))
        return after[key] - before.get(key, 0)

    assert grown("plotd_http_requests_total", route="/generate-plot", status="200") == 1
    assert grown("plotd_http_requests_total", route="/generate-plot", status="422") == 1
    assert grown("plotd_failures_total", code="field_missing") == 1
    assert grown("plotd_stage_seconds_count", stage="total") == 1
    assert grown("plotd_stage_seconds_bucket", stage="total", le="+Inf") == 1
    assert grown("plotd_stage_seconds_sum", stage="total") > 0
    assert grown("plotd_attempts_total") == 1
    assert grown("plotd_tokens_in_total") == 7
    assert after[("process_resident_memory_bytes",)] > 1 << 20
    assert after[("plotd_requests_in_flight",)] == 0


def test_home_is_a_form_with_a_strict_policy(service: Service) -> None:
    page = service.get("/")
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    for element in ("script", "style"):
        source = re.search(rf"<{element}>(.*?)</{element}>", page.text, re.DOTALL)
        assert source
        digest = base64.b64encode(hashlib.sha256(source[1].encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert 'action="/generate-plot"' in page.text


@pytest.mark.parametrize("path", ["/nope", "/generate-plot/", "/health/x", "//", "/%00"])
def test_what_is_not_there_is_404(service: Service, path: str) -> None:
    answer = service.get(path)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "/generate-plot", "POST, OPTIONS"),
        ("PUT", "/generate-plot", "POST, OPTIONS"),
        ("POST", "/health", "GET, HEAD, OPTIONS"),
        ("DELETE", "/", "GET, HEAD, OPTIONS"),
    ],
)
def test_another_method_is_405_with_allow(service: Service, method: str, path: str, allow: str) -> None:
    answer = requests.request(method, service.url + path, timeout=10)
    assert (answer.status_code, answer.headers["Allow"]) == (405, allow)
    assert answer.json()["error"]["code"] == "method_not_allowed"


@pytest.mark.parametrize("path", ["/health", "/metrics", "/openapi.json", "/"])
def test_head_is_get_without_the_body(service: Service, path: str) -> None:
    head = requests.head(service.url + path, timeout=10)
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["Content-Type"] == service.get(path).headers["Content-Type"]


def test_options_tells_the_methods_and_opens_nothing_to_other_origins(service: Service) -> None:
    answer = requests.options(f"{service.url}/generate-plot", headers={"Origin": "https://example.org"}, timeout=10)
    assert (answer.status_code, answer.headers["Allow"]) == (204, "POST, OPTIONS")
    assert not any(name.lower().startswith("access-control") for name in answer.headers)


def test_a_browser_gets_an_error_as_a_page(service: Service) -> None:
    navigation = {"Sec-Fetch-Mode": "navigate"}
    answer = service.plot("x", csv=b"", accept="text/html,*/*;q=0.8", headers=navigation)
    assert answer.status_code == 400
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "sales.csv is empty" in answer.text


def test_an_error_page_holds_no_markup_of_a_stranger(service: Service) -> None:
    answer = service.get("/<script>alert(1)</script>", headers={"Sec-Fetch-Mode": "navigate", "Accept": "text/html"})
    assert answer.status_code == 404
    assert "<script" not in answer.text
    assert "&lt;script&gt;" in answer.text


def test_a_program_that_asks_for_html_gets_errors_as_json(service: Service) -> None:
    assert service.plot(csv=b"", accept="text/html").json()["error"]["code"] == "csv_empty"
