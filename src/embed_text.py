"""Makes a text file a C string: embed.py NAME IN OUT."""

import sys
from pathlib import Path

name, source, target = sys.argv[1:]
lines = Path(source).read_text(encoding="utf-8").splitlines(keepends=True)
quoted = (line.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") for line in lines)
body = "\n".join(f'\t"{line}"' for line in quoted)
Path(target).write_text(f"static const char {name}[] =\n{body};\n", encoding="utf-8")
