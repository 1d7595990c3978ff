"""The fakes, and a way to call llm.h through the driver."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE))

from fakes import Fakes  # noqa: E402

BUILDS = [ROOT / "build" / name / "tests/llm/llm_driver" for name in ("asan", "release")]
DRIVER = pathlib.Path(os.environ.get("PLOTD_LLM_DRIVER") or next((p for p in BUILDS if p.exists()), BUILDS[0]))
# Everything of the environment that could change who answers or how.
OURS = ("PLOTD_", "GEMINI_", "OPENAI_", "ANTHROPIC_", "http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")


@dataclass
class Asked:
    """What the driver printed: the answers, then llm_get_status, and its log."""

    answers: list[dict[str, Any]]
    status: dict[str, Any]
    log: str

    @property
    def answer(self) -> dict[str, Any]:
        assert len(self.answers) == 1
        return self.answers[0]

    @property
    def error(self) -> dict[str, Any]:
        assert not self.answer["ok"], self.answer
        return self.answer["error"]


Ask = Callable[..., Asked]


@pytest.fixture
def fakes() -> Iterator[Fakes]:
    with Fakes() as server:
        yield server


@pytest.fixture
def sales(tmp_path: pathlib.Path) -> str:
    path = tmp_path / "sales.csv"
    path.write_text("date,region,amount\n2024-01-01,North,10.5\n2024-01-02,South,20\n2024-02-01,North,7\n")
    return str(path)


@pytest.fixture
def ask(sales: str, tmp_path: pathlib.Path) -> Ask:
    """ask(env, question=…, …): the driver's input by keyword; no cache and no fallback unless `env` says so."""

    def run(env: dict[str, str] | None = None, **request: Any) -> Asked:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        settings = {
            "PLOTD_CACHE": "off",
            "PLOTD_CACHE_DIR": str(tmp_path / "cache"),
            "PLOTD_FALLBACK": "none",
            "PLOTD_LLM_FIRST_BYTE": "5s",
            "PLOTD_LLM_TIMEOUT": "20s",
        }
        request = {"question": "amount by region", "files": [sales], **request}
        done = subprocess.run(
            [str(DRIVER)],
            input=json.dumps(request),
            capture_output=True,
            text=True,
            timeout=90,
            env={**clean, **settings, **(env or {})},
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "Sanitizer" not in done.stderr, done.stderr
        *answers, status = json.loads(done.stdout)
        return Asked(answers, status, done.stderr)

    return run


@pytest.fixture(params=["gemini", "openai", "anthropic"])
def vendor(request: pytest.FixtureRequest) -> str:
    return request.param
