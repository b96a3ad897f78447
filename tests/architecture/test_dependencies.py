"""The libraries: the right one under each name, none with a flaw we know of, every licence one we can live with."""

import re
from importlib.metadata import PackageNotFoundError, metadata, packages_distributions, version

import pytest
from packaging.version import Version

from tests.architecture.sources import ROOT
from tools import sbom

LICENCES = re.compile(r"\b(MIT|MIT-0|BSD|Apache|PSF|MPL|LGPL-3\.0-only)\b")
PACKAGES = [each.name for each in sbom.packages_of((ROOT / "requirements.lock").read_text(encoding="utf-8"))]
ELSEWHERE = {"async-timeout", "tzdata"}
"""Locked for other versions of Python or other systems only; not installed here."""


def test_passlib_is_the_maintained_one() -> None:
    """The original passlib is abandoned and breaks with current Python; libpass took over its name."""
    assert packages_distributions()["passlib"] == ["libpass"]


@pytest.mark.parametrize(("package", "mended"), [("flask", "3.1.3"), ("werkzeug", "3.1.6"), ("authlib", "1.9.9")])
def test_known_flaws_are_mended(package: str, mended: str) -> None:
    """N13, T13: CVE-2026-27205 and others. Red when the lock goes below these versions, also without network."""
    assert Version(version(package)) >= Version(mended)


@pytest.mark.parametrize("package", sorted({*PACKAGES} - ELSEWHERE))
def test_a_licence_is_known_and_friendly(package: str) -> None:
    """Mutation: depend on something under a licence that would bind the city's own code."""
    told = metadata(package)
    fields = [each for field in ("License-Expression", "License", "Classifier") for each in told.get_all(field) or []]
    assert any(LICENCES.search(each) for each in fields if not each.startswith(("Programming", "Topic")))


def test_what_is_not_installed_is_known() -> None:
    """Mutation: let a package for other machines slip past the licence test unseen."""
    missing = set()
    for package in PACKAGES:
        try:
            version(package)
        except PackageNotFoundError:
            missing.add(package)
    assert missing <= ELSEWHERE
