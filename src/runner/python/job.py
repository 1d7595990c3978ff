"""One job: code and tables in, one JSON document out.

`warm_up` runs once in the zygote, `run` once in each fork of it. `run` goes through the steps in
order, frames, policy, execute, collect, render, and stops at the first that fails; whatever happens it
returns the document that sandbox_run reads:

    {"error": null | {"code", "message", "line", "text", "rule", "hint"}, "out", "warnings", "columns",
     "notes", "ms": {"frames", "policy", "run", "render"}, "figures": [{"name", "figure"}], "facts": {…}}

What the code sees is made in `_namespace`, what it may leave is read in `_collect`. Everything patched
into pandas and plotly is patched in warm_up, before the fork, so that a job pays for none of it.
"""

from __future__ import annotations

import os

os.environ.setdefault("JE_ARROW_MALLOC_CONF", "background_thread:false")  # a fork needs a single thread

import ast
import datetime
import gc
import io
import math
import sys
import time
import types
import warnings
from typing import Any

import numpy as np
import orjson
import pandas as pd
import plotd_explain
import plotd_facts
import plotd_figure
import plotd_frames
import plotd_names
import plotd_older
import plotd_policy
import plotd_trend
import plotd_warm
import plotly
import plotly.express as px
import plotly.graph_objects as go
import pyarrow as pa
from plotd_explain import Failure
from plotly.basedatatypes import BaseFigure
from plotly.subplots import make_subplots

OUT_MAX = 8192  # bytes of output kept: the last ones
WARNINGS_MAX = 20
_LAST = "last line"  # the value of a last line that is an expression; no identifier, so code cannot name it

_LIBRARIES = {
    "pd": pd,
    "np": np,
    "px": px,
    "go": go,
    "make_subplots": make_subplots,
    "math": math,
    "datetime": datetime,
}

Batch = tuple[str, str, pa.RecordBatch]  # stem, file name, columns


