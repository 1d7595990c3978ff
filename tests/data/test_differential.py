"""Well-formed files, random in every way that the format leaves open, against Python's csv module."""

import csv
import io
import random

import pytest
from conftest import parse, read_many

PIECES = ["", "a", "b c", "x,y", 'say "hi"', "line\nbreak", "1", "-2.5", "2024-01-02", "é", "漢字", "tab\there", ";", "|", "'", "100%", " pad ", "NA"]


def random_rows(pick: random.Random) -> list[list[str]]:
    width = pick.randrange(2, 7)
    header = [f"col {i}" for i in range(width)]
    kinds = [pick.randrange(3) for _ in range(width)]

    def one(kind: int) -> str:
        if kind == 0:
            return str(pick.randrange(-1000, 100000))
        if kind == 1:
            return f"{pick.random() * 100:.3f}"
        return pick.choice(PIECES) + pick.choice(PIECES)

    return [header, *([one(k) for k in kinds] for _ in range(pick.randrange(2, 12)))]


def write(rows: list[list[str]], pick: random.Random) -> bytes:
    out = io.StringIO(newline="")
    quoting = pick.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
    csv.writer(out, delimiter=pick.choice(",;\t|"), lineterminator=pick.choice(["\n", "\r\n"]), quoting=quoting).writerows(rows)
    return out.getvalue().encode(pick.choice(["utf-8", "utf-8-sig"]))


def usable(rows: list[list[str]]) -> bool:
    """No row that is empty or a remark to a person too: there Python and people differ."""
    return all(sum(bool(c.strip()) for c in row) > 1 for row in rows)


@pytest.mark.parametrize("part", range(4))
def test_random_files_read_as_python_reads_them(part: int, request: pytest.FixtureRequest) -> None:
    count = request.config.getoption("--csv-files") // 4
    pick = random.Random(part)
    tables = [t for t in (random_rows(pick) for _ in range(count)) if usable(t)]
    files = [write(t, pick) for t in tables]
    read = zip(tables, files, read_many(files), strict=True)
    different = [(file, text) for table, file, text in read if parse(text.encode()) != table]
    assert not different, (len(different), len(files), different[0])
