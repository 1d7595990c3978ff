"""What is told of a piece of code beside its figures."""

from typing import Any

import pytest
from conftest import TABLES, Run

BAR = "fig = px.bar(df, x='region', y='amount')"


def facts(run: Run, code: str, tables: Any = None) -> dict[str, Any]:
    return run(code, tables)["facts"]


@pytest.mark.parametrize(
    ("code", "random"),
    [
        ("x = np.random.rand(3)", True),
        ("rng = np.random.default_rng(1)", True),
        ("from numpy.random import normal", True),
        ("r = np.random\nr.seed(1)", True),
        ("x = df.sample(3)", False),
        (BAR, False),
    ],
)
def test_random_numbers_are_seen(run: Run, code: str, random: bool) -> None:
    assert facts(run, code)["random"] is random


@pytest.mark.parametrize(
    ("code", "literal"),
    [
        ("fig = px.bar(x=['a', 'b', 'c', 'd'], y=[1, 2, 3, 4])", True),
        ("df = pd.DataFrame({'x': ['a', 'b', 'c', 'd'], 'y': [1, -2, 3.5, 4]})\nfig = px.bar(df, x='x', y='y')", True),
        ("df = pd.DataFrame([[1, 2, 3, 4], [2, 3, 4, 5]])\nfig = px.line(df)", True),
        ("fig = px.bar(x=['a', 'b'], y=[1, 2])", False),
        (f"{BAR}\nfig.update_yaxes(tickvals=[0, 50, 100, 150])", False),
        (
            "df['band'] = pd.cut(df['amount'], [0, 20, 40, 60, 80])\nfig = px.histogram(df, x=df['band'].astype(str))",
            False,
        ),
    ],
)
def test_data_typed_into_the_code_is_seen(run: Run, code: str, literal: bool) -> None:
    assert facts(run, code)["literal_data"] is literal


@pytest.mark.parametrize(
    ("code", "unused"),
    [
        (BAR, ["revenue", "prices"]),
        ("fig = px.bar(revenue, x='product', y='revenue')", ["sales", "prices"]),
        ("fig = px.bar(dfs['revenue'], x='product', y='revenue')", ["sales", "prices"]),
        ("fig = px.bar(dfs['revenue.csv'], x='product', y='revenue')", ["sales", "prices"]),
        ("d = dfs.get('prices')", ["sales", "revenue"]),
        ("df = pd.read_csv('prices.csv')\nfig = px.line(df, x='date', y='close')", ["sales", "revenue"]),
        ("p = '/data/' + 'prices.csv'\nd = pd.read_csv(p)", ["sales", "revenue"]),
        ("for f in ['sales.csv', 'prices.csv']:\n    pd.read_csv(f)", ["revenue"]),
        ("for name in dfs:\n    print(len(dfs[name]))", []),
        ("for name, d in dfs.items():\n    print(len(d))", []),
        ("x = 1", ["sales", "revenue", "prices"]),
        ("df = px.data.tips()\nfig = px.bar(df, x='day', y='tip')", ["sales", "revenue", "prices"]),
        ("df = df[df.amount > 3]\nfig = px.bar(df, x='region', y='amount')", ["revenue", "prices"]),
        ("df = pd.concat([df])\nfig = px.bar(df, x='region', y='amount')", ["revenue", "prices"]),
        ("def draw(df):\n    return px.line(df, x='date', y='close')\nfig = draw(prices)", ["sales", "revenue"]),
    ],
)
def test_tables_that_the_code_does_not_read_are_named(run: Run, code: str, unused: list[str]) -> None:
    assert facts(run, code)["unused_frames"] == unused


def test_packaged_data_is_seen(run: Run) -> None:
    assert facts(run, "d = px.data.tips()")["sample_data"] is True
    assert facts(run, BAR)["sample_data"] is False


def test_kinds_points_and_legend_are_counted(run: Run) -> None:
    found = facts(
        run,
        "figs = [px.scatter(df, x='units', y='amount', color='region'),\n"
        "    go.Figure([go.Bar(x=['a', 'b'], y=[1, 2]), go.Scatter(x=['a', 'b'], y=[2, 3], mode='lines')])]",
    )
    assert found["kinds"] == [["scatter:markers"], ["bar", "scatter:lines"]]
    assert found["points"] == [60, 4]
    assert found["legend"] == 4


def test_a_pies_labels_are_legend_entries(run: Run) -> None:
    assert facts(run, "fig = px.pie(revenue, names='product', values='revenue')")["legend"] == 4


def test_facts_are_told_of_code_that_is_only_checked(run: Run) -> None:
    document = run("x = np.random.rand(3)", TABLES, check_only=True)
    assert document["facts"]["random"] is True
