"""Sums JUnit files: prints what failed, then "P F S" as the last line.

A file that is missing or broken counts as one failure: a section that dies
without a word must not pass."""

import sys
import xml.etree.ElementTree as ET


def cases(path: str) -> list[tuple[str, str]]:
    """The (outcome, name) of every test case of one file."""
    try:
        tree = ET.parse(path)
    except (OSError, ET.ParseError) as problem:
        return [("failed", f"{path}: {problem}")]
    found = []
    for case in tree.iter("testcase"):
        name = "::".join(part for part in (case.get("classname"), case.get("name")) if part)
        kinds = {child.tag for child in case}
        outcome = "failed" if kinds & {"failure", "error"} else "skipped" if "skipped" in kinds else "passed"
        found.append((outcome, name))
    return found


def main(paths: list[str]) -> None:
    """Prints the sum of the files named."""
    all_cases = [case for path in paths for case in cases(path)]
    for outcome, name in all_cases:
        if outcome == "failed":
            print(f"FAILED {name}")
    count = {kind: sum(1 for outcome, _ in all_cases if outcome == kind) for kind in ("passed", "failed", "skipped")}
    print(count["passed"], count["failed"], count["skipped"])


main(sys.argv[1:])
