"""Where and of what a measurement was made: commit, processor, versions; so that figures are never told alone."""

import json
import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from tests.benchmarks import django_oauth_toolkit, node_oidc_provider
from tests.interop.node_packages import NODE

ROOT = Path(__file__).resolve().parents[2]
QUIET = 1.0
"""A load average below it means that nobody else takes much."""
OURS = ("authlib", "flask", "sqlalchemy", "psycopg", "redis", "granian", "cryptography")


def head(mode: str) -> str:
    """The first lines of every report."""
    changed = " with uncommitted changes" if _told("git", "status", "--porcelain", "--untracked-files=no") else ""
    load = os.getloadavg()[0]
    caution = ": others are at work here, so ratios and CPU tell more than rates" if load > QUIET else ""
    return "\n".join(
        [
            f"# make bench ({mode}), {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
            "",
            f"- commit {_told('git', 'rev-parse', '--short', 'HEAD')}{changed}",
            f"- {os.cpu_count()} CPUs ({_processor()}), Linux {platform.release()}; load when it began: {load:.1f}{caution}",
            f"- Python {platform.python_version()}, {', '.join(f'{name} {version(name)}' for name in OURS)}",
            f"- Node {_told(str(NODE), '--version').lstrip('v')}, {', '.join(_node_packages())}",
            f"- {', '.join(_django_packages())}",
            f"- {', '.join(_stores())}",
        ]
    )


def _processor() -> str:
    found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text("utf-8"), re.MULTILINE)
    return found[1] if found else platform.machine()


def _node_packages() -> list[str]:
    manifest = json.loads((node_oidc_provider.PROGRAM / "package.json").read_text("utf-8"))
    return [f"{name} {number}" for name, number in manifest["dependencies"].items()]


def _django_packages() -> list[str]:
    lock = (django_oauth_toolkit.PROJECT / "requirements.lock").read_text("utf-8")
    found = re.findall(
        r"^(django|django-oauth-toolkit|oauthlib)==(\S+)(?: ; python_full_version < '3.12')?", lock, re.MULTILINE
    )
    here = dict(reversed(found))  # the one for this Python stands first
    return [f"{name} {number}" for name, number in sorted(here.items())]


def _stores() -> list[str]:
    postgres = max(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    programs = {
        "PostgreSQL": [str(postgres), "--version"],
        "Redis": ["redis-server", "--version"],
        "wrk": ["wrk", "-v"],
    }
    return [f"{name} {_number(_told(*command))}" for name, command in programs.items()]


def _number(text: str) -> str:
    found = re.search(r"\d+\.\d+(?:\.\d+)?", text)
    return found[0] if found else "?"


def _told(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr).strip()
