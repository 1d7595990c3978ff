"""Tables as frames: types, sharing, and pd.read_csv of an uploaded name."""

import sys
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from conftest import TABLES, Run

frames = sys.modules["plotd_frames"]
SALES = TABLES[0][2]


def test_columns_have_the_types_that_pandas_would_choose() -> None:
    types = {name: str(dtype) for name, dtype in frames.to_pandas(SALES).dtypes.items()}
    assert types == {
        "date": "datetime64[us]",
        "region": "str",
        "product": "str",
        "amount": "float64",
        "units": "int64",
        "cost": "float64",
        "returned": "bool",
        "took": "timedelta64[us]",
    }


def test_missing_values_are_missing_in_every_type() -> None:
    batch = pa.record_batch(
        {
            "d": pa.array([None, 0], pa.timestamp("us")),
            "s": pa.array([None, ""], pa.large_utf8()),
            "i": pa.array([None, 1], pa.int64()),
            "b": pa.array([None, True], pa.bool_()),
            "z": pa.array([None, 1], pa.timestamp("us", "UTC")),
        }
    )
    frame = frames.to_pandas(batch)
    assert frame.isna().to_numpy().tolist() == [[True] * 5, [False] * 5]
    assert frame["i"].dtype == "float64"
    assert str(frame["z"].dtype) == "datetime64[us, UTC]"


def test_numbers_dates_and_text_are_shared_not_copied() -> None:
    frame = frames.to_pandas(SALES)
    for name in ("amount", "units", "date"):
        shared = np.asarray(frame[name]).view("int64")
        assert shared.__array_interface__["data"][0] == SALES.column(name).buffers()[1].address, name


@pytest.mark.parametrize(
    "change",
    [
        "df['amount'] = 1",
        "df.loc[0, 'amount'] = 1",
        "df.iloc[0, 3] = 1",
        "df.at[0, 'units'] = 1",
        "df.iat[0, 4] = 1",
        "df.loc[df['units'] > 3, 'amount'] = 0",
        "df['units'] += 1",
        "df.sort_values('amount', inplace=True)",
        "df.fillna({'cost': 0}, inplace=True)",
        "df.drop(columns='cost', inplace=True)",
        "df.rename(columns=str.upper, inplace=True)",
        "df.columns = range(8)",
        "df.insert(0, 'n', 1)",
        "df.pop('cost')",
        "df.update(df[['amount']] * 2)",
        "df['date'] += pd.Timedelta(days=1)",
        "df.loc[0, 'date'] = pd.Timestamp('2020-01-01')",
        "df.loc[0, 'region'] = 'x'",
        "df.loc[0, 'returned'] = True",
        "s = df['amount']\ns[0] = 4\ns += 1",
        "a = df['amount'].to_numpy(copy=True)\na[0] = 1",
        "df.loc[len(df)] = df.iloc[0]",
        "df.set_index('date', inplace=True)",
        "df.replace({'region': {'north': 'N'}}, inplace=True)",
        "df['amount'].clip(0, 50, inplace=True)",
        "df.dropna(inplace=True)",
        "df.reset_index(inplace=True)",
        "del df['cost']",
    ],
)
def test_a_frame_may_be_changed_freely_and_the_upload_stays(run: Run, change: str) -> None:
    document = run(
        f"before = pd.read_csv('sales.csv').to_json()\n{change}\nprint(before == pd.read_csv('sales.csv').to_json())"
    )
    assert document["error"]["code"] == "code_no_figure"
    assert document["out"] == "True\n"


# ---- read_csv


def read(path: Any, **options: Any) -> pd.DataFrame:
    frames.take(TABLES)
    return frames.read_csv(path, **options)


@pytest.mark.parametrize(
    "path",
    [
        "revenue.csv",
        "revenue",
        "./revenue.csv",
        "/mnt/data/revenue.csv",
        "C:\\data\\revenue.csv",
        "Revenue.CSV",
        "data/revenue",
    ],
)
def test_a_table_is_found_by_name_stem_and_path(path: str) -> None:
    assert read(path)["revenue"].tolist() == [120, 340, 95, 60]


