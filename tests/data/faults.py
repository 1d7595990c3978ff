"""Sound tables with one fault each, at every place where it can stand, and how near a reading comes to the truth.

`faults(table)` yields (kind, bytes, rows): the file, and the rows in it. `score` is the sum of ten numbers from 0 to 1:
whether there is an answer, then precision, recall and their harmonic mean of header cells, of records, of cells.
broken.py has the faults that need words of their own; here it is the place that varies.
"""

import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

Row = list[str]


class Fault(NamedTuple):
    kind: str
    data: bytes
    rows: list[Row]
    header: bool = True


class Table(NamedTuple):
    name: str
    rows: list[Row]
    always: bool = False  # every cell in quotes
    end: str = "\r\n"


# ---- tables


def shop(pick: random.Random, n: int) -> list[Row]:
    kinds = ["Lamp", "Chair, folding", "Desk", 'Screen 24"', "Shelf", "Rug"]
    words = ["Made of oak", "Comes in red, green and blue", 'The "classic" of the house', "Light", "For two\nor three people", ""]
    remarks = ["", "Sold out soon", "see page 4", "ask Ann, then Bo", "10% off", 'says "hello"', "A; B", "new | old"]
    return [["Day", "Clock", "Pieces", "Code", "Price", "Kind", "About", "Link", "Remark"]] + [
        [f"{1 + i % 28:02}/{1 + i % 12:02}/2021", f"{i % 24}:{i * 7 % 60:02}:00", str(1 + i % 9),
         f"{pick.choice('ABCD')}{pick.randrange(100, 999)}-{i}", f"{pick.random() * 100:.2f}", kinds[i % 6], words[i * 5 % 6],
         f"https://shop.example/item?id={i}", remarks[i * 3 % 8]] for i in range(n)
    ]


def people(pick: random.Random, n: int) -> list[Row]:
    first, last = ["Ann", "Bo", "Chloé", "Dmitri", "Eve", "José Luis"], ["Smith", "O'Neil", "van Dyck", "Garcia", "Åkesson"]
    return [["Name", "City", "Job Title", "Joined", "Salary"]] + [
        [f"{first[i % 6]} {last[i % 5]}", pick.choice(["New York", "Rome", "Lima", "Bern"]), pick.choice(["clerk", "head of sales", "driver"]),
         f"2{i % 10}-03-20{i % 20:02}", str(pick.randrange(20000, 90000))] for i in range(n)
    ]


def numbers(pick: random.Random, n: int) -> list[Row]:
    return [["id", "x", "y", "z", "count", "share"]] + [
        [str(i), f"{pick.gauss(0, 1):.4f}", f"{pick.random() * 1e4:.1f}", str(-i), str(pick.randrange(1000)), f"{pick.random():.3f}"]
        for i in range(n)
    ]


def holes(pick: random.Random, n: int) -> list[Row]:
    body = people(pick, n)[1:]
    return [["who", "where", "what", "since", "pay"]] + [[c if pick.random() > 0.3 or k == 0 else "" for k, c in enumerate(row)] for row in body]


def words(pick: random.Random, n: int) -> list[Row]:
    some = ["red", "blue", "very long", "round", "flat, thin", "big", "small", "open", "it's shut"]
    return [["colour", "shape", "size", "state"]] + [[pick.choice(some) for _ in range(4)] for _ in range(n)]


def tables(n: int = 40, seed: int = 3) -> list[Table]:
    pick = random.Random(seed)
    return [
        Table("shop", shop(pick, n)), Table("shop_lf", shop(pick, n), end="\n"), Table("shop_quoted", shop(pick, n), True),
        Table("people", people(pick, n)), Table("people_quoted", people(pick, n), True, "\n"),
        Table("numbers", numbers(pick, n), end="\n"), Table("holes", holes(pick, n), end="\n"), Table("words", words(pick, n)),
    ]


# ---- writing


class Form(NamedTuple):
    delimiter: str = ","
    quote: str = '"'
    escape: str = '"'  # "": a quote inside of quotes stands as it is
    always: bool = False


def written(cell: str, form: Form) -> str:
    marks = {*form.delimiter, form.quote, "\n", "\r"}
    if not form.always and not any(c in cell for c in marks):
        return cell
    inner = cell
    if form.escape:
        inner = inner if form.escape == form.quote else inner.replace(form.escape, form.escape * 2)
        inner = inner.replace(form.quote, form.escape + form.quote)
    return form.quote + inner + form.quote


def line(row: Row, form: Form) -> str:
    return form.delimiter.join(written(c, form) for c in row)


def text(rows: list[Row], form: Form, end: str) -> str:
    return "".join(line(r, form) + end for r in rows)


# ---- faults


