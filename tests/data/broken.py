"""One sound table and every single fault that people and programs put into such files.

`cases()` yields (name, bytes, rows): the file as it is found, and the rows that a person would copy from it.
The first row is the header, unless the name starts with `bare_`.
"""

import random
from collections.abc import Callable, Iterator

Row = list[str]
Case = tuple[str, bytes, list[Row]]

HEADER = ["date", "time", "station", "reading", "price", "item", "remark"]
ITEMS = ["pump", "valve, brass", "hose", "seal kit", 'gauge 2"', "filter", "clamp"]
REMARKS = ["", "ok", "checked twice", 'marked "urgent" by Lee', "first line\nsecond line", "needs a part, ordered", "late"]


def table(rows: int = 40, seed: int = 1) -> list[Row]:
    pick = random.Random(seed)
    body = [
        [
            f"2023-{i % 12 + 1:02}-{i % 28 + 1:02}", f"{8 + i % 10:02}:{i * 7 % 60:02}", f"ST-{100 + i * 37 % 900}",
            str(pick.randrange(1, 500)), f"{pick.random() * 90:.2f}", ITEMS[i % len(ITEMS)], REMARKS[i * 3 % len(REMARKS)],
        ]
        for i in range(rows)
    ]
    return [HEADER, *body]


def cell(text: str, delimiter: str, quote: str, escape: str, always: bool) -> str:
    if not (always or any(c in text for c in (delimiter, quote, "\n", "\r", delimiter[0]))):
        return text
    inner = text.replace(quote, quote * 2) if not escape else text.replace(escape, escape * 2).replace(quote, escape + quote)
    return quote + inner + quote


def write(rows: list[Row], delimiter: str = ",", quote: str = '"', escape: str = "", end: str = "\n", always: bool = False) -> str:
    return end.join(delimiter.join(cell(c, delimiter, quote, escape, always) for c in row) for row in rows) + end


def line_of(text: str, n: int) -> tuple[int, int]:
    """Start and end of the n-th record (no quotes over lines before it)."""
    start = 0
    for _ in range(n):
        start = text.index("\n", start) + 1
    return start, text.index("\n", start)


def plain(rows: list[Row]) -> list[Row]:
    """The table with nothing in it that needs quotes."""
    return [[c.replace(",", "").replace('"', "").replace("\n", " ") or "none" for c in row] for row in rows]


def dialects() -> Iterator[Case]:
    good = table()
    for name, mark in {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|", "caret": "^", "tilde": "~", "colon": ":",
                       "space": " ", "comma_space": ", ", "pipes": "||", "semicolons": ";;", "colons": "::", "tilde_pipe": "~|",
                       "unit": "\x1f", "hash": "#"}.items():
        yield f"delimiter_{name}", write(good, mark).encode(), good
        yield f"delimiter_{name}_all_quoted", write(good, mark, always=True).encode(), good
    for name, mark in {"single": "'", "backtick": "`", "tilde": "~", "caret": "^", "dollar": "$"}.items():
        yield f"quote_{name}", write(good, quote=mark).encode(), good
        yield f"quote_{name}_all", write(good, quote=mark, always=True).encode(), good
        yield f"quote_{name}_semicolon", write(good, ";", quote=mark).encode(), good
    for name, mark in {"backslash": "\\", "slash": "/", "caret": "^", "tilde": "~", "at": "@"}.items():
        yield f"escape_{name}", write(good, escape=mark).encode(), good
        yield f"escape_{name}_all", write(good, escape=mark, always=True).encode(), good
    for name, end in {"lf": "\n", "crlf": "\r\n", "cr": "\r"}.items():
        text = write(good, end=end)
        yield f"end_{name}", text.encode(), good
        yield f"end_{name}_none_at_end", text[: -len(end)].encode(), good
        yield f"end_{name}_two_at_end", (text + end).encode(), good
        yield f"end_{name}_many_at_end", (text + end * 4).encode(), good


def encodings() -> Iterator[Case]:
    good = [[c.replace("pump", "Pumpe größer").replace("hose", "tuyau cassé") for c in row] for row in table()]
    text = write(good)
    for name in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "cp1252", "latin-1", "mac-roman"):
        yield f"encoding_{name}", text.encode(name), good
    for name, words in {"cp1251": "насос для воды", "shift_jis": "ポンプの部品です", "gb18030": "水泵配件清单", "big5": "水泵零件清單表",
                        "euc-kr": "펌프 부품 목록", "utf-8": "насос"}.items():
        rows = [[c.replace("pump", words).replace("checked twice", words * 2) for c in row] for row in table()]
        yield f"encoding_words_{name}", write(rows).encode(name), rows