@pytest.mark.parametrize("path", ["nope.csv", "/etc/passwd", "", "sales.xlsx.csv", "http://127.0.0.1/x.csv", None, 3])
def test_anything_else_is_a_file_not_found_error(path: Any) -> None:
    with pytest.raises(FileNotFoundError, match=r"the files are: 'sales.csv', 'revenue.csv', 'prices.csv'"):
        read(path)


def test_each_reading_is_a_copy_of_its_own() -> None:
    first = read("revenue.csv")
    first["revenue"] = 0
    assert frames.read_csv("revenue.csv")["revenue"].sum() == 615


@pytest.mark.parametrize(
    ("options", "columns"),
    [
        ({"usecols": ["revenue"]}, ["revenue"]),
        ({"usecols": [0]}, ["product"]),
        ({"usecols": lambda c: c.startswith("r")}, ["revenue"]),
        ({"names": ["a", "b"], "header": 0}, ["a", "b"]),
        ({"header": None}, [0, 1]),
        ({"index_col": "product"}, ["revenue"]),
        ({"index_col": 0}, ["revenue"]),
        ({"index_col": False}, ["product", "revenue"]),
        ({"sep": ";", "encoding": "latin-1", "engine": "python", "low_memory": False}, ["product", "revenue"]),
    ],
)
def test_options_choose_and_name_columns(options: dict[str, Any], columns: list[Any]) -> None:
    assert list(read("revenue.csv", **options).columns) == columns


def test_usecols_that_are_not_there_are_named() -> None:
    with pytest.raises(ValueError, match=r"expected but not found: \['x'\]"):
        read("revenue.csv", usecols=["x"])


def test_nrows_and_chunksize() -> None:
    assert len(read("sales.csv", nrows=5)) == 5
    assert [len(part) for part in read("sales.csv", chunksize=25)] == [25, 25, 10]


def test_dtype_na_values_and_converters() -> None:
    assert read("revenue.csv", dtype={"revenue": float, "other": int})["revenue"].dtype == "float64"
    assert read("revenue.csv", dtype=str)["revenue"].tolist()[0] == "120"
    assert read("revenue.csv", na_values=["tea"])["product"].isna().sum() == 1
    assert read("revenue.csv", na_values={"revenue": 60})["revenue"].isna().sum() == 1
    assert read("revenue.csv", converters={"revenue": lambda v: int(v) + 1})["revenue"].tolist()[0] == 121


def test_parse_dates_tries_text_once_more() -> None:
    batch = pa.record_batch({"when": pa.array(["3 May 2024", "4 May 2024"], pa.large_utf8())})
    frames.take([("t", "t.csv", batch)])
    assert str(frames.read_csv("t.csv", parse_dates=["when"])["when"].dtype).startswith("datetime64")
    assert str(frames.read_csv("t.csv", parse_dates=True, index_col="when").index.dtype).startswith("datetime64")


def test_parse_dates_leaves_what_is_no_date() -> None:
    assert read("revenue.csv", parse_dates=["product", "nope"])["product"].tolist()[0] == "tea"


def test_lines_that_were_to_be_skipped_are_told(run: Run) -> None:
    document = run("d = pd.read_csv('revenue.csv', skiprows=2)\nfig = px.bar(d, x='product', y='revenue')")
    assert document["notes"] == ["read_csv: skiprows left out; the table's start and end were found already."]


def test_plotlys_packaged_tables_are_still_read(run: Run) -> None:
    assert run("print(len(px.data.gapminder()), len(px.data.tips()))")["out"] == "1704 244\n"


def test_tables_of_one_name_are_kept_apart() -> None:
    found = frames.take([("a", "a.csv", TABLES[1][2]), ("a_2", "a.csv", TABLES[2][2])])
    assert frames.read_csv("a.csv").shape == (4, 2)
    assert frames.read_csv("a_2").shape == found["a_2"].shape == (40, 6)


@pytest.mark.parametrize("key", ["sales", "sales.csv", "SALES.csv", "/data/sales.csv"])
def test_dfs_is_asked_by_any_name(key: str) -> None:
    tables = frames.take(TABLES)
    assert key in tables
    assert tables[key] is tables["sales"]
    assert tables.get(key) is tables["sales"]


def test_dfs_lists_each_table_once() -> None:
    tables = frames.take(TABLES)
    assert list(tables) == ["sales", "revenue", "prices"]
    assert tables.get("nope") is None
    assert "nope" not in tables
