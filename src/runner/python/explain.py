"""Failures in words: what went wrong, on which line, and what to do about it."""

from __future__ import annotations

import difflib
import re
import traceback
from collections.abc import Iterable
from typing import Any

import plotd_figure
import plotd_frames
import plotd_policy

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
        return Failure("code_syntax", f"{e.msg}", line=e.lineno or 0, rule=type(e).__name__)
    message, hint = _in_words(e)
    return Failure("code_raised", message, hint, rule=type(e).__name__)


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
    text = first_lines(str(e)) or type(e).__name__
    missing = _missing_column(e)
    if missing:
        return _column_message(*missing)
    for pattern, hint in _REMEDIES:
        found = re.search(pattern, str(e))
        if found:
            return text, found.expand(hint)
    if isinstance(e, NameError):
        return text, _nearest_name(e)
    return text, ""


def _missing_column(e: BaseException) -> tuple[str, list[str]] | None:
    """(the name asked for, the columns that there are) where that is what the exception says."""
    text = str(e)
    known = [str(c) for f in plotd_frames.current().values() for c in f.columns]
    found = re.search(r"Value of '\w+' is not the name of a column in 'data_frame'\. Expected one of (.*) but", text)
    if found:
        there = re.findall(r"'([^']*)'", found[1])
        received = re.search(r"but received: (.*)", text)
        return (received[1].strip() if received else ""), there
    for pattern in (r"Columns? not found: (.+)", r"\[(.+?)\] not in index", r"None of \[Index\(\[(.+?)\]"):
        found = re.search(pattern, text)
        if found and isinstance(e, KeyError):
            return found[1].strip("'\" \\"), known
    if isinstance(e, KeyError) and e.args and isinstance(e.args[0], str) and "there is no table" not in text:
        in_pandas = any("pandas" in f.f_code.co_filename for f, _ in traceback.walk_tb(e.__traceback__))
        return (e.args[0].strip("'"), known) if in_pandas else None
    found = re.search(r"'(?:DataFrame|Series)' object has no attribute '(\w+)'", text)
    if found and difflib.get_close_matches(found[1], known, 1, 0.7):
        return found[1], known
    return None


def _column_message(asked: str, there: Iterable[str]) -> tuple[str, str]:
    there = list(dict.fromkeys(there))
    folded = {c.casefold(): c for c in reversed(there)}
    near = [folded[m] for m in difflib.get_close_matches(asked.casefold(), folded, 3, 0.6)]
    shown = ", ".join(f"'{c}'" for c in there[:30]) + (f" and {len(there) - 30} more" if len(there) > 30 else "")
    hint = f"The columns are {shown}." + (f" Nearest: {', '.join(repr(n) for n in near)}." if near else "")
    return f"there is no column '{asked}'", hint


def _nearest_name(e: NameError) -> str:
    names = [*plotd_frames.RESERVED, *plotd_frames.current()]
    near = difflib.get_close_matches(e.name or "", names, 1, 0.6)
    return f"There are {', '.join(sorted(names))}." + (f" Nearest: {near[0]}." if near else "")


# What models know from older versions, and what replaces it: pattern of the message, remedy.
_REMEDIES = (
    (r"'(?:DataFrame|Series)' object has no attribute 'append'", "Use pd.concat([a, b])."),
    (r"has no attribute 'iteritems'", "Use .items()."),
    (r"has no attribute 'applymap'", "Use DataFrame.map."),
    (
        r"Invalid property specified for object of type \S+: 'titlefont'",
        "Use title_font, or title=dict(font=…).",
    ),
    (r"Invalid property specified for object of type \S+: '(title\w+)'", "Use title=dict(…): \\1 is gone."),
    (r"Invalid frequency: (\S*?)M\b", "Use 'ME' for month ends (or 'MS' for month starts)."),
    (r"Invalid frequency: (\S*?)Q\b", "Use 'QE' for quarter ends."),
    (r"Invalid frequency: (\S*?)[YA]\b", "Use 'YE' for year ends."),
    (
        r"Invalid frequency: (\S*?)([HTSLUN])\b",
        "Frequencies below a day are in lower case: 'h', 'min', 's', 'ms'.",
    ),
    (r"No module named '(\w+)'", "There are pandas, plotly, numpy, math and datetime; do without \\1."),
    (r"(?:requires|Install|install) (\w+)", "\\1 is not there; use pandas and numpy."),
    (r"agg function failed \[how->(\w+),dtype->(?:str|object)", "Name the number column to \\1."),
    (r"cannot convert the series to", "Work on the whole column: np.log(s), s.astype(float), s.dt.year."),
    (
        r"truth value of a (?:Series|DataFrame) is ambiguous",
        "Use & and | with brackets round each comparison.",
    ),
    (
        r"All arguments should have the same length",
        "Pass the columns' names with their frame, or arrays of one length.",
    ),
    (r"Can only use \.dt accessor with datetimelike", "Turn the column into dates first: pd.to_datetime(s)."),
    (r"Can only use \.str accessor with string values", "Turn the column into text first: s.astype(str)."),
)
