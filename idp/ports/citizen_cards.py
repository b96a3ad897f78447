"""What citizen cards sign, what that may be refused for, and where cards are kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from idp.clock import Instant
from idp.model.citizen_card import CardUse, CitizenCard, SignedCard


class CardPurpose(StrEnum):
    """What a signature is for; the card signs this word with the rest, so that one is never taken for the other."""

    SIGN_IN = "sign-in"
    ADD = "add"


class CardFault(StrEnum):
    """Why a card's signature is not taken."""

    NOT_VERIFIED = "not_verified"
    """It is no answer of a card to our question, or not to this one, or its signature is wrong."""
    UNKNOWN_ISSUER = "unknown_issuer"
    """Nobody whom the operator trusts issued the card's certificate."""
    EXPIRED = "expired"
    """The certificate is not valid any more, or not yet."""
    PIN_NOT_VERIFIED = "pin_not_verified"
    """The key is one that the card uses without asking for a PIN: who finds the card could do that, too."""
    LOST = "lost"
    """The card is on the list of lost ones."""


class CardRefused(Exception):  # noqa: N818 - a refusal is an outcome, not a fault of the program
    """A signature that is not taken; `detail` is for the log, `card` is there where all but the list was right."""

    def __init__(self, fault: CardFault, detail: str = "", card: SignedCard | None = None) -> None:
        super().__init__(detail or fault.value)
        self.fault = fault
        self.card = card


@dataclass(frozen=True, slots=True)
class CardQuestion:
    """What the card was asked: for this purpose, at this terminal."""

    purpose: CardPurpose
    challenge: bytes
    terminal: str


@dataclass(frozen=True, slots=True)
class ClaimedStatement:
    """What an answer says of itself; nothing of it is verified."""

    unverified_challenge: bytes
    unverified_terminal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CardLists:
    """What signatures are judged by.

    Attributes:
        issuers: how many certificates of card issuers are trusted.
        lost: how many cards are on the list of lost ones.
        listed_at: when that list was written.
    """

    issuers: int
    lost: int
    listed_at: Instant


class CardSignatures(Protocol):
    """Verifies what a card bridge brings (`docs/contracts/card_bridge.json`)."""

    @property
    def bridge(self) -> str:
        """The origin of the bridge on the visitor's own machine."""

    def claimed(self, unverified_answer: str) -> ClaimedStatement | None:
        """Which question an answer says it is to; None: it is no answer at all."""

    def signed(self, unverified_answer: str, question: CardQuestion, now: Instant) -> SignedCard:
        """The card that signed; raises `CardRefused`."""

    def lost(self) -> frozenset[str]:
        """The serial numbers on the list of lost cards that is in force now."""

    def lists(self) -> CardLists:
        """What is known of issuers and lost cards now."""


class CitizenCards(Protocol):
    """The cards that people added."""

    def find(self, serial: str) -> CitizenCard | None:
        """The card with this serial number, whosever it is."""

    def of_account(self, account_id: int) -> Sequence[CitizenCard]:
        """Those of one person, the oldest first."""

    def signed_in(self, serials: Sequence[str], now: Instant) -> Mapping[int, Instant]:
        """Of the owners of these cards those with a session that has not ended, and when such a card of theirs was last used.

        Cards that were never used are passed over.
        """

    def add(self, account_id: int, card: SignedCard, at: Instant) -> bool:
        """Write it; False when it is known, whosever it is. The serial number is kept as a keyed digest alone."""

    def use(self, card: CitizenCard, use: CardUse, at: Instant) -> bool:
        """Note an answer; False when it answers no newer question than one before: it was sent twice.

        One statement decides, so of many who bring the same answer at once one is told True, whatever process they meet.
        """

    def remove(self, account_id: int, card_id: int) -> bool:
        """Forget one; False: the person has none with this id."""

    def remove_all(self, account_id: int) -> int:
        """Forget all of the person; how many there were."""
