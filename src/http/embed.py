"""Writes assets.c: openapi.json, home.html and error.html as C.

The document gets the version and the error codes, a page its policy with the hashes of its own script and style.

usage: embed.py VERSION openapi.json home.html error.html err_codes.h assets.c
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


def hashes(element: str, html: str) -> str:
    bodies = re.findall(rf"<{element}>(.*?)</{element}>", html, re.DOTALL)
    digests = (base64.b64encode(hashlib.sha256(body.encode()).digest()).decode() for body in bodies)
    return " ".join(f"'sha256-{digest}'" for digest in digests) or "'none'"


def policy(html: str) -> str:
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {hashes('script', html)}",
            f"style-src {hashes('style', html)}",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ]
    )


def array(name: str, text: str) -> str:
    return f"static const unsigned char {name}[] = {{\n{c_bytes(text)}\n}};\n"


def error_codes(header: str) -> list[str]:
    rows = re.findall(r'X\(ERR_\w+,\s*"(\w+)"', header)
    return [name for name in rows if name != "none"]


def main(version: str, openapi: str, home: str, error: str, codes: str, out: str) -> None:
    document = json.loads(Path(openapi).read_text())
    document["info"]["version"] = version
    properties = document["components"]["schemas"]["Error"]["properties"]["error"]["properties"]
    properties["code"]["enum"] = error_codes(Path(codes).read_text())
    home, error = Path(home).read_text(), Path(error).read_text()
    head, tail = error.split("<!--what-->")
    Path(out).write_text(
        f"""/* Made by embed.py. */
#include "http/assets.h"

#include "http/http.h"

{array("openapi", json.dumps(document, separators=(",", ":")))}
{array("home", home)}
{array("error_head", head)}
{array("error_tail", tail)}
const char HTTP_HOME_POLICY[] = "{policy(home)}";
const char HTTP_ERROR_POLICY[] = "{policy(error)}";

slice http_openapi(void) {{
	return (slice){{(const char *)openapi, sizeof openapi}};
}}

slice http_home(void) {{
	return (slice){{(const char *)home, sizeof home}};
}}

slice http_error_head(void) {{
	return (slice){{(const char *)error_head, sizeof error_head}};
}}

slice http_error_tail(void) {{
	return (slice){{(const char *)error_tail, sizeof error_tail}};
}}
"""
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
