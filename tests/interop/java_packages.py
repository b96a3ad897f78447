"""The Java packages of the tests: fetched once by Maven, each held against its hash, and what is compiled against them.

Repository, proxy and mirrors are Maven's to read from its settings; the lock holds coordinates and hashes, and no address.
What lies in Maven's own local repository is not fetched again, so a machine that has seen it once needs no network.
"""

import fcntl
import hashlib
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

LOCK = Path(__file__).with_name("java_packages.lock")
"""Every package and the packages it needs; the first needs none."""
CACHE = Path(__file__).resolve().parents[2] / ".cache" / "java"
JAVA, JAVAC, MAVEN = (Path("/usr/bin") / name for name in ("java", "javac", "mvn"))
"""Debian's own, whatever PATH says."""
_PROJECT = """
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>tests</groupId><artifactId>interop</artifactId><version>1</version><packaging>pom</packaging>
  <build><plugins><plugin>
    {first}<extensions>true</extensions>
    <dependencies>{others}</dependencies>
  </plugin></plugins></build>
</project>
"""
# Extensions of a build are what Maven fetches without any plugin, and one old library that it lays beside each. With
# `dependency:copy-dependencies` it would first fetch, and run, some fifty packages of that plugin that no lock knows.


class Package(NamedTuple):
    """One line of the lock."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def jar(self) -> str:
        """Its file's name."""
        return f"{self.artifact}-{self.version}.jar"

    def element(self, around: str = "") -> str:
        """Its coordinates in a project."""
        inside = (
            f"<groupId>{self.group}</groupId><artifactId>{self.artifact}</artifactId><version>{self.version}</version>"
        )
        return f"<{around}>{inside}</{around}>" if around else inside


def locked() -> list[Package]:
    """The lines of the lock."""
    lines = LOCK.read_text("utf-8").splitlines()
    return [Package(*re.split("[: ]", line)) for line in lines]


def install() -> Path:
    """The folder that holds the packages; an interrupted installation leaves nothing under this name."""
    folder = CACHE / _digest(LOCK)
    with _unless_there(folder) as unfinished:
        if unfinished is not None:
            _fetch(locked(), unfinished)
    return folder


def class_path(program: Path) -> str:
    """Where Java finds the classes of this folder, compiled once, and what they need."""
    packages, sources = f"{install()}/*", sorted(program.glob("*.java"))
    folder = CACHE / _digest(LOCK, *sources)
    with _unless_there(folder) as unfinished:
        if unfinished is not None:
            _run([str(JAVAC), "-encoding", "UTF-8", "-cp", packages, "-d", ".", *map(str, sources)], unfinished)
    return f"{folder}:{packages}"


def _fetch(packages: list[Package], folder: Path) -> None:
    first, *others = packages
    project = _PROJECT.format(first=first.element(), others="".join(each.element("dependency") for each in others))
    (folder / "pom.xml").write_text(project, "utf-8")
    local = Path.home() / ".m2" / "repository"
    _run([str(MAVEN), "--batch-mode", "--quiet", f"-Dmaven.repo.local={local}", "validate"], folder)
    for package in packages:
        fetched = local.joinpath(*package.group.split("."), package.artifact, package.version, package.jar)
        found = hashlib.sha256(fetched.read_bytes()).hexdigest()
        assert found == package.sha256, f"{fetched} is not what {LOCK.name} names"
        shutil.copy(fetched, folder)


def _digest(*files: Path) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


@contextmanager
def _unless_there(folder: Path) -> Iterator[Path | None]:
    """A folder that gets this name when everything in it succeeded; None: there is one. One process at a time."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # Maven's local repository is not made for two that write
        if folder.is_dir():
            yield None
            return
        with tempfile.TemporaryDirectory(dir=CACHE) as unfinished:
            yield Path(unfinished)
            Path(unfinished).rename(folder)
            Path(unfinished).mkdir()


def _run(command: list[str], folder: Path) -> None:
    assert Path(command[0]).exists(), f"{command[0]} is missing: the tests need Debian's default-jdk-headless and maven"
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, f"{command[0]} failed:\n{done.stdout}{done.stderr}"
