"""The list of passwords that others know: sorted digests, searched in the file (threat G12)."""

import unicodedata
from collections.abc import Iterable
from hashlib import sha1
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest

from idp.errors import Refused
from idp.factors.password_list import SHIPPED, PasswordList, write_list
from tools.common_passwords import words

WORDS = [f"word number {number}" for number in range(1000)]


def published(passwords: Iterable[str]) -> list[bytes]:
    """As Pwned Passwords writes them."""
    return [f"{digest}:{number}\r\n".encode() for number, digest in enumerate(sorted(map(sha1_of, passwords)), 1)]


def sha1_of(password: str) -> str:
    return sha1(password.encode()).hexdigest().upper()


def listed(directory: Path, lines: Iterable[bytes]) -> PasswordList:
    path = directory / "list.bin"
    with path.open("wb") as out:
        write_list(lines, out)
    return PasswordList(path)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 1000])
def test_what_was_written_is_found_and_nothing_else(tmp_path: Path, count: int) -> None:
    """Mutations: the first or last is never reached; a loop without end between two."""
    known = listed(tmp_path, [f"{word}\n".encode() for word in WORDS[:count]])
    assert len(known) == count
    assert all(word in known for word in WORDS[:count])
    assert not any(word in known for word in WORDS[count:] or ["another"])


def test_both_forms_of_input_make_the_same_list(tmp_path: Path) -> None:
    """Mutations: sorted by something else; cut elsewhere; doubles kept."""
    plain, hashes = BytesIO(), BytesIO()
    assert write_list([f"{word}\n".encode() for word in [*reversed(WORDS), *WORDS]], plain) == 1000
    assert write_list(published(WORDS), hashes) == 1000
    assert plain.getvalue() == hashes.getvalue()
    digests = [plain.getvalue()[at : at + 8] for at in range(32, 32 + 8000, 8)]
    assert all(one < other for one, other in pairwise(digests))


def test_the_same_keys_on_another_keyboard_and_capitals_are_found(tmp_path: Path) -> None:
    """Threat G04. Mutations: bytes as they came; capitals, spaces or full width hide a common one."""
    known = listed(
        tmp_path, [unicodedata.normalize("NFD", "crème brûlée\n").encode(), b"woaini1314\r\n", b"P@ss Word\n"]
    )
    for typed in (
        "crème brûlée",
        unicodedata.normalize("NFD", "crème brûlée"),
        "WoAiNi1314",
        "ｗｏａｉｎｉ １３１４",
        "P@ss Word",
    ):
        assert typed in known, typed
    assert "p@ssword" not in known, "what is listed with capitals is looked for as it was typed"


def test_a_name_that_is_no_text_is_no_fault(tmp_path: Path) -> None:
    known = listed(tmp_path, [b"\xff\xfe old bytes\n", b"woaini1314\n"])
    assert len(known) == 2
    assert "\ud800 lone" not in known


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (published(WORDS)[::-1], "Line 2 comes too late"),
        ([*published(WORDS)[:5], b"woaini1314\n"], "Line 6 is not a SHA-1"),
        ([*published(WORDS)[:5], b"\n"], "Line 6 is not a SHA-1"),
    ],
)
def test_hashes_out_of_order_and_mixed_lines_are_refused(lines: list[bytes], told: str) -> None:
    """Mutation: taken as they come, and half of the list is never found."""
    with pytest.raises(Refused, match="list_unreadable") as refused:
        write_list(lines, BytesIO())
    assert told in refused.value.public


@pytest.mark.parametrize("change", ["empty", "cut", "longer", "words", "missing", "directory"])
def test_what_is_no_whole_list_is_not_opened(tmp_path: Path, change: str) -> None:
    """Mutation: a copy that was cut off half-way lets through the second half."""
    path = tmp_path / "list.bin"
    with path.open("wb") as out:
        write_list([b"one of them\n", b"another of them\n"], out)
    whole = path.read_bytes()
    broken = {"empty": b"", "cut": whole[:-8], "longer": whole + b"x" * 8, "words": b"one of them\n" * 9}
    if change in broken:
        path.write_bytes(broken[change])
    with pytest.raises((OSError, ValueError)):
        PasswordList({"missing": tmp_path / "nowhere", "directory": tmp_path}.get(change, path))


def test_the_shipped_list_is_what_the_rules_say() -> None:
    """Mutation: a word added to the rules and not to the file."""
    out = BytesIO()
    assert write_list([f"{word}\n".encode() for word in words()], out) > 20_000
    assert out.getvalue() == SHIPPED.read_bytes(), "build it anew, as tools/common_passwords.py says"


@pytest.mark.parametrize(
    "common",
    [
        *("woaini1314", "5201314520", "1314520520", "woaiwojia", "a123456789", "zhangwei123", "wang123456", "qq123456"),
        *("Password1", "P@ssw0rd", "1qaz2wsx", "1q2w3e4r", "qwertyuiop", "zxcvbnm123", "147258369", "12301230"),
        *("admin@123", "iloveyou520", "beijing2008", "li5201314"),
    ],
)
def test_the_shipped_list_knows_the_habits(common: str) -> None:
    assert common in PasswordList(SHIPPED)
