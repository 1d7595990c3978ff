"""Every single fault of broken.py is set right, told nothing."""

import broken
import pytest
from conftest import Read, parse


@pytest.mark.parametrize("case", [pytest.param(c, id=c[0]) for c in broken.cases()])
def test_the_table_comes_out_as_a_person_would_copy_it(read: Read, case: broken.Case) -> None:
    _, data, rows = case
    done = read(data)
    assert done.returncode == 0, done.stderr.decode()
    assert parse(done.stdout) == rows


def test_what_was_assumed_is_told_with_the_line(read: Read) -> None:
    done = read(b"Readings\n\na;b;c\n1;2;3\n4;5\n6;7;8\n\nSource: us\n")
    words = done.stderr.decode()
    assert "semicolons" in words
    assert "2 lines above the table" in words
    assert "1 line below the table" in words
    assert "line 5" in words


def test_standard_output_holds_nothing_but_the_table(read: Read) -> None:
    assert read(b"a,b\r\n1,\"x\r\ny\"\r\n").stdout == b'a,b\n1,"x\r\ny"\n'
