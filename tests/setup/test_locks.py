"""The locks: every package by its hash, no address, development on top of the product, the SBOM in step."""

import hashlib
import json
import re
import tomllib
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tools import sbom

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_hashes_and_no_address(lock: str) -> None:
    """Mutation: compile with the index address emitted, or one package from a URL."""
    text = read(lock)
    assert not re.search(r"://|@ |^-|^ *--(?!hash=sha256:)", text, re.MULTILINE)
    entries = re.split(r"\n(?=[a-z])", text)
    assert all(
        re.match(r"[a-z0-9._-]+(\[[a-z,]+\])?==[^ ]+ ", entry) and "--hash=sha256:" in entry for entry in entries
    )


def test_development_runs_what_production_runs() -> None:
    """What the tests prove is what is deployed. Mutation: compile the second lock without `-c requirements.lock`."""
    product, development = ({(each.name, each.version) for each in sbom.packages_of(read(lock))} for lock in LOCKS)
    assert product < development


def test_the_lock_answers_pyproject() -> None:
    """Mutation: add a dependency to pyproject.toml without `make lock`."""
    project = tomllib.loads(read("pyproject.toml"))["project"]
    wanted = {re.split(r"[^a-z0-9-]", dependency)[0] for dependency in project["dependencies"]}
    direct = {each.name for each in sbom.packages_of(read("requirements.lock")) if project["name"] in each.users}
    assert wanted == direct


def test_the_bill_of_materials_is_in_step_and_valid() -> None:
    """Red after a change of the lock or the version until `make sbom` is run."""
    committed = read("sbom.cdx.json")
    assert committed == sbom.text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(committed) is None
    pinned = re.findall(r"^([a-z0-9._-]+)(?:\[.*\])?==(\S+)", read("requirements.lock"), re.MULTILINE)
    assert [(each["name"], each["version"]) for each in json.loads(committed)["components"]] == pinned


def test_every_package_is_needed_by_something() -> None:
    document = json.loads(sbom.text())
    needed = {purl for each in document["dependencies"] for purl in each["dependsOn"]}
    assert needed == {each["purl"] for each in document["components"]}


def test_vendored_files_are_told_with_their_hashes() -> None:
    """Mutation: put another file into third_party/, or change one."""
    told = dict(re.findall(r"^\| `(third_party/[^`]+)` .* `([0-9a-f]{64})` \|$", read("THIRD_PARTY.md"), re.MULTILINE))
    present = {
        f"third_party/{file.name}": hashlib.sha256(file.read_bytes()).hexdigest()
        for file in (ROOT / "third_party").iterdir()
    }
    assert told == present
