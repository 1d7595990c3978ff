"""Figures to JSON: what a job hands back, and what is told about it.

The figure's own dictionaries are walked once. Numeric arrays become plotly's typed-array
form ({"dtype", "bdata", "shape"}), dates the shortest ISO text that loses nothing, whatever
JSON cannot hold what a reader would expect in its place (see `_fallback`). Templates do not
travel: a plain look is the page's work, in light and in dark, and a template that the code
made itself is applied here as defaults before it is dropped.
"""

from __future__ import annotations

import binascii
import datetime
import decimal
from collections.abc import Callable
from typing import Any

import numpy as np
import orjson
import pandas as pd
import plotly.graph_objects as go
import plotly.io as pio

# Ten colours for names: the result of a search (simulated annealing over a grid in OKLCH, the first two
# given) for the largest smallest CIEDE2000 difference between any two, as seen with normal vision and
# with full deuteranopia, protanopia and tritanopia after Machado, Oliveira and Fernandes (2009).
# Reached: 18.8 in normal vision, 10.3 in the others (two: 51; four: 14.8). Contrast after WCAG 2 is at
# least 2.4 to 1 on white and 2.9 to 1 on #111827. The order puts what differs most first.
COLORWAY = (
    "#2584f5",
    "#f77e35",
    "#c01a7b",
    "#2d7b48",
    "#5b5abc",
    "#b66f74",
    "#be260b",
    "#a19cda",
    "#85b46e",
    "#22a89a",
)
# Viridis (Smith and van der Walt, CC0): even in lightness, safe for colour-blind readers.
SEQUENTIAL = (
    "#440154",
    "#482878",
    "#3e4989",
    "#31688e",
    "#26828e",
    "#1f9e89",
    "#35b779",
    "#6ece58",
    "#b5de2b",
    "#fde725",
)
# ColorBrewer's RdBu turned round (low is blue): Harrower and Brewer, 2003.
DIVERGING = (
    "#2166ac",
    "#4393c3",
    "#92c5de",
    "#d1e5f0",
    "#f7f7f7",
    "#fddbc7",
    "#f4a582",
    "#d6604d",
    "#b2182b",
)

TEMPLATE = "plotd"
LEGEND_MAX = 10_000
_SHORT = {
    "int8": "i1",
    "uint8": "u1",
    "int16": "i2",
    "uint16": "u2",
    "int32": "i4",
    "uint32": "u4",
    "float32": "f4",
    "float64": "f8",
}
_PLAIN_KEYS = frozenset(("geojson", "layer", "layers", "range"))  # plotly.js reads no typed arrays here
_NESTED = (dict, list, tuple, np.ndarray)
_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY
_EXACT = 2**53  # integers beyond are not exact in JavaScript


class NoFigure(Exception):
    """The code left nothing that plotd can show."""


class EmptyFigure(Exception):
    """A figure whose traces hold no value."""


def _scale(colours: tuple[str, ...]) -> list[list[Any]]:
    return [[i / (len(colours) - 1), c] for i, c in enumerate(colours)]


def register_template() -> None:
    """Makes plotd's template the default, and every template that plotly ships another name of it:
    the look is the page's, and a small template makes figures cheaper to build."""
    template = go.layout.Template(
        layout=dict(
            colorway=list(COLORWAY),
            colorscale=dict(
                sequential=_scale(SEQUENTIAL),
                sequentialminus=_scale(SEQUENTIAL[::-1]),
                diverging=_scale(DIVERGING),
            ),
        )
    )
    for name in [*pio.templates, TEMPLATE]:
        pio.templates[name] = template
    pio.templates.default = TEMPLATE


# ---- values ---------------------------------------------------------------------------------