def around() -> Iterator[Case]:
    good = table()
    text = write(good)
    titles = {"title": "Station readings\n", "titles": "Station readings\nWater works of the north\nprinted 2024-01-02\n",
              "title_blank": "Station readings\n\n", "titles_commas": "Readings, prices, and items\nof all stations, 2023\n",
              "title_padded": "Station readings,,,,,,\n", "title_padded_blank": "Station readings,,,,,,\n,,,,,,\n",
              "titles_padded": "Station readings,,,,,,\nYear:,2023,,,,,\n", "comments": "# made by the logger\n# version 3, of May\n",
              "keys": "Site: North\nOperator: Lee, Kim\nExported: 2024-01-02 10:30\n\n", "blank": "\n", "blanks": "\n\n\n"}
    for name, words in titles.items():
        yield f"above_{name}", (words + text).encode(), good
    notes = {"note": "Source: water works\n", "note_blank": "\nSource: water works\n", "note_commas": "\nSource: water works, north, 2023\n",
             "notes": "* estimated\n** from the old gauge, see page 3\n", "note_padded": "Source: water works,,,,,,\n",
             "note_padded_blank": ",,,,,,\nSource: water works,,,,,,\n", "total_words": "\nEnd of report\n", "blank_padded": ",,,,,,\n,,,,,,\n",
             "notes_blank": "\n\nNote 1: read by hand\nNote 2: prices, with tax, per piece\n"}
    for name, words in notes.items():
        yield f"below_{name}", (text + words).encode(), good
    yield "around_both", (titles["titles"] + "\n" + text + notes["note_blank"]).encode(), good


def headers() -> Iterator[Case]:
    good = table()
    body = write(good[1:])
    yield "bare_table", body.encode(), good[1:]
    yield "bare_crlf", write(good[1:], end="\r\n").encode(), good[1:]
    yield "bare_semicolon", write(good[1:], ";").encode(), good[1:]
    for name, second in {"units": ["", "", "", "l/min", "EUR", "", ""], "full": ["of visit", "of day", "code", "l/min", "EUR", "name", "text"],
                         "words": ["day", "hour", "id", "flow", "net", "part", "free"]}.items():
        joined = [" ".join(x for x in (a, b) if x) for a, b in zip(HEADER, second, strict=True)]
        yield f"header_two_{name}", write([HEADER, second, *good[1:]]).encode(), [joined, *good[1:]]
    upper = ["when", "", "where", "what", "", "", ""]
    joined = [" ".join(x for x in (a, b) if x) for a, b in zip(upper, HEADER, strict=True)]
    yield "header_two_groups", write([upper, *good]).encode(), [joined, *good[1:]]
    third = ["a", "b", "c", "d", "e", "f", "g"]
    joined = [" ".join(x) for x in zip(upper_full(), HEADER, third, strict=True)]
    yield "header_three", write([upper_full(), HEADER, third, *good[1:]]).encode(), [joined, *good[1:]]
    for name, change in {"empty_cell": (2, ""), "twice": (3, "time"), "spaces": (1, "time of day"), "number": (4, "2023")}.items():
        row = list(HEADER)
        row[change[0]] = change[1]
        yield f"header_{name}", write([row, *good[1:]]).encode(), [row, *good[1:]]
    yield "header_quoted", (write([HEADER], always=True) + body).encode(), good
    for n in (1, 2, 3):
        yield f"rows_{n}", write(good[: n + 1]).encode(), good[: n + 1]
    yield "rows_0", write(good[:1]).encode(), good[:1]


def upper_full() -> Row:
    return ["visit", "visit", "place", "flow", "money", "part", "part"]


def rows_of_other_width() -> Iterator[Case]:
    good = plain(table())
    text = write(good)
    for n in (1, 12, 39, 40):
        start, end = line_of(text, n)
        row = good[n]
        for k in (0, 3, 5):
            less = row[:k] + [row[k] + row[k + 1]] + row[k + 2:]
            yield f"row_less_{n}_{k}", (text[:start] + ",".join(less) + text[end:]).encode(), good[:n] + [less + [""]] + good[n + 1:]
            more = row[: k + 1] + [""] + row[k + 1:]
            yield f"row_more_{n}_{k}", (text[:start] + ",".join(more) + text[end:]).encode(), good[:n] + [more] + good[n + 1:]
        yield f"row_cut_{n}", (text[:start] + ",".join(row[:4]) + text[end:]).encode(), good[:n] + [row[:4] + [""] * 3] + good[n + 1:]
        yield f"row_trailing_{n}", (text[:end] + "," + text[end:]).encode(), good
        yield f"row_semicolon_{n}", (text[:start] + ";".join(row) + text[end:]).encode(), good
        yield f"row_tab_{n}", (text[:start] + "\t".join(row) + text[end:]).encode(), good
        yield f"row_blank_before_{n}", (text[:start] + "\n" + text[start:]).encode(), good
        yield f"row_crlf_{n}", (text[:end] + "\r" + text[end:]).encode(), good
        if n < 40:
            yield f"row_cr_{n}", (text[:end] + "\r" + text[end + 1:]).encode(), good
    yield "rows_trailing_all", text.replace("\n", ",\n").encode(), good
    body_from = text.index("\n") + 1
    yield "rows_trailing_body", (text[:body_from] + text[body_from:].replace("\n", ",\n")).encode(), good
    yield "rows_blank_between", text.replace("\n", "\n\n").encode(), good
    yield "header_less", (text.replace("reading,price", "reading price", 1)).encode(), [
        ["date", "time", "station", "reading price", "item", "remark", ""], *good[1:]]
    yield "header_trailing", (text.replace("\n", ",\n", 1)).encode(), good


