"""The policy, both ways: a row of refused.txt and of accepted.txt is a test each."""

import sys

import pytest
from conftest import Run
from tables import marked_line, rows

ACCEPTED = rows("accepted.txt")
REFUSED = rows("refused.txt")


@pytest.mark.parametrize("code", [pytest.param(c, id=t) for t, c in ACCEPTED])
def test_accepted_code_passes_and_draws(run: Run, code: str) -> None:
    document = run(code)
    assert document["error"] is None
    assert document["figures"]


@pytest.mark.parametrize(("title", "code"), [pytest.param(t, c, id=t) for t, c in REFUSED])
def test_refused_code_is_refused_by_its_rule_and_line(run: Run, title: str, code: str) -> None:
    error = run(code)["error"]
    assert error is not None
    assert (error["code"], error["rule"]) == ("code_refused", title.split(":")[0])
    line = marked_line(code)
    assert error["line"] == line
    assert error["text"] == code.splitlines()[line - 1].strip()
    assert error["hint"]


WHEN_IT_RUNS = {"query: put together when it runs"}


@pytest.mark.parametrize("code", [pytest.param(c, id=t) for t, c in REFUSED if t not in WHEN_IT_RUNS])
def test_refused_code_is_refused_without_running(run: Run, code: str) -> None:
    error = run(code, check_only=True)["error"]
    assert error is not None
    assert error["code"] == "code_refused"


def test_every_rule_is_refused_by_some_row() -> None:
    by_size = {"size", "nesting"}  # of no single line: tested below
    assert {t.split(":")[0] for t, _ in REFUSED} | by_size == set(sys.modules["plotd_rules"].RULES)


def test_the_tables_are_as_long_as_promised() -> None:
    assert len(ACCEPTED) >= 100
    assert len(REFUSED) >= 100


def test_a_check_runs_nothing(run: Run) -> None:
    document = run("print('ran')\nfig = px.bar(df)", check_only=True)
    assert (document["error"], document["out"], document["figures"]) == (None, "", [])


def test_with_the_policy_off_refused_code_runs(run: Run) -> None:
    document = run("import os\nprint(len(().__class__.__base__.__subclasses__()) > 9, os.sep)", no_policy=True)
    assert document["out"] == "True /\n"


def test_with_the_policy_off_query_text_is_not_looked_at(run: Run) -> None:
    document = run("print(df.query('units > @pd.io.common.os.getpid()').shape)", no_policy=True)
    assert document["out"] == "(0, 8)\n"


def test_code_that_is_too_long_is_refused(run: Run) -> None:
    error = run("x = 1\n" * 100, code_max=50)["error"]
    assert (error["code"], error["rule"]) == ("code_refused", "size")


@pytest.mark.parametrize(
    "code",
    ["x = " + "-" * 90_000 + "1", "x = " + "+".join(["1"] * 90_000), "x = " + "a." * 90_000 + "b"],
    ids=["signs", "sums", "attributes"],
)
def test_code_that_is_nested_too_deep_is_refused(run: Run, code: str) -> None:
    error = run(code)["error"]
    assert (error["code"], error["rule"]) == ("code_refused", "nesting")


def test_deep_brackets_are_a_syntax_error(run: Run) -> None:
    assert run("x = " + "(" * 5000)["error"]["code"] == "code_syntax"


def test_an_encoding_cookie_changes_nothing(run: Run) -> None:
    error = run(b"# -*- coding: utf-7 -*-\n+AG8-pen('x')\nopen('x')")["error"]
    assert (error["code"], error["line"]) == ("code_refused", 3)


def test_code_that_is_not_utf8_is_named_by_line(run: Run) -> None:
    error = run(b"x = 1\ny = '\xff'")["error"]
    assert (error["code"], error["line"]) == ("code_syntax", 2)


def test_a_nul_character_is_named_by_line(run: Run) -> None:
    error = run("x = 1\ny = '\0'")["error"]
    assert (error["code"], error["line"]) == ("code_syntax", 2)


def test_a_refusal_names_what_to_do_instead(run: Run) -> None:
    error = run("from collections import Counter")["error"]
    assert error["message"] == "import of collections: only pandas, plotly, numpy, math and datetime may be imported"
    assert error["hint"] == "Use a dict, df.groupby or df['column'].value_counts()."
