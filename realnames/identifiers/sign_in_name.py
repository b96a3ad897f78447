"""The one field of the sign-in page that takes a phone number or a citizen number."""

from datetime import date

from realnames.identifiers.citizen_id import CitizenId, parse_citizen_id
from realnames.identifiers.normalisation import normalise_number
from realnames.identifiers.phone import Phone, parse_phone

_LONGEST_PHONE = 15  # 0086 and eleven digits


def recognise(text: str, *, today: date, sandbox: bool = False) -> CitizenId | Phone:
    """What the person typed: every spelling of one number gives one value, so guesses at it share one counter.

    Args:
        text: what was typed; may be anything.
        today: the date in China (UTC+8).
        sandbox: accept citizen numbers of province 89.

    Raises:
        IdentifierRefused: with the first rule broken of the number it resembles by its length.
    """
    if len(normalise_number(text)) > _LONGEST_PHONE:
        return parse_citizen_id(text, today=today, sandbox=sandbox)
    return parse_phone(text)
