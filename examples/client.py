#!/usr/bin/env python3
"""Makes two small tables, asks plotd about them, saves output_plot.html.

Start the service with ./run, then: python3 examples/client.py
Needs nothing but Python's own library; with requests it is four lines (README).
"""

import argparse
import csv
import datetime
import io
import json
import os
import sys
import urllib.error
import urllib.request
import uuid

QUESTION = "Show sales trends by region and revenue by product"


def make_csv(header: list[str], rows: list[list[object]]) -> str:
    """The rows as CSV text."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([header, *rows])
    return text.getvalue()


def sales() -> str:
    """A year of monthly sales in three regions."""
    growth = {"North": 12.0, "South": 30.0, "West": -8.0}
    rows: list[list[object]] = []
    for month in range(1, 13):
        for start, (region, step) in zip((900, 600, 1100), growth.items(), strict=True):
            rows.append([datetime.date(2025, month, 1).isoformat(), start + step * month, region])
    return make_csv(["date", "amount", "region"], rows)


def revenue() -> str:
    """What each product brought in."""
    return make_csv(["product", "revenue"], [["Tea", 18250.5], ["Coffee", 42310.0], ["Cocoa", 9675.25]])


SCHEMA = {
    "tables": {
        "sales": {"columns": {"date": "DATE", "amount": "FLOAT", "region": "VARCHAR"}},
        "revenue": {"columns": {"product": "VARCHAR", "revenue": "FLOAT"}},
    }
}


def multipart(fields: dict[str, str], files: dict[str, str]) -> tuple[bytes, str]:
    """Body and content type of a multipart/form-data request."""
    border = uuid.uuid4().hex
    parts = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}' for name, value in fields.items()]
    parts += [
        f'Content-Disposition: form-data; name="files"; filename="{name}"\r\nContent-Type: text/csv\r\n\r\n{text}'
        for name, text in files.items()
    ]
    body = "".join(f"--{border}\r\n{part}\r\n" for part in parts) + f"--{border}--\r\n"
    return body.encode(), f"multipart/form-data; boundary={border}"


def options() -> argparse.Namespace:
    """Where plotd is, what is asked, where the page goes."""
    parser = argparse.ArgumentParser(description="Makes two small tables, asks plotd, saves output_plot.html.")
    parser.add_argument("--url", default=os.environ.get("PLOTD_URL", "http://127.0.0.1:8000"))
    parser.add_argument("--question", default=QUESTION)
    parser.add_argument("--output", default="output_plot.html")
    return parser.parse_args()


def main() -> int:
    """Posts the tables and saves the page; tells plotd's own words when it fails."""
    asked = options()
    body, content_type = multipart(
        {"schema": json.dumps(SCHEMA), "user_question": asked.question},
        {"sales.csv": sales(), "revenue.csv": revenue()},
    )
    request = urllib.request.Request(f"{asked.url}/generate-plot", body, {"Content-Type": content_type})
    try:
        with urllib.request.urlopen(request, timeout=300) as answer:
            reply = json.load(answer)
    except urllib.error.HTTPError as refused:
        print(f"plotd refused ({refused.code}): {refused.read().decode()}", file=sys.stderr)
        return 1
    except urllib.error.URLError as problem:
        print(f"no plotd at {asked.url} ({problem.reason}); start it with ./run", file=sys.stderr)
        return 1
    with open(asked.output, "w", encoding="utf-8") as page:
        page.write(reply["html"])
    print(f"{asked.output}: {reply['title']} ({reply['engine']}, {reply['attempts']} attempt(s))")
    for notice in reply["notices"]:
        print(f"note: {notice}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
