"""The log: JSON for programs, text for people, a request id in each line of a request, no key and no data."""

import json
import os
import pty
import re
import subprocess
from collections.abc import Callable

import requests
from fake_model import FakeModel
from service import CSV, PLOTD, Service

KEY = "sk-planted-7f3a9"
DATA = b"day,amount,region\n2024-01-01,918273645,Quxland\n2024-01-02,5,Quxland\n"
CODES = {
    "zz-raises": 'raise ValueError(f"no {df.region[0]} {df.amount[0]}")',
    "zz-refused": 'import os\nos.system("Quxland")',
    "zanzibar": 'fig = px.bar(df, x="day", y="amount")',
}


def test_each_line_is_json_with_its_request_and_without_key_or_data(start: Callable[..., Service]) -> None:
    model = FakeModel()
    model.codes.update(CODES)
    model.statuses["zz-down"] = 500
    service = start(OPENAI_API_KEY=KEY, OPENAI_BASE_URL=model.url, PLOTD_LOG="debug")
    answers = [service.plot(f"zanzibar {word}", csv=DATA) for word in ("", "zz-raises", "zz-refused", "zz-down")]
    answers.append(service.plot("", csv=DATA))
    answers.append(service.plot("zanzibar", csv=b""))
    ids = [answer.headers["X-Request-Id"] for answer in answers]
    assert [answer.status_code for answer in answers] == [200, 422, 422, 502, 422, 400]
    assert service.stop() == 0
    model.close()
    lines = [json.loads(line) for line in service.log[1:]]  # before it stands where it listens, for whoever started it
    for request in ids:
        assert any(line.get("request_id") == request for line in lines), service.log
    whole = "".join(service.log)
    planted = [KEY, "Quxland", "918273645", "zanzibar"]
    assert [word for word in planted if word in whole] == [], whole
    assert all({"time", "level", "event"} <= line.keys() for line in lines)


def test_on_a_terminal_it_is_text() -> None:
    ours, theirs = pty.openpty()
    env = {**os.environ, "PLOTD_PORT": "0", "PLOTD_LLM": "rules", "PLOTD_CACHE": "off"}
    said = ""

    def hears(pattern: str) -> re.Match[str] | None:
        nonlocal said
        said += os.read(ours, 4096).decode()
        return re.search(pattern, said, re.M)

    with subprocess.Popen([PLOTD, "serve"], stderr=theirs, stdout=subprocess.DEVNULL, env=env) as process:
        os.close(theirs)
        while not (address := hears(r"listening on (http://\S+)")):
            assert process.poll() is None, said
        answer = requests.post(address[1] + "/generate-plot", files={"files": ("a.csv", CSV)}, data={"user_question": "x"},
                               timeout=60)  # fmt: skip
        line = r"^\d{4}-\d\d-\d\dT[\d:.]+Z info +\w+ \[" + re.escape(answer.headers["X-Request-Id"]) + r"\]"
        while not hears(line):
            assert process.poll() is None, said
        process.terminate()
        assert process.wait(30) == 0
    os.close(ours)
