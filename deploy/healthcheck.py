"""Exits 0 when the service in this container answers that it is well."""

import json
import os
import sys
import urllib.request

PORT = os.environ.get("PLOTD_PORT") or "8000"

try:
    with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/health", timeout=4) as answer:
        sys.exit(0 if json.load(answer)["status"] == "ok" else 1)
except (OSError, ValueError, KeyError) as problem:
    sys.exit(f"{type(problem).__name__}: {problem}")
