"""Failures in words: what went wrong, on which line, and what to do about it."""

from __future__ import annotations

import difflib
import inspect
import re
import traceback
from collections.abc import Iterable
from typing import Any

import pandas as pd
import plotd_figure
import plotd_frames
import plotd_policy
import plotly.express as px

FILE = "<code>"  # the code's name in tracebacks
TEXT_MAX = 200
MESSAGE_MAX = 700


class Failure(Exception):
    """The end of a job by one of the codes in err_codes.h."""

    def __init__(self, code: str, message: str, hint: str = "", line: int = 0, rule: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.hint, self.line, self.rule = code, message, hint, line, rule


def error(e: BaseException, source: str) -> dict[str, Any]:
    try:
        failure = _failure(e)
        line = failure.line or _line_of(e)
    except BaseException as again:
        failure, line = (
            Failure("code_raised", f"{type(e).__name__}, which raised again when looked at: {again}"),
            0,
        )
    lines = source.split("\n")
    return {
        "code": failure.code,
        "message": _clip(failure.message, MESSAGE_MAX),
        "line": line,
        "text": _clip(lines[line - 1].strip(), TEXT_MAX) if 0 < line <= len(lines) else "",
        "rule": failure.rule,
        "hint": _clip(failure.hint, 380),
    }


def _clip(text: str, size: int) -> str:
    text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= size else text[: size - 1] + "…"


def _line_of(e: BaseException) -> int:
    """The last line of the code itself that the exception went through."""
    lines = [line for frame, line in traceback.walk_tb(e.__traceback__) if frame.f_code.co_filename == FILE]
    return (lines[-1] or 0) if lines else 0


def _failure(e: BaseException) -> Failure:
    if isinstance(e, Failure):
        return e
    if isinstance(e, plotd_policy.Refused):
        return Failure("code_refused", e.message, e.hint, e.line, e.rule)
    if isinstance(e, plotd_figure.EmptyFigure):
        return Failure("code_empty_figure", str(e))
    if isinstance(e, plotd_figure.NoFigure):
        return Failure("code_no_figure", str(e))
    if isinstance(e, MemoryError):
        return Failure("code_memory_limit", f"the code needed more memory than it may have{_detail(e)}")
    if isinstance(e, SyntaxError) and e.filename == FILE:
        return Failure("code_syntax", e.msg, _syntax_hint(e), e.lineno or 0, type(e).__name__)
    message, hint = _in_words(e)
    return Failure("code_raised", message, hint, rule=type(e).__name__)


def _syntax_hint(e: SyntaxError) -> str:
    if re.search(r"never closed|unterminated|unexpected EOF|expected an indented block", e.msg):
        return "The code may have been cut off: write all of it, and shorter."
    return ""


def _detail(e: BaseException) -> str:
    return f": {e}" if str(e) else ""


def first_lines(text: str) -> str:
    """The part of a long message that says what is wrong: plotly goes on with every valid property."""
    head = re.split(r"\n\s*(?:Valid properties:|The '[^\n]*' property|Run `)", text)[0]
    return " ".join(head.split()) or " ".join(text.split())[:MESSAGE_MAX]


def _in_words(e: BaseException) -> tuple[str, str]:
    """An exception's message and, where plotd knows one, the remedy."""
    if isinstance(e, SystemExit | KeyboardInterrupt | GeneratorExit):
        return "the code ended itself", "Leave the figure in `fig`; do not exit."
    text = str(e.args[0]) if isinstance(e, KeyError) and e.args else str(e)
    missing = _missing_columns(e, text)
    if missing:
        return _column_message(*missing, e)
    own_key = isinstance(e, KeyError) and not _in_pandas(e) and not text.startswith("there is no table")
    message = f"there is no key '{text}'" if own_key else first_lines(text) or type(e).__name__
    for pattern, hint in _REMEDIES:
        found = re.search(pattern, text)
        if found:
            return message, found.expand(hint)
    return message, _nearest(e, text)


# ---- columns that are not there -------------------------------------------------------------

_PX_COLUMN = (
    r"Value of '\w+' is not the name of a column in 'data_frame'\. "
    r"Expected one of (?P<there>.*) but received: (?P<asked>.*)"
)
_NO_COLUMN = (  # what pandas says of a column that is not there; the names are in the group
    r"Columns? not found: (.+)",
    r"(\[.+\]) not in index",
    r"(\[.+\]) not found in axis",
    r"None of Index\((\[.+?\])",
    r"None of \[Index\((\[.+?\])",
    r"None of (\[.+\]) are in the columns",
    r"Label\(s\) (\[.+\]) do not exist",
    r"are not present in the DataFrame: (\[.+\])",
    r"^(\['.+'\])$",
)


def _missing_columns(e: BaseException, text: str) -> tuple[list[str], list[str] | None] | None:
    """(the names asked for, the columns that there are) where that is what the exception says."""
    found = re.search(_PX_COLUMN, text)
    if found:
        return [found["asked"].strip()], re.findall(r"'([^']*)'", found["there"])
    if isinstance(e, NameError) and type(e).__name__ == "UndefinedVariableError":
        return re.findall(r"'(.+)' is not defined", text), None
    if isinstance(e, KeyError) and _in_pandas(e) and "there is no table" not in text:
        for pattern in _NO_COLUMN:
            found = re.search(pattern, text)
            if found:
                return re.findall(r"'([^']*)'", found[1]) or [found[1]], None
        return ([text], None) if isinstance(e.args[0], str) else None
    found = re.search(r"'(?:DataFrame|Series|DataFrameGroupBy)' object has no attribute '(\w+)'", text)
    if found and difflib.get_close_matches(found[1], _columns_of(plotd_frames.current().values()), 1, 0.7):
        return [found[1]], None
    return None


def _in_pandas(e: BaseException) -> bool:
    files = [frame.f_code.co_filename for frame, _ in traceback.walk_tb(e.__traceback__)]
    return bool(files) and "pandas" in files[-1]


def _columns_of(frames: Iterable[pd.DataFrame]) -> list[str]:
    return list(dict.fromkeys(str(c) for f in frames for c in f.columns))


def _frame_asked(e: BaseException) -> pd.DataFrame | None:
    """The frame that pandas was looking in when it failed."""
    for frame, _ in reversed(list(traceback.walk_tb(e.__traceback__))):
        if "pandas" in frame.f_code.co_filename:
            owner = frame.f_locals.get("self")
            owner = owner if isinstance(owner, pd.DataFrame) else getattr(owner, "__dict__", {}).get("obj")
            if isinstance(owner, pd.DataFrame):
                return owner
    return None


def _column_message(asked: list[str], there: list[str] | None, e: BaseException) -> tuple[str, str]:
    frame = _frame_asked(e)
    if there is None:
        there = _columns_of([frame] if frame is not None else plotd_frames.current().values())
    names = ", ".join(f"'{a}'" for a in asked)
    message = f"there is no column {names}" if len(asked) == 1 else f"there are no columns {names}"
    return message, _list_columns(there) + _near_columns(asked, there) + _lost(asked, frame)


def _list_columns(there: list[str]) -> str:
    shown = ", ".join(f"'{c}'" for c in there[:30]) + (f" and {len(there) - 30} more" if len(there) > 30 else "")
    return f"The columns are {shown}." if there else "There are no columns."


def _near_columns(asked: list[str], there: list[str]) -> str:
    folded = {c.casefold(): c for c in reversed(there)}
    near = [folded[m] for a in asked[:3] for m in difflib.get_close_matches(a.casefold(), folded, 2, 0.6)]
    return f" Nearest: {', '.join(repr(n) for n in dict.fromkeys(near))}." if near else ""


def _lost(asked: list[str], frame: pd.DataFrame | None) -> str:
    """A column that the upload has and this frame no longer: mostly it has become the index."""
    if frame is None:
        return ""
    if any(a in frame.index.names for a in asked):
        return f" {asked[0]!r} is the index here: use reset_index()."
    uploaded = [s for s, f in plotd_frames.current().items() if any(a in f.columns for a in asked)]
    return f" {asked[0]!r} is in {uploaded[0]} as uploaded, but not in this frame." if uploaded else ""


# ---- other names that are not there ---------------------------------------------------------


def _nearest(e: BaseException, text: str) -> str:
    """The nearest of the names that could have stood there."""
    if isinstance(e, NameError):
        names = sorted([*plotd_frames.RESERVED - {"fig", "figs"}, *plotd_frames.current()])
        return f"There are {', '.join(names)}." + _near(e.name or "", names)
    if isinstance(e, AttributeError) and e.name and e.obj is not None:
        return _near(e.name, [n for n in dir(e.obj) if not n.startswith("_")]).strip()
    found = re.search(r"^(\w+)\(\) got an unexpected keyword argument '(\w+)'", text)
    if found and callable(getattr(px, found[1], None)):
        names = list(inspect.signature(getattr(px, found[1])).parameters)
        return _near(found[2], names).strip() or f"px.{found[1]} takes {', '.join(names)}."
    found = re.search(r"(The '[^\n]*' property .*)", text, re.DOTALL)
    return " ".join(found[1].split()) if found and "Invalid value" in text else ""


def _near(asked: str, names: list[str]) -> str:
    near = difflib.get_close_matches(asked, names, 3, 0.6)
    return f" Nearest: {', '.join(near)}." if near else ""


# What models know from older versions, or often overlook, and what to write instead: pattern of the
# message, remedy.
_REMEDIES = (
    (r"'(?:DataFrame|Series)' object has no attribute 'append'", "Use pd.concat([a, b])."),
    (r"has no attribute 'iteritems'", "Use .items()."),
    (r"has no attribute 'applymap'", "Use DataFrame.map."),
    (r"object has no attribute 'ix'", "Use .loc or .iloc."),
    (r"object has no attribute 'mad'", "Use (s - s.mean()).abs().mean()."),
    (r"object has no attribute 'swapaxes'", "Use .T."),
    (r"object has no attribute 'week(?:ofyear)?'", "Use s.dt.isocalendar().week."),
    (r"fillna\(\) got an unexpected keyword argument 'method'", "Use .ffill() or .bfill()."),
    (r"groupby\(\) got an unexpected keyword argument 'axis'", "Group the transposed frame: df.T.groupby(…)."),
    (r"module 'pandas' has no attribute 'datetime'", "Use datetime, or pd.Timestamp."),
    (r"module 'plotly.express' has no attribute '(\w+)_mapbox'", r"Use px.\1_map."),
    (r"module 'plotly.figure_factory' has no attribute 'create_gantt'", "Use px.timeline."),
    (r"module 'plotly.figure_factory' has no attribute 'create_distplot'", "Use px.histogram(…, marginal='rug')."),
    (r"module 'plotly.figure_factory' has no attribute '(\w+)'", r"\1 is gone; use plotly.express."),
    (r"Invalid property specified for object of type \S+: 'titlefont'", "Use title_font, or title=dict(font=…)."),
    (r"Invalid property specified for object of type \S+: '(title\w+)'", r"Use title=dict(…): \1 is gone."),
    (r"Invalid property specified .*Did you mean \"(\w+)\"", r"Nearest: \1."),
    (r"Invalid frequency: (\S*?)([HTSLUN])\b", "Frequencies below a day are in lower case: 'h', 'min', 's', 'ms'."),
    (r"No module named '(\w+)'", r"There are pandas, plotly, numpy, math and datetime; do without \1."),
    (r"`Import (\w+)[\w.]*` failed|requires (?:the )?(\w+)", r"\1\2 is not there; use pandas, numpy and plotly."),
    (
        r"dtype 'str' does not support operation '(\w+)'",
        r"Name the number columns: [['amount']].\1(), or numeric_only=True.",
    ),
    (r"could not convert string to float", "Take the number columns alone: df.select_dtypes('number')."),
    (
        r"operation '\w+' not supported for dtype 'str'",
        "Make both sides text with .astype(str), or numbers with pd.to_numeric.",
    ),
    (r"must be real number, not Series", "Work on the whole column: np.log(s), np.sqrt(s), s.round()."),
    (r"[Cc]annot convert the series to", "Work on the whole column: s.astype(float), s.dt.year."),
    (r"truth value of a (?:Series|DataFrame) is ambiguous", "Use & and | with brackets round each comparison."),
    (
        r"All arguments should have the same length",
        "Pass the columns' names with their frame, or arrays of one length.",
    ),
    (r"Can only use \.dt accessor with datetimelike", "Turn the column into dates first: pd.to_datetime(s)."),
    (r"Can only use \.str accessor with string values", "Turn the column into text first: s.astype(str)."),
    (
        r"Invalid comparison between dtype=datetime64",
        "Compare with a date: df['date'] >= '2024-01-01', or s.dt.year == 2024.",
    ),
    (r"Unknown datetime string format", "Take a column of dates, or errors='coerce'."),
    (r"Index contains duplicate entries, cannot reshape", "Use pivot_table with an aggfunc."),
    (
        r"None entries cannot have not-None children",
        "Drop the rows where a column of the path is missing: df.dropna(subset=path).",
    ),
    (r"'size' property of scatter", "Give sizes without gaps, above zero: df.dropna(subset=[…])."),
    (
        r"not compatible with subplot type",
        "Give make_subplots specs: [[{'type': 'xy'}, {'type': 'domain'}]] for a pie.",
    ),
    (r"reference traces by row and column", "Begin with fig = make_subplots(rows=…, cols=…)."),
    (r"Cannot convert non-finite values", "Fill or drop the missing values first."),
)
