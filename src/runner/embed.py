"""Writes the runner's Python modules into one C file: embed.py FOLDER OUT.c DEPFILE. FOLDER/x.py becomes plotd_x."""

import re
import sys
from pathlib import Path


def c_bytes(source: bytes) -> str:
    lines = (source[at : at + 20] for at in range(0, len(source), 20))
    return "\n".join("\t" + " ".join(f"{byte - 256 if byte > 127 else byte}," for byte in line) for line in lines)


def in_order(sources: dict[str, bytes]) -> list[str]:
    """Each module after those it imports; an import in a circle would fail at start as well."""
    order: list[str] = []

    def visit(name: str) -> None:
        if name in order or name not in sources:
            return
        for used in re.findall(rb"^(?:import|from) (plotd_\w+)", sources[name], re.MULTILINE):
            visit(used.decode())
        order.append(name)

    for name in sources:
        visit(name)
    return order


def main(folder: str, out: str, depfile: str) -> None:
    paths = sorted(Path(folder).glob("*.py"))
    sources = {f"plotd_{path.stem}": path.read_bytes() for path in paths}
    text = ['#include "runner/embedded.h"\n']
    rows = []
    for i, name in enumerate(in_order(sources)):
        text.append(f"static const char SOURCE_{i}[] = {{\n{c_bytes(sources[name])}\n\t0}};\n")
        rows.append(f'\t{{"{name}", "<{name}>", SOURCE_{i}}},')
    text.append("const embedded_module EMBEDDED[] = {\n" + "\n".join(rows) + "\n};")
    text.append(f"const size_t EMBEDDED_COUNT = {len(rows)};\n")
    Path(out).write_text("\n".join(text), encoding="utf-8")
    Path(depfile).write_text(f"{Path(out).name}: " + " ".join(map(str, paths)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
