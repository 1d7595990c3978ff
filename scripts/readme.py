"""Fills in what README.md, env.example and compose.yaml repeat from elsewhere.

    python3 scripts/readme.py          writes them
    python3 scripts/readme.py --check  says what is out of date, exits 1

The tables stand between <!-- NAME --> and <!-- /NAME --> and come from the
option table of the program (`plotd config`), from scripts/packages.txt and
from the runner's requirements.in.
"""

import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
PLOTD = os.environ.get("PLOTD_BIN", str(ROOT / "build/release/src/cli/plotd"))

PYTHON_REASONS = {
    "numpy": "arrays under pandas",
    "orjson": "figures to JSON; replaces plotly's own writer, 10 times slower",
    "pandas": "what the code computes with",
    "plotly": "what the code draws with; its plotly.js is in every page",
    "pyarrow": "takes plotd's columns over without a second parse",
}


def config(form: str) -> str:
    """plotd's own words about its options, with nothing set in the environment."""
    return subprocess.run(
        [PLOTD, "config", form], check=True, capture_output=True, text=True, env={"PATH": os.environ["PATH"]}
    ).stdout


def packages() -> str:
    """The Debian packages as a table."""
    rows = []
    for line in (ROOT / "scripts/packages.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            name, who, reason = line.split(maxsplit=2)
            rows.append(f"| {name} | {who} | {reason} |")
    return "| Debian package | for | why |\n|---|---|---|\n" + "\n".join(rows) + "\n"


def python_packages() -> str:
    """The runner's own Python packages as a table."""
    pinned = re.findall(r"(?m)^(\w+)==(\S+)", (ROOT / "src/runner/python/requirements.in").read_text())
    rows = [f"| {name} | {version} | {PYTHON_REASONS[name]} |" for name, version in pinned]
    return "| PyPI package | version | why |\n|---|---|---|\n" + "\n".join(rows) + "\n"


def filled(text: str, name: str, table: str) -> str:
    """The text with the block of this name replaced."""
    block = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.S)
    if not block.search(text):
        sys.exit(f"README.md has no block {name}")
    return block.sub(lambda found: f"{found[1]}{table}{found[2]}", text)


# Of the container, not of whoever starts it: where it listens and where its files lie.
OF_THE_IMAGE = {
    "PLOTD_HOST", "PLOTD_PORT", "PLOTD_EXECUTOR", "PLOTD_RUNNER", "PLOTD_PYTHON_HOME", "PLOTD_CACHE_DIR",
    "PLOTD_PLOTLY_JS", "DOCKER_HOST", "PLOTD_DOCKER_IMAGE",
}  # fmt: skip


def compose(text: str) -> str:
    """compose.yaml with every other option passed on from .env."""
    names = [name for name in re.findall(r"(?m)^#(\w+)=", config("--env")) if name not in OF_THE_IMAGE]
    block = re.compile(r"(?m)(^    environment:.*\n)(?:^      \w+: .*\n)+")
    if not block.search(text):
        sys.exit("compose.yaml has no block environment")
    return block.sub(lambda found: found[1] + "".join(f"      {name}: ${{{name}:-}}\n" for name in names), text)


def wanted() -> dict[pathlib.Path, str]:
    """File -> the text that it should have."""
    readme = (ROOT / "README.md").read_text()
    tables = {"config": config("--markdown"), "packages": packages(), "python": python_packages()}
    for name, table in tables.items():
        readme = filled(readme, name, table)
    head = "# Every option of plotd with its default. Copy to .env, uncomment what you change.\n\n"
    return {
        ROOT / "README.md": readme,
        ROOT / "env.example": head + config("--env"),
        ROOT / "compose.yaml": compose((ROOT / "compose.yaml").read_text()),
    }


def main() -> int:
    """Writes, or with --check compares."""
    stale = 0
    for path, text in wanted().items():
        if "--check" not in sys.argv:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            print(f"{path.name} is out of date: run python3 scripts/readme.py")
            stale = 1
    return stale


if __name__ == "__main__":
    sys.exit(main())
