"""A short hash of all that the runner is made of, as a C string: fingerprint.py SRC OUT DEPFILE.

plotd and plotd-runner both carry it, so that plotd can tell an image that was built from other sources."""

import hashlib
import sys
from pathlib import Path

src, out, depfile = (Path(argument) for argument in sys.argv[1:])
paths = sorted(
    path
    for pattern in ("runner/*.[ch]", "runner/python/*.py", "runner/python/*.lock", "sandbox/wire.*", "sandbox/layers.*")
    for path in src.glob(pattern)
)
whole = hashlib.sha256()
for path in paths:
    whole.update(f"{path.relative_to(src)} {path.stat().st_size}\n".encode() + path.read_bytes())
out.write_text(
    f'#include "sandbox/wire.h"\n\nconst char WIRE_FINGERPRINT[17] = "{whole.hexdigest()[:16]}";\n', encoding="utf-8"
)
depfile.write_text(f"{out.name}: " + " ".join(map(str, paths)) + "\n", encoding="utf-8")
