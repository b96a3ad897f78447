"""Passports of other countries: the state and the number are one identifier, of one spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realnames.identifiers.foreign_passport import ForeignPassport, parse_passport_behind_state, parse_passport_of
from realnames.identifiers.issuing_state import parse_issuing_state, parse_nationality
from realnames.identifiers.passport import Passport
from realnames.identifiers.refusal import IdentifierRefused, Reason

LETTERS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=4)


def reason_against(state: str, number: str) -> Reason:
    with pytest.raises(IdentifierRefused) as refused:
        parse_passport_of(state, number)
    assert str(refused.value) == refused.value.reason
    return refused.value.reason


@pytest.mark.parametrize(
    ("state", "number", "canonical"),
    [
        ("USA", "123456789", "USA/123456789"),
        (" usa ", "1234 5678-9\u200b", "USA/123456789"),
        ("ＵＳＡ", "１２３４５６７８９", "USA/123456789"),
        ("GBR", "123456789", "GBR/123456789"),
        ("D", "c01x00t47", "DEU/C01X00T47"),
        ("DEU", "C01X00T47", "DEU/C01X00T47"),
        ("IND", "J-1234567", "IND/J1234567"),
        ("KNA", "1234", "KNA/1234"),
        ("UNO", "A12345678901234", "UNO/A12345678901234"),
        ("GBD", "\u0425123456", "GBD/X123456"),
    ],
)
def test_every_spelling_of_a_passport_is_that_passport(state: str, number: str, canonical: str) -> None:
    """Mutations: the state is left out of the canonical form; Germany keeps two codes."""
    passport = parse_passport_of(state, number)
    assert isinstance(passport, ForeignPassport)
    assert passport.canonical == canonical
    assert passport == parse_passport_behind_state(canonical) == parse_passport_behind_state(f"{state}／{number}")


def test_equal_numbers_of_two_countries_are_two_passports() -> None:
    canonicals = {parse_passport_of(state, "E12345678").canonical for state in ("CHN", "USA", "GBR", "SGP", "DEU")}
    assert len(canonicals) == 5


def test_a_passport_of_the_peoples_republic_stays_what_it_is() -> None:
    """Mutation: one with its state beside it is another person."""
    assert (
        parse_passport_of("chn", "e12345678") == parse_passport_behind_state("CHN/E12345678") == Passport("E12345678")
    )
    assert reason_against("CHN", "123456789") is Reason.CHARSET


@pytest.mark.parametrize("state", ["HKG", "MAC", "TWN"])
def test_who_has_a_permit_is_not_known_by_a_passport(state: str) -> None:
    assert parse_issuing_state(state) == state
    assert reason_against(state, "K12345678") is Reason.REGION


@pytest.mark.parametrize(
    "state",
    [
        "",
        "US",
        "840",
        "USAA",
        "ZZZ",
        "XKX",
        "RKS",
        "YUG",
        "XXA",
        "XXB",
        "XXX",
        "UTO",
        "DE",
        "ФРГ",
        "U1A",
        "\ud800",
        "CHINA",
        "U" * 300,
    ],
)
def test_a_code_of_nobody_who_issues_passports_is_refused(state: str) -> None:
    """Mutation: three letters are enough; whoever has no nationality is taken for a state."""
    assert reason_against(state, "123456789") is Reason.REGION


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("", Reason.LENGTH),
        ("123", Reason.LENGTH),
        ("1" * 16, Reason.LENGTH),
        ("1" * 300, Reason.LENGTH),
        ("1234<5678", Reason.CHARSET),
        ("12/345678", Reason.CHARSET),
        ("١٢٣٤٥٦٧٨٩", Reason.CHARSET),
        ("АВ123456", Reason.CHARSET),
        ("12345\ud800", Reason.CHARSET),
    ],
)
def test_what_no_passport_has_for_a_number(number: str, reason: Reason) -> None:
    assert reason_against("USA", number) is reason


def test_utopia_lives_in_the_sandbox_alone() -> None:
    """Mutation: `sandbox` is not passed on."""
    assert reason_against("UTO", "L898902C3") is Reason.REGION
    assert parse_passport_of("UTO", "L898902C3", sandbox=True).canonical == "UTO/L898902C3"
    assert parse_passport_behind_state("UTO/L898902C3", sandbox=True) == ForeignPassport("UTO", "L898902C3")


@pytest.mark.parametrize("code", ["XXA", "XXB", "XXC", "XXX"])
def test_who_has_no_nationality_has_a_code_for_that(code: str) -> None:
    assert parse_nationality(code) == code
    assert parse_nationality("d") == "DEU"


def test_without_a_state_nobody_knows_whose_number_it_is() -> None:
    for text in ("123456789", "/123456789", "//", ""):
        with pytest.raises(IdentifierRefused) as refused:
            parse_passport_behind_state(text)
        assert refused.value.reason is Reason.REGION


@pytest.mark.parametrize(
    ("number", "masked"),
    [("123456789", "USA/12*****89"), ("1234567", "USA/1*****7"), ("1234", "USA/1**4")],
)
def test_the_mask_shows_little_of_a_short_number(number: str, masked: str) -> None:
    """Mutation: two characters at each end of four."""
    passport = ForeignPassport("USA", number)
    assert passport.masked == masked
    assert repr(passport) == str(passport) == "ForeignPassport()"


@given(LETTERS)
def test_a_state_has_one_code(text: str) -> None:
    try:
        state = parse_nationality(text)
    except IdentifierRefused:
        return
    assert len(state) == 3
    assert parse_nationality(state) == parse_nationality(text.lower()) == state
    assert state == text or (text, state) == ("D", "DEU")
