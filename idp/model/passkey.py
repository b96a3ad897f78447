"""A passkey: a key pair of the person's device or key chain, of which we hold the public half (WebAuthn Level 3)."""

from dataclasses import dataclass

from idp.clock import Instant
from idp.model.policy import Method

HANDLE_PURPOSE = "passkey_user_handle"
"""Of the keyed digest of an account's uid by which devices call it; each keeps the one that it was given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPasskey:
    """A passkey that was just made and verified.

    Attributes:
        public_key: COSE_Key in CBOR (RFC 9052 §7).
        sign_count: 0 where the authenticator does not count (WebAuthn §6.1.1).
        aaguid: the model of the authenticator, as a UUID; all zeros where it does not say.
        transports: how the browser may reach it again, in WebAuthn's words.
        is_synced: whether it may be copied to other devices of the person (BE, WebAuthn §6.1.3).
    """

    credential_id: bytes
    public_key: bytes
    sign_count: int
    aaguid: str
    transports: tuple[str, ...]
    is_synced: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey(NewPasskey):
    """A stored passkey.

    Attributes:
        name: as its person calls it, or by who keeps it and a number; empty where neither is known.
        user_handle: by what its device calls the account; None: it has not said so yet.
    """

    id: int
    account_id: int
    name: str
    created_at: Instant
    used_at: Instant | None
    user_handle: bytes | None = None

    @property
    def method(self) -> Method:
        """How a sign-in with it is told."""
        return Method.SYNCED_PASSKEY if self.is_synced else Method.BOUND_PASSKEY


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyUse:
    """An assertion that was verified, and the challenge that it answered: no answer counts twice.

    Attributes:
        user_handle: by what the device called the account, if it did.
    """

    sign_count: int
    challenged_at: Instant
    challenge: bytes
    user_handle: bytes | None = None
