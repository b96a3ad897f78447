"""Who may import whom: the contracts in pyproject.toml hold, and they bite."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import PACKAGES, ROOT


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_contracts_hold() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("module", "statement", "contract"),
    [
        ("realnames/identifiers/__init__.py", "import idp.clock", "Floors"),
        ("idp/http/__init__.py", "import flask", "no Flask"),
        ("idp/policy/__init__.py", "import sqlalchemy", "SQLAlchemy"),
        ("idp/pages/__init__.py", "import authlib", "Authlib"),
        ("admin/__init__.py", "import httpx", "httpx"),
        ("connectors/__init__.py", "import idp.policy", "Channels"),
    ],
)
def test_a_contract_bites(tmp_path: Path, module: str, statement: str, contract: str) -> None:
    """Mutation: take the contract out of pyproject.toml."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "static"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / module).open("a", encoding="utf-8") as file:
        file.write(f"\n{statement}\n")
    result = lint(tmp_path)
    assert result.returncode == 1
    assert any("BROKEN" in line and contract in line for line in result.stdout.splitlines()), result.stdout
