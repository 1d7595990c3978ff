"""Trend lines of plotly.express without statsmodels: `ols` and `lowess` in numpy, in the place of
plotly's functions of those names, with the same options, hover texts and errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.express._core as core

_LOCAL_MOST = 400  # points at which a local line is fitted; between them it is interpolated


class Fit:
    """What px.get_trendline_results gives for an ols line: the part of a statsmodels result that is used."""

    def __init__(self, x: np.ndarray, y: np.ndarray, constant: bool) -> None:
        self.nobs = len(y)
        centre = x.mean() if constant and len(x) else 0.0  # dates are large numbers: keep the precision
        level = y.mean() if constant and len(y) else 0.0
        spread = float(((x - centre) ** 2).sum())
        slope = float(((x - centre) * (y - level)).sum()) / spread if spread else 0.0
        self.params = np.array([level - slope * centre, slope]) if constant else np.array([slope])
        self.fittedvalues = level + slope * (x - centre)
        self.resid = y - self.fittedvalues
        total = float(((y - level) ** 2).sum())
        self.rsquared = 1 - float((self.resid**2).sum()) / total if total else float("nan")

    def predict(self, x: Any = None) -> np.ndarray:
        if x is None:
            return self.fittedvalues
        return np.polyval(self.params[::-1] if len(self.params) == 2 else [self.params[0], 0], np.asarray(x))

    def summary(self) -> str:
        names = ["const", "x1"][-len(self.params) :]
        rows = [f"{n:>6} {v:12.6g}" for n, v in zip(names, self.params, strict=True)]
        return "\n".join(["OLS", *rows, f"{'R2':>6} {self.rsquared:12.6g}", f"{'n':>6} {self.nobs:12d}"])


def _check_options(options: dict[str, Any], valid: tuple[str, ...], name: str) -> None:
    for key in options:
        if key not in valid:
            raise ValueError(f"{name} trendline_options keys must be one of [{', '.join(valid)}] but got '{key}'")


def _present(x: Any, y: Any, non_missing: Any) -> tuple[np.ndarray, np.ndarray]:
    return np.asarray(x, dtype=float)[non_missing], np.asarray(y, dtype=float)[non_missing]


def _log(values: np.ndarray, label: str, option: str) -> tuple[np.ndarray, str]:
    if np.any(values <= 0):
        raise ValueError(f"the ols trendline with {option}=True needs values above zero in '{label}'")
    return np.log10(values), f"log10({label})"


def ols(
    options: dict[str, Any], x_raw: Any, x: Any, y: Any, x_label: str, y_label: str, non_missing: Any
) -> tuple[np.ndarray, str, Fit]:
    _check_options(options, ("add_constant", "log_x", "log_y"), "OLS")
    x, y = _present(x, y, non_missing)
    if options.get("log_y"):
        y, y_label = _log(y, y_label, "log_y")
    if options.get("log_x"):
        x, x_label = _log(x, x_label, "log_x")
    fit = Fit(x, y, bool(options.get("add_constant", True)))
    line = np.power(10, fit.fittedvalues) if options.get("log_y") else fit.fittedvalues
    slope, *_ = fit.params[::-1]
    tail = f" + {fit.params[0]:g}" if len(fit.params) == 2 else ""
    hover = f"<b>OLS trendline</b><br>{y_label} = {slope:g} * {x_label}{tail}<br>"
    return line, f"{hover}R<sup>2</sup>={fit.rsquared:f}<br><br>", fit


def lowess(
    options: dict[str, Any], x_raw: Any, x: Any, y: Any, x_label: str, y_label: str, non_missing: Any
) -> tuple[np.ndarray, str, None]:
    """Cleveland (1979), Robust locally weighted regression: tricube weights, three robustness rounds."""
    _check_options(options, ("frac",), "LOWESS")
    x, y = _present(x, y, non_missing)
    order = np.argsort(x, kind="stable")
    smooth = _smooth(x[order], y[order], float(options.get("frac", 0.6666666)))
    return smooth, "<b>LOWESS trendline</b><br><br>", None


def _smooth(x: np.ndarray, y: np.ndarray, frac: float) -> np.ndarray:
    n = len(x)
    near = min(n, max(2, int(frac * n + 1e-10)))
    at = np.unique(np.linspace(0, n - 1, min(n, _LOCAL_MOST)).round().astype(int))
    robust = np.ones(n)
    fitted = y
    for _ in range(4):
        fitted = np.interp(x, x[at], [_local(x, y, robust, x[i], near) for i in at])
        scale = 6 * np.median(np.abs(y - fitted))
        if scale <= 1e-12 * max(1.0, float(np.abs(y).max(initial=0))):
            break
        robust = (1 - np.clip(np.abs(y - fitted) / scale, 0, 1) ** 2) ** 2
    return fitted


def _local(x: np.ndarray, y: np.ndarray, robust: np.ndarray, at: float, near: int) -> float:
    distance = np.abs(x - at)
    width = np.partition(distance, near - 1)[near - 1]
    weight = robust * (1 - np.clip(distance / (width or 1.0), 0, 1) ** 3) ** 3
    total = weight.sum()
    if total <= 0:
        return float(y[distance.argmin()])
    x0, y0 = (weight * x).sum() / total, (weight * y).sum() / total
    spread = (weight * (x - x0) ** 2).sum()
    slope = (weight * (x - x0) * (y - y0)).sum() / spread if spread > 1e-12 * total * (width or 1) ** 2 else 0.0
    return float(y0 + slope * (at - x0))


def install() -> None:
    """Puts these into plotly.express."""
    core.trendline_functions["ols"] = ols
    core.trendline_functions["lowess"] = lowess
