"""The house rules of the C code that a program can check."""

import pathlib
import re
import subprocess

import pytest
from conftest import ROOT, bare, name_of, ours

C = ours(".c", ".h")
SOURCES = [path for path in C if path.is_relative_to(ROOT / "src")]
HEADERS = [path for path in SOURCES if path.suffix == ".h"]

# Each is unbounded, hides its errors, keeps hidden state, or starts a shell.
BANNED = [
    "alloca", "atof", "atoi", "atol", "atoll", "gets", "gmtime", "localtime", "mktemp", "popen", "sprintf", "stpcpy",
    "strcat", "strcpy", "strdupa", "strncat", "strtok", "system", "tmpnam", "vsprintf",
]
FILE_LINES = 600
FUNCTION_LINES = 80


def test_clang_format_would_change_nothing() -> None:
    done = subprocess.run(["clang-format", "--dry-run", "--Werror", *C], capture_output=True, text=True)
    files = sorted({line.split(":")[0] for line in done.stderr.splitlines() if "error:" in line})
    assert files == [], "clang-format -i these"
    assert done.returncode == 0, done.stderr


def test_no_banned_function_is_called() -> None:
    called = re.compile(rf"(?<![\w.>])({'|'.join(BANNED)})\s*\(")
    found = [
        f"{name_of(path)}:{number}: {hit[1]}"
        for path in C
        for number, line in enumerate(bare(path.read_text()).splitlines(), 1)
        for hit in called.finditer(line)
    ]
    assert found == []


def test_files_stay_under_600_lines() -> None:
    long = [name_of(path) for path in C if len(path.read_text().splitlines()) >= FILE_LINES]
    assert long == []


def functions(path: pathlib.Path) -> list[tuple[str, int]]:
    """Name and lines of each function; clang-format puts both ends of one at the first column."""
    found, name, start = [], None, 0
    lines = bare(path.read_text()).splitlines()
    for number, line in enumerate(lines):
        if name is None and re.match(r"[a-zA-Z_].*\)\s*\{\s*$|[ \t].*\)\s*\{\s*$", line):
            head = line if line[0] not in " \t" else opening(lines, number)
            called = re.search(r"(\w+)\s*\(", head)
            if called and not re.match(r"\s*(if|for|while|switch|else|do)\b", head):
                name, start = called[1], number
        elif line.startswith("}") and name is not None:
            found.append((name, number - start + 1))
            name = None
    return found


def opening(lines: list[str], number: int) -> str:
    """The first line of a declaration that goes on over several."""
    while number > 0 and lines[number][:1] in (" ", "\t"):
        number -= 1
    return lines[number]


def test_functions_stay_within_80_lines() -> None:
    long = [
        f"{name_of(path)}: {name} has {lines}"
        for path in C
        for name, lines in functions(path)
        if lines > FUNCTION_LINES
    ]
    assert long == []


def reach() -> dict[str, set[str]]:
    """Folder -> the folders that its meson.build links, and theirs."""
    order = re.search(r"foreach folder : \[([^\]]*)\]", (ROOT / "src/meson.build").read_text())
    assert order
    home: dict[str, str] = {}  # the dependency's name -> the folder that declares it
    reachable: dict[str, set[str]] = {}
    for folder in re.findall(r"'(\w+)'", order[1]):
        text = (ROOT / "src" / folder / "meson.build").read_text()
        direct = {home[name] for name in re.findall(r"\b(\w+_dep)\b", text) if name in home}
        reachable[folder] = direct.union(*(reachable[name] for name in direct), {folder})
        home |= dict.fromkeys(re.findall(r"(?m)^(\w+_dep) = declare_dependency", text), folder)
    return reachable


def test_includes_follow_the_arrows_of_the_build() -> None:
    reachable, wrong = reach(), []
    for path in SOURCES:
        folder = path.relative_to(ROOT / "src").parts[0]
        for included in re.findall(r'#include "([^"]+)"', path.read_text()):
            target = included.split("/")[0] if "/" in included else folder
            if target not in reachable[folder]:
                wrong.append(f"{name_of(path)} includes {included}")
    assert wrong == []


@pytest.mark.parametrize("header", HEADERS, ids=name_of)
def test_each_header_stands_alone(header: pathlib.Path) -> None:
    flags = subprocess.run(["pkg-config", "--cflags", "python3"], capture_output=True, text=True).stdout.split()
    done = subprocess.run(
        ["gcc", "-std=gnu17", "-D_GNU_SOURCE", "-fsyntax-only", f"-I{ROOT}/src", *flags, "-x", "c", "-"],
        input=f'#include "{header}"\n#include "{header}"\n', capture_output=True, text=True,
    )
    assert done.returncode == 0, done.stderr
