"""A JWT by which a client proves that it holds its private key (RFC 7523 §2.2 and §3, OpenID Connect Core §9)."""

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

from idp.clock import Instant, after
from idp.jose import ForeignToken, read_foreign
from idp.model.client import Client
from idp.oauth.profiles import rules_of
from idp.oauth.used_once import LEEWAY

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SHARED = "HS256"
"""How `client_secret_jwt` signs; nothing else here believes it."""
LIFETIME = 300
"""Seconds that an assertion works after its `iat`, however long it means to live: each use is remembered that long.
Without `iat` it may have so many seconds before it."""
LONGEST = 3600
"""Seconds between `iat` and `exp` that we cut down to `LIFETIME`; more are refused. Authlib's client signs for an hour."""

_TYPES = frozenset({"", "jwt", "client-authentication+jwt"})
_SAME_ALGORITHM = {"EdDSA": "Ed25519"}
_LAST_INSTANT = 2**53


@dataclass(frozen=True, slots=True)
class ClientAssertion:
    """A well-formed assertion; nothing in it is true before its signature is verified.

    Attributes:
        client_id: whom it names as its issuer and its subject.
        jti: what makes it one of a kind.
        not_before: the earliest moment at which we can have accepted it, clocks' leeway counted in.
        expires_at: the moment from which we refuse it, leeway counted in.
    """

    token: ForeignToken
    client_id: str
    jti: str
    not_before: Instant
    expires_at: Instant

    @classmethod
    def read(cls, unverified: str) -> Self | None:
        """The assertion, with every claim of RFC 7523 §3 there and of the right type; None otherwise."""
        token = read_foreign(unverified, also=[SHARED])
        if token is None or token.unverified_header.get("typ", "").lower().removeprefix("application/") not in _TYPES:
            return None
        claims = token.unverified_claims
        client_id, jti, expires_at = claims.get("sub"), claims.get("jti"), instant_of(claims.get("exp"))
        begins = [instant_of(claims[name]) for name in ("iat", "nbf") if name in claims]
        if not (isinstance(client_id, str) and claims.get("iss") == client_id):
            return None
        if not (isinstance(jti, str) and jti) or expires_at is None:
            return None
        if None in begins:
            return None
        issued_at = instant_of(claims.get("iat"))
        if issued_at is not None and expires_at <= after(issued_at, LONGEST):
            expires_at = min(expires_at, after(issued_at, LIFETIME))
        earliest = max([after(expires_at, -LIFETIME), *(begin for begin in begins if begin is not None)])
        return cls(token, client_id, jti, after(earliest, -LEEWAY), after(expires_at, LEEWAY))

    @property
    def method(self) -> str:
        """By which method it proves its client (OpenID Connect Core §9)."""
        return "client_secret_jwt" if self.token.alg == SHARED else "private_key_jwt"

    def fault(self, client: Client, audiences: Collection[str], now: Instant) -> str | None:
        """What is wrong with it as an assertion of this client at this moment; None: nothing.

        Args:
            audiences: who we are, our issuer first. A client of `gov-high` must name the issuer, as one string
                (FAPI 2.0 §5.3.2.1); any other may name each of them, and several (OpenID Connect Core §9).
        """
        if not self._algorithm_fits(client):
            return f"the client does not sign by {self.token.alg}"
        aud = self.token.unverified_claims.get("aud")
        if rules_of(client).names_issuer_alone:
            is_for_us = isinstance(aud, str) and aud == next(iter(audiences))
        else:
            named = aud if isinstance(aud, list) else [aud]
            is_for_us = bool(named) and all(isinstance(each, str) and each in audiences for each in named)
        if not is_for_us:
            return "its audience is another one"
        if now < self.not_before:
            return "it begins in the future, or lives too long"
        return "it has expired" if now >= self.expires_at else None

    def _algorithm_fits(self, client: Client) -> bool:
        alg, registered = self.token.alg, client.token_endpoint_auth_signing_alg
        if alg != SHARED and alg not in rules_of(client).client_algorithms:
            return False
        return is_same(registered, alg)


def is_same(registered: str | None, alg: str) -> bool:
    """Whether an algorithm is the registered one, by whichever of its names; None: any is."""
    return registered is None or _SAME_ALGORITHM.get(alg, alg) == _SAME_ALGORITHM.get(registered, registered)


def instant_of(value: object) -> Instant | None:
    """A NumericDate (RFC 7519 §2) that a clock can reach; None for anything else that JSON has."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _LAST_INSTANT:
        return None
    return Instant(math.floor(value))
