"""The program under test and a way to call it."""

import os
import pathlib
import subprocess
from collections.abc import Callable

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLOTD = pathlib.Path(os.environ.get("PLOTD_BIN", ROOT / "build/release/src/cli/plotd"))

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reaches a vendor, whatever the machine's environment holds."""
    for name in ("GEMINI_API_KEY", "OPENAI_API_KEY", "ANTHROPIC_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def plotd(tmp_path: pathlib.Path) -> Run:
    """plotd(args…, stdin=…, env=…) in an empty folder, with a deadline."""

    def run(*args: str, stdin: str | None = None, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(PLOTD), *args], input=stdin, stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True, text=True, cwd=tmp_path, timeout=100, env={**os.environ, **(env or {})},
        )

    return run


@pytest.fixture
def sales(tmp_path: pathlib.Path) -> str:
    (tmp_path / "sales.csv").write_bytes((ROOT / "examples/sales.csv").read_bytes())
    return "sales.csv"
