"""Writes plotd's style, script and world map into a C file, as arrays of bytes.

    embed.py OUT.c NAME=FILE[,FILE…] …

Several files of one name are joined; scripts (*.js) become one strict function scope, without
the lines that are comments: each page carries them.
"""

import sys
from pathlib import Path


def joined(paths: list[Path]) -> bytes:
    text = "\n".join(path.read_text(encoding="utf-8") for path in paths)
    if paths[0].suffix == ".js":
        text = "".join(line for line in text.splitlines(keepends=True) if not line.lstrip().startswith("//"))
        text = f'(() => {{\n"use strict";\n{text}}})();\n'
    return text.encode()


def as_array(name: str, data: bytes) -> str:
    lines = (data[i : i + 24] for i in range(0, len(data), 24))
    body = ",\n".join(",".join(map(str, line)) for line in lines)
    return f"const unsigned char web_{name}[] = {{\n{body}\n}};\nconst size_t web_{name}_size = {len(data)};\n"


def main(out: str, *parts: str) -> None:
    text = '#include "page/web.h"\n'
    for part in parts:
        name, _, files = part.partition("=")
        text += as_array(name, joined([Path(file) for file in files.split(",")]))
    Path(out).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
