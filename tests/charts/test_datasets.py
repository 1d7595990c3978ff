"""Data that nobody here made, asked as people ask: the right chart with the right numbers in it."""

import pandas as pd
import plotly.express as px
import pytest
from conftest import Ask, bars, kind, values


def test_gapminder_the_best_five_of_a_year(ask: Ask) -> None:
    data = px.data.gapminder()
    (figure,) = ask("top 5 countries by life expectancy in 2007", gapminder=data)
    best = data[data.year == 2007].nlargest(5, "lifeExp").set_index("country").lifeExp
    assert bars(figure) == pytest.approx(best.to_dict())


def test_gapminder_a_mean_over_years_by_continent(ask: Ask) -> None:
    data = px.data.gapminder()
    (figure,) = ask("how did average life expectancy change over the years by continent", gapminder=data)
    mean = data.groupby(["continent", "year"]).lifeExp.mean()
    assert {t["name"] for t in figure["data"]} == set(data.continent)
    for trace in figure["data"]:
        assert kind(trace) == "scatter" and "lines" in trace["mode"]
        assert values(trace["y"]) == pytest.approx(mean[trace["name"]].tolist())


def test_tips_an_average_by_day(ask: Ask) -> None:
    data = px.data.tips()
    (figure,) = ask("average tip by day", tips=data)
    assert bars(figure) == pytest.approx(data.groupby("day").tip.mean().to_dict())


def test_tips_a_distribution(ask: Ask) -> None:
    data = px.data.tips()
    (figure,) = ask("What is the distribution of the total bill?", tips=data)
    (trace,) = figure["data"]
    assert kind(trace) == "histogram"
    assert sorted(values(trace["x"])) == pytest.approx(sorted(data.total_bill))


def test_stocks_every_share_over_time(ask: Ask) -> None:
    data = px.data.stocks()
    (figure,) = ask("stock prices over time", stocks=data)
    drawn = {t["name"]: values(t["y"]) for t in figure["data"]}
    assert all("lines" in t["mode"] for t in figure["data"])
    assert set(drawn) == set(data.columns) - {"date"}
    assert drawn["GOOG"] == pytest.approx(data.GOOG.tolist())


def test_stocks_two_shares_compared(ask: Ask) -> None:
    data = px.data.stocks()
    (figure,) = ask("compare AAPL and MSFT over time", stocks=data)
    drawn = {t["name"]: values(t["y"]) for t in figure["data"]}
    assert drawn == {"AAPL": pytest.approx(data.AAPL.tolist()), "MSFT": pytest.approx(data.MSFT.tolist())}


def test_iris_a_relation_by_species(ask: Ask) -> None:
    data = px.data.iris()
    (figure,) = ask("relationship between sepal length and sepal width by species", iris=data)
    assert {t["name"] for t in figure["data"]} == set(data.species)
    for trace in figure["data"]:
        rows = data[data.species == trace["name"]]
        assert trace["mode"] == "markers"
        assert sorted(zip(values(trace["x"]), values(trace["y"]), strict=True)) == \
            sorted(zip(rows.sepal_length, rows.sepal_width, strict=True))


def test_iris_an_average_by_species(ask: Ask) -> None:
    data = px.data.iris()
    (figure,) = ask("average petal length per species", iris=data)
    assert bars(figure) == pytest.approx(data.groupby("species").petal_length.mean().to_dict())


def test_two_files_give_a_dashboard_of_two_panels(ask: Ask) -> None:
    sales = pd.DataFrame({
        "date": pd.date_range("2024-01-01", periods=60).strftime("%Y-%m-%d"),
        "amount": [100.0 + i for i in range(60)],
        "region": ["North", "South", "West"] * 20,
    })
    revenue = pd.DataFrame({"product": ["Kettle", "Grinder", "Scale"], "revenue": [50.0, 80.0, 20.0]})
    first, second = ask("Show sales trends by region and revenue by product", sales=sales, revenue=revenue)
    assert {t["name"] for t in first["data"]} == {"North", "South", "West"}
    assert all("lines" in t["mode"] for t in first["data"])
    drawn = sum(sum(values(t["y"])) for t in first["data"])
    assert drawn == pytest.approx(sales.amount.sum())
    assert bars(second) == {"Grinder": 80.0, "Kettle": 50.0, "Scale": 20.0}
