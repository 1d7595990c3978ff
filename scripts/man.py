"""man.py DIRECTORY: writes plotd.1 and plotd.env.5 there, from the program's own words.

The commands come from `plotd --help`, the options from `plotd config --json`.
"""

import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
PLOTD = os.environ.get("PLOTD_BIN", str(ROOT / "build/release/src/cli/plotd"))


def said(*args: str) -> str:
    """What plotd prints, with nothing set in the environment."""
    return subprocess.run(
        [PLOTD, *args], check=True, capture_output=True, text=True, env={"PATH": os.environ["PATH"]}
    ).stdout


def roff(text: str) -> str:
    """The text with what roff would read as its own escaped."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"(?m)^([.'])", r"\\&\1", text)


def verbatim(text: str) -> str:
    """Lines as they stand."""
    return f".nf\n{roff(text.rstrip())}\n.fi\n"


def title(name: str, section: int, version: str) -> str:
    """The page's first line."""
    return f".TH {name.upper()} {section} \"\" \"plotd {version}\" \"plotd\"\n"


def program_page(version: str) -> str:
    """plotd(1)."""
    usage = said("--help")
    parts = [
        title("plotd", 1, version),
        ".SH NAME\nplotd \\- answers questions about CSV files with interactive charts\n",
        ".SH SYNOPSIS\n.B plotd\n.I COMMAND\n[\\fIOPTION\\fR...]\n",
        ".SH DESCRIPTION\nA language model, or with no key plotd's own rules, writes Python plotting code for a "
        "question about CSV files. plotd checks the code, runs it in a sandbox, and answers with one "
        "self\\-contained HTML page.\n",
        ".SH COMMANDS\n",
    ]
    names = re.findall(r"(?m)^  (\w+) ", usage)
    parts += [f".SS plotd {name}\n" + verbatim(said(name, "--help")) for name in names]
    codes = re.search(r"Exit codes: (.*)", usage, re.S)
    if codes:
        parts.append(".SH EXIT STATUS\n" + roff(" ".join(codes[1].split())) + "\n")
    parts.append(".SH ENVIRONMENT\nEvery option is also an environment variable: see\n.BR plotd.env (5).\n")
    parts.append(
        ".SH EXAMPLES\n"
        + verbatim('plotd ask "total amount by region" sales.csv -o plot.html\nplotd serve --port 8000\nplotd doctor')
    )
    parts.append(".SH SEE ALSO\n.BR plotd.env (5)\n")
    return "".join(parts)


def options_page(version: str) -> str:
    """plotd.env(5)."""
    parts = [
        title("plotd.env", 5, version),
        ".SH NAME\nplotd.env \\- options of plotd\n",
        ".SH DESCRIPTION\nLines of NAME=VALUE in\n.IR /etc/plotd/plotd.env ,\nread by the systemd unit; the same "
        "names work as environment variables, and but for the keys as flags. A flag wins over the environment, the "
        "environment over the default; an empty value counts as not set. Sizes take K, M "
        "and G, times ms, s, m and h.\n",
        ".SH OPTIONS\n",
    ]
    for name, option in json.loads(said("config", "--json")).items():
        flag = f", \\fB{roff('--' + option['flag'])}\\fR" if option["flag"] else ""
        default = f" Default: {roff(option['default'])}." if option["default"] else ""
        parts.append(f".TP\n\\fB{roff(name)}\\fR{flag}\n{roff(option['text'])}{default}\n")
    parts.append(".SH SEE ALSO\n.BR plotd (1)\n")
    return "".join(parts)


def main() -> None:
    """Writes both pages."""
    where = pathlib.Path(sys.argv[1])
    where.mkdir(parents=True, exist_ok=True)
    version = said("--version").split()[1]
    (where / "plotd.1").write_text(program_page(version))
    (where / "plotd.env.5").write_text(options_page(version))


if __name__ == "__main__":
    main()
