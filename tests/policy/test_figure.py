"""Figures to JSON: the same chart as plotly's own to_json, and the values that JSON has no word for."""

import base64
import datetime
import decimal
import json
import sys
from typing import Any

import numpy as np
import orjson
import pandas as pd
import plotly.express as px
import plotly.graph_objects as go
import pytest
from conftest import TABLES, Run, job
from tables import rows

figure = sys.modules["plotd_figure"]


def encoded(fig: Any, notes: list[str] | None = None) -> dict[str, Any]:
    packer = figure.Packer([] if notes is None else notes)
    return orjson.loads(figure.encode(figure.plain(fig, packer), packer))


def unpacked(value: Any) -> Any:
    """Typed arrays as lists, dates in one spelling: what plotly.js sees."""
    if isinstance(value, dict) and "bdata" in value:
        array = np.frombuffer(base64.b64decode(value["bdata"]), value["dtype"]).astype(float)
        array = np.where(np.isfinite(array), array, np.nan)
        shape = [int(n) for n in value.get("shape", str(array.size)).split(",")]
        return unpacked(array.reshape(shape).tolist())
    if isinstance(value, dict):
        return {k: unpacked(v) for k, v in value.items() if k not in ("template", "uid")}
    if isinstance(value, list):
        return [unpacked(v) for v in value]
    if isinstance(value, float) and value != value:
        return None
    if isinstance(value, str) and len(value) >= 10 and value[4:5] == "-" and value[:4].isdigit():
        try:
            return pd.Timestamp(value).tz_localize(None).isoformat()
        except ValueError:
            return value
    return value


# What plotly cannot write at all, or writes as something else than the value.
BEYOND_PLOTLY = {"intervals straight to the axis", "periods straight to the axis", "durations", "table", "own template"}
SAME = [pytest.param(c, id=t) for t, c in rows("accepted.txt") if t not in BEYOND_PLOTLY]


@pytest.mark.parametrize("code", SAME)
def test_the_json_says_what_plotlys_own_says(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    plain = figure.plain
    monkeypatch.setattr(figure, "plain", lambda fig, packer: (seen.append(fig), plain(fig, packer))[1])
    monkeypatch.setattr(figure, "share_colours", lambda figures: None)
    document = orjson.loads(job.run(code.encode(), TABLES, {}))
    assert document["error"] is None
    ours = [unpacked(f["figure"]) for f in document["figures"]]
    assert ours == [unpacked(json.loads(f.to_json())) for f in seen]


def test_numbers_travel_as_typed_arrays_of_the_fewest_bytes() -> None:
    fig = go.Figure(go.Scatter(x=np.array([1, 2, 300]), y=np.array([0.5, np.nan, 2])))
    trace = encoded(fig)["data"][0]
    assert trace["x"] == {"dtype": "i2", "bdata": base64.b64encode(np.array([1, 2, 300], "i2")).decode()}
    assert trace["y"]["dtype"] == "f8"


def test_integers_that_javascript_cannot_hold_are_written_out() -> None:
    fig = go.Figure(go.Bar(x=np.array([2**62 + 1, 5])))
    assert encoded(fig)["data"][0]["x"] == [2**62 + 1, 5]


def test_large_integers_within_javascripts_reach_become_floats() -> None:
    fig = go.Figure(go.Bar(x=np.array([1_700_000_000_000, 5])))
    assert unpacked(encoded(fig)["data"][0]["x"]) == [1_700_000_000_000, 5]


def test_geojson_is_left_in_plain_lists() -> None:
    shape = {"type": "Point", "coordinates": np.array([1.5, 2])}
    fig = go.Figure(go.Choropleth(geojson=shape, locations=["a"], z=[1]))
    assert encoded(fig)["data"][0]["geojson"]["coordinates"] == [1.5, 2]


def test_a_matrix_keeps_its_shape() -> None:
    fig = go.Figure(go.Heatmap(z=np.arange(6).reshape(2, 3)))
    assert encoded(fig)["data"][0]["z"]["shape"] == "2, 3"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (pd.Timestamp("2024-05-01"), "2024-05-01T00:00:00"),
        (pd.Timestamp("2024-05-01 12:30", tz="Europe/Berlin"), "2024-05-01T12:30:00"),
        (datetime.date(2024, 5, 1), "2024-05-01"),
        (datetime.datetime(2024, 5, 1, 2), "2024-05-01T02:00:00"),
        (np.datetime64("2024-05-01"), "2024-05-01"),
        (pd.Period("2024-05", "M"), "2024-05"),
        (pd.Interval(0, 5), "(0, 5]"),
        (decimal.Decimal("1.5"), 1.5),
        (np.float32(0.5), 0.5),
        (np.int64(7), 7),
        (np.bool_(True), True),
        (pd.NA, None),
        (pd.NaT, None),
        (float("nan"), None),
        (float("inf"), None),
        (None, None),
        (2**70, float(2**70)),
        (b"abc", "abc"),
        (3 + 4j, "(3+4j)"),
        ("a\ud800b", "a?b"),
        ({3}, [3]),
    ],
    ids=lambda v: repr(v)[:40],
)
def test_a_value_is_written_as_a_reader_expects(value: Any, written: Any) -> None:
    fig = go.Figure(go.Scatter(x=[1], y=[1], customdata=[["other", value]]))
    assert encoded(fig)["data"][0]["customdata"][0][1] == written