def of_file(t: Table) -> Iterator[Fault]:
    form = Form(always=t.always)
    good = text(t.rows, form, t.end)
    yield Fault("sound", good.encode(), t.rows)
    yield Fault("end_missing", good.removesuffix(t.end).encode(), t.rows)
    yield Fault("end_twice", (good + t.end).encode(), t.rows)
    if t.name != "words":  # nobody can tell there
        yield Fault("no_header", text(t.rows[1:], form, t.end).encode(), t.rows[1:], header=False)
    yield Fault("header_only", text(t.rows[:1], form, t.end).encode(), t.rows[:1])
    yield Fault("one_row", text(t.rows[:2], form, t.end).encode(), t.rows[:2])
    above = "Report of the week" + t.end, "Report" + t.end + "made by hand, in haste" + t.end, "Report" + "," * (len(t.rows[0]) - 1) + t.end
    for k, words_above in enumerate(above):
        empty = "," * (len(t.rows[0]) - 1) if k == 2 else ""
        yield Fault(f"preamble_{k}", (words_above + empty + t.end + good).encode(), t.rows)
        yield Fault(f"footnote_{k}", (good + empty + t.end + words_above).encode(), t.rows)


def of_header(t: Table) -> Iterator[Fault]:
    form = Form(always=t.always)
    head, width = t.rows[0], len(t.rows[0])
    seconds = {"units": ["" if k % 2 else "(in m)" for k in range(width)]}
    if t.name != "words":  # nobody can tell there
        seconds |= {"same": head, "words": [f"of {c.lower()}" for c in head], "letters": [chr(97 + k) for k in range(width)]}
    if t.name in {"numbers", "people", "holes"}:
        seconds["last"] = ["note" if k == width - 1 else "" for k in range(width)]
    for name, second in seconds.items():
        for many in (2, 3):
            top = [head, *[second] * (many - 1)]
            joined = [" ".join(c for c in cells if c) for cells in zip(*top, strict=True)]
            yield Fault(f"header_{many}_{name}", text([*top, *t.rows[1:]], form, t.end).encode(), [joined, *t.rows[1:]])
    groups = [f"Group {k // 2}" if k % 2 == 0 else "" for k in range(width)]
    joined = [" ".join(c for c in cells if c) for cells in zip(groups, head, strict=True)]
    if t.name != "words":
        yield Fault("header_2_groups", text([groups, *t.rows], form, t.end).encode(), [joined, *t.rows[1:]])