class Packer:
    """Turns a figure's values into what orjson takes, and remembers what it had to change."""

    def __init__(self, notes: list[str]) -> None:
        self.notes = notes
        self.unit: tuple[str, float] | None = None  # of durations: name, nanoseconds

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def pack(self, value: Any, plain: bool = False) -> Any:
        if isinstance(value, dict):
            return {k if type(k) is str else str(k): self.pack(v, plain or k in _PLAIN_KEYS) for k, v in value.items()}
        if isinstance(value, np.ndarray):
            return self.array(value, plain)
        if isinstance(value, list | tuple):
            if any(isinstance(v, _NESTED) for v in value):
                return [self.pack(v, plain) for v in value]
            return value
        return value

    def array(self, a: np.ndarray, plain: bool = False) -> Any:
        kind = a.dtype.kind
        if kind in "iuf" and a.size and not plain:
            return _typed(a)
        if kind == "M":
            return _dates(a)
        if kind == "m":
            return self.durations(a)
        if kind == "O" and isinstance(next((v for v in a.flat if v is not None), None), datetime.timedelta):
            return self.durations(pd.to_timedelta(a.ravel()).to_numpy().reshape(a.shape))
        return a.tolist()

    def durations(self, a: np.ndarray) -> list[float | None]:
        ns = a.astype("timedelta64[ns]").astype("float64")
        ns[np.isnat(a)] = np.nan
        name, size = self.duration_unit(float(np.nanmax(np.abs(ns))) if np.isfinite(ns).any() else 0.0)
        self.note(f"Durations are shown in {name}.")
        return (ns / size).tolist()

    def duration_unit(self, largest: float) -> tuple[str, float]:
        """One unit for the whole figure: that of the first durations met."""
        if self.unit is None:
            units = (("days", 86400e9), ("hours", 3600e9), ("minutes", 60e9), ("seconds", 1e9))
            self.unit = next((u for u in units if largest >= 2 * u[1]), units[-1])
        return self.unit

    def fallback(self, value: Any) -> Any:
        """What orjson cannot write: called for each such value."""
        for kind, convert in _CONVERSIONS:
            if isinstance(value, kind):
                return convert(value)
        if value is pd.NA or value is pd.NaT or value is np.ma.masked:
            return None
        if isinstance(value, np.ndarray):
            return self.array(value)
        if isinstance(value, pd.Series | pd.Index | pd.api.extensions.ExtensionArray):
            return self.array(np.asarray(value))
        if isinstance(value, datetime.timedelta | np.timedelta64):
            return self.durations(np.array([pd.Timedelta(value)], dtype="timedelta64[ns]"))[0]
        for method in ("to_plotly_json", "tolist"):
            if callable(getattr(value, method, None)):
                return self.pack(getattr(value, method)())
        self.note(f"The figure held a {type(value).__name__}, shown as text.")
        return _text(str(value)[:500])


def _text(s: str) -> str:
    return s.encode("utf-8", "replace").decode()


def _typed(a: np.ndarray) -> Any:
    """plotly's typed-array form; integers in the fewest bytes that hold them."""
    if a.dtype.kind in "iu" and a.dtype.itemsize == 8:
        low, high = int(a.min()), int(a.max())
        for name in ("int8", "int16", "int32") if low < 0 else ("int8", "uint8", "int16", "uint16", "int32", "uint32"):
            bounds = np.iinfo(name)
            if bounds.min <= low and high <= bounds.max:
                a = a.astype(name)
                break
        else:
            if max(-low, high) > _EXACT:
                return a.tolist()
            a = a.astype("float64")
    elif a.dtype.name not in _SHORT:  # float16, longdouble
        a = a.astype("float64")
    if a.dtype.byteorder == ">":
        a = a.astype(a.dtype.newbyteorder("<"))
    spec = {
        "dtype": _SHORT[a.dtype.name],
        "bdata": binascii.b2a_base64(np.ascontiguousarray(a), newline=False).decode("ascii"),
    }
    if a.ndim > 1:
        spec["shape"] = ", ".join(map(str, a.shape))
    return spec


