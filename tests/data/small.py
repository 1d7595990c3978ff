"""Small tables as people have them, drawn at random: few rows, few columns, now and then a title above or a note below.

Of some nobody can tell what they are (a title above a column of words, a single row): it is the rate that counts.
"""

import csv
import io
import random
from collections.abc import Callable
from typing import NamedTuple

WORDS = "alpha beta gamma delta north south east west red green blue apple pear plum Rome Oslo Paris Bern Smith Kim Lee".split()
NAMES = "id name date amount city price qty status code note region value year score email url weight height total owner".split()
ABOVE = ["Report of sales\n\n", "# made by x\n", "Title: something, and more\n\n", "Sales 2024\n"]
BELOW = ["\nSource: office\n", "\n\n* estimated values\n"]


class Small(NamedTuple):
    data: bytes
    rows: list[list[str]]


def sentence(pick: random.Random) -> str:
    words = " ".join(pick.choices(WORDS, k=pick.randint(2, 7)))
    first, _, rest = words.partition(" ")
    return pick.choice([
        words, words, words, f"{first}, {rest}", f"{first}, {rest}", f"{first}; {rest}", f'the "{first}" {rest}',
        f"{first}\n{rest}", f"don't {rest}",
    ])  # fmt: skip


CELLS: dict[str, Callable[[random.Random], str]] = {
    "integer": lambda p: str(p.randint(0, 9999)),
    "negative": lambda p: str(p.randint(-50, 50)),
    "decimal": lambda p: f"{p.uniform(0, 500):.2f}",
    "decimal comma": lambda p: f"{p.randint(0, 99)},{p.randint(0, 99):02}",
    "thousands": lambda p: f"{p.randint(1, 999)},{p.randint(0, 999):03}",
    "money": lambda p: f"${p.randint(1, 999)}.{p.randint(0, 99):02}",
    "percent": lambda p: f"{p.randint(0, 100)}%",
    "date": lambda p: f"{p.randint(1990, 2025)}-{p.randint(1, 12):02}-{p.randint(1, 28):02}",
    "day first": lambda p: f"{p.randint(1, 28):02}/{p.randint(1, 12):02}/{p.randint(1990, 2025)}",
    "with points": lambda p: f"{p.randint(1, 28):02}.{p.randint(1, 12):02}.{p.randint(1990, 2025)}",
    "clock": lambda p: f"{p.randint(0, 23):02}:{p.randint(0, 59):02}",
    "moment": lambda p: f"2024-0{p.randint(1, 9)}-11 {p.randint(10, 23)}:{p.randint(10, 59)}:00",
    "word": lambda p: p.choice(WORDS),
    "name": lambda p: f"{p.choice(WORDS)} {p.choice(WORDS)}",
    "yes or no": lambda p: p.choice(["yes", "no"]),
    "code": lambda p: f"{p.choice('ABC')}-{p.randint(100, 999)}",
    "mail": lambda p: f"{p.choice(WORDS).lower()}@{p.choice(WORDS).lower()}.example",
    "address": lambda p: f"https://a.example/{p.choice(WORDS)}?a={p.randint(1, 9)}&b=2",
    "path": lambda p: f"/srv/{p.choice(WORDS)}",
    "list": lambda p: "|".join(p.sample(WORDS, 2)),
    "telephone": lambda p: f"+1 {p.randint(200, 999)} 555-{p.randint(1000, 9999)}",
    "sentence": sentence,
}


def small(pick: random.Random) -> Small:
    kinds = pick.choices(list(CELLS), k=pick.choice([1, 2, 2, 3, 3, 4, 5, 6]))
    count = pick.choice([1, 2, 3, 4, 6, 10, 40])
    rows = [["" if len(kinds) > 1 and pick.random() < 0.07 else CELLS[k](pick) for k in kinds] for _ in range(count)]
    if len(kinds) == 1 or pick.random() < 0.85:
        rows.insert(0, pick.sample(NAMES, len(kinds)))
    rows = [row for row in rows if any(row)]
    out = io.StringIO()
    quoting = pick.choice([csv.QUOTE_MINIMAL] * 3 + [csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
    end = pick.choice(["\n", "\n", "\n", "\r\n"])
    csv.writer(out, delimiter=pick.choice(",,,,,,;;;\t\t|"), quoting=quoting, lineterminator=end).writerows(rows)
    text = out.getvalue()
    if count > 2 and pick.random() < 0.2:
        text = pick.choice(ABOVE) + text
    if count > 2 and pick.random() < 0.15:
        text += pick.choice(BELOW)
    return Small(text.encode(), rows)
