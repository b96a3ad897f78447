"""The compact form of a JWS (RFC 7515 §7.1), read strictly: one spelling, each name once, JSON's own numbers."""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

LONGEST = 8 * 1024
"""Characters of a token that is still looked at."""

_BASE64URL = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Compact:
    """Its parts; nothing in them is true before the signature is verified."""

    unverified_header: Mapping[str, Any]
    unverified_claims: Mapping[str, Any]
    signing_input: bytes
    signature: bytes


def read(unverified_token: str, longest: int = LONGEST) -> Compact | None:
    """The parts of exactly one JWS with JSON claims; None for everything else. The size is looked at first."""
    parts = unverified_token.split(".") if len(unverified_token) <= longest else []
    if len(parts) != 3 or not unverified_token.isascii():
        return None
    try:
        header, claims, signature = json_object(parts[0]), json_object(parts[1]), from_base64url(parts[2])
    except (ValueError, RecursionError):
        return None
    return Compact(header, claims, f"{parts[0]}.{parts[1]}".encode(), signature)


def base64url(value: bytes) -> str:
    """Base64url without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """Base64url without padding, in its one spelling (RFC 7515 §2); raises ValueError."""
    if _BASE64URL.fullmatch(text) is None:
        raise ValueError("not base64url")
    decoded = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(decoded).rstrip(b"=") != text.encode():
        raise ValueError("not the one spelling")
    return decoded


def json_object(text: str) -> dict[str, Any]:
    """An encoded JSON object in UTF-8, each name once (RFC 7515 §4, RFC 7519 §4); raises ValueError."""
    value = json.loads(from_base64url(text).decode(), object_pairs_hook=_without_doubles, parse_constant=_refuse_number)
    if not isinstance(value, dict):
        raise ValueError("not an object")  # noqa: TRY004 - what others sent is a wrong value, not a wrong program
    return value


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise ValueError("a name stands twice")
    return names


def _refuse_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")
