"""Small tables, told nothing: nearly all are read as they were written."""

import random

import small
from conftest import parse, read_many

TABLES = 3000
LEAST = 0.97  # of the rest most are a column of words below a title, which may as well be one of them


def test_small_tables_are_read_as_they_were_written() -> None:
    pick = random.Random(7)
    tables = [small.small(pick) for _ in range(TABLES)]
    got = read_many([t.data for t in tables])
    wrong = [t.data for t, text in zip(tables, got, strict=True) if parse(text.encode()) != t.rows]
    assert len(wrong) <= (1 - LEAST) * TABLES, (len(wrong), wrong[:20])