class _Tail(io.TextIOBase):
    """A stream that keeps the end of what is written to it."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, s: str) -> int:
        if len(s) > OUT_MAX:
            self.parts, self.size = [s[-OUT_MAX:]], OUT_MAX
        else:
            self.parts.append(s)
            self.size += len(s)
        if self.size > 4 * OUT_MAX:
            kept = self.text()
            self.parts, self.size = [kept], len(kept)
        return len(s)

    def text(self) -> str:
        tail = "".join(self.parts)[-OUT_MAX:].encode("utf-8", "replace")[-OUT_MAX:]
        return tail.decode("utf-8", "ignore")


class _Clock:
    def __init__(self) -> None:
        self.ms = {"frames": 0.0, "policy": 0.0, "run": 0.0, "render": 0.0}
        self.step, self.since = "frames", time.perf_counter()

    def enter(self, step: str) -> None:
        self.stop()
        self.step = step

    def stop(self) -> None:
        now = time.perf_counter()
        self.ms[self.step] += (now - self.since) * 1e3
        self.since = now


# ---- the job --------------------------------------------------------------------------------

_shown: list[Any] = []  # figures that the code showed or wrote as HTML


def run(code: bytes, batches: list[Batch], options: dict[str, Any]) -> bytes:
    """Runs one piece of code over these tables. Never raises; see the top for what it returns."""
    streams = sys.stdout, sys.stderr
    out = _Tail()
    clock = _Clock()
    document: dict[str, Any] = {"error": None, "columns": {}, "notes": [], "figures": [], "facts": {}}
    source = ""
    document["warnings"] = collected = []
    shown_as = warnings.showwarning
    try:
        sys.stdout = sys.stderr = out  # type: ignore[assignment]
        warnings.showwarning = _collect_warnings(collected)
        source = _decode(code, options)
        _steps(source, batches, options, document, clock)
    except BaseException as e:  # the code may raise anything, SystemExit and KeyboardInterrupt too
        document["error"] = plotd_explain.error(e, source)
    finally:
        clock.stop()
        sys.stdout, sys.stderr = streams
        warnings.showwarning = shown_as
    document["out"] = out.text()
    document["ms"] = clock.ms
    try:
        return orjson.dumps(document)
    except BaseException as e:
        failed = {"code": "code_raised", "message": f"the result cannot be written: {e}"[:700]}
        error = {**failed, "line": 0, "text": "", "rule": type(e).__name__, "hint": ""}
        return orjson.dumps({**document, "error": error, "figures": [], "out": "", "warnings": [], "notes": []})


def _steps(source: str, batches: list[Batch], options: dict[str, Any], document: dict[str, Any], clock: _Clock) -> None:
    frames = plotd_frames.take(batches)
    document["columns"] = {stem: [str(c) for c in f.columns] for stem, f in frames.items()}
    clock.enter("policy")
    tree = _parse(source)
    nodes = list(plotd_names.walk(tree))
    names = plotd_names.Bindings({n: [o] for n, o in _LIBRARIES.items()})
    for node in nodes:
        names.note(node)
    if options.get("no_policy"):
        plotd_policy.no_check()
    else:
        plotd_policy.check(nodes, names, frames.find)
    document["facts"] = plotd_facts.facts(nodes, names, frames)
    program = _compile(_keep_last_value(tree))
    if options.get("check_only"):
        return
    clock.enter("run")
    np.random.seed(int.from_bytes(os.urandom(4), "little"))
    _shown.clear()
    space = _namespace(frames, plotd_facts.wants_datetime_class(nodes, names))
    exec(program, space)  # this is what the sandbox is for
    clock.enter("render")
    notes: list[str] = document["notes"]
    figures = _collect(space, notes)
    document["figures"] = _render(figures, notes, document["facts"], int(options.get("figure_max") or 50 << 20))
    notes += frames.notes


def _decode(code: bytes, options: dict[str, Any]) -> str:
    """UTF-8, whatever an encoding cookie says."""
    limit = options.get("code_max") or 0
    if limit and len(code) > limit:
        raise Failure(
            "code_refused",
            f"the code is {len(code)} bytes long; the limit is {limit}",
            "Write shorter code.",
            rule="size",
        )
    try:
        text = bytes(code).decode("utf-8-sig")
    except UnicodeDecodeError as e:
        line = code[: e.start].count(b"\n") + 1
        raise Failure("code_syntax", f"the code is not UTF-8 at byte {e.start}", line=line) from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise Failure("code_syntax", "the code holds a NUL character", line=line)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _parse(source: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source, plotd_explain.FILE)
        except (RecursionError, MemoryError):
            raise _too_deep() from None


def _compile(tree: ast.Module) -> types.CodeType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return compile(tree, plotd_explain.FILE, "exec", dont_inherit=True)
        except (RecursionError, MemoryError):
            raise _too_deep() from None


def _too_deep() -> Failure:
    return Failure(
        "code_refused",
        "the code is nested too deep",
        "Split the expression into several statements.",
        rule="nesting",
    )


def _keep_last_value(tree: ast.Module) -> ast.Module:
    """Keeps the value of a last line such as `px.bar(df, …)`, as a notebook does."""
    last = tree.body[-1] if tree.body else None
    if isinstance(last, ast.Expr) and not isinstance(last.value, ast.Constant):
        target = ast.copy_location(ast.Name(_LAST, ast.Store()), last)
        tree.body[-1] = ast.copy_location(ast.Assign([target], last.value), last)
    return tree


def _namespace(frames: plotd_frames.Frames, datetime_class: bool) -> dict[str, Any]:
    space: dict[str, Any] = {"__name__": "__main__", "__builtins__": __builtins__}
    space.update(plotd_frames.names_for(frames))
    space.update(_LIBRARIES)
    if datetime_class:
        space["datetime"] = datetime.datetime
    space["dfs"] = frames
    if frames:
        space["df"] = next(iter(frames.values()))
    return space


def _collect_warnings(into: list[str]) -> Any:
    def show(message: Warning | str, category: type[Warning], *rest: Any, **more: Any) -> None:
        # What a later version of a library will do is no news for the reader of a chart.
        if issubclass(category, DeprecationWarning | PendingDeprecationWarning | FutureWarning | SyntaxWarning):
            return
        text = " ".join(str(message).split())[:300]
        if text not in into and len(into) < WARNINGS_MAX:
            into.append(text)

    return show


# ---- what the code left ---------------------------------------------------------------------


def _collect(space: dict[str, Any], notes: list[str]) -> list[tuple[str | None, Any]]:
    """The figures that the code left: `figs`, else `fig`, else those shown, else the last one there is."""
    several = space.get("figs")
    if isinstance(several, BaseFigure):
        return [(None, several)]
    if several is not None and _holds_figure(several):
        return _unpack(several, "figs")
    one = space.get("fig")
    shown = list({id(f): f for f in _shown}.values())
    if len(shown) > 1:
        if isinstance(one, BaseFigure) and all(one is not f for f in shown):
            shown.append(one)
        notes.append(f"The code showed {len(shown)} figures: all are on the page.")
        return [(None, f) for f in shown]
    if one is not None:
        return [(None, one)] if not isinstance(one, list | tuple) else _unpack(one, "fig")
    return [(None, shown[0] if shown else _last_figure(space, notes, several))]


def _holds_figure(value: Any) -> bool:
    return isinstance(value, list | tuple | dict) and len(value) > 0


def _unpack(value: Any, name: str) -> list[tuple[str | None, Any]]:
    if isinstance(value, dict) and not _is_spec(value):
        return [(str(k), v) for k, v in value.items()]
    return [(None, v) for v in value] if not isinstance(value, dict) else [(None, value)]


def _is_spec(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("data"), list | tuple | dict)


def _last_figure(space: dict[str, Any], notes: list[str], several: Any) -> Any:
    if isinstance(space.get(_LAST), BaseFigure):
        notes.append("The value of the code's last line was taken as the figure.")
        return space[_LAST]
    for name, value in reversed(space.items()):
        if isinstance(value, BaseFigure):
            notes.append(f"The figure was taken from `{name}`, since the code left no `fig`.")
            return value
    for name, value in reversed(space.items()):
        if isinstance(value, list | tuple) and value and all(isinstance(v, BaseFigure) for v in value):
            raise Failure("code_no_figure", f"the figures are in `{name}`", f"Put them into `figs`: figs = {name}.")
    if several is not None:
        raise Failure("code_no_figure", f"`figs` is {_a(several)} with no figure in it")
    raise Failure("code_no_figure", "the code left no figure in `fig` or `figs`")


def _as_figure(value: Any, name: str) -> Any:
    if isinstance(value, BaseFigure):
        return value
    if _is_spec(value):
        try:
            return go.Figure(value)
        except (ValueError, TypeError) as e:
            raise Failure(
                "code_no_figure",
                f"{name} is a dict that is no Plotly figure: {plotd_explain.first_lines(str(e))}",
            ) from e
    if isinstance(value, plotly.basedatatypes.BaseTraceType):
        return go.Figure(value)
    raise Failure("code_no_figure", f"{name} is {_a(value)}, not a Plotly figure", _no_figure_hint(value))


def _a(value: Any) -> str:
    kind = type(value)
    name = kind.__name__ if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}.{kind.__qualname__}"
    return f"a value of type {name}"


def _no_figure_hint(value: Any) -> str:
    if isinstance(value, pd.DataFrame | pd.Series):
        return "Draw the table, for instance fig = px.bar(…), or show it with go.Table."
    if type(value).__module__.split(".")[0] in ("matplotlib", "seaborn", "PIL"):
        return "Draw it with plotly.express or plotly.graph_objects."
    return "Leave a go.Figure in `fig`, or several in `figs`."


def _render(
    found: list[tuple[str | None, Any]], notes: list[str], facts: dict[str, Any], limit: int
) -> list[dict[str, Any]]:
    plain = []
    for i, (name, value) in enumerate(found):
        label = "the figure" if len(found) == 1 else f"figure {i + 1}" + (f" ('{name}')" if name else "")
        packer = plotd_figure.Packer(notes)
        figure = plotd_figure.plain(_as_figure(value, label), packer)
        facts.setdefault("points", []).append(plotd_figure.check_filled(figure, label))
        facts.setdefault("kinds", []).append(plotd_figure.kinds(figure))
        facts["legend"] = max(facts.get("legend", 0), plotd_figure.legend(figure))
        plain.append((name, figure, packer))
    if facts.get("legend", 0) > plotd_figure.LEGEND_MAX:
        raise Failure(
            "code_output_limit",
            f"the legend would have {facts['legend']} entries; the most is {plotd_figure.LEGEND_MAX}",
            "Colour by a column with few different values, or keep the largest groups.",
        )
    if len(plain) > 1:
        plotd_figure.share_colours([f for _, f, _ in plain])
    done, size = [], 0
    for name, figure, packer in plain:
        text = plotd_figure.encode(figure, packer)
        size += len(text)
        if size > limit:
            raise Failure(
                "code_output_limit",
                f"the figure is larger than {limit} bytes",
                "Aggregate before plotting, or plot fewer rows.",
            )
        done.append({"name": name, "figure": orjson.Fragment(text)})
    return done


# ---- warming up -----------------------------------------------------------------------------


def warm_up() -> dict[str, str]:
    """Patches pandas and plotly for all jobs to come. Called once, single-threaded, before the first job."""
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    plotd_warm.import_compiled()
    plotd_figure.register_template()
    plotd_frames.install()
    plotd_older.install()
    plotd_policy.guard()
    plotd_trend.install()
    pd.set_option("plotting.backend", "plotly")
    plotly.io.renderers = types.SimpleNamespace(default="plotd")  # code sets it, nothing reads it
    BaseFigure.show = BaseFigure.write_html = _mark_shown
    plotly.io.show = plotly.io.write_html = lambda fig, *rest, **options: _mark_shown(fig)
    return {"python": sys.version.split()[0], "pandas": pd.__version__, "plotly": plotly.__version__}


def settle() -> None:
    """Imports the rest and fills caches, so that a job does none of it. Called once, when nobody waits: a job
    before it works too, and imports what it needs, of which none is machine code."""
    plotd_warm.import_all()
    plotd_warm.quicken()
    for code in plotd_warm.SAMPLES:
        document = orjson.loads(run(code.encode(), [("sample", "sample.csv", plotd_warm.table())], {}))
        if document["error"]:
            raise RuntimeError(f"warming up failed: {document['error']['message']} in {code!r}")
    _shown.clear()
    plotd_frames.take(())
    gc.collect()


def _mark_shown(fig: Any, *rest: Any, **options: Any) -> None:
    """fig.show() and fig.write_html(): nothing is opened or written, the figure counts as the result."""
    _shown.append(fig if isinstance(fig, BaseFigure) else go.Figure(fig))
