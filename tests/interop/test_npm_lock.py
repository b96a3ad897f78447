"""The npm packages of the tests: each by its hash, from whatever registry the machine uses."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.benchmarks.node_oidc_provider import PROGRAM
from tests.interop.node_packages import HERE, NODE, install

both = pytest.mark.parametrize("folder", [HERE, PROGRAM], ids=["interop", "benchmarks"])


@both
def test_the_lock_has_hashes_and_no_address(folder: Path) -> None:
    """Mutation: `npm install` without `--omit-lockfile-registry-resolved`."""
    packages = json.loads((folder / "package-lock.json").read_text("utf-8"))["packages"]
    locked = [package for path, package in packages.items() if path]
    assert locked
    assert all(package["integrity"].startswith("sha512-") and "resolved" not in package for package in locked)


@both
def test_the_lock_answers_the_manifest(folder: Path) -> None:
    wanted = json.loads((folder / "package.json").read_text("utf-8"))["dependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())
    packages = json.loads((folder / "package-lock.json").read_text("utf-8"))["packages"]
    assert packages[""]["dependencies"] == wanted
    assert {name: packages[f"node_modules/{name}"]["version"] for name in wanted} == wanted


def test_node_comes_from_the_projects_own_lock() -> None:
    """openid-client needs 20 or newer; the machine's own Node, if it has one, is not asked."""
    told = subprocess.run([str(NODE), "--version"], capture_output=True, text=True, check=True).stdout
    assert int(told.lstrip("v").partition(".")[0]) >= 20
    assert (install() / "node_modules" / "openid-client" / "package.json").is_file()
