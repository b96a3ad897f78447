"""Asks for known vulnerabilities in the locked packages, and never mistakes silence for a clean answer.

pip-audit ends with success when the advisory service knows none of the packages or cannot be reached; here that is an
outcome of its own. Exit status: 0 clean, 1 vulnerable, 2 nothing is known (0 with --when-reachable, said aloud).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

PATIENCE = 180
"""Seconds after which a silent advisory service counts as unreachable."""


def findings(lock: Path) -> list[dict[str, Any]]:
    """What pip-audit says of each package in `lock`; empty when it could not ask."""
    program = Path(sys.executable).with_name("pip-audit")
    command: list[str | Path] = [
        program,
        "--require-hashes",
        "--disable-pip",
        "--progress-spinner=off",
        "--format=json",
        "-r",
        lock,
    ]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
        dependencies: list[dict[str, Any]] = json.loads(answer.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError):
        return []
    return dependencies


def verdict(lock: Path, found: list[dict[str, Any]]) -> int:
    """Print what was found in `lock` and return the exit status for it."""
    vulnerable = [package for package in found if package.get("vulns")]
    unanswered = [package for package in found if "skip_reason" in package]
    for package in vulnerable:
        for flaw in package["vulns"]:
            mended = ", ".join(flaw["fix_versions"]) or "nothing yet"
            print(f"audit: {package['name']} {package['version']}: {flaw['id']}, mended by {mended}")
    if vulnerable:
        return 1
    if unanswered or not found:
        print(f"audit: {lock.name}: the advisory service did not answer for {len(unanswered) or 'any of its'} packages")
        return 2
    print(f"audit: {lock.name}: no known vulnerability in {len(found)} packages")
    return 0


def main() -> None:
    """Audit the locks named on the command line; the worst of them is the exit status."""
    parser = argparse.ArgumentParser(description="Ask for known vulnerabilities in locked packages.")
    parser.add_argument("locks", nargs="+", type=Path)
    parser.add_argument("--when-reachable", action="store_true", help="silence of the service is no failure")
    arguments = parser.parse_args()
    outcomes = [verdict(lock, findings(lock)) for lock in arguments.locks]
    if 1 in outcomes:
        sys.exit(1)
    if 2 in outcomes and not arguments.when_reachable:
        sys.exit(2)


if __name__ == "__main__":
    main()