@pytest.mark.parametrize(
    ("dates", "written"),
    [
        (["2024-01-01", "2024-01-02"], ["2024-01-01", "2024-01-02"]),
        (["2024-01-01", "2024-01-02 03:04"], ["2024-01-01T00:00:00", "2024-01-02T03:04:00"]),
        (["2024-01-01 00:00:00.5"], ["2024-01-01T00:00:00.500"]),
        (["2024-01-01", None], ["2024-01-01", None]),
    ],
)
def test_dates_are_as_short_as_they_can_be(dates: list[str], written: list[str]) -> None:
    fig = go.Figure(go.Scatter(x=pd.to_datetime(pd.Series(dates), format="mixed"), y=list(range(len(dates)))))
    assert encoded(fig)["data"][0]["x"] == written


def test_durations_are_numbers_in_one_unit_and_a_note_says_which() -> None:
    notes: list[str] = []
    spans = pd.to_timedelta([1, 2, None], unit="D")
    fig = go.Figure([go.Bar(x=[1, 2, 3], y=spans), go.Bar(x=[1], y=pd.to_timedelta([6], unit="h"))])
    data = encoded(fig, notes)["data"]
    assert (data[0]["y"], data[1]["y"]) == ([1, 2, None], [0.25])
    assert notes == ["Durations are shown in days."]


def test_what_is_no_value_becomes_text_and_a_note() -> None:
    class Odd:
        def __str__(self) -> str:
            return "odd"

    notes: list[str] = []
    fig = go.Figure(go.Scatter(x=[1], y=[1], meta=[Odd()]))
    assert encoded(fig, notes)["data"][0]["meta"] == ["odd"]
    assert notes == ["The figure held a Odd, shown as text."]


def test_keys_that_are_no_text_are_written_once() -> None:
    fig = go.Figure(go.Scatter(x=[1], y=[1], meta={1: "a", "1": "b"}))
    packer = figure.Packer([])
    text = figure.encode(figure.plain(fig, packer), packer)
    assert text.count(b'"1":') == 1


def test_no_template_travels() -> None:
    for template in ("plotly", "plotly_dark", "ggplot2", "none", None):
        assert "template" not in encoded(px.bar(x=[1], y=[2], template=template))["layout"]


def test_a_template_that_the_code_made_is_applied_where_the_figure_says_nothing() -> None:
    template = go.layout.Template(
        layout={"font": {"size": 20, "color": "red"}, "xaxis": {"showgrid": False}}, data_scatter=[{"mode": "markers"}]
    )
    fig = go.Figure(go.Scatter(x=[1], y=[1]), layout={"template": template, "font": {"size": 9}})
    out = encoded(fig)
    assert out["layout"] == {"font": {"size": 9, "color": "red"}, "xaxis": {"showgrid": False}}
    assert out["data"][0]["mode"] == "markers"


def test_the_figure_itself_is_left_as_it_was() -> None:
    fig = px.scatter(x=[1, 2], y=[3, 4])
    before = fig.to_json()
    encoded(fig)
    assert fig.to_json() == before


# ---- empty figures


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("fig = go.Figure()", "the figure has no traces"),
        ("fig = px.bar(df[df.amount > 1e9], x='region', y='amount')", "x and y are of length 0"),
        ("fig = go.Figure(go.Scatter(name='a'))", "the scatter trace 'a' of the figure shows nothing: it was given"),
        ("df['z'] = np.nan\nfig = px.line(df, x='date', y='z')", "all values of y are missing"),
        ("fig = go.Figure(go.Scatter(x=[1, 2], y=[None, None]))", "all values of y are missing"),
        ("fig = go.Figure(go.Pie(labels=[], values=[]))", "the pie trace"),
        ("fig = go.Figure(go.Heatmap(z=[[None, None]]))", "all values of z are missing"),
        ("fig = go.Figure(go.Table(header=dict(values=['a']), cells=dict(values=[[]])))", "the table trace"),
        ("figs = [px.bar(df, x='region', y='amount'), go.Figure()]", "figure 2 has no traces"),
        ("figs = {'a': px.bar(df, x='region', y='amount'), 'b': go.Figure()}", "figure 2 ('b') has no traces"),
    ],
)
def test_an_empty_figure_is_told_with_its_trace_and_why(run: Run, code: str, says: str) -> None:
    error = run(code)["error"]
    assert error is not None
    assert error["code"] == "code_empty_figure"
    assert says in error["message"]


