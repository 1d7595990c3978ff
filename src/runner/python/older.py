"""Frequencies as pandas wrote them before 2.2, which models still know best: 'M' for month ends, 'H' for hours.

pandas 3 refuses them. Only what it refuses is looked at again, so nothing that it understands changes its meaning.
"""

from __future__ import annotations

import re
import sys
from typing import Any

import plotd_frames
from pandas.tseries.frequencies import to_offset

_NOW = {
    "M": "ME", "Q": "QE", "Y": "YE", "A": "YE", "BM": "BME", "BQ": "BQE", "BY": "BYE", "BA": "BYE", "SM": "SME",
    "AS": "YS", "H": "h", "T": "min", "S": "s", "L": "ms", "U": "us", "N": "ns",
}  # fmt: skip
_OLD = re.compile(rf"(\d*)({'|'.join(_NOW)})(-[A-Z]{{3}})?")


def renewed(freq: Any) -> str | None:
    """What an old frequency is called now, or None."""
    found = _OLD.fullmatch(freq) if isinstance(freq, str) else None
    return found[1] + _NOW[found[2]] + (found[3] or "") if found else None


def to_offset_as_before(freq: Any, *rest: Any, **more: Any) -> Any:
    try:
        return to_offset(freq, *rest, **more)
    except ValueError:
        now = renewed(freq)
        if now is None:
            raise
        note = f"The code's frequency '{freq}', of older pandas, was read as '{now}'."
        if note not in plotd_frames.current().notes:
            plotd_frames.current().notes.append(note)
        return to_offset(now, *rest, **more)


def install() -> None:
    """Puts it wherever pandas turns text into a frequency. Called once, before any fork."""
    for name, module in list(sys.modules.items()):
        if name.startswith("pandas.") and getattr(module, "to_offset", None) is to_offset:
            module.to_offset = to_offset_as_before  # type: ignore[attr-defined]
