"""The ID-card reader (身份证阅读机具) of a desk or terminal: what it read from a card's chip, signed by its terminal's key.

It is verified here, offline, by the operator's list of terminals: there is nobody to be down.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol

from idp.clock import Instant
from idp.ports.source_answers import ClaimedPerson


class ReadingFault(StrEnum):
    """Why a reading is not taken."""

    NOT_VERIFIED = "not_verified"
    """It is no reading of a reader, or its signature is wrong, or another site asked for it."""
    UNKNOWN_TERMINAL = "unknown_terminal"
    """The terminal is not on the operator's list, or no longer."""
    ANOTHER_QUESTION = "another_question"
    """It answers another transaction or nonce, or was made at another terminal."""
    EXPIRED = "expired"
    """It is too old, or of a time that was before the question or has not come."""
    CARD_NOT_VALID = "card_not_valid"
    """The card's own dates say that it is not valid any more, or not yet."""


class ReadingRefused(Exception):  # noqa: N818 - a refusal is an outcome, not a fault of the program
    """A reading that is not taken; `detail` is for the log and holds nobody's data."""

    def __init__(self, fault: ReadingFault, detail: str = "") -> None:
        super().__init__(detail or fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingQuestion:
    """What the reader was asked.

    Attributes:
        transaction: our id of it, 16 to 64 characters of base64url.
        nonce: 32 random bytes in base64url, which answer one question only: whoever asks uses it up.
        terminal: at which the card must lie.
    """

    transaction: str
    nonce: str
    terminal: str
    asked_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class CardReading:
    """What the chip holds, as far as it is needed: no photo, no address, no nationality comes here.

    Attributes:
        person: name and number. The name is the chip's own text: old chips write rare characters with private codes,
            which `realnames.identifiers` maps.
        valid_until: None: for life (长期).
        reference: the reading's own id.
    """

    person: ClaimedPerson = field(repr=False)
    valid_from: date
    valid_until: date | None
    terminal: str
    reference: str
    read_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderTerminals:
    """The list that is in force: how many terminals, and when it was written."""

    terminals: int
    listed_at: Instant


class CardReader(Protocol):
    """Verifies what a reader's bridge brings (`docs/contracts/card_reader.json`)."""

    bridge: str
    """The origin of the bridge on the desk's own machine; the desk's page calls it there."""

    def reading(self, unverified_statement: str, question: ReadingQuestion, now: Instant) -> CardReading:
        """The card that was read; raises `ReadingRefused`."""

    def knows(self, terminal: str) -> bool:
        """Whether the terminal is on the list that is in force now."""

    def terminals(self) -> ReaderTerminals:
        """What is known of terminals now."""
