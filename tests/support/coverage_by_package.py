"""Print how much of each package the tests executed, from the JSON report of coverage.py on standard input."""

import json
import sys
from collections import Counter
from pathlib import PurePath


def by_package(report: dict[str, dict[str, dict[str, dict[str, int]]]]) -> dict[str, tuple[int, int]]:
    """Return the numbers of executed and of all statements, by package."""
    executed: Counter[str] = Counter()
    statements: Counter[str] = Counter()
    for path, measured in report["files"].items():
        package = PurePath(path).parts[1].removesuffix(".py")
        executed[package] += measured["summary"]["covered_lines"]
        statements[package] += measured["summary"]["num_statements"]
    return {package: (executed[package], statements[package]) for package in sorted(statements)}


if __name__ == "__main__":
    for package, (executed, statements) in by_package(json.load(sys.stdin)).items():
        sys.stdout.write(f"{package:12} {executed:6} of {statements:6} {100 * executed / max(statements, 1):5.1f} %\n")
