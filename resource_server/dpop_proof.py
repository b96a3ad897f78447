"""Proofs of possession (RFC 9449): that whoever sends a request holds the key that a token is bound to."""

import base64
import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from resource_server.compact import read
from resource_server.public_keys import read_key

LEEWAY = 60
"""Seconds by which the clock of whoever signs may differ from ours, and for which a proof without a nonce is young."""

_KEYS_ELSEWHERE = frozenset({"crit", "b64", "jku", "x5u", "x5c"})
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_ENCODED = re.compile(r"%([0-9A-Fa-f]{2})", re.ASCII)
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]", re.ASCII)
_PORTS = {"https": 443, "http": 80}


class ProofFault(Exception):  # noqa: N818 - what is wrong with a proof, in words for whoever sent it
    """One ASCII sentence that repeats nothing of the proof."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof whose signature is right and that is about this request.

    Attributes:
        jkt: the thumbprint of its key (RFC 7638).
        jti: what makes it one of a kind.
        nonce: as sent, unverified; None: there is none.
    """

    jkt: str
    jti: str
    issued_at: int
    alg: str
    nonce: str | None


def read_proof(
    unverified_proof: str,
    method: str,
    addresses: Collection[str],
    algorithms: Collection[str],
    access_token: str | None = None,
) -> Proof:
    """The proof, verified but for its time, its nonce and whether it was used before (RFC 9449 §4.3, 1 to 10 and 12).

    Args:
        method: of the request.
        addresses: of the request, without what a query or fragment adds; several where one place has several names.
        access_token: what came beside it; None at an endpoint that takes none.

    Raises:
        ProofFault: with the first thing that is wrong.
    """
    compact = read(unverified_proof)
    if compact is None:
        raise ProofFault("Send exactly one DPoP proof, a signed JWT.")
    header, claims = compact.unverified_header, compact.unverified_claims
    if header.get("typ") != "dpop+jwt":
        raise ProofFault("Its typ is not dpop+jwt.")
    alg, jwk = header.get("alg"), header.get("jwk")
    if not isinstance(alg, str) or alg not in algorithms:
        raise ProofFault("Its algorithm is not one of those announced.")
    if not isinstance(jwk, dict) or not _PRIVATE.isdisjoint(jwk) or not _KEYS_ELSEWHERE.isdisjoint(header):
        raise ProofFault("Its header holds no public key alone.")
    key = read_key({name: value for name, value in jwk.items() if name not in {"use", "key_ops"}})
    if key is None or not key.verifies(alg, compact.signing_input, compact.signature):
        raise ProofFault("Its signature is not that of its key.")
    if (fault := _fault(claims, method, addresses, access_token)) is not None:
        raise ProofFault(fault)
    return Proof(key.thumbprint, claims["jti"], int(claims["iat"]), alg, claims.get("nonce"))


def is_young(proof: Proof, now: int) -> bool:
    """Whether it was signed just now, as far as clocks can tell (RFC 9449 §11.1); one with a nonce of ours need not."""
    return abs(now - proof.issued_at) <= LEEWAY


def _fault(claims: Any, method: str, addresses: Collection[str], access_token: str | None) -> str | None:
    """The first claim that is missing, malformed, or about something else."""
    jti, issued_at, htu = claims.get("jti"), claims.get("iat"), claims.get("htu")
    is_time = isinstance(issued_at, int | float) and not isinstance(issued_at, bool) and 0 <= issued_at < 2**53
    checks = (
        (isinstance(jti, str) and 0 < len(jti) <= 512, "It has no jti."),
        (is_time, "It has no iat."),
        (claims.get("htm") == method, "Its htm is not the method of this request."),
        (
            _is_one_of(htu, addresses),
            "Its htu is not the address of this request.",
        ),
        (isinstance(claims.get("nonce"), str | None), "Its nonce is no text."),
        (
            access_token is None or claims.get("ath") == hash_of(access_token),
            "Its ath is not that of the access token.",
        ),
    )
    return next((fault for holds, fault in checks if not holds), None)


def hash_of(access_token: str) -> str:
    """RFC 9449 §4.2 `ath`."""
    digest = hashlib.sha256(access_token.encode("ascii", "replace")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _is_one_of(htu: Any, addresses: Collection[str]) -> bool:
    wanted = _normalised(htu) if isinstance(htu, str) else None
    return wanted is not None and wanted in {_normalised(address) for address in addresses}


def _normalised(address: str) -> tuple[str, str, int | None, str] | None:
    """Scheme, host, port and path as RFC 3986 §6.2.2 and §6.2.3 compare them; None: it is no address.

    Query and fragment are not looked at.
    """
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    if not address.isascii() or not parts.hostname or "@" in parts.netloc or "\\" in address:
        return None
    scheme = parts.scheme.lower()
    path = _ENCODED.sub(_without_need, parts.path or "/")
    return scheme, parts.hostname.lower(), _PORTS.get(scheme) if port is None else port, path


def _without_need(encoded: re.Match[str]) -> str:
    """RFC 3986 §6.2.2.1 and §6.2.2.2: hexadecimal in capitals, and letters as they are."""
    character = chr(int(encoded[1], 16))
    return character if _UNRESERVED.fullmatch(character) else encoded[0].upper()


def address_of(origin: str, path: str) -> str:
    """The address of a request, whose path a WSGI server has decoded (PEP 3333): encoded again, so that `?` in it stays there."""
    return origin + quote(path, safe="/:@!$&'()*+,;=~", encoding="latin-1", errors="replace")