def quotes() -> Iterator[Case]:
    good = table()
    text = write(good)
    clean = plain(good)
    straight = write(clean)
    for n in (1, 12, 40):
        start, end = line_of(straight, n)
        for k in (0, 3, 5):
            row = list(clean[n])

            def with_row(raw: str, start: int = start, end: int = end) -> bytes:
                return (straight[:start] + raw + straight[end:]).encode()

            opened = row[:k] + ['"' + row[k]] + row[k + 1:]
            yield f"quote_open_{n}_{k}", with_row(",".join(opened)), clean[:n] + [opened] + clean[n + 1:]
            closed = row[:k] + [row[k] + '"'] + row[k + 1:]
            yield f"quote_close_{n}_{k}", with_row(",".join(closed)), clean[:n] + [closed] + clean[n + 1:]
            inside = row[:k] + [row[k][:1] + '"' + row[k][1:]] + row[k + 1:]
            yield f"quote_inside_{n}_{k}", with_row(",".join(inside)), clean[:n] + [inside] + clean[n + 1:]
            raw = row[:k] + ['"say "' + row[k] + '" again"'] + row[k + 1:]
            said = row[:k] + ['say "' + row[k] + '" again'] + row[k + 1:]
            yield f"quote_bare_{n}_{k}", with_row(",".join(raw)), clean[:n] + [said] + clean[n + 1:]
            quoted = row[:k] + ['"' + row[k] + '"'] + row[k + 1:]
            yield f"quote_one_{n}_{k}", with_row(",".join(quoted)), clean
    at = text.index('"valve, brass"')
    yield "quote_lost_end", (text[:at] + '"valve brass' + text[at + 14:]).encode(), [
        [('"valve brass' if i == 2 and c == "valve, brass" else c) for c in row] for i, row in enumerate(good)]
    yield "quote_lost_end_delimiter", (text[:at] + '"valve, brass' + text[at + 14:]).encode(), good
    yield "quote_all", write(good, always=True).encode(), good
    lines = [row[:6] + [row[6].replace("\n", "\n\n")] for row in good]
    yield "quote_blank_line_inside", write(lines).encode(), lines
    crlf = [row[:6] + [row[6].replace("\n", "\r\n")] for row in good]
    yield "quote_crlf_inside", write(crlf, end="\r\n").encode(), crlf


def several_tables() -> Iterator[Case]:
    good = table()
    text = write(good)
    small = table(12, 5)
    fewer = [row[:3] for row in small]
    wider = [[*row, "x" if i else "extra"] for i, row in enumerate(small)]
    other = [["name", "city", "zip", "born", "height", "team", "note"],
             *[[f"P{i}", "Rome", str(10000 + i), str(1950 + i), f"{1.5 + i / 100:.2f}", "red", ""] for i in range(12)]]
    for name, second in {"same_header": small, "fewer": fewer, "wider": wider, "other": other, "equal": good}.items():
        yield f"tables_{name}_blank", (text + "\n" + write(second)).encode(), good
        yield f"tables_{name}_title", (text + "\nSecond table\n" + write(second)).encode(), good
        yield f"tables_{name}_direct", (text + write(second)).encode(), good
        if name != "equal":
            yield f"tables_{name}_before", (write(second) + "\n" + text).encode(), good


def whole() -> Iterator[Case]:
    long = table()
    long[5] = [*long[5][:6], "long " * 20000]
    yield "cell_long", write(long).encode(), long
    wide = [[f"c{i}" for i in range(400)], *[[str(i * k) for i in range(400)] for k in range(30)]]
    yield "columns_400", write(wide).encode(), wide
    two = [["name", "value"], *[[f"n{i}", str(i)] for i in range(30)]]
    yield "columns_2", write(two).encode(), two
    one = [["value"], *[[str(i)] for i in range(30)]]
    yield "columns_1", write(one).encode(), one
    words = [["colour", "shape", "size"], *[[c, s, z] for c in ("red", "blue") for s in ("round", "flat") for z in ("big", "small")]]
    yield "words_only", write(words).encode(), words
    european = [["Ort", "Wert"], *[[f"O{i}", f"{i},{i % 10}"] for i in range(30)]]
    yield "decimal_comma", write(european, ";").encode(), european
    yield "sep_line", ("sep=;\n" + write(european, ";")).encode(), european


SOURCES: list[Callable[[], Iterator[Case]]] = [dialects, encodings, around, headers, rows_of_other_width, quotes, several_tables, whole]


def cases() -> Iterator[Case]:
    for source in SOURCES:
        yield from source()
