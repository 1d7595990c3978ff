"""Writes assets.c: openapi.json and home.html as C.

The document gets the version and the error codes, the page its policy with the hashes of its own script and style.

usage: embed.py VERSION openapi.json home.html err_codes.h assets.c
"""

import base64
import hashlib
import json
import re
import sys
from pathlib import Path


def c_bytes(text: str) -> str:
    data = text.encode()
    rows = (data[i : i + 16] for i in range(0, len(data), 16))
    return "\n".join("\t" + " ".join(f"{byte:#04x}," for byte in row) for row in rows)


def source(element: str, html: str) -> str:
    body = re.search(rf"<{element}>(.*?)</{element}>", html, re.DOTALL)
    assert body, f"home.html has no <{element}>"
    digest = hashlib.sha256(body[1].encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def policy(html: str) -> str:
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {source('script', html)}",
            f"style-src {source('style', html)}",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ]
    )


def error_codes(header: str) -> list[str]:
    rows = re.findall(r'X\(ERR_\w+,\s*"(\w+)"', header)
    return [name for name in rows if name != "none"]


def main(version: str, openapi: str, home: str, codes: str, out: str) -> None:
    document = json.loads(Path(openapi).read_text())
    document["info"]["version"] = version
    error = document["components"]["schemas"]["Error"]["properties"]["error"]
    error["properties"]["code"]["enum"] = error_codes(Path(codes).read_text())
    html = Path(home).read_text()
    Path(out).write_text(
        f"""/* Made by embed.py. */
#include "http/assets.h"

#include "http/http.h"

static const unsigned char openapi[] = {{
{c_bytes(json.dumps(document, separators=(",", ":")))}
}};

static const unsigned char home[] = {{
{c_bytes(html)}
}};

const char HTTP_HOME_POLICY[] = "{policy(html)}";

slice http_openapi(void) {{
	return (slice){{(const char *)openapi, sizeof openapi}};
}}

slice http_home(void) {{
	return (slice){{(const char *)home, sizeof home}};
}}
"""
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