def _dates(a: np.ndarray) -> list[Any]:
    """ISO text in the coarsest unit that loses nothing; NaT as null."""
    missing = np.isnat(a)
    for unit in ("D", "s", "ms", "us", "ns"):
        short = a.astype(f"datetime64[{unit}]")
        if ((short == a) | missing).all():
            break
    text = np.datetime_as_string(short)
    if missing.any():
        text = text.astype(object)
        text[missing] = None
    return text.tolist()


def _timestamp(value: datetime.datetime) -> str | None:
    return None if value is pd.NaT else value.replace(tzinfo=None).isoformat()


_CONVERSIONS: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (datetime.datetime, _timestamp),  # Timestamp too; the wall clock's time, as plotly does
    (decimal.Decimal, float),
    (np.datetime64, lambda v: None if np.isnat(v) else str(v)),
    (pd.Period, str),
    (pd.Interval, str),
    (str, _text),  # with lone surrogates
    (int, float),  # beyond 64 bits
    (set | frozenset, list),
    (range | type({}.keys()) | type({}.values()) | map | filter | zip, list),
    (bytes, lambda v: v.decode("utf-8", "replace")),
    (complex | np.complexfloating, str),
)


# ---- the figure -----------------------------------------------------------------------------


def plain(fig: Any, packer: Packer) -> dict[str, Any]:
    """The figure as data, layout and frames, in what orjson or the packer's fallback can write."""
    packed: dict[str, Any] = {"data": packer.pack(list(fig._data)), "layout": packer.pack(dict(fig._layout))}
    template = packed["layout"].pop("template", None)
    if template:
        _apply_template(packed, template)
    frames = [packer.pack(f._props) for f in fig._frame_objs]
    if frames:
        packed["frames"] = frames
    packed["data"] = [{k: v for k, v in t.items() if k != "uid"} for t in packed["data"]]
    return packed


def encode(figure: dict[str, Any], packer: Packer) -> bytes:
    try:
        return orjson.dumps(figure, default=packer.fallback, option=_OPTIONS)
    except TypeError:  # lone surrogates, integers beyond 64 bits: orjson does not ask the fallback
        return orjson.dumps(_clean(figure, packer), option=_OPTIONS)


def _clean(value: Any, packer: Packer, depth: int = 0) -> Any:
    """The slow way, value by value, for what orjson refuses outright."""
    if depth > 100:
        raise NoFigure("the figure is nested too deep")
    if isinstance(value, dict):
        return {_text(str(k)): _clean(v, packer, depth + 1) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(v, packer, depth + 1) for v in value]
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**63 else float(value)
    if isinstance(value, np.generic):
        return _clean(value.item(), packer, depth + 1)
    return _clean(packer.fallback(value), packer, depth + 1)


def _apply_template(figure: dict[str, Any], template: dict[str, Any]) -> None:
    """Writes what the code's own template says into the figure, where the figure says nothing."""
    layout = dict(template.get("layout", ()))
    if layout.get("colorway") == list(COLORWAY):
        for key in ("colorway", "colorscale"):
            layout.pop(key, None)
    for key in [k for k in layout if k.endswith("defaults")]:
        del layout[key]
    _defaults(figure["layout"], layout)
    for axis in [k for k in figure["layout"] if k[:5] in ("xaxis", "yaxis") and k[5:].isdigit()]:
        _defaults(figure["layout"][axis], layout.get(axis[:5], {}))
    styles = template.get("data", {})
    for i, trace in enumerate(figure["data"]):
        rows = styles.get(trace.get("type", "scatter"))
        if rows:
            _defaults(trace, {k: v for k, v in rows[i % len(rows)].items() if k != "type"})


def _defaults(to: dict[str, Any], source: dict[str, Any]) -> None:
    for key, value in source.items():
        if key not in to:
            to[key] = value
        elif isinstance(value, dict) and isinstance(to[key], dict):
            _defaults(to[key], value)


