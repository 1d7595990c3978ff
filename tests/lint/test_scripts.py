"""Python and shell."""

import subprocess
import sys

from conftest import ROOT, ours


def test_ruff_is_silent() -> None:
    done = subprocess.run([sys.executable, "-m", "ruff", "check", str(ROOT)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_shellcheck_is_silent() -> None:
    scripts = [ROOT / "run", ROOT / "test", ROOT / ".ci/run", *ours(".sh")]
    done = subprocess.run(["shellcheck", "-x", *scripts], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
