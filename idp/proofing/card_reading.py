"""One card, read once: a question for a desk's reader, and the one answer that is looked at.

A question goes with its first answer, rightly signed or not: whoever brings another one asks anew, and nothing that was
read before is read again. A store that is lost loses the question, and the card is read once more.
"""

import hashlib
from dataclasses import asdict

from pydantic_core import from_json, to_json

from idp.clock import Clock, Instant
from idp.entropy import random_token
from idp.ports import CardReader, CardReading, Ephemeral, ReadingFault, ReadingQuestion, ReadingRefused

SECONDS = 120
"""For which a question may be answered: the card is on the desk already."""
_ID_BYTES = 24


class CardReadings:
    """Questions and answers of desks. A binding says whole whose it is and what for: clerk, session, matter, terminal."""

    def __init__(self, reader: CardReader, ephemeral: Ephemeral, clock: Clock) -> None:
        self._reader = reader
        self._ephemeral = ephemeral
        self._clock = clock

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

    def answer(self, binding: str, unverified_statement: str) -> CardReading:
        """The card that lay there; raises `ReadingRefused`, and the question is used up in either case."""
        stored, now = self._ephemeral.take(_key(binding)), self._clock()
        if stored is None:
            raise ReadingRefused(ReadingFault.ANOTHER_QUESTION, "nothing was asked")
        asked = from_json(stored)
        question = ReadingQuestion(**{**asked, "asked_at": Instant(asked["asked_at"])})
        if now - question.asked_at > SECONDS:
            raise ReadingRefused(ReadingFault.EXPIRED, "the question ran out")
        return self._reader.reading(unverified_statement, question, now)


def _key(binding: str) -> str:
    return f"card_reading:{hashlib.sha256(binding.encode()).hexdigest()}"
