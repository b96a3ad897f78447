"""Writes sbom.cdx.json: the bill of materials of what the product runs on, in CycloneDX 1.6.

It says what requirements.lock says, no more: the same lock gives the same bytes, on every machine and without network,
and no address of an index is in it. The lock's digest ties the two together; the files' hashes stay in the lock.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
PIN = re.compile(r"(?P<name>[a-z0-9._-]+)(\[[a-z0-9,._-]+\])?==(?P<version>[^ ;\\]+)")
VIA = re.compile(r" {4}# (?:via (?! *$)|  )(?P<user>[a-z0-9._-]+)")


class Package(NamedTuple):
    """One pinned package and who needs it."""

    name: str
    version: str
    users: tuple[str, ...]

    @property
    def purl(self) -> str:
        """The package URL, which is also its reference inside the document."""
        return f"pkg:pypi/{self.name}@{self.version}"


def packages_of(lock: str) -> list[Package]:
    """The packages a lock written by `uv pip compile` pins, with the users its `# via` comments name."""
    packages: list[Package] = []
    for line in lock.splitlines():
        if pin := PIN.match(line):
            packages.append(Package(pin["name"], pin["version"], ()))
        elif via := VIA.match(line):
            packages[-1] = packages[-1]._replace(users=(*packages[-1].users, via["user"]))
    return packages


def bill(project: dict[str, Any], lock: str) -> dict[str, Any]:
    """The document for `project` (the table of that name in pyproject.toml) and the text of its lock."""
    packages = packages_of(lock)
    name = project["name"]
    references = [(name, name), *((package.name, package.purl) for package in packages)]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": name,
                "name": name,
                "version": project["version"],
                "description": project["description"],
                "licenses": [{"license": {"id": project["license"]}}],
            },
            "properties": [{"name": "requirements.lock:sha256", "value": hashlib.sha256(lock.encode()).hexdigest()}],
        },
        "components": [
            {"type": "library", "bom-ref": each.purl, "name": each.name, "version": each.version, "purl": each.purl}
            for each in packages
        ],
        "dependencies": [
            {"ref": reference, "dependsOn": sorted(each.purl for each in packages if user in each.users)}
            for user, reference in references
        ],
    }


def text() -> str:
    """The document as it stands in sbom.cdx.json."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    document = bill(project, (ROOT / "requirements.lock").read_text(encoding="utf-8"))
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    (ROOT / "sbom.cdx.json").write_text(text(), encoding="utf-8")
