"""What a typical job does, once more, in a trial fork: the pages that it writes to are those that spares copy ahead
(hot.c). Narrow on purpose: what only some jobs touch is cheaper to copy when one of them comes."""

from __future__ import annotations

import datetime

import plotd_job
import pyarrow as pa

CODES = (
    b'fig = px.line(sample, x="day", y="amount", color="region", title="Amount by day")',
    b'top = sample.groupby("region", as_index=False)["amount"].sum().sort_values("amount")\n'
    b'fig = px.bar(top, x="region", y="amount")',
)


def rehearse() -> None:
    n = 1000
    start = datetime.datetime(2024, 1, 1)
    table = pa.record_batch(
        {
            "day": pa.array([start + datetime.timedelta(days=i % 365) for i in range(n)], pa.timestamp("us")),
            "region": pa.array([("north", "south", "east")[i % 3] for i in range(n)], pa.large_utf8()),
            "amount": pa.array([float(i * 7919 % 1000) for i in range(n)], pa.float64()),
        }
    )
    for code in CODES:
        plotd_job.run(code, [("sample", "sample.csv", table)], {})
