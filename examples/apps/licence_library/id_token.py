"""Reading an id_token step by step, in the order of OpenID Connect Core 1.0 §3.1.3.7."""

import base64
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key

CLOCK_DIFFERENCE = 60  # seconds two honest clocks may be apart
KEY_TYPES = {"ES256": "EC", "RS256": "RSA"}


class IdTokenRefused(Exception):  # noqa: N818
    """The token proves nothing; the text says which check it failed, in words without any value of the token."""


@dataclass(frozen=True)
class Expectation:
    """What a genuine answer to our question must say."""

    issuer: str
    client_id: str
    nonce: str
    access_token: str


class PublishedKeys:
    """The issuer's JSON Web Key Set (RFC 7517 §5), fetched when it is first needed and when a new key turns up."""

    def __init__(self, fetch: Callable[[], dict[str, Any]]) -> None:
        self._fetch = fetch
        self._keys: list[dict[str, Any]] = []

    def find(self, key_id: object, algorithm: str) -> Key:
        """The one key of this id that may check signatures of this algorithm; keys rotate (Core §10.1.1)."""
        if not isinstance(key_id, str) or not key_id:
            raise IdTokenRefused("it names no key")
        key = self._look(key_id, algorithm)
        if key is None:
            keys = self._fetch().get("keys")
            self._keys = [key for key in keys if isinstance(key, dict)] if isinstance(keys, list) else []
            key = self._look(key_id, algorithm)
        if key is None:
            raise IdTokenRefused("its key is not published")
        return key

    def _look(self, key_id: str, algorithm: str) -> Key | None:
        for key in self._keys:
            is_for_signatures = key.get("use", "sig") == "sig" and key.get("alg", algorithm) == algorithm
            if key.get("kid") == key_id and key.get("kty") == KEY_TYPES[algorithm] and is_for_signatures:
                return JWKRegistry.import_key(key)
        return None


def read_id_token(id_token: object, keys: PublishedKeys, expected: Expectation) -> dict[str, Any]:
    """The claims of a token that passes every check; IdTokenRefused names the first it fails."""
    if not isinstance(id_token, str):
        raise IdTokenRefused("there is none")
    try:
        header = jws.extract_compact(id_token.encode()).headers()
        algorithm = header.get("alg")
        if algorithm not in KEY_TYPES:
            raise IdTokenRefused("its algorithm is not one we accept")
        claims = jwt.decode(id_token, keys.find(header.get("kid"), algorithm), algorithms=[algorithm]).claims
    except (JoseError, ValueError) as error:
        raise IdTokenRefused("its signature does not hold") from error
    if claims.get("iss") != expected.issuer:
        raise IdTokenRefused("another issuer wrote it")
    if claims.get("aud") not in (expected.client_id, [expected.client_id]):
        raise IdTokenRefused("it is meant for somebody else")
    if claims.get("azp", expected.client_id) != expected.client_id:
        raise IdTokenRefused("it was given to somebody else")
    check_times(claims)
    if claims.get("nonce") != expected.nonce:
        raise IdTokenRefused("it answers another question")
    if claims.get("at_hash", half_hash(expected.access_token)) != half_hash(expected.access_token):
        raise IdTokenRefused("it belongs to another access token")
    if not isinstance(claims.get("sub"), str) or not claims["sub"]:
        raise IdTokenRefused("it names nobody")
    return claims


def half_hash(access_token: str) -> str:
    """The `at_hash` of an access token for the SHA-256 algorithms (Core §3.1.3.6)."""
    left_half = hashlib.sha256(access_token.encode()).digest()[:16]
    return base64.urlsafe_b64encode(left_half).rstrip(b"=").decode()


def check_times(claims: dict[str, Any]) -> None:
    """Refuse a token whose time is over or has not come."""
    now = time.time()
    if not _time(claims, "exp") > now - CLOCK_DIFFERENCE:
        raise IdTokenRefused("its time is over")
    if not _time(claims, "iat") < now + CLOCK_DIFFERENCE:
        raise IdTokenRefused("it comes from the future")


def _time(claims: dict[str, Any], name: str) -> float:
    """A NumericDate (RFC 7519 §2) in seconds."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise IdTokenRefused("its times are missing")
    return value
