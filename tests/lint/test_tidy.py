"""clang-tidy with the committed list of checks."""

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import ROOT


def sources() -> list[str]:
    """Every C file of the build with the unit tests."""
    commands = json.loads((ROOT / "build/release/compile_commands.json").read_text())
    here = ROOT / "build/release"
    return sorted({str((here / command["file"]).resolve()) for command in commands})


def tidy(files: list[str]) -> str:
    """What clang-tidy has to say on these files; "" when nothing."""
    done = subprocess.run(
        ["clang-tidy", "-p", str(ROOT / "build/release"), "--quiet", *files], capture_output=True, text=True,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.timeout(400)  # a minute of two processors, shared with the other lane
def test_clang_tidy_is_silent() -> None:
    files = sources()
    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(tidy, [files[i : i + 4] for i in range(0, len(files), 4)]))
    assert files
    assert "".join(said) == ""
