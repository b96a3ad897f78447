"""One card, read once: a question for a desk's reader, and the one answer that is looked at.

A question goes with its first answer, rightly signed or not: whoever brings another one asks anew, and nothing that was
read before is read again. A store that is lost loses the question, and the card is read once more.
"""

import hashlib
from dataclasses import asdict

from pydantic_core import from_json, to_json

from idp.accounts.source_budget import NotNow, SourceBudget, subject_of
from idp.clock import Instant
from idp.entropy import random_token
from idp.ports import CardReader, CardReading, ReadingFault, ReadingQuestion, ReadingRefused, SourceKind
from idp.services import Services

SECONDS = 120
"""For which a question may be answered: the card is on the desk already."""
_ID_BYTES = 24


class CardReadings:
    """Questions and answers of desks. A binding says whole whose it is and what for: clerk, session, matter, terminal."""

    def __init__(self, services: Services, reader: CardReader) -> None:
        self._services = services
        self._reader = reader
        self._ephemeral = services.ephemeral
        self._clock = services.clock

    def ask(self, binding: str, terminal: str) -> ReadingQuestion:
        """What the desk's page is to have the reader sign; it takes the place of an earlier one of this binding.

        Raises:
            ReadingRefused: `UNKNOWN_TERMINAL`.
        """
        if not self._reader.knows(terminal):
            raise ReadingRefused(ReadingFault.UNKNOWN_TERMINAL)
        question = ReadingQuestion(
            transaction=random_token(_ID_BYTES), nonce=random_token(), terminal=terminal, asked_at=self._clock()
        )
        self._ephemeral.put(_key(binding), to_json(asdict(question)), SECONDS)
        return question

    def answer(self, binding: str, unverified_statement: str) -> CardReading | NotNow:
        """The card that lay there, unless it was read too often today; the question is used up in any case.

        Raises:
            ReadingRefused: nothing was read that counts.
        """
        stored, now = self._ephemeral.take(_key(binding)), self._clock()
        if stored is None:
            raise ReadingRefused(ReadingFault.ANOTHER_QUESTION, "nothing was asked")
        asked = from_json(stored)
        question = ReadingQuestion(**{**asked, "asked_at": Instant(asked["asked_at"])})
        if now - question.asked_at > SECONDS:
            raise ReadingRefused(ReadingFault.EXPIRED, "the question ran out")
        reading = self._reader.reading(unverified_statement, question, now)
        subject = subject_of(self._services.cipher, reading.person.document)
        budget = SourceBudget(self._services, SourceKind.CARD_READER, (subject,), now)
        return reading if budget.spend() else NotNow(budget.until)


def _key(binding: str) -> str:
    return f"card_reading:{hashlib.sha256(binding.encode()).hexdigest()}"
