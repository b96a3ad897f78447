"""Authorization codes (RFC 6749 §4.1.2): each carries what the person granted, sealed for its client.

Nothing is stored when one is issued. What makes it work once is written when it is redeemed: its origin, UNIQUE among the
families (docs/decisions/0019).
"""

import hashlib
from typing import Any

from idp.clock import Instant, after
from idp.entropy import random_token
from idp.model.authorization import AuthorizationCode, Grant
from idp.model.matter import Matter
from idp.oauth import sealed_values
from idp.ports import Cipher, Ephemeral

MAX_IN_ADDRESS = 1500
"""Characters of a code; what an app sends along may be longer than an address may become on its way through proxies."""

_KIND = "code"
_NEWER: tuple[Any, ...] = (None, (), (), None)
"""What codes of releases before say nothing of, in the order in which they came to have it."""


class Codes:
    """Issues codes, and finds out what a code stands for.

    Args:
        cipher: seals them.
        ephemeral: keeps those that are too long for an address.
        seconds: how long a code lives.
    """

    def __init__(self, cipher: Cipher, ephemeral: Ephemeral, seconds: int) -> None:
        self._cipher = cipher
        self._ephemeral = ephemeral
        self._seconds = seconds

    def issue(self, code: AuthorizationCode) -> str:
        """The value, which the client of the grant alone can use."""
        client_id = code.grant.client_id
        value = sealed_values.write(self._cipher, _KIND, _content(code), code.issued_at, client_id)
        if len(value) <= MAX_IN_ADDRESS:
            return value
        reference = random_token()
        sealed = self._cipher.seal(_KIND, value.encode(), client_id)
        self._ephemeral.put(_key(client_id, reference), sealed, self._seconds)
        return reference

    def find(self, client_id: str, unverified_value: str, now: Instant) -> AuthorizationCode | None:
        """The code, if it lives and this client was given it; whether it was used before, the families know."""
        value = unverified_value if "." in unverified_value else self._kept(client_id, unverified_value)
        content = None if value is None else sealed_values.read(self._cipher, _KIND, value, now, client_id)
        if content is None:
            return None
        code = _code(client_id, *content)
        return code if now < after(code.issued_at, self._seconds) else None

    def _kept(self, client_id: str, reference: str) -> str | None:
        sealed = self._ephemeral.get(_key(client_id, reference))
        value = None if sealed is None else self._cipher.open(_KIND, sealed, client_id)
        return None if value is None else value.decode()


def origin_of(client_id: str, unverified_value: str) -> bytes:
    """The digest by which a family remembers its code for as long as it is kept, so that a lost cache revives nothing."""
    return hashlib.sha256(f"code:{client_id}:{unverified_value}".encode("utf-8", "surrogatepass")).digest()


def _key(client_id: str, reference: str) -> str:
    return f"code:{client_id}:{origin_of(client_id, reference).hex()}"


def _content(code: AuthorizationCode) -> list[Any]:
    """All but the client, which stands outside: the value opens for it alone."""
    grant = code.grant
    granted = (grant.account_id, grant.session_id, grant.sid, grant.sub, grant.scope, grant.auth_time, grant.acr)
    return [
        code.issued_at,
        code.redirect_uri,
        code.code_challenge,
        *granted,
        grant.amr,
        grant.nonce,
        grant.claims,
        code.dpop_jkt,
        grant.resources,
        [[matter.code, matter.actions, matter.location] for matter in grant.matters],
        grant.mandate_id,
    ]


def _code(client_id: str, issued_at: int, redirect_uri: str, code_challenge: str, *granted: Any) -> AuthorizationCode:
    account_id, session_id, sid, sub, scope, auth_time, acr, amr, nonce, claims, *newer = granted
    dpop_jkt, resources, matters, mandate_id = (*newer, *_NEWER[len(newer) :])
    grant = Grant(
        client_id=client_id,
        account_id=account_id,
        session_id=session_id,
        sid=sid,
        sub=sub,
        scope=tuple(scope),
        auth_time=Instant(auth_time),
        acr=acr,
        amr=tuple(amr),
        nonce=nonce,
        claims=claims,
        resources=tuple(resources),
        matters=tuple(Matter(code=code, actions=tuple(actions), location=at) for code, actions, at in matters),
        mandate_id=mandate_id,
    )
    return AuthorizationCode(
        grant=grant,
        redirect_uri=redirect_uri,
        code_challenge=code_challenge,
        issued_at=Instant(issued_at),
        dpop_jkt=dpop_jkt,
    )
