"""Numbers of documents other than a citizen's card, and the names of foreigners."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pytest

from realnames.identifiers.citizen_id import complete
from realnames.identifiers.foreigner_name import parse_foreigner_name
from realnames.identifiers.permanent_resident import parse_permanent_resident_id
from realnames.identifiers.refusal import IdentifierRefused, Reason
from realnames.identifiers.travel_permit import (
    match_taiwan_booklet,
    parse_hk_macau_travel_permit,
    parse_taiwan_travel_permit,
)
from tests.realnames.identifiers.vectors import TODAY

parse_card = partial(parse_permanent_resident_id, today=TODAY)


def reason_against(parse: Callable[[str], Any], text: str) -> Reason:
    with pytest.raises(IdentifierRefused) as refused:
        parse(text)
    return refused.value.reason


def test_cards_of_province_89_live_in_the_sandbox_alone() -> None:
    """Mutation: `sandbox` is not passed on."""
    number = complete("98984019700704001")
    assert reason_against(parse_card, number) is Reason.REGION
    assert parse_permanent_resident_id(number, today=TODAY, sandbox=True).number == number


def test_a_citizen_number_is_no_permanent_resident_card() -> None:
    assert reason_against(parse_card, "11010519491231002X") is Reason.CHARSET


@pytest.mark.parametrize(
    ("number", "birth_date", "sex"),
    [
        ("932682198501010017", date(1985, 1, 1), "male"),
        ("911124198108030024", date(1981, 8, 3), "female"),
        ("CAN110081080310", None, None),
    ],
)
def test_what_a_permanent_resident_card_tells(number: str, birth_date: date | None, sex: str | None) -> None:
    """And nothing of a nationality, which changes while the number stays. Mutation: the card of 2017 is taken apart."""
    card = parse_card(number)
    assert (card.birth_date, card.sex) == (birth_date, sex)
    assert {name for name in dir(card) if not name.startswith("_")} == {"number", "birth_date", "sex", "masked"}


@pytest.mark.parametrize("text", ["1234567801", "1234 5678 09", "１２３４５６７８９９"])
def test_a_booklet_before_2015_means_the_card_of_its_first_eight_digits(text: str) -> None:
    assert match_taiwan_booklet(text) == parse_taiwan_travel_permit("12345678")
    assert reason_against(parse_taiwan_travel_permit, text) is Reason.LENGTH


@pytest.mark.parametrize(
    ("text", "reason"),
    [("12345678", Reason.LENGTH), ("12345678012", Reason.LENGTH), ("T123456701", Reason.CHARSET), ("", Reason.LENGTH)],
)
def test_what_is_no_booklet(text: str, reason: Reason) -> None:
    assert reason_against(match_taiwan_booklet, text) is reason


def test_a_permit_is_the_same_after_it_was_issued_again() -> None:
    """Mutation: the count of issues is kept, and the person cannot sign in after a renewal."""
    assert parse_hk_macau_travel_permit("H1234567801") == parse_hk_macau_travel_permit("h12345678")
    assert parse_hk_macau_travel_permit("H12345678") != parse_hk_macau_travel_permit("M12345678")


@pytest.mark.parametrize(
    ("text", "canonical", "masked"),
    [
        ("John Smith", "JOHN SMITH", "J*** S****"),
        ("  o\u2019connor   mary-ann ", "O'CONNOR MARY-ANN", "O'C***** M***-A**"),
        ("José Nuñez", "JOSÉ NUÑEZ", "J*** N****"),
        ("Jose\u0301", "JOSÉ", "J***"),
        ("Li", "LI", "L*"),
    ],
)
def test_a_foreigners_name_is_compared_in_capitals(text: str, canonical: str, masked: str) -> None:
    name = parse_foreigner_name(text)
    assert (name.canonical, name.raw, name.masked) == (canonical, text, masked)
    assert name == parse_foreigner_name(canonical.lower())
    assert canonical not in repr(name)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.LENGTH),
        ("X", Reason.LENGTH),
        ("A" * 101, Reason.LENGTH),
        ("A" * 300, Reason.LENGTH),
        ("John 3", Reason.CHARSET),
        ("Иван Иванов", Reason.CHARSET),
        ("John张", Reason.CHARSET),
        ("<b>John</b>", Reason.CHARSET),
        ("-John", Reason.CHARSET),
        ("John\x00Smith", Reason.CHARSET),
        ("John\ud800", Reason.CHARSET),
    ],
)
def test_what_is_no_foreigners_name(text: str, reason: Reason) -> None:
    """Mutation: `isalpha` alone, which lets every script in."""
    assert reason_against(parse_foreigner_name, text) is reason
