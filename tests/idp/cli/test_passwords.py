"""`idp passwords build-list`, and what becomes of its list."""

from hashlib import sha1
from pathlib import Path

import pytest

from idp.factors.password_list import PasswordList
from tests.idp.cli.conftest import CommandLine


@pytest.fixture
def words(tmp_path: Path) -> Path:
    path = tmp_path / "words"
    path.write_text("woaini1314\n江边的树 春天会开花\n\nwoaini1314\n", "utf-8")
    return path


def test_a_list_is_built_and_told(idp: CommandLine, words: Path, tmp_path: Path) -> None:
    target = tmp_path / "list.bin"
    said = idp("passwords", "build-list", str(words), str(target))
    assert said.exit_code == 0, said.output
    assert "2 passwords, 48 bytes" in said.stdout
    assert "passwords.breached_list" in said.stdout
    assert "江边的树 春天会开花" in PasswordList(target)


def test_what_cannot_be_used_leaves_the_old_list(idp: CommandLine, tmp_path: Path) -> None:
    """Mutation: written in place, and the next start meets half a list."""
    hashes = sorted((sha1(word).hexdigest() for word in (b"one", b"two", b"three")), reverse=True)
    source, target = tmp_path / "hashes", tmp_path / "list.bin"
    source.write_text("".join(f"{digest}:1\n" for digest in hashes), "utf-8")
    target.write_bytes(b"the old one")
    refused = idp("passwords", "build-list", str(source), str(target))
    assert refused.exit_code == 1
    assert "Line 2 comes too late" in refused.stderr
    assert target.read_bytes() == b"the old one"
    assert {path.name for path in tmp_path.iterdir()} >= {"hashes", "list.bin"}
    assert not [path for path in tmp_path.iterdir() if path.name.startswith("list.bin") and path != target]
    nowhere = idp("passwords", "build-list", str(source), str(tmp_path / "nowhere" / "list.bin"))
    assert (nowhere.exit_code, "cannot be read or written" in nowhere.stderr) == (1, True)


@pytest.mark.parametrize("content", [None, b"woaini1314\n"])
def test_a_list_that_cannot_be_read_is_told_by_check(idp: CommandLine, tmp_path: Path, content: bytes | None) -> None:
    """Mutation: nobody notices until somebody sets a password; or nothing is refused from then on."""
    path = tmp_path / "list.bin"
    if content is not None:
        path.write_bytes(content)
    idp.environment["IDP_PASSWORDS__BREACHED_LIST"] = str(path)
    said = idp("check")
    assert said.exit_code == 2
    assert "passwords.breached_list: the list cannot be read" in said.stderr
    assert "build-list" in said.stderr
