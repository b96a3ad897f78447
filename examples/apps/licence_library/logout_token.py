"""Reading a logout token step by step, in the order of OpenID Connect Back-Channel Logout 1.0 §2.6."""

import threading
import time
from dataclasses import dataclass

from joserfc import jws, jwt
from joserfc.errors import JoseError

from .id_token import CLOCK_DIFFERENCE, KEY_TYPES, IdTokenRefused, PublishedKeys, check_times

EVENT = "http://schemas.openid.net/event/backchannel-logout"


@dataclass(frozen=True)
class EndedSession:
    """Whose sessions are over; an empty part says nothing. `jti` names the token."""

    sid: str
    subject: str
    jti: str

    def covers(self, sid: str, subject: str) -> bool:
        """Whether a session of ours is meant."""
        return self.sid in ("", sid) and self.subject in ("", subject)


def read_logout_token(logout_token: str, keys: PublishedKeys, issuer: str, client_id: str) -> EndedSession:
    """What a token that passes every check says; IdTokenRefused names the first it fails."""
    try:
        header = jws.extract_compact(logout_token.encode()).headers()
        algorithm = header.get("alg")
        if algorithm not in KEY_TYPES:
            raise IdTokenRefused("its algorithm is not one we accept")
        if header.get("typ") != "logout+jwt":
            raise IdTokenRefused("it is another kind of token")
        claims = jwt.decode(logout_token, keys.find(header.get("kid"), algorithm), algorithms=[algorithm]).claims
    except (JoseError, ValueError) as error:
        raise IdTokenRefused("its signature does not hold") from error
    if claims.get("iss") != issuer:
        raise IdTokenRefused("another issuer wrote it")
    if claims.get("aud") not in (client_id, [client_id]):
        raise IdTokenRefused("it is meant for somebody else")
    check_times(claims)
    if claims.get("events") != {EVENT: {}}:
        raise IdTokenRefused("it tells of no logout")
    if "nonce" in claims:
        raise IdTokenRefused("it has a nonce, like an id_token")
    sid, subject, jti = (claims.get(name, "") for name in ("sid", "sub", "jti"))
    if not (isinstance(sid, str) and isinstance(subject, str) and (sid or subject)):
        raise IdTokenRefused("it names no session")
    if not isinstance(jti, str) or not jti:
        raise IdTokenRefused("it has no name")
    return EndedSession(sid, subject, jti)


class SeenTokens:
    """Tokens that were heard, for as long as they could be heard again."""

    def __init__(self, *, seconds: int = 600 + CLOCK_DIFFERENCE, most: int = 100_000) -> None:
        self._seconds = seconds
        self._most = most
        self._heard_at: dict[str, float] = {}
        self._lock = threading.Lock()

    def is_new(self, jti: str) -> bool:
        """Whether this is the first time; of many at once, one is."""
        with self._lock:
            oldest = next(iter(self._heard_at.values()), None)
            while oldest is not None and (
                time.monotonic() - oldest > self._seconds or len(self._heard_at) >= self._most
            ):
                del self._heard_at[next(iter(self._heard_at))]
                oldest = next(iter(self._heard_at.values()), None)
            if jti in self._heard_at:
                return False
            self._heard_at[jti] = time.monotonic()
            return True
