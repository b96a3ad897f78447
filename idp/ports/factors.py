"""Proofs that need something of their own: a slow hash, a message on its way."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from idp.clock import Instant
from idp.model.message import Medium
from idp.ports.unit_of_work import UnitOfWork


class MessageCodes(Protocol):
    """The factor of message codes: one code to one destination, for one interaction."""

    def send(self, unit_of_work: UnitOfWork, order: "CodeOrder") -> "SentCode":
        """Promise a code to a person's destination through the outbox.

        Without a destination the same work is done and nothing leaves, so that nobody learns who has an account.
        """

    def check(self, challenge: str, interaction_id: str, unverified_code: str) -> "CodeCheck":
        """Whether it is the code of this challenge in this interaction; right codes work once."""


class CodePurpose(StrEnum):
    """What the message says that its code is for."""

    SIGN_IN = "sign_in"
    CONTACT = "contact"
    """To confirm the phone or mail address that it is sent to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeOrder:
    """What a message code is sent for.

    Attributes:
        interaction_id: what the code is bound to: it works nowhere else.
        registers: whether a destination that nobody has gets a code that works, since it is to become an account.
    """

    interaction_id: str
    account_id: int | None
    medium: Medium
    destination: str | None
    destination_is_sandbox: bool
    app_name: str
    language: str
    at: Instant
    registers: bool = False
    purpose: CodePurpose = CodePurpose.SIGN_IN

    @property
    def is_for_nobody(self) -> bool:
        """Whether no code may work, because there is no account to sign in to."""
        return self.account_id is None and not self.registers


@dataclass(frozen=True, slots=True)
class SentCode:
    """A code under way: the id of its challenge, and of the item of the outbox that brings it."""

    challenge: str
    item_id: int


class CodeCheck(StrEnum):
    """What became of a typed code."""

    RIGHT = "right"
    WRONG = "wrong"
    EXPIRED = "expired"


class OneTimeCodes(Protocol):
    """The factor of an authenticator app: codes that phone and server both work out from one secret (RFC 6238)."""

    def new_secret(self) -> str:
        """A secret for an app to take; base32."""

    def address(self, secret: str, *, issuer: str, label: str) -> str:
        """The `otpauth:` address that carries the secret into an app."""

    def step_of(self, secret: str | None, unverified_code: str, now: Instant) -> int | None:
        """The time step that the code belongs to, of those that count now; None: it is the code of none of them.

        None for `secret` costs the same time and never matches. Who gets a step must still use it up in the store.
        """


class PrintedCodes(Protocol):
    """The factor of a sheet of paper: codes of our making, each of which works once."""

    def new(self) -> str:
        """One, as people read it."""

    def read(self, unverified_code: str) -> str | None:
        """The code as it was made, however it was typed; None: it is none of ours."""

    def digests(self, account_id: int, code: str) -> Sequence[bytes]:
        """What is kept of it, under every known key, the current one first; another person's code has another digest."""


class KnownPasswords(Protocol):
    """Passwords that nobody may choose, since others tried or stole them already."""

    def __contains__(self, password: str) -> bool:
        """Whether it is one of them."""

    def __len__(self) -> int:
        """How many there are."""


class PasswordHasher(Protocol):
    """Slow hashing in a pool that is bounded over all processes; raises `Unavailable` when its turn does not come."""

    def place(self) -> AbstractContextManager[None]:
        """A place among those of this process whose passwords are checked; raises `Unavailable` at once without one.

        Who serves strangers takes it before anything else: those who wait hold a thread each, and must stay few.
        """

    def hash(self, password: str) -> str:
        """The PHC string of a new password."""

    def can_verify(self, phc: str) -> bool:
        """Whether somebody with this hash of another system could sign in; quick."""

    def verify(self, password: str, phc: str | None) -> tuple[bool, str | None]:
        """Whether it matches, and a better hash to store where the old one is outdated.

        None for `phc` costs the same time and never matches: nobody learns whether the account exists.
        """