# ---- what is in it --------------------------------------------------------------------------

# Where a trace of a kind holds its values: each that is given must hold one. Other kinds: any place will do.
_VALUES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("scatter", "scattergl", "bar", "box", "violin", "histogram", "histogram2d"), ("x", "y")),
    **dict.fromkeys(("funnel", "waterfall", "histogram2dcontour"), ("x", "y")),
    **dict.fromkeys(("scatter3d", "mesh3d", "cone", "streamtube"), ("x", "y", "z")),
    **dict.fromkeys(("heatmap", "contour", "surface"), ("z",)),
    **dict.fromkeys(("choropleth", "choroplethmap", "choroplethmapbox"), ("locations", "z")),
    **dict.fromkeys(("pie", "funnelarea"), ("labels", "values")),
    **dict.fromkeys(("sunburst", "treemap", "icicle"), ("labels", "values")),
    **dict.fromkeys(("candlestick", "ohlc"), ("close",)),
    **dict.fromkeys(("splom", "parcoords", "parcats"), ("dimensions",)),
    **dict.fromkeys(("scatterpolar", "scatterpolargl", "barpolar"), ("r", "theta")),
    "sankey": ("link.value",),
    "table": ("cells.values",),
}
_PLACES = (
    "x y z values labels lat lon locations r theta real imag a b c value i u v w q1 median lowerfence "
    "dimensions cells.values link.value ids source geojson close intensity"
).split()


def _at(trace: Any, path: str) -> Any:
    for key in path.split("."):
        trace = trace.get(key) if isinstance(trace, dict) else None
    return trace


def _there(value: Any) -> int:
    """The number of values, gaps among them; 0 where all are missing."""
    if value is None or value is pd.NA or value is pd.NaT:
        return 0
    if isinstance(value, dict):
        return _there_typed(value) if "bdata" in value else _there(value.get("values"))
    if isinstance(value, list | tuple):
        if any(isinstance(v, _NESTED) for v in value):
            return sum(map(_there, value))
        return len(value) if any(_is_there(v) for v in value) else 0
    return int(_is_there(value))


def _is_there(v: Any) -> bool:
    return v is not None and v is not pd.NA and v is not pd.NaT and not (isinstance(v, float) and v != v)


def _there_typed(value: dict[str, Any]) -> int:
    data = np.frombuffer(binascii.a2b_base64(value["bdata"]), value["dtype"])
    return int(data.size) if data.dtype.kind != "f" or np.isfinite(data).any() else 0


def points(trace: dict[str, Any]) -> int:
    """The values that a trace shows; 0 when it has none, or one of its arrays has nothing but gaps."""
    places = _VALUES.get(trace.get("type", "scatter"), ())
    counts = [_there(v) for p in places if (v := _at(trace, p)) is not None]
    if counts:
        return max(counts) if all(counts) else 0
    return max((_there(_at(trace, p)) for p in _PLACES), default=0)


def check_filled(figure: dict[str, Any], name: str) -> int:
    """Counts the figure's points; raises EmptyFigure where no trace shows any."""
    counts = [points(t) for t in figure["data"]]
    if any(counts):
        return sum(counts)
    if not figure["data"]:
        raise EmptyFigure(f"{name} has no traces: nothing was added to it")
    raise EmptyFigure("; ".join(_why_empty(t, name) for t in figure["data"][:3]))


def _why_empty(trace: dict[str, Any], name: str) -> str:
    kind = trace.get("type", "scatter")
    label = f"the {kind} trace '{trace['name']}'" if trace.get("name") else f"the {kind} trace"
    held = {p: v for p in _PLACES if (v := _at(trace, p)) is not None}
    gaps = [p for p, v in held.items() if _size(v) and not _there(v)]
    if gaps:
        return f"{label} of {name} shows nothing: all values of {' and '.join(gaps)} are missing"
    if held:
        return f"{label} of {name} shows nothing: {' and '.join(held)} {'is' if len(held) == 1 else 'are'} of length 0"
    return f"{label} of {name} shows nothing: it was given no data"


