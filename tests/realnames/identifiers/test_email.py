"""Mail addresses: one canonical form, and no fold that makes one address of two people's (threat G11)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realnames.identifiers.email import Email, parse_email
from realnames.identifiers.refusal import IdentifierRefused, Reason

ADDRESS = "mike@example.org"


def reason_against(text: str) -> Reason:
    with pytest.raises(IdentifierRefused) as refused:
        parse_email(text)
    return refused.value.reason


@pytest.mark.parametrize(
    "text",
    [
        ADDRESS,
        "MIKE@EXAMPLE.ORG",
        " Mike@Example.org\r\n",
        "ｍｉｋｅ＠ｅｘａｍｐｌｅ．ｏｒｇ",
        "Ｍｉｋｅ@example.org\u3000",
    ],
)
def test_every_spelling_of_one_address_is_that_address(text: str) -> None:
    """Mutation: a canonical form without case or full-width characters, with which a counter of guesses starts anew."""
    assert parse_email(text) == Email(ADDRESS)


@pytest.mark.parametrize(
    "text",
    [
        "m\u0131ke@example.org",  # dotless i, whose capital is I
        "mi\u212ae@example.org",  # the Kelvin sign, whose small letter is k
        "m\u0456ke@example.org",  # Cyrillic
        "straße@example.org",
        "mike\u200b@example.org",
        "m\u2170ke@example.org",  # a Roman numeral, which NFKC turns into i
        "mi\u0307ke@example.org",
        "mike@\u0435xample.org",
        "mike@strasse\u00df.org",
        "mike@example\u3002org",
        "mike@例子.中国",
        "mike@\ud800.org",
    ],
)
def test_no_other_character_becomes_one_of_ascii(text: str) -> None:
    """Mutations: `str.lower`, `casefold`, NFKC, IDNA 2003: each makes somebody else's address of one of these."""
    assert reason_against(text) in {Reason.CHARSET, Reason.REGION}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.LENGTH),
        ("mike", Reason.LENGTH),
        ("@example.org", Reason.LENGTH),
        (f"{'m' * 65}@example.org", Reason.LENGTH),
        (f"mike@{'a.' * 130}org", Reason.LENGTH),
        ('"mike"@example.org', Reason.CHARSET),
        ("mike smith@example.org", Reason.CHARSET),
        ("mike@evil.test@example.org", Reason.CHARSET),
        ("mike\r\nBcc: all@example.org", Reason.CHARSET),
        (".mike@example.org", Reason.CHARSET),
        ("mike..smith@example.org", Reason.CHARSET),
        ("mike@", Reason.REGION),
        ("mike@localhost", Reason.REGION),
        ("mike@127.0.0.1", Reason.REGION),
        ("mike@[127.0.0.1]", Reason.REGION),
        ("mike@-example.org", Reason.REGION),
        ("mike@example-.org", Reason.REGION),
        ("mike@example..org", Reason.REGION),
        ("mike@example.org.", Reason.REGION),
        (f"mike@{'a' * 64}.org", Reason.REGION),
        ("mike@exam_ple.org", Reason.REGION),
        ("mike@example.org\nx", Reason.REGION),
    ],
)
def test_what_is_no_address(text: str, reason: Reason) -> None:
    assert reason_against(text) is reason


@pytest.mark.parametrize("text", ["m@b.co", "first.last+tag@sub.example.org", "o'neill@xn--fsqu00a.xn--fiqs8s"])
def test_real_addresses_pass_as_they_are(text: str) -> None:
    assert parse_email(text).address == text


def test_nothing_shows_the_address_and_the_mask_shows_little() -> None:
    email = parse_email(ADDRESS)
    assert ADDRESS not in repr(email) + str(email)
    assert email.masked == "m***@example.org"


@given(st.text(st.characters(exclude_categories=()), max_size=60))
def test_what_is_accepted_is_canonical_ascii(text: str) -> None:
    try:
        address = parse_email(f"{text}@example.org").address
    except IdentifierRefused:
        return
    assert address.isascii()
    assert address == address.lower()
    assert parse_email(address).address == address
