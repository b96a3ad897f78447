"""In how many forms a number may leave without anybody seeing it: turned round, encoded, digested, cut, or as its index."""

import base64
import hashlib
import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from idp.model.account import IdentifierKind
from idp.ports import Cipher

WINDOW = 7
"""So many characters of a number in a row are a piece of it: a mask leaves four at each end, and a birth date has eight."""
DIGESTS = ("md5", "sha1", "sha256", "sha512", "sm3")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,}")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}){6,}")
_SEPARATORS = re.compile(r"[\s\-_.,:;/|\"'\u200b\u3000]+")


@dataclass(frozen=True)
class Secret:
    """What must not be seen: by a name that a failure may tell, and in all its forms."""

    name: str
    forms: frozenset[str] = field(repr=False)


def of_number(cipher: Cipher, number: str) -> list[Secret]:
    """A citizen number, whatever is cut out of it, its digests and blind indexes, and digests of its first 17 digits."""
    birth_date = number[6:14]
    windows = {number[place : place + WINDOW] for place in range(len(number) - WINDOW + 1)}
    pieces = {piece for piece in windows if piece not in birth_date}
    spellings = (number, number.lower(), number[:17], number[:6] + number[8:17], f" {number} ", f"{number}\n")
    digests = (hashlib.new(name, spelling.encode()).digest() for spelling in spellings for name in DIGESTS)
    indexes = (index[2:] for index in cipher.indexes(IdentifierKind.CITIZEN_ID.value, number))
    as_integer = int(number[:17])
    return [
        Secret("piece of the number", frozenset(pieces | {piece[::-1] for piece in pieces} | _in_hex(pieces))),
        Secret("its end beside the birth date", frozenset({birth_date + number[-4:], number[-6:]})),
        Secret("digest of the number", frozenset(form for digest in digests for form in _as_text(digest))),
        Secret("blind index", frozenset(form for index in indexes for form in _as_text(index))),
        Secret("the number in another base", frozenset({f"{as_integer:x}", f"{as_integer:X}", f"{as_integer:o}"})),
    ]


def of_text(name: str, text: str) -> Secret:
    """A name, a phone or a date, as it is, and as addresses, JSON and bytes write it."""
    units = text.encode("utf-16-be").hex(" ", 2).split()
    escaped = "".join(chr(int(unit, 16)) if int(unit, 16) < 128 else f"\\u{unit}" for unit in units)
    in_bytes = text.encode().decode("latin-1")
    return Secret(name, frozenset({text, quote(text), escaped, in_bytes, text.encode().hex()}))


def leaks(text: str, secrets: Iterable[Secret]) -> list[str]:
    """The names of those that stand in this text, in whatever way it has to be read."""
    views = "\0".join(_views(text))
    return [secret.name for secret in secrets if any(form in views for form in secret.forms)]


def _views(text: str) -> Iterator[str]:
    """The text as it is, decoded as far as it can be, and what is inside that; each without what separates, too."""
    for view in {text, unquote(text), html.unescape(text)}:
        yield view
        yield _SEPARATORS.sub("", view)
        for run in _BASE64.findall(view):
            inside = _out_of_base64(run)
            yield inside
            yield from map(_out_of_base64, _BASE64.findall(inside))
        for run in _HEX.findall(view):
            yield bytes.fromhex(run).decode("latin-1")


def _out_of_base64(run: str) -> str:
    """Read from each of the four places where it may begin, in either alphabet."""
    plain = run.replace("-", "+").replace("_", "/")
    cuts = (plain[start:] for start in range(4))
    return "\0".join(base64.b64decode(cut[: len(cut) - len(cut) % 4]).decode("latin-1") for cut in cuts)


def _in_hex(pieces: Iterable[str]) -> set[str]:
    written = {piece.encode().hex() for piece in pieces}
    return written | {each.upper() for each in written}


def _as_text(digest: bytes) -> set[str]:
    """A digest as programs write it, and the first half of it."""
    half = digest[: len(digest) // 2]
    forms = {
        digest.hex(),
        digest.hex().upper(),
        half.hex(),
        half.hex().upper(),
        digest.decode("latin-1"),
        half.decode("latin-1"),
    }
    encoded = (encode(each) for each in (digest, half) for encode in (base64.b64encode, base64.urlsafe_b64encode))
    return forms | {each.decode().rstrip("=") for each in encoded}
