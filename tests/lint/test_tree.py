"""What must not be in the tree."""

import re

from conftest import name_of, ours

TEXT = ours(".c", ".h", ".py", ".md", ".sh", ".build", ".txt", ".yaml", ".js", ".css", ".html", ".mjs", "run", "test")


def lines_with(pattern: str) -> list[str]:
    """Every line of the tree that matches, but in this file."""
    wanted = re.compile(pattern)
    return [
        f"{name_of(path)}:{number}: {line.strip()[:100]}"
        for path in TEXT
        if path.name != "test_tree.py"
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if wanted.search(line)
    ]


def test_no_work_is_left_for_later() -> None:
    assert lines_with(r"\b(TODO|FIXME|XXX|HACK)\b") == []


def test_no_path_of_somebodys_machine_is_named() -> None:
    assert lines_with(r"(?<!/root)/work/|/tmp/b-|/home/(?!tester)\w") == []


def test_no_ticket_is_named_by_number() -> None:
    assert lines_with(r"\b[Ii]ssue #?\d") == []