def _size(value: Any) -> int:
    if isinstance(value, dict):
        return len(value.get("bdata", "")) or len(value)
    return len(value) if hasattr(value, "__len__") else 1


def kinds(figure: dict[str, Any]) -> list[str]:
    """The trace types drawn, each once; a scatter trace with how it is drawn: scatter:lines+markers, scatter:area."""
    return list(dict.fromkeys(map(_kind, figure["data"])))


def _kind(trace: dict[str, Any]) -> str:
    kind = trace.get("type", "scatter")
    if kind not in ("scatter", "scattergl"):
        return kind
    if trace.get("stackgroup") or trace.get("fill", "none") != "none":
        return f"{kind}:area"
    return f"{kind}:{trace.get('mode') or 'lines+markers'}"


def legend(figure: dict[str, Any]) -> int:
    """Entries of the legend: named traces, a legend group once, or a pie's labels."""
    if figure["layout"].get("showlegend") is False:
        return 0
    entries: set[Any] = set()
    for i, trace in enumerate(figure["data"]):
        if trace.get("showlegend") is False:
            continue
        if trace.get("type") in ("pie", "funnelarea"):
            labels = trace.get("labels")
            entries.update(map(str, labels) if isinstance(labels, list | tuple) else ())
        elif trace.get("name"):
            entries.add(trace.get("legendgroup") or (i, trace["name"]))
    return len(entries)


# ---- dashboards: the same name in the same colour -------------------------------------------

_PAINT = ("marker.color", "line.color", "fillcolor", "marker.line.color")


def share_colours(figures: list[dict[str, Any]]) -> None:
    """Gives a name the same colour in every figure, where colours are nobody's choice but plotd's."""
    given: dict[str, str] = {}
    for figure in figures:
        named = [t for t in figure["data"] if t.get("name") and _default_paint(t)]
        if len({t["name"] for t in named}) < 2:
            continue
        colours = _assign(list(dict.fromkeys(str(t["name"]) for t in named)), given)
        for trace in named:
            _paint(trace, colours[str(trace["name"])])
    for figure in figures:
        for trace in figure["data"]:
            labels = trace.get("labels")
            plain = isinstance(labels, list) and not figure["layout"].get("piecolorway")
            if trace.get("type") == "pie" and plain and not _at(trace, "marker.colors"):
                if not any(str(v) in given for v in labels):
                    continue
                colours = _assign(list(dict.fromkeys(map(str, labels))), given)
                trace["marker"] = {**trace.get("marker", {}), "colors": [colours[str(v)] for v in labels]}


def _assign(names: list[str], given: dict[str, str]) -> dict[str, str]:
    taken = {given[n] for n in names if n in given}
    for name in names:
        if name not in given:
            free = [c for c in COLORWAY if c not in taken]
            fresh = [c for c in free if c not in given.values()]
            given[name] = (fresh or free or [COLORWAY[len(given) % len(COLORWAY)]])[0]
            taken.add(given[name])
    return {n: given[n] for n in names}


def _default_paint(trace: dict[str, Any]) -> bool:
    used = [c for p in _PAINT if (c := _at(trace, p)) is not None]
    return all(isinstance(c, str) and c in COLORWAY for c in used)


def _paint(trace: dict[str, Any], colour: str) -> None:
    painted = False
    for path in _PAINT:
        if _at(trace, path) is not None:
            _set(trace, path, colour)
            painted = True
    if not painted:
        kind = trace.get("type", "scatter")
        lines = kind.startswith("scatter") and "markers" not in trace.get("mode", "lines")
        _set(trace, "line.color" if lines else "marker.color", colour)


def _set(trace: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = path.split(".")
    for key in parents:
        trace[key] = dict(trace.get(key) or {})
        trace = trace[key]
    trace[last] = value
