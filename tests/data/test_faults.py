"""One fault at every place of sound tables, told nothing: what is read is what is in the file."""

import faults
import pytest
from conftest import parse, read_many

ROWS = 12
BEST = 10


@pytest.mark.parametrize("table", [pytest.param(t, id=t.name) for t in faults.tables(ROWS)])
def test_a_fault_at_any_place_costs_nothing(table: faults.Table) -> None:
    all_of_them = list(faults.faults(table))
    got = [None if text.startswith("error: ") else parse(text.encode()) for text in read_many([f.data for f in all_of_them])]
    scores = [faults.score(fault, rows) for fault, rows in zip(all_of_them, got, strict=True)]
    worst = sorted((round(s, 3), f.kind, f.data) for s, f in zip(scores, all_of_them, strict=True) if s < BEST)
    assert not worst, (len(worst), len(scores), sum(scores) / len(scores), worst[:3])
