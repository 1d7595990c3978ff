"""What a column's cells are taken for, and what is said of it: each case stands for one rule."""

import json

import pytest
from conftest import Read

Cells = list[str]
Values = list[object]


def typed(read: Read, text: str) -> tuple[dict[str, Values], list[str]]:
    """The columns' values as code sees them, and the notices without the file's name."""
    done = read(text.encode(), "--json")
    rows = [json.loads(line) for line in done.stdout.decode().splitlines()]
    notes = [line.split(": ", 3)[3] for line in done.stderr.decode().splitlines()]
    return {name: [row[name] for row in rows] for name in rows[0]}, notes


def column(cells: Cells, name: str = "v") -> str:
    """Beside a column of words, so that marks within cells set nothing apart."""
    return f"k\t{name}\n" + "".join(f"row {chr(97 + i % 26)}\t{cell}\n" for i, cell in enumerate(cells))


THOUSANDS, DECIMAL = "taken as a thousands separator.", "taken as a decimal mark."
SEVERAL = "`v` has numbers of several units (`$`, `€`) and is kept as text."
FEW = [str(n % 900 + 1) for n in range(700)]  # more than the rows that give the guess

COLUMNS: list[tuple[str, Cells, Values, list[str]]] = [
    # Numbers: the format is the one that reads all cells.
    ("numbers without a fraction are whole ones", ["1,234", "20", "1,000,000"], [1234, 20, 1000000], []),
    ("so are those with a unit", ["5 kg", "12 kg"], [5, 12], []),
    ("a fraction that comes late makes fractions of all", ["1.000.000", "1.234", "5", "2,5"], [1000000, 1234, 5, 2.5], []),
    ("a thousand that comes late gives the format", [*FEW, "1,204"], [*map(int, FEW), 1204], [f"the comma in `v` is {THOUSANDS}"]),
    ("also with a point, if none was above", [*FEW, "1.204"], [*map(int, FEW), 1204], [f"the point in `v` is {THOUSANDS}"]),
    ("which a larger one shows to be decimal", [*FEW, "1000", "1.204"], [*map(int, FEW), 1000, 1.204], []),
    ("and a later fraction", [*FEW, "1.204", "0.5"], [*map(int, FEW), 1.204, 0.5], []),
    ("a comma that comes late gives the format", [*FEW, "0,5"], [*map(int, FEW), 0.5], []),
    ("what may be thousands or decimals is told", ["1,234", "12,345"], [1234, 12345], [f"the comma in `v` is {THOUSANDS}"]),
    ("of a point, too", ["1.234", "12.345"], [1.234, 12.345], [f"the point in `v` is {DECIMAL}"]),
    ("whole numbers among them make points marks of thousands", ["1.234", "999", "12.500"], [1234, 999, 12500], [f"the point in `v` is {THOUSANDS}"]),
    ("but not a larger one", ["1.234", "9999", "12.500"], [1.234, 9999, 12.5], []),
    ("nor nothing", ["1.234", "0", "12.500"], [1.234, 0, 12.5], [f"the point in `v` is {DECIMAL}"]),
    ("so does a currency behind", ["1.234 €", "12.500 €"], [1234, 12500], [f"the point in `v` is {THOUSANDS}"]),
    ("one before does not", ["$1.234", "$12.500"], [1.234, 12.5], [f"the point in `v` is {DECIMAL}"]),
    ("a late cell shows that commas were decimal", [*["1,234"] * 600, "0,5"], [*[1.234] * 600, 0.5], []),
    ("a late cell shows that points were of thousands", [*["1.234"] * 600, "1.000.000"], [*[1234] * 600, 1000000], []),
    ("a late cell shows that points are decimal marks", [*["1.234"] * 600, "0.5"], [*[1.234] * 600, 0.5], []),
    ("an en dash may be a minus", ["–1.5", "2.5", "–3"], [-1.5, 2.5, -3], []),
    ("any currency that is paid with", ["5.50 CZK", "1,200.25 CZK"], [5.5, 1200.25], []),
    ("accounts have losses in parentheses and dashes for nothing", [" $1,234.50 ", " $-   ", " $(12.00)"], [1234.5, 0, -12], []),
    ("a space of no width is none", ["\u200b1", "2", "\ufeff3"], [1, 2, 3], []),
    ("a number beyond all is a name", ["12e4567", "98e1234", "55e0001"], ["12e4567", "98e1234", "55e0001"], []),
    ("a telephone's number is a name", ["+491701234567", "+15551234567"], ["+491701234567", "+15551234567"], []),
    ("also in groups", ["+49 170 123 456", "+44 163 296 012"], ["+49 170 123 456", "+44 163 296 012"], []),
    # Amounts of different things are not added up, and what was left out is told.
    ("several currencies are text", ["$5.00", "€7.00", "$3.25"], ["$5.00", "€7.00", "$3.25"], [SEVERAL]),
    ("also where the other comes late", [*["$5"] * 600, "€7"], [*["$5"] * 600, "€7"], [SEVERAL]),
    ("letters behind numbers may be names", ["12A", "12B", "14C"], ["12A", "12B", "14C"], []),
    ("a unit in some cells is told", ["5%", "0.05", "12%"], [5, 0.05, 12], ["2 of the 3 numbers of `v` have the unit `%`, the others have none."]),
    ("a zero that is lost is told", [*map(str, range(1000, 4000)), "0123"], [*range(1000, 4000), 123],
     ["1 cell of `v` begins with a 0 that a number does not keep (line 3002, `0123`)."]),
    ("digits that are lost are told", [*map(str, range(1000, 4000)), f"{10**19}"], [*map(float, range(1000, 4000)), 1e19],
     ["1 cell of `v` has more digits than a number keeps (line 3002, `10000000000000000000`)."]),
    ("footnotes' marks are left out and told", ["12.3", "14.1*", "1,234[1]", "16.7", "17.2"], [12.3, 14.1, 1234, 16.7, 17.2],
     ["2 cells of `v` have a mark behind their number, which is left out (first: line 3, `14.1*`)."]),
    ("so are Eurostat's flags", ["12.3", "14.1 p", "16.7", ":"], [12.3, 14.1, 16.7, None],
     ["1 cell of `v` has a mark behind its number, which is left out (line 3, `14.1 p`)."]),
    ("but what all have is a part of the name", ["1(a)", "1(b)", "2(a)", "3"], ["1(a)", "1(b)", "2(a)", "3"], []),
    ("beside decimal points a comma is no doubt", [*["1.5"] * 600, "1,204"], [*[1.5] * 600, 1204], []),
    ("but a house has a letter", ["12", "14 a", "16", "18 b"], ["12", "14 a", "16", "18 b"], []),
    # Dates: one order for all cells, and what cannot be known is told.
    ("one cell of many shows the order", [*["01/02/2024"] * 900, "13/02/2024"], [*["2024-02-01"] * 900, "2024-02-13"], []),
    ("where none does, it is told", ["01/02/2024", "03/04/2024"], ["2024-01-02", "2024-03-04"],
     ["the dates of `v` could be read day first or month first; month first is assumed."]),
    ("behind ISO dates, too", [*["2024-01-31"] * 600, "01.02.2024"], [*["2024-01-31"] * 600, "2024-02-01"],
     ["the dates of `v` could be read day first or month first; day first is assumed."]),
    ("a later one shows it then", [*["2024-01-31"] * 600, "01/02/2024", "13/02/2024"], [*["2024-01-31"] * 600, "2024-02-01", "2024-02-13"], []),
    ("two orders in one column are text", ["13/01/2024", "01/13/2024"], ["13/01/2024", "01/13/2024"],
     ["some dates of `v` have the day first, some the month; it is kept as text."]),
    ("no date as MySQL writes it is missing", ["0000-00-00", "2024-02-01", "2024-02-02"], [None, "2024-02-01", "2024-02-02"], []),
    # What may be a value of text stays one.
    ("None, Null and missing may be", ["None", "Null", "missing", "Smith"], ["None", "Null", "missing", "Smith"], []),
    ("but not NULL", ["NULL", "null", "Smith"], [None, None, "Smith"], []),
    ("a dash among signs is one", ["+", "-", "."], ["+", "-", "."], []),
    ("NA among countries is Namibia", ["DE", "NA", "FR"], ["DE", "NA", "FR"], []),
    ("among other words in capitals it is missing, and told", ["EMEA", "NA", "APAC"], ["EMEA", None, "APAC"],
     ["`NA` counts as missing in `v`, whose values are in capitals, too."]),
]


