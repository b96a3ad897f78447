"""A signing key and the three states of its life."""

from dataclasses import dataclass
from enum import StrEnum

from idp.clock import Instant


class KeyState(StrEnum):
    """next: published, not yet used · active: signs · retired: verifies until its last token has expired."""

    NEXT = "next"
    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A key pair; `private_jwk` is JSON in clear here and encrypted in the store."""

    kid: str
    alg: str
    state: KeyState
    private_jwk: str
    created_at: Instant
    activated_at: Instant | None = None
    retired_at: Instant | None = None
