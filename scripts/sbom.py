"""sbom.py NAME: a CycloneDX 1.5 bill of materials of what is installed here, as JSON.

Debian packages by dpkg's own list, Python packages by the metadata in
/opt/plotd/venv (or PLOTD_VENV). Needs nothing but Python.
"""

import importlib.metadata
import json
import os
import pathlib
import subprocess
import sys


def debian() -> list[dict[str, object]]:
    """One component a Debian package."""
    listed = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package}\t${Version}\t${Architecture}\t${db:Status-Status}\n"],
        check=True, capture_output=True, text=True,
    ).stdout
    rows = (line.split("\t") for line in listed.splitlines())
    return [
        {
            "type": "library",
            "name": name,
            "version": version,
            "purl": f"pkg:deb/debian/{name}@{version.replace(':', '%3A').replace('+', '%2B')}?arch={architecture}",
        }
        for name, version, architecture, state in rows
        if state == "installed"
    ]


def python() -> list[dict[str, object]]:
    """One component a Python package of the virtual environment."""
    venv = pathlib.Path(os.environ.get("PLOTD_VENV", "/opt/plotd/venv"))
    sites = [str(path) for path in venv.glob("lib/python3*/site-packages")]
    found = []
    for package in importlib.metadata.distributions(path=sites):
        name, version = package.metadata["Name"], package.version
        licence = package.metadata.get("License-Expression") or package.metadata.get("License") or ""
        component: dict[str, object] = {
            "type": "library", "name": name, "version": version, "purl": f"pkg:pypi/{name.lower()}@{version}",
        }
        if licence and "\n" not in licence:
            component["licenses"] = [{"license": {"name": licence}}]
        found.append(component)
    return found


def main() -> None:
    """Prints the document; sorted, without time or serial, so that equal contents give equal bytes."""
    components = sorted([*debian(), *python()], key=lambda row: str(row["purl"]))
    subject = {"type": "application", "name": sys.argv[1], "licenses": [{"license": {"id": "MIT"}}]}
    json.dump(
        {
            "bomFormat": "CycloneDX",
            "specVersion": "1.5",
            "version": 1,
            "metadata": {"component": subject},
            "components": components,
        },
        sys.stdout, indent=1,
    )
    print()


if __name__ == "__main__":
    main()
