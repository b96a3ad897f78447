"""A list of passwords that others know: sorted digests in a file, searched where they lie (threat G12).

The file is a header of 32 bytes, a name with a version and the number of digests, then the digests: the first 8 bytes of
the SHA-1 of each password in UTF-8, sorted, none twice. SHA-1, since that is what Pwned Passwords publishes; it keeps
nothing secret here. Nothing is loaded: a billion digests are 8 GB on disk and thirty looks for one password. Of all
other passwords one in 18 billion would be taken for one of a billion.
"""

import mmap
import re
import unicodedata
from collections.abc import Iterable, Iterator
from hashlib import sha1
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

from idp.errors import Refused

SHIPPED = Path(__file__).parent / "common_passwords.bin"
"""Common ones by rule (`tools/common_passwords.py`); small, for who has no list of their own."""
_MAGIC = b"yizheng passwords 1\n".ljust(24, b"\0")
_HEADER_BYTES = 32
_WIDTH = 8
_PUBLISHED = re.compile(rb"([0-9A-Fa-f]{40}):[0-9]+")


class PasswordList:
    """Implements `ports.KnownPasswords` over one file, which stays open: a new file counts from the next start on."""

    def __init__(self, path: Path) -> None:
        """Map it; raises OSError when it cannot be read, ValueError when it is no such list or was cut off."""
        with path.open("rb") as file:
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._count = int.from_bytes(self._bytes[len(_MAGIC) : _HEADER_BYTES], "big")
        is_one = self._bytes[: len(_MAGIC)] == _MAGIC
        if not is_one or len(self._bytes) != _HEADER_BYTES + _WIDTH * self._count:
            raise ValueError("no list of passwords, or a part of one")

    def __len__(self) -> int:
        """How many passwords it knows."""
        return self._count

    def __contains__(self, password: str) -> bool:
        """Whether it stands there as it was typed, or in small letters, without spaces and full width."""
        read = "".join(unicodedata.normalize("NFKC", password).casefold().split())
        return self._has(unicodedata.normalize("NFC", password)) or self._has(read)

    def _has(self, password: str) -> bool:
        wanted, low, high = digest_of(password.encode("utf-8", "surrogatepass")), 0, self._count
        while low < high:
            middle = (low + high) // 2
            if self._digest(middle) < wanted:
                low = middle + 1
            else:
                high = middle
        return low < self._count and self._digest(low) == wanted

    def _digest(self, place: int) -> bytes:
        begin = _HEADER_BYTES + _WIDTH * place
        return self._bytes[begin : begin + _WIDTH]


def digest_of(password: bytes) -> bytes:
    """What the list keeps of a password."""
    return sha1(password, usedforsecurity=False).digest()[:_WIDTH]


def write_list(lines: Iterable[bytes], out: BinaryIO) -> int:
    """Write the list to a seekable file; how many passwords it knows.

    Args:
        lines: passwords, one a line, in any order; or what Pwned Passwords publishes, `SHA-1:count`, ordered by hash. The
            first line decides. Passwords are sorted in memory, 8 bytes each; published hashes go through as they come.

    Raises:
        Refused: `list_unreadable`: a line is not like the first, or stands before the one it follows.
    """
    lines = iter(lines)
    first = list(islice(lines, 1))
    is_published = bool(first) and _PUBLISHED.fullmatch(first[0].strip()) is not None
    digests = _published(chain(first, lines)) if is_published else _sorted(chain(first, lines))
    count, last = 0, b""
    out.write(bytes(_HEADER_BYTES))
    for digest in digests:
        if digest != last:
            out.write(digest)
            count, last = count + 1, digest
    out.seek(0)
    out.write(_MAGIC + count.to_bytes(_HEADER_BYTES - len(_MAGIC), "big"))
    return count


def _published(lines: Iterable[bytes]) -> Iterator[bytes]:
    last = b""
    for number, line in enumerate(lines, 1):
        found = _PUBLISHED.fullmatch(line.strip())
        if found is None:
            raise Refused("list_unreadable", f"Line {number} is not a SHA-1 with a count, as the first line is.")
        whole = bytes.fromhex(found[1].decode())
        if whole < last:
            raise Refused("list_unreadable", f"Line {number} comes too late: the hashes must be in order.")
        yield whole[:_WIDTH]
        last = whole


def _sorted(lines: Iterable[bytes]) -> Iterator[bytes]:
    buckets = [bytearray() for _ in range(256)]
    for line in lines:
        if password := line.rstrip(b"\r\n"):
            digest = digest_of(_normalised(password))
            buckets[digest[0]] += digest
    for bucket in buckets:
        yield from sorted(bytes(bucket[at : at + _WIDTH]) for at in range(0, len(bucket), _WIDTH))


def _normalised(password: bytes) -> bytes:
    """NFC, as passwords are compared; what is no UTF-8 stays as it is, since nobody types it here."""
    try:
        return unicodedata.normalize("NFC", password.decode("utf-8")).encode("utf-8")
    except UnicodeDecodeError:
        return password
