"""Reads the tables of snippets beside this file."""

from __future__ import annotations

import pathlib
import re


def rows(name: str) -> list[tuple[str, str]]:
    """(title, code) of every row of a table: `### title`, then the code up to the next."""
    text = (pathlib.Path(__file__).parent / name).read_text(encoding="utf-8")
    found = re.split(r"^### (.+)\n", text, flags=re.MULTILINE)[1:]
    return [(title, code.rstrip("\n") + "\n") for title, code in zip(found[::2], found[1::2], strict=True)]


def marked_line(code: str) -> int:
    """The line marked `# <-- here`; 1 where none is."""
    lines = [i for i, line in enumerate(code.splitlines(), 1) if line.rstrip().endswith("# <-- here")]
    return lines[0] if lines else 1
