"""Hearing that a session ended elsewhere: the logout token (OpenID Connect Back-Channel Logout 1.0 §2.4, §2.6)."""

import threading
import time
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError

from .id_token import ALGORITHMS, LEEWAY, KeysOfTheIssuer
from .refusal import SignInRefused

TYPE = "logout+jwt"
EVENT = "http://schemas.openid.net/event/backchannel-logout"


class LogoutTokens:
    """Reads logout tokens of one issuer for one client; each of them acts once, however often it is sent."""

    def __init__(self, issuer: str, client_id: str, keys: KeysOfTheIssuer) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._keys = keys
        self._seen: dict[str, float] = {}
        self._lock = threading.Lock()

    def read(self, unverified_token: str) -> tuple[str, str] | None:
        """Whose sessions end: `sid` and `sub`, one of which may be empty; None when it was heard before.

        An issuer repeats what it got no answer to; the second time is not an error, there is only nothing left to do.
        """
        try:
            token = jwt.decode(unverified_token, self._keys.find, algorithms=ALGORITHMS)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise _refused("its signature does not hold") from error
        claims = token.claims
        if token.header.get("typ") != TYPE:
            raise _refused("it is another kind of token")
        if claims.get("iss") != self._issuer or claims.get("aud") not in (self._client_id, [self._client_id]):
            raise _refused("it is from or for somebody else")
        if claims.get("events") != {EVENT: {}} or "nonce" in claims:
            raise _refused("it tells of no logout")
        until = _time(claims, "exp") + LEEWAY
        if not (time.time() < until and _time(claims, "iat") < time.time() + LEEWAY):
            raise _refused("its time is over or has not come")
        sid, subject, jti = (claims.get(name, "") for name in ("sid", "sub", "jti"))
        if not all(isinstance(value, str) for value in (sid, subject, jti)) or not (sid or subject) or not jti:
            raise _refused("it names nobody")
        return (sid, subject) if self._is_new(jti, until) else None

    def _is_new(self, jti: str, until: float) -> bool:
        with self._lock:
            self._seen = {seen: end for seen, end in self._seen.items() if end > time.time()}
            if jti in self._seen:
                return False
            self._seen[jti] = until
            return True


def _time(claims: dict[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refused("its times are missing")
    return value


def _refused(why: str) -> SignInRefused:
    return SignInRefused("invalid_request", f"logout token: {why}")
