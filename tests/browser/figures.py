"""Figures of every common kind, made by Plotly Express as a job makes them."""

from __future__ import annotations

import functools
import json
import pathlib
import sys
from typing import Any

import pandas as pd
import plotly.express as px
import plotly.graph_objects as go
from plotly.subplots import make_subplots

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "src/runner/python"))
import figure  # noqa: E402

figure.register_template()

Figure = dict[str, Any]
gapminder, tips, stocks, iris = px.data.gapminder(), px.data.tips(), px.data.stocks(), px.data.iris()
latest = gapminder[gapminder.year == 2007]
by_day = tips.groupby("day", as_index=False).total_bill.sum()

LONG_NAMES = [
    "Department of Environmental Protection and Sustainable Development",
    "Office for the Coordination of Humanitarian Affairs",
    "Bureau of Labour Statistics and Wages",
    "Sales",
]


def subplots() -> go.Figure:
    fig = make_subplots(2, 2, subplot_titles=["Bills", "Spread", "By size", "Prices"])
    fig.add_bar(x=by_day.day, y=by_day.total_bill, row=1, col=1)
    fig.add_histogram(x=tips.total_bill, row=1, col=2)
    fig.add_scatter(x=tips["size"], y=tips.tip, mode="markers", row=2, col=1)
    fig.add_scatter(x=stocks.date, y=stocks.GOOG, row=2, col=2)
    return fig.update_layout(height=700, title="Overview", showlegend=False)


def table() -> go.Figure:
    columns = ["country", "year", "pop", "gdpPercap", "continent", "iso_alpha"]
    return go.Figure(go.Table(header={"values": columns}, cells={"values": [gapminder[c].head(60) for c in columns]}))


def indicators() -> go.Figure:
    left = go.Indicator(mode="number+delta", value=1_234_567, delta={"reference": 1_100_000}, title="Revenue",
                        domain={"x": [0, 0.5], "y": [0, 1]})  # fmt: skip
    right = go.Indicator(mode="gauge+number", value=71, title="Satisfaction", domain={"x": [0.5, 1], "y": [0, 1]})
    return go.Figure([left, right])


def long_names(**how: Any) -> go.Figure:
    return px.bar(pd.DataFrame({"department": LONG_NAMES, "cost": [120_000, 98_000, 45_000, 23_000]}), **how)


KINDS = {
    "bar": lambda: px.bar(by_day, x="day", y="total_bill", title="Total bill by day"),
    "grouped bar": lambda: px.bar(tips.groupby(["day", "sex"], as_index=False).total_bill.mean(), x="day",
                                  y="total_bill", color="sex", barmode="group", title="Average bill by day and sex"),
    "long names": lambda: long_names(x="department", y="cost", title="Cost by department"),
    "long names across": lambda: long_names(y="department", x="cost", orientation="h"),
    "many bars": lambda: px.bar(latest.nlargest(40, "pop").sort_values("pop"), y="country", x="pop",
                                orientation="h", title="The 40 largest countries"),
    "line": lambda: px.line(stocks, x="date", y=stocks.columns[1:], title="Prices<br><sup>January 2018 is 1</sup>"),
    "area": lambda: px.area(gapminder.query("country in ['China', 'India', 'Japan', 'Indonesia']"), x="year", y="pop",
                            color="country", title="People in four countries"),
    "scatter": lambda: px.scatter(latest, x="gdpPercap", y="lifeExp", size="pop", color="continent", log_x=True,
                                  hover_name="country", title="Income and life expectancy"),
    "colour bar": lambda: px.scatter(iris, x="sepal_width", y="sepal_length", color="petal_length", title="Iris"),
    "histogram": lambda: px.histogram(tips, x="total_bill", nbins=30, color="sex", title="Spread of bills"),
    "box": lambda: px.box(tips, x="day", y="total_bill", color="smoker", title="Bills by day"),
    "violin": lambda: px.violin(iris, x="species", y="sepal_width", box=True),
    "pie": lambda: px.pie(tips, values="tip", names="day", title="Share of tips"),
    "many slices": lambda: px.pie(latest[latest.continent == "Europe"], values="pop", names="country", hole=0.45),
    "heatmap": lambda: px.imshow(tips.pivot_table(index="day", columns="time", values="tip", aggfunc="mean"),
                                 text_auto=".2f", aspect="auto", title="Average tip"),
    "table": table,
    "indicators": indicators,
    "subplots": subplots,
    "facets": lambda: px.scatter(tips, x="total_bill", y="tip", facet_col="day", color="sex", title="Tips"),
    "frames": lambda: px.scatter(gapminder, x="gdpPercap", y="lifeExp", animation_frame="year", size="pop",
                                 color="continent", log_x=True, range_y=[25, 90]),
    "treemap": lambda: px.treemap(latest, path=["continent", "country"], values="pop"),
    "sunburst": lambda: px.sunburst(tips, path=["day", "time"], values="total_bill"),
    "choropleth": lambda: px.choropleth(latest, locations="iso_alpha", color="lifeExp", title="Life expectancy"),
    "map points": lambda: px.scatter_geo(latest, locations="iso_alpha", size="pop", color="continent"),
    "map tiles": lambda: px.scatter_map(px.data.carshare(), lat="centroid_lat", lon="centroid_lon", size="car_hours"),
    "density map": lambda: px.density_map(px.data.carshare(), lat="centroid_lat", lon="centroid_lon", z="car_hours"),
    "fast scatter": lambda: px.scatter(x=list(range(5000)), y=[i % 97 for i in range(5000)], render_mode="webgl"),
    "matrix": lambda: px.scatter_matrix(iris, dimensions=["sepal_width", "sepal_length", "petal_width"],
                                        color="species"),
    "parallel": lambda: px.parallel_coordinates(iris, color="species_id"),
    "polar": lambda: px.bar_polar(px.data.wind(), r="frequency", theta="direction", color="strength"),
    "sankey": lambda: go.Figure(go.Sankey(node={"label": ["A", "B", "C"]},
                                          link={"source": [0, 1], "target": [2, 2], "value": [3, 4]})),
    "candlestick": lambda: go.Figure(go.Candlestick(x=["2024-01-01", "2024-01-02"], open=[1, 2], high=[3, 3],
                                                    low=[0.5, 1], close=[2, 1.5])),
}  # fmt: skip


@functools.cache
def _json(kind: str) -> str:
    return KINDS[kind]().to_json()


def make(kind: str) -> Figure:
    return json.loads(_json(kind))
