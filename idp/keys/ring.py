"""The published keys in memory: signs with the active one, re-reads the store every few seconds."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from idp.clock import Clock, Instant, after
from idp.errors import Unavailable
from idp.jose import Key, import_private, sign, verify
from idp.model.signing_key import KeyState
from idp.ports import BeginUnitOfWork

REFRESH_SECONDS = 5
"""How old the copy may be: a rotation reaches every process within this time, far inside `keys.publish_ahead`."""


@dataclass(frozen=True, slots=True)
class _Copy:
    read_at: Instant
    keys: Mapping[str, Key]
    active: Mapping[str, Key]
    jwks: bytes


class KeyRing:
    """Implements `ports.Signer` for one process; making a key ready is slow, so known ones are kept."""

    def __init__(self, begin: BeginUnitOfWork, clock: Clock) -> None:
        self._begin = begin
        self._clock = clock
        self._copy = _Copy(Instant(0), {}, {}, b"")

    def sign(self, claims: Mapping[str, object], alg: str, typ: str = "JWT") -> str:
        """A compact JWS by the active key of this algorithm; `Unavailable` when there is none yet."""
        key = self._fresh().active.get(alg)
        if key is None:
            raise Unavailable("There is no signing key yet.", detail=f"no active {alg} key; run `idp migrate`")
        return sign(claims, key, typ)

    def verify(self, unverified_token: str, typ: str | None = None) -> Mapping[str, object] | None:
        """The claims of a token that a published key of ours signed."""
        return verify(unverified_token, self._fresh().keys.values(), typ)

    def jwks(self) -> bytes:
        """The JWK Set as bytes, encoded once per change."""
        return self._fresh().jwks

    def algorithms(self) -> Sequence[str]:
        """Algorithms with an active key."""
        return sorted(self._fresh().active)

    def _fresh(self) -> _Copy:
        now = self._clock()
        if self._copy.active and now < after(self._copy.read_at, REFRESH_SECONDS):
            return self._copy
        if self._copy.active:
            # This request alone asks the store; the others are served meanwhile, also when it hangs (threat O05).
            self._copy = replace(self._copy, read_at=now)
        try:
            with self._begin() as unit_of_work:
                stored = unit_of_work.signing_keys.all()
        except Unavailable:
            if self._copy.active:
                return self._copy  # a dead database must not stop verification and JWKS
            raise
        keys = {
            row.kid: self._copy.keys.get(row.kid) or import_private(row.kid, row.alg, row.private_jwk) for row in stored
        }
        active = {row.alg: keys[row.kid] for row in stored if row.state is KeyState.ACTIVE}
        jwks = json.dumps({"keys": [keys[row.kid].public_jwk for row in stored]}, separators=(",", ":")).encode()
        self._copy = _Copy(now, keys, active, jwks)
        return self._copy
