"""The Java packages of the tests: each by its hash, from whatever repository the machine uses."""

import hashlib
import re
import subprocess
from pathlib import Path

import pytest

from tests.interop import java_packages
from tests.interop.java_packages import JAVAC, LOCK, install, locked


def test_the_lock_has_hashes_and_no_address() -> None:
    text = LOCK.read_text("utf-8")
    assert re.fullmatch(r"(?:[\w.-]+:[\w.-]+:[\w.-]+ [0-9a-f]{64}\n)+", text)
    assert text.splitlines() == sorted(text.splitlines())


def test_nothing_else_is_installed() -> None:
    """What the lock names is all that the programs find, and each is what the lock says."""
    found = {jar.name: hashlib.sha256(jar.read_bytes()).hexdigest() for jar in install().glob("*.jar")}
    assert found == {package.jar: package.sha256 for package in locked()}


def test_another_package_of_the_same_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutation: hashes not compared. Nothing is left behind that a next run would take."""
    install()
    forged = tmp_path / "java_packages.lock"
    forged.write_text(re.sub(r"[0-9a-f]{64}$", "0" * 64, LOCK.read_text("utf-8"), count=1, flags=re.MULTILINE), "utf-8")
    monkeypatch.setattr(java_packages, "LOCK", forged)
    monkeypatch.setattr(java_packages, "CACHE", tmp_path / "cache")
    with pytest.raises(AssertionError, match=re.escape("is not what java_packages.lock names")):
        install()
    assert [left.name for left in (tmp_path / "cache").iterdir()] == ["lock"]


def test_java_is_new_enough() -> None:
    """The programs are written in Java 17."""
    told = subprocess.run([str(JAVAC), "-version"], capture_output=True, text=True, check=True).stdout
    assert int(told.split()[1].partition(".")[0]) >= 17
