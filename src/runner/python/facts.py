"""What a piece of code does with its data: told to the repair loop, which asks the model again about
made-up values, and never a reason to refuse."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np
import plotd_frames
import plotd_names
import plotly.express as px

LITERAL = 4  # so many numbers in a row are data that somebody typed
_RANDOM_METHODS = frozenset(("default_rng", "RandomState"))


def facts(nodes: list[ast.AST], names: plotd_names.Bindings, frames: plotd_frames.Frames) -> dict[str, Any]:
    used = used_frames(nodes, names, frames)
    return {
        "random": any(_is_random(n, names) for n in nodes),
        "literal_data": not used and any(_is_literal_data(n) for n in nodes),
        "sample_data": any(_is_sample_data(n, names) for n in nodes),
        "unused_frames": [s for s in frames if s not in used],
    }


def wants_datetime_class(nodes: list[ast.AST], names: plotd_names.Bindings) -> bool:
    """Whether code that imports neither means `datetime` the class (datetime(2024, 1, 1), datetime.now())."""
    if names.values.get("datetime") or len(names.objects.get("datetime", ())) > 1:
        return False
    members = {n.attr for n in nodes if isinstance(n, ast.Attribute) and _is_name(n.value, "datetime")}
    if members & {"datetime", "timedelta", "timezone", "UTC", "tzinfo"}:
        return False
    return bool(members - {"date", "time"}) or any(
        isinstance(n, ast.Call) and (_is_name(n.func, "datetime")) for n in nodes
    )


def _is_name(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _is_random(node: ast.AST, names: plotd_names.Bindings) -> bool:
    if isinstance(node, ast.Attribute):
        return any(o is np.random for o in names.resolve(node.value))
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").startswith("numpy.random")
    return False


def _is_sample_data(node: ast.AST, names: plotd_names.Bindings) -> bool:
    return isinstance(node, ast.Attribute) and any(o is px.data for o in names.resolve(node.value))


def _is_literal_data(node: ast.AST) -> bool:
    if not isinstance(node, ast.List | ast.Tuple) or len(node.elts) < LITERAL:
        return False
    return sum(_is_number(e) for e in node.elts) >= LITERAL


def _is_number(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool)


def used_frames(nodes: list[ast.AST], names: plotd_names.Bindings, frames: plotd_frames.Frames) -> set[str]:
    """The stems of the tables that the code reads, by any of their names."""
    stems = list(frames)
    used: set[str] = set()
    covered: set[int] = set()  # `dfs` where it stands before a written-out name
    own = _parameters(nodes)
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and id(node) not in covered:
            if any(node.id in names_of and first <= _at(node) < last for names_of, first, last in own):
                continue
            if node.id == "dfs" and not _replaced(node, names):
                return set(frames)
            if node.id == "df" and stems and not _replaced(node, names):
                used.add(stems[0])
            elif node.id in stems and plotd_frames.bindable(node.id) and not _replaced(node, names):
                used.add(node.id)
        asked = _asked_for(node)
        if asked is None:
            continue
        covered.add(id(getattr(node, "value", None) or getattr(node.func, "value", None)))
        texts = names.texts(asked)
        if texts is None:
            return set(frames)
        used |= {s for t in texts if (s := frames.find(t))}
    return used


def _asked_for(node: ast.AST) -> ast.expr | None:
    """The name in dfs[name], dfs.get(name) and pd.read_csv(name)."""
    if isinstance(node, ast.Subscript) and _is_name(node.value, "dfs"):
        return node.slice
    if isinstance(node, ast.Call) and node.args:
        by = plotd_names.called(node)
        of_dfs = isinstance(node.func, ast.Attribute) and _is_name(node.func.value, "dfs")
        if by in ("read_csv", "read_table") or (by == "get" and of_dfs):
            return node.args[0]
    return None


_Place = tuple[int, int]


def _at(node: ast.AST) -> _Place:
    return node.lineno, node.col_offset  # type: ignore[attr-defined]


def _parameters(nodes: list[ast.AST]) -> list[tuple[set[str], _Place, _Place]]:
    """The names of each function's parameters, with where the function begins and ends."""
    return [
        (
            {a.arg for a in [*n.args.args, *n.args.kwonlyargs, *n.args.posonlyargs]},
            _at(n),
            (n.end_lineno, n.end_col_offset),
        )
        for n in nodes
        if isinstance(n, ast.FunctionDef | ast.Lambda)
    ]


def _replaced(node: ast.Name, names: plotd_names.Bindings) -> bool:
    """Whether the code has put something of its own under the name before this line, made from no table."""
    first = min(
        (v for v in names.values.get(node.id, ()) if v is not None),
        key=lambda v: (v.lineno, v.col_offset),
        default=None,
    )
    if first is None:
        return False
    before = any(isinstance(n, ast.Name) and n.id == node.id for n in ast.walk(first))
    return not before and (node.lineno, node.col_offset) > (first.lineno, first.col_offset)
