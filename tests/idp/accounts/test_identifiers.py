"""What was parsed, as it is stored, and as its holder sees it."""

from datetime import date

import pytest

from idp.accounts.identifiers import identifier_of, masked
from realnames.identifiers.email import parse_email
from realnames.identifiers.sign_in_name import recognise

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("typed", "value", "shown"),
    [
        ("13800001234", "+8613800001234", "138****1234"),
        ("890101199003070011", "890101199003070011", "8901**********0011"),
        ("can110081080310", "CAN110081080310", "CAN1*******0310"),
        ("h1234567801", "H12345678", "H1*****78"),
        ("12345678", "12345678", "12****78"),
        ("e12345678", "E12345678", "E1*****78"),
        ("usa/123456789", "USA/123456789", "USA/12*****89"),
        ("D/1234", "DEU/1234", "DEU/1**4"),
        ("chn/E12345678", "E12345678", "E1*****78"),
    ],
)
def test_what_is_stored_is_read_back_and_shown_in_part(typed: str, value: str, shown: str) -> None:
    """Mutation: a passport of another country is masked as one of ours, or is not found again by what was stored."""
    identifier = identifier_of(recognise(typed, today=TODAY, sandbox=True))
    assert identifier.value == value
    assert identifier == identifier_of(recognise(value, today=TODAY, sandbox=True))
    assert masked(identifier) == shown


def test_a_mail_address_too() -> None:
    assert masked(identifier_of(parse_email("Mike@Example.org"))) == "m***@example.org"