@pytest.mark.parametrize(("cells", "want", "notes"), [pytest.param(c, w, n, id=rule) for rule, c, w, n in COLUMNS])
def test_a_column_is_typed_as_people_read_it(read: Read, cells: Cells, want: Values, notes: list[str]) -> None:
    values, told = typed(read, column(cells))
    assert (values["v"], told) == (want, notes)


TABLES: list[tuple[str, str, dict[str, Values], list[str]]] = [
    ("decimal commas beside it make a point one of thousands", "v;price\n1.234;0,50\n12.345;1,25\n",
     {"v": [1234, 12345], "price": [0.5, 1.25]},
     [f"the point in `v` is {THOUSANDS}"]),
    ("decimal points beside it make a comma one of thousands", 'v,price\n"1,234",0.50\n"12,345",1.25\n',
     {"v": [1234, 12345], "price": [0.5, 1.25]}, []),
    ("with semicolons a comma is decimal", "v;k\n1,234;a\n12,345;b\n", {"v": [1.234, 12.345], "k": ["a", "b"]}, [f"the comma in `v` is {DECIMAL}"]),
]


@pytest.mark.parametrize(("header", "names", "notes"), [
    ("a,b,a,a", ["a", "b", "a_2", "a_3"], ["2 columns have the name of an earlier one and got a number (first: `a_2`)."]),
    (",b,c,b", ["column_1", "b", "c", "b_2"],
     ["1 column has the name of an earlier one and got a number (`b_2`).", "1 column has no name; code knows it as `column_1`."]),
    ("a,,c,", ["a", "column_2", "c", "column_4"], ["2 columns have no name; code knows them by number, the first as `column_2`."]),
])
def test_names_that_the_header_lacks_are_told(read: Read, header: str, names: list[str], notes: list[str]) -> None:
    values, told = typed(read, f"{header}\n1,2,3,4\n5,6,7,8\n")
    assert (list(values), told) == (names, notes)


@pytest.mark.parametrize(("ones", "unit"), [(1704067200, "seconds"), (1704067200123, "milliseconds")])
def test_what_may_be_seconds_since_1970_is_told(read: Read, ones: int, unit: str) -> None:
    want = [ones, ones + 86400]
    assert typed(read, column([*map(str, want)], "created_at")) == (
        {"k": ["row a", "row b"], "created_at": want},
        [f"the numbers of `created_at` may be {unit} since 1970; they are kept as numbers."],
    )
    assert typed(read, column([*map(str, want)], "order"))[1] == []


@pytest.mark.parametrize(("text", "want", "notes"), [pytest.param(t, w, n, id=rule) for rule, t, w, n in TABLES])
def test_columns_tell_of_each_other(read: Read, text: str, want: dict[str, Values], notes: list[str]) -> None:
    assert typed(read, text) == (want, notes)
