"""The files that the rules are held against."""

import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def ours(*endings: str) -> list[pathlib.Path]:
    """Every file of the work tree with one of these endings, but what is built or ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout
    found = (ROOT / name for name in listed.split("\0") if name.endswith(endings))
    return sorted(path for path in found if path.is_file())


def name_of(path: pathlib.Path) -> str:
    """The path as people write it."""
    return str(path.relative_to(ROOT))


def bare(text: str) -> str:
    """C without its comments and strings, line for line."""

    def blank(match: re.Match[str]) -> str:
        return re.sub(r"[^\n]", " ", match[0])

    return re.sub(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])+'", blank, text, flags=re.S)
