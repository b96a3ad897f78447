"""Which new passwords are taken: long enough, not simple, and nothing that others know of the person (threat G12)."""

import pytest

from idp.accounts.password_rules import PasswordFault, fault_of
from idp.model.account import Attributes

KNOWN = frozenset({"woaini1314"})
PERSON = Attributes(name="古丽·买买提", citizen_id="89010119900307001X", phone="+8613900000123")


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("", PasswordFault.EMPTY),
        ("长江边的树", PasswordFault.TOO_SHORT),
        ("e\u0301" * 7, PasswordFault.TOO_SHORT),
        ("ab1" * 43, PasswordFault.TOO_LONG),
        ("13900000123", PasswordFault.PERSONAL),
        ("+86 139 0000 0123", PasswordFault.PERSONAL),
        ("１３９００００0123", PasswordFault.PERSONAL),
        ("19900307!!", PasswordFault.PERSONAL),
        ("ab07001xcd", PasswordFault.PERSONAL),
        ("07 00 1X cd", PasswordFault.PERSONAL),
        ("我叫买买提，住在江边", PasswordFault.PERSONAL),
        ("aaaaaaaab", PasswordFault.SIMPLE),
        ("23456789", PasswordFault.SIMPLE),
        ("hgfedcba", PasswordFault.SIMPLE),
        ("江边的树 春天会开花", None),
        ("correct horse battery", None),
        ("e\u0301" * 7 + "xyz", None),
        ("ab1" * 42, None),
        ("12345679", None),
        ("woaini1314", PasswordFault.BREACHED),
        ("1390000012", None),
    ],
)
def test_a_password_is_taken_or_told_why_not(password: str, fault: PasswordFault | None) -> None:
    """Mutations: length in bytes or before NFC; spaces and full width hide the phone; x is not X; one part left out."""
    assert fault_of(password, PERSON, KNOWN) is fault


def test_who_left_nothing_but_a_password_has_nothing_to_avoid() -> None:
    assert fault_of("13900000123", Attributes(), KNOWN) is None