@pytest.mark.parametrize(
    "code",
    [
        "fig = go.Figure([go.Scatter(x=[None], y=[None], name='legend only'), go.Bar(x=['a'], y=[1])])",
        "fig = go.Figure(go.Indicator(value=0))",
        "fig = go.Figure(go.Histogram(x=['a']))",
        "fig = go.Figure(go.Scatter(y=[0]))",
        "fig = go.Figure(go.Scattergeo(lat=[1], lon=[2]))",
        "fig = go.Figure(go.Treemap(labels=['a', 'b'], parents=['', 'a']))",
        "fig = go.Figure(go.Box(q1=[1], median=[2], q3=[3], lowerfence=[0], upperfence=[4]))",
        "fig = go.Figure(go.Image(z=[[[1, 2, 3]]]))",
        "fig = go.Figure(go.Barpolar(r=[1], theta=['n']))",
        "fig = go.Figure(go.Scatterternary(a=[1], b=[2], c=[3]))",
    ],
)
def test_a_figure_with_something_to_see_is_not_empty(run: Run, code: str) -> None:
    assert run(code)["error"] is None


# ---- dashboards


def colours(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {t["name"]: t.get("marker", {}).get("color") or t.get("line", {}).get("color") for t in f["figure"]["data"]}
        for f in document["figures"]
    ]


def test_a_name_has_one_colour_in_all_figures(run: Run) -> None:
    first, second = colours(
        run(
            "figs = [px.bar(df, x='region', y='amount', color='region'),\n"
            "    px.line(df[df.region != 'north'].sort_values('region'), x='date', y='amount', color='region')]"
        )
    )
    assert set(second) == {"south", "east", "west"}
    assert all(first[name] == colour for name, colour in second.items())


def test_traces_without_a_colour_get_the_names_colour(run: Run) -> None:
    first, second = colours(
        run(
            "figs = [go.Figure([go.Bar(x=[1], y=[1], name=n) for n in ('a', 'b')]),\n"
            "    go.Figure([go.Scatter(x=[1], y=[1], name=n, mode='lines') for n in ('b', 'c')])]"
        )
    )
    assert first["b"] == second["b"]
    assert len({first["a"], first["b"], second["c"]}) == 3


def test_colours_that_the_code_chose_stay(run: Run) -> None:
    first, second = colours(
        run(
            "figs = [px.bar(df, x='region', y='amount', color='region'),\n"
            "    px.bar(df, x='region', y='amount', color='region',\n"
            "        color_discrete_sequence=['red', 'green', 'blue', 'black'])]"
        )
    )
    assert list(second.values()) == ["red", "green", "blue", "black"]
    assert first["north"] == figure.COLORWAY[0]


def test_a_pies_slices_have_the_names_colours(run: Run) -> None:
    document = run(
        "figs = [px.bar(df, x='product', y='amount', color='product'),\n"
        "    px.pie(revenue, names='product', values='revenue')]"
    )
    pie = document["figures"][1]["figure"]["data"][0]
    of_bars = colours(document)[0]
    slices = dict(zip(pie["labels"], pie["marker"]["colors"], strict=True))
    assert {n: slices[n] for n in of_bars} == of_bars
    assert slices["juice"] not in of_bars.values()


def test_one_figure_alone_is_not_recoloured(run: Run) -> None:
    document = run("fig = go.Figure([go.Bar(x=[1], y=[1], name=n) for n in ('a', 'b')])")
    assert colours(document) == [{"a": None, "b": None}]


# ---- limits


def test_a_figure_over_the_limit_is_told(run: Run) -> None:
    error = run("fig = px.line(y=np.arange(100_000) / 7)", figure_max=100_000)["error"]
    assert (error["code"], error["message"]) == ("code_output_limit", "the figure is larger than 100000 bytes")


def test_ten_thousand_legend_entries_are_too_many(run: Run) -> None:
    code = "fig = go.Figure([dict(type='scatter', x=[1], y=[1], name=str(i)) for i in range(10_001)])"
    document = run(code.replace("go.Figure(", "dict(data=").replace("])", "])"))
    assert document["error"]["code"] == "code_output_limit"
    assert "10001 entries" in document["error"]["message"]
