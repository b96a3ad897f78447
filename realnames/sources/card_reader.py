"""Identity cards that a desk's reader read, by our contract (`docs/contracts/card_reader.json`).

The bridge on the desk's machine signs what came out of the chip with the terminal's key, together with our nonce and the
origin of the page that asked: the desk's page only carries it here. Nothing is asked over the network, and what the
operator's list of terminals does not know is believed in nothing.
"""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from idp.clock import Clock, Instant, date_in_china
from idp.fetch import Fetcher
from idp.jose import ForeignKey
from idp.model.account import Identifier, IdentifierKind
from idp.ports import (
    CardReading,
    ClaimedPerson,
    ReaderTerminals,
    ReadingFault,
    ReadingQuestion,
    ReadingRefused,
    Source,
    SourceKind,
)
from realnames.sources.signed_answer import AnswerRefused, Binding, SignedAnswer, bound_to, read_signed
from realnames.sources.terminal_list import TerminalList

TYPE = "card-reading+jwt"

_NUMBER = re.compile(r"[1-9][0-9]{16}[0-9X]", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_LONGEST_NAME = 60
_CARDS = frozenset[str]({IdentifierKind.CITIZEN_ID, IdentifierKind.PERMANENT_RESIDENT_ID})
_MEMBERS = {"type", "name", "number", "valid_from", "valid_until"}
_FAULTS = {
    "wrong_issuer": ReadingFault.ANOTHER_QUESTION,
    "wrong_transaction": ReadingFault.ANOTHER_QUESTION,
    "wrong_nonce": ReadingFault.ANOTHER_QUESTION,
    "expired": ReadingFault.EXPIRED,
    "wrong_time": ReadingFault.EXPIRED,
}
"""All other words mean that it is not verified."""


class CardReaderSettings(BaseModel):
    """Which terminals are trusted, and how desks reach their reader."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    terminals: Path
    """The operator's list of terminals and their public keys."""
    client: Annotated[str, Field(min_length=1, max_length=200)]
    """The origin of the pages of desks: the bridge writes it into each reading (`aud`), and takes it from the browser."""
    bridge: str = "http://127.0.0.1:17313"
    """Where the bridge listens on the desk's own machine."""

    @field_validator("bridge")
    @classmethod
    def _bridge_is_on_the_same_machine(cls, bridge: str) -> str:
        try:
            parts = urlsplit(bridge)
            is_near = parts.port is not None and ipaddress.ip_address(parts.hostname or "").is_loopback
        except ValueError:
            is_near = False
        if not is_near or bridge != f"http://{parts.netloc}" or "@" in bridge:
            raise ValueError(
                "write it as http://127.0.0.1:17313: what a chip holds must not cross the network in clear"
            )
        return bridge


class TerminalCardReader:
    """Implements `ports.CardReader`; may be shared by threads."""

    def __init__(self, settings: CardReaderSettings) -> None:
        self.bridge = settings.bridge
        self._client = settings.client
        self._terminals = TerminalList(settings.terminals)

    def reading(self, unverified_statement: str, question: ReadingQuestion, now: Instant) -> CardReading:
        """Verify terminal, signature, binding and time, then the dates of the card."""
        if not self.knows(question.terminal):
            raise ReadingRefused(ReadingFault.UNKNOWN_TERMINAL)
        claims = bound_to(question.terminal, self._client, question.transaction, question.nonce, None)
        binding = Binding(typ=TYPE, claims=claims, begun_at=question.asked_at)
        try:
            signed = read_signed(unverified_statement, _KeysOf(self._terminals, question.terminal), binding, now)
            reading = _reading(signed, question)
        except AnswerRefused as refused:
            raise ReadingRefused(_FAULTS.get(refused.why, ReadingFault.NOT_VERIFIED), refused.why) from None
        today = date_in_china(now)
        if today < reading.valid_from or (reading.valid_until is not None and reading.valid_until < today):
            raise ReadingRefused(ReadingFault.CARD_NOT_VALID)
        return reading

    def knows(self, terminal: str) -> bool:
        """Whether the terminal is on the list that is in force now."""
        return terminal in self._terminals

    def terminals(self) -> ReaderTerminals:
        """What is in force."""
        return ReaderTerminals(terminals=len(self._terminals), listed_at=self._terminals.listed_at)


@dataclass(frozen=True, slots=True)
class _KeysOf:
    """The keys of one terminal: no other one speaks in its name."""

    terminals: TerminalList
    terminal: str

    def named(self, kid: str) -> Sequence[ForeignKey]:
        return self.terminals.named(kid) if kid == self.terminal else ()


def _reading(signed: SignedAnswer, question: ReadingQuestion) -> CardReading:
    card = signed.claims.get("card")
    if not isinstance(card, dict) or card.keys() != _MEMBERS:
        raise AnswerRefused("malformed")
    kind, name, number, ends = (card[each] for each in ("type", "name", "number", "valid_until"))
    is_text = all(isinstance(each, str) for each in (kind, name, number))
    is_name = is_text and 1 <= len(name) <= _LONGEST_NAME and name == name.strip()
    if not is_name or kind not in _CARDS or _NUMBER.fullmatch(number) is None:
        raise AnswerRefused("malformed")
    return CardReading(
        person=ClaimedPerson(name, Identifier(IdentifierKind(kind), number)),
        valid_from=_day(card, "valid_from"),
        valid_until=None if ends is None else _day(card, "valid_until"),
        terminal=question.terminal,
        reference=signed.reference,
        read_at=signed.decided_at,
    )


def _day(card: Mapping[str, Any], name: str) -> date:
    written = card[name]
    try:
        return date.fromisoformat(written if isinstance(written, str) and _DATE.fullmatch(written) else "")
    except ValueError:
        raise AnswerRefused("malformed") from None


def build(settings: CardReaderSettings, _: Fetcher, __: Clock) -> TerminalCardReader:
    """Reads the list; raises `OSError` or `ValueError` when it cannot be read."""
    return TerminalCardReader(settings)


SOURCE = Source(name="card_reader", kind=SourceKind.CARD_READER, settings=CardReaderSettings, build=build)
