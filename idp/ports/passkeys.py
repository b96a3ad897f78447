"""The two ceremonies of WebAuthn, and what they may be refused for."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from idp.model.passkey import NewPasskey, Passkey


class PasskeyRole(StrEnum):
    """Whose passkey it is to be; each role has its own rules."""

    CITIZEN = "citizen"
    OFFICER = "officer"


class PasskeyFault(StrEnum):
    """Why a passkey is not taken."""

    NOT_VERIFIED = "not_verified"
    """The answer is not one to our question, or its signature is wrong, or nobody was verified by the device."""
    SYNCED = "synced"
    """It may be copied to other devices, and this role's may not."""
    NOT_CERTIFIED = "not_certified"
    """Its model is not in the metadata, was revoked, or has no certificate."""


class PasskeyRefused(Exception):  # noqa: N818 - a refusal is an outcome, not a fault of the program
    """A passkey or its answer that is not taken; `detail` is for the log."""

    def __init__(self, fault: PasskeyFault, detail: str = "") -> None:
        super().__init__(detail or fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyPerson:
    """For whom a passkey is made: what the device shows in its list, and what it must not tell anybody.

    Attributes:
        handle: opaque bytes by which the account is found again; no personal data (WebAuthn §14.6.1).
        label, display_name: shown on the device.
        present: those the person has already, which are not made twice on one device.
    """

    handle: bytes
    label: str
    display_name: str
    present: Sequence[Passkey]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedPasskey:
    """What an answer says of itself; nothing of it is verified."""

    unverified_credential_id: bytes
    unverified_user_handle: bytes | None
    unverified_challenge: bytes


class PasskeyCeremonies(Protocol):
    """Writes the questions for the browser and verifies its answers; both are JSON of WebAuthn Level 3 §5.1.8."""

    @property
    def rp_id(self) -> str:
        """The domain that passkeys belong to."""

    def creation_options(self, person: PasskeyPerson, challenge: bytes, role: PasskeyRole) -> str:
        """What `navigator.credentials.create` is given."""

    def created(self, unverified_answer: str, challenge: bytes, role: PasskeyRole) -> NewPasskey:
        """The passkey that was made; raises `PasskeyRefused`."""

    def request_options(self, challenge: bytes, allowed: Sequence[Passkey] = ()) -> str:
        """What `navigator.credentials.get` is given; with nothing allowed by name, the device offers what it has."""

    def claimed(self, unverified_answer: str) -> ClaimedPasskey | None:
        """By which passkey an answer says it was given, of either ceremony; None: it is no answer at all."""

    def asserted(self, unverified_answer: str, challenge: bytes, passkey: Passkey) -> int:
        """The new sign count of a verified answer; raises `PasskeyRefused`. The count is for the caller to compare."""

    def provider_of(self, aaguid: str) -> str | None:
        """Who keeps passkeys of this model, by the name that people know; None: not known."""