def of_tables(t: Table) -> Iterator[Fault]:
    form = Form(always=t.always)
    good, body = text(t.rows, form, t.end), t.rows[1:]
    others = {
        "same": t.rows, "same_short": t.rows[: len(t.rows) // 2], "less": [r[:-1] for r in t.rows], "least": [r[:2] for r in t.rows],
        "more": [[*r, str(k) if k else "rank"] for k, r in enumerate(t.rows[: len(t.rows) // 2])],
    }
    for name, other in others.items():
        for gap, between in {"blank": t.end, "direct": ""}.items():
            second = text(other, form, t.end)
            if gap == "direct" and t.name in {"words", "holes"} and name != "same":
                continue
            yield Fault(f"tables_{name}_after_{gap}", (good + between + second).encode(), t.rows)
            if name != "same":
                yield Fault(f"tables_{name}_before_{gap}", (second + between + good).encode(), t.rows)
    assert body


def of_form(t: Table) -> Iterator[Fault]:
    for mark in ";\t|:^~":
        yield Fault(f"delimiter_{mark!r}", text(t.rows, Form(mark, always=t.always), t.end).encode(), t.rows)
    for mark in (" ", ", ", "||", "::", ";;"):
        yield Fault(f"delimiter_{mark!r}", text(t.rows, Form(mark, always=t.always), t.end).encode(), t.rows)
        yield Fault(f"delimiter_{mark!r}_all_quoted", text(t.rows, Form(mark, always=True), t.end).encode(), t.rows)
    for mark in "'`~":
        yield Fault(f"quote_{mark}", text(t.rows, Form(quote=mark, escape=mark, always=t.always), t.end).encode(), t.rows)
        yield Fault(f"quote_{mark}_all_quoted", text(t.rows, Form(quote=mark, escape=mark, always=True), t.end).encode(), t.rows)
    for mark, name in {"\\": "backslash", "": "none", "/": "slash"}.items():
        yield Fault(f"escape_{name}", text(t.rows, Form(escape=mark, always=t.always), t.end).encode(), t.rows)
        yield Fault(f"escape_{name}_all_quoted", text(t.rows, Form(escape=mark, always=True), t.end).encode(), t.rows)
    for mark, name in {"\n": "lf", "\r": "cr", "\r\n": "crlf"}.items():
        yield Fault(f"break_{name}", text(t.rows, Form(always=t.always), mark).encode(), t.rows)


def with_row(t: Table, i: int, raw: str, row: Row, kind: str, *, end: str | None = None) -> Fault:
    form = Form(always=t.always)
    data = text(t.rows[:i], form, t.end) + raw + (t.end if end is None else end) + text(t.rows[i + 1 :], form, t.end)
    return Fault(kind, data.encode(), [*t.rows[:i], row, *t.rows[i + 1 :]])


def padded(row: Row, width: int) -> Row:
    return row + [""] * (width - len(row))


def of_width(t: Table) -> Iterator[Fault]:
    """A delimiter too few or too many."""
    form, width = Form(always=t.always), len(t.rows[0])
    for i, row in enumerate(t.rows):
        cells = [written(c, form) for c in row]
        where = "header" if i == 0 else "row"
        for k in range(1, width):
            plain = '"' not in cells[k - 1] + cells[k]  # else what stands there is no cell of anything
            if plain:
                less = [*row[: k - 1], row[k - 1] + row[k], *row[k + 1 :]]
                raw = ",".join([*cells[: k - 1], cells[k - 1] + cells[k], *cells[k + 1 :]])
                yield with_row(t, i, raw, padded(less, width), f"{where}_less")
        for k in range(width):
            more = [*row[:k], "", *row[k:]]
            while len(more) > width and not more[-1] and not t.always:
                more.pop()  # a delimiter behind the last cell is no cell
            raw = ",".join([*cells[:k], "", *cells[k:]])
            yield with_row(t, i, raw, more if i else row, f"{where}_more")  # an empty name names nothing


def extra_quotes(cell: str, form: Form) -> Iterator[tuple[str, str, str]]:
    """(place, raw, text) with one quote too many."""
    raw = written(cell, form)
    inside = raw != cell
    body = raw[1:-1] if inside else raw
    for place, at in {"first": 0, "middle": len(body) // 2, "last": len(body), "comma": body.find(",")}.items():
        if at < 0:
            continue
        if '"' in body[max(0, at - 1) : at + 1]:
            continue  # next to another: nobody can tell which is which
        dirty = body[:at] + '"' + body[at:]
        before = body[:at].replace('""', '"')
        clean = before + '"' + body[at:].replace('""', '"')
        yield f"{'quoted' if inside else 'bare'}_{place}", f'"{dirty}"' if inside else dirty, clean


def of_quotes(t: Table) -> Iterator[Fault]:
    form = Form(always=t.always)
    for i, row in enumerate(t.rows):
        for k, cell in enumerate(row):
            for place, raw, clean in extra_quotes(cell, form):
                cells = [written(c, form) for c in row]
                cells[k] = raw
                where = "header" if i == 0 else "row"
                yield with_row(t, i, ",".join(cells), [*row[:k], clean, *row[k + 1 :]], f"{where}_quote_{place}")


def of_row_form(t: Table) -> Iterator[Fault]:
    for i, row in enumerate(t.rows):
        where = "header" if i == 0 else "row"
        for mark in " ;\t|":
            if sum(c.count(",") for c in row) == len(row) - 1:
                continue  # as good a row with commas
            yield with_row(t, i, line(row, Form(mark, always=t.always)), row, f"{where}_delimiter_{mark!r}")
            yield with_row(t, i, line(row, Form(mark, always=True)), row, f"{where}_delimiter_{mark!r}_all_quoted")
        yield with_row(t, i, line(row, Form(always=t.always)), row, f"{where}_blank_after", end=t.end * 2)
        for end in ("\n", "\r\n", "\r"):
            if end != t.end:
                yield with_row(t, i, line(row, Form(always=t.always)), row, f"{where}_break_{end!r}", end=end)


SOURCES: list[Callable[[Table], Iterator[Fault]]] = [of_file, of_header, of_tables, of_form, of_width, of_quotes, of_row_form]


def faults(t: Table) -> Iterator[Fault]:
    return itertools.chain.from_iterable(source(t) for source in SOURCES)


# ---- the score


def matched(want: Counter, got: Counter) -> tuple[float, float, float]:
    both = sum((want & got).values())
    precision = both / sum(got.values()) if got else float(not want)
    recall = both / sum(want.values()) if want else float(not got)
    return precision, recall, 2 * precision * recall / (precision + recall) if both else float(not want and not got)


def score(fault: Fault, got: list[Row] | None) -> float:
    if got is None:
        return 0
    want = fault.rows
    total = 1.0
    head = slice(0, 1) if fault.header else slice(0, 0)
    total += sum(matched(Counter(itertools.chain.from_iterable(want[head])), Counter(itertools.chain.from_iterable(got[head]))))
    body = slice(1 if fault.header else 0, None)
    total += sum(matched(Counter(map(tuple, want[body])), Counter(map(tuple, got[body]))))
    total += sum(matched(Counter(itertools.chain.from_iterable(want[body])), Counter(itertools.chain.from_iterable(got[body]))))
    return total
