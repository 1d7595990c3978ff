"""Trend lines without statsmodels, held against values computed by other means."""

import sys

import numpy as np
import pytest
from conftest import Run

trend = sys.modules["plotd_trend"]
X = np.array([1.0, 2.0, 3.0, 5.0, 8.0])
Y = np.array([2.0, 3.5, 3.0, 7.0, 9.5])
ALL = np.ones(5, dtype=bool)


def ols(x: np.ndarray = X, y: np.ndarray = Y, there: np.ndarray = ALL, **options: object) -> tuple:
    return trend.ols(options, None, x, y, "x", "y", there)


def test_ols_is_the_least_squares_line() -> None:
    line, hover, fit = ols()
    slope, intercept = np.polyfit(X, Y, 1)
    assert line == pytest.approx(slope * X + intercept)
    assert fit.params == pytest.approx([intercept, slope])
    assert fit.rsquared == pytest.approx(np.corrcoef(X, Y)[0, 1] ** 2)
    assert hover == "<b>OLS trendline</b><br>y = 1.1039 * x + 0.805195<br>R<sup>2</sup>=0.950189<br><br>"


def test_ols_through_the_origin() -> None:
    line, _, fit = ols(add_constant=False)
    assert fit.params == pytest.approx([(X * Y).sum() / (X**2).sum()])
    assert line == pytest.approx(fit.params[0] * X)


def test_ols_of_logarithms() -> None:
    y = 10 ** (0.5 * X + 1)
    line, hover, _ = ols(y=y, log_y=True)
    assert line == pytest.approx(y)
    assert "log10(y) = 0.5 * x + 1" in hover


def test_ols_leaves_gaps_out() -> None:
    there = np.array([True, True, False, True, True])
    line, _, _ = ols(y=np.where(there, Y, np.nan), there=there)
    assert line == pytest.approx(np.polyval(np.polyfit(X[there], Y[there], 1), X[there]))


def test_ols_of_dates_keeps_its_precision() -> None:
    x = 1.7e9 + X * 86400
    line, _, _ = ols(x=x)
    assert line == pytest.approx(np.polyval(np.polyfit(X, Y, 1), X), rel=1e-9)


def test_ols_of_one_x_is_the_mean() -> None:
    line, _, _ = ols(x=np.full(5, 3.0))
    assert line == pytest.approx(np.full(5, Y.mean()))


@pytest.mark.parametrize("options", [{"nope": 1}, {"log_x": True}])
def test_ols_names_what_it_cannot_do(options: dict) -> None:
    with pytest.raises(ValueError, match=r"keys must be one of|needs values above zero"):
        ols(x=X - 1, **options)


def test_lowess_of_a_line_is_the_line() -> None:
    line, _, _ = trend.lowess({}, None, X, 2 * X + 1, "x", "y", ALL)
    assert line == pytest.approx(2 * X + 1)


def test_lowess_follows_a_bend_and_ignores_an_outlier() -> None:
    x = np.linspace(0, 6, 200)
    y = np.sin(x) + 0.2 * np.where(np.arange(200) % 2, 1, -1)
    y[100] = 50
    line, _, _ = trend.lowess({"frac": 0.2}, None, x, y, "x", "y", np.ones(200, dtype=bool))
    assert np.abs(line - np.sin(x)).max() < 0.2


def test_lowess_of_many_points_is_near_that_of_few() -> None:
    x = np.linspace(0, 6, 5000)
    line, _, _ = trend.lowess({"frac": 0.1}, None, x, np.sin(x), "x", "y", np.ones(5000, dtype=bool))
    assert np.abs(line - np.sin(x)).max() < 0.02


def test_the_fit_is_there_for_the_code(run: Run) -> None:
    document = run(
        "fig = px.scatter(df, x='units', y='amount', trendline='ols')\n"
        "fit = px.get_trendline_results(fig).px_fit_results.iloc[0]\n"
        "print(len(fit.params), 0 <= fit.rsquared <= 1, fit.predict([0, 1])[0] == fit.params[0])\nprint(fit.summary())"
    )
    assert document["error"] is None
    assert document["out"].startswith("2 True True\nOLS\n")


def test_a_trend_over_dates_and_gaps_is_drawn(run: Run) -> None:
    document = run("fig = px.scatter(df, x='date', y='cost', trendline='ols', color='region')")
    assert document["error"] is None
    assert len(document["figures"][0]["figure"]["data"]) == 8
