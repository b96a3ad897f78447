"""A citizen card (市民卡) of a person: we keep a digest of its serial number, and the public half of the key in its chip."""

import re
from dataclasses import dataclass

from idp.clock import Instant

_TERMINAL = re.compile(r"[A-Za-z0-9._:-]{1,64}", re.ASCII)


def is_terminal(unverified_name: str) -> bool:
    """Whether a bridge may call its terminal so (`docs/contracts/card_bridge.json`)."""
    return _TERMINAL.fullmatch(unverified_name) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedCard:
    """What a verified signature told of the card that made it.

    Attributes:
        serial: of the chip, as the card's certificate has it; never the number that is printed on the card.
        public_key: SubjectPublicKeyInfo (RFC 5280 §4.1.2.7) of the key that works only after the card checked the PIN.
    """

    serial: str
    public_key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CitizenCard:
    """A card that its holder added; it is one account's."""

    id: int
    account_id: int
    public_key: bytes
    created_at: Instant
    used_at: Instant | None


@dataclass(frozen=True, slots=True)
class CardUse:
    """A question that a card answered, and the serial number that it told: no answer counts twice."""

    challenged_at: Instant
    challenge: bytes
    serial: str
