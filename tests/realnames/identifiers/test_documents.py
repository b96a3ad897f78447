"""Numbers of documents other than a citizen's card: every vector, every spelling, nothing shown."""

import json
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from realnames.identifiers.citizen_id import complete
from realnames.identifiers.foreigner_name import parse_foreigner_name
from realnames.identifiers.normalisation import normalise_number
from realnames.identifiers.passport import parse_passport
from realnames.identifiers.permanent_resident import (
    parse_canonical_permanent_resident_id,
    parse_permanent_resident_id,
)
from realnames.identifiers.refusal import IdentifierRefused, Reason
from realnames.identifiers.travel_permit import parse_hk_macau_travel_permit, parse_taiwan_travel_permit

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text("utf-8"))
TODAY = date.fromisoformat(VECTORS["_meta"]["today_for_future_check"])
CARD_OF_2023 = "foreign_permanent_resident_18"

PARSERS: dict[str, Callable[[str], Any]] = {
    CARD_OF_2023: partial(parse_permanent_resident_id, today=TODAY),
    "foreign_permanent_resident_15": partial(parse_permanent_resident_id, today=TODAY),
    "hk_macau_travel_permit": parse_hk_macau_travel_permit,
    "taiwan_travel_permit": parse_taiwan_travel_permit,
    "cn_passport": parse_passport,
}


def value(vector: Any) -> str:
    text: str = vector["value"] if isinstance(vector, dict) else vector
    return text


def vectors(which: str) -> list[tuple[str, str]]:
    return [(group, value(vector)) for group in PARSERS for vector in VECTORS[group][which]]


def reason_against(parse: Callable[[str], Any], text: str) -> Reason:
    with pytest.raises(IdentifierRefused) as refused:
        parse(text)
    return refused.value.reason


@pytest.mark.parametrize(("group", "text"), vectors("valid"))
def test_valid_vector(group: str, text: str) -> None:
    parsed = PARSERS[group](text)
    assert parsed.number == text[:9] if group == "hk_macau_travel_permit" else text
    assert parsed == PARSERS[group](f" {text[:3]} {text[3:].lower()}\u200b")
    assert parsed.number not in repr(parsed) + str(parsed)
    assert parsed.masked.count("*") >= 4
    assert len(parsed.masked) == len(parsed.number)


@pytest.mark.parametrize(("group", "text"), vectors("invalid"))
def test_invalid_vector(group: str, text: str) -> None:
    """What is wrong for more than its spelling is refused; vectors of mere spelling are brought to the canonical one.

    Mutations: `\\d` for a digit, `$` for an end, a rule left out.
    """
    canonical = normalise_number(text)
    if canonical != text or (group == CARD_OF_2023 and len(canonical) == 15):
        return
    with pytest.raises(IdentifierRefused):
        PARSERS[group](text)


@pytest.mark.parametrize(
    "vector",
    [each for each in VECTORS[CARD_OF_2023]["invalid"] if len(each["value"]) != 15],
    ids=lambda vector: vector["reason"],
)
def test_the_first_rule_broken_by_a_card_of_2023(vector: dict[str, Any]) -> None:
    parse = partial(parse_canonical_permanent_resident_id, today=TODAY)
    assert reason_against(parse, vector["value"]) == vector["error"]


def test_cards_of_province_89_live_in_the_sandbox_alone() -> None:
    """Mutation: `sandbox` is not passed on."""
    number = complete("98984019700704001")
    assert reason_against(PARSERS[CARD_OF_2023], number) is Reason.REGION
    assert parse_permanent_resident_id(number, today=TODAY, sandbox=True).number == number


def test_a_citizen_number_is_no_permanent_resident_card() -> None:
    assert reason_against(PARSERS[CARD_OF_2023], "11010519491231002X") is Reason.CHARSET


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
