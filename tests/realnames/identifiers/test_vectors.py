"""Every verified number of `vectors.json`, found by walking the file: none can stand there without being asserted."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from realnames.identifiers.business_registration import parse_business_registration
from realnames.identifiers.citizen_id import CitizenId, parse_canonical_citizen_id, parse_citizen_id
from realnames.identifiers.citizen_id_1989 import upgrade_15_digits
from realnames.identifiers.normalisation import normalise_name, normalise_number
from realnames.identifiers.organization_code import parse_organization_code
from realnames.identifiers.passport import parse_passport
from realnames.identifiers.permanent_resident import (
    parse_canonical_permanent_resident_id,
    parse_permanent_resident_id,
)
from realnames.identifiers.person_name import PersonName, parse_person_name
from realnames.identifiers.phone import parse_national_number, parse_phone
from realnames.identifiers.refusal import IdentifierRefused, Reason
from realnames.identifiers.social_credit_code import SocialCreditCode, parse_social_credit_code
from realnames.identifiers.travel_permit import parse_hk_macau_travel_permit, parse_taiwan_travel_permit
from tests.realnames.identifiers.vectors import REASONS, SPELLINGS, TODAY, text_of, walk

Parse = Callable[[str], Any]

TYPED: dict[str, Parse] = {
    "resident_id_18": partial(parse_citizen_id, today=TODAY),
    "resident_id_15": upgrade_15_digits,
    "foreign_permanent_resident_18": partial(parse_permanent_resident_id, today=TODAY),
    "foreign_permanent_resident_15": partial(parse_permanent_resident_id, today=TODAY),
    "hk_macau_travel_permit": parse_hk_macau_travel_permit,
    "taiwan_travel_permit": parse_taiwan_travel_permit,
    "cn_passport": parse_passport,
    "uscc_18": parse_social_credit_code,
    "organization_code_9": parse_organization_code,
    "business_registration_15": parse_business_registration,
    "mobile": parse_phone,
    "chinese_name": parse_person_name,
}
CANONICAL: dict[str, Parse] = {
    "resident_id_18": partial(parse_canonical_citizen_id, today=TODAY),
    "foreign_permanent_resident_18": partial(parse_canonical_permanent_resident_id, today=TODAY),
    "foreign_permanent_resident_15": partial(parse_canonical_permanent_resident_id, today=TODAY),
    "mobile": parse_national_number,
}
"""Parsers of a number that must already be spelled as it is stored."""
COUNTS = {
    "resident_id_18": 44,
    "resident_id_15": 20,
    "foreign_permanent_resident_18": 24,
    "foreign_permanent_resident_15": 20,
    "hk_macau_travel_permit": 20,
    "taiwan_travel_permit": 20,
    "cn_passport": 20,
    "uscc_18": 34,
    "organization_code_9": 23,
    "business_registration_15": 20,
    "mobile": 20,
    "chinese_name": 30,
    "normalise_id": 12,
}


def canonical_form(parsed: Any) -> str:
    for attribute in ("number", "national_number", "canonical"):
        if hasattr(parsed, attribute):
            return str(getattr(parsed, attribute))
    raise AssertionError(type(parsed))


def reason_against(parse: Parse, text: str) -> Reason:
    with pytest.raises(IdentifierRefused) as refused:
        parse(text)
    assert str(refused.value) == refused.value.reason
    return refused.value.reason


def judge_valid(group: str, vector: Any) -> None:
    """It is read as it stands, and however it is typed; nothing shows it; it tells what the vector tells."""
    text, parse = text_of(vector), TYPED[group]
    parsed = parse(text)
    assert canonical_form(parsed) == (text[:9] if group == "hk_macau_travel_permit" else text)
    assert parsed == parse(f" {text[:3]} {text[3:].lower()}\u200b\n")
    assert parsed == CANONICAL.get(group, parse)(canonical_form(parsed))
    assert text not in repr(parsed) + str(parsed)
    masked = getattr(parsed, "masked", "*" * len(canonical_form(parsed)))
    assert "*" in masked
    assert len(masked) == len(canonical_form(parsed))
    if isinstance(parsed, CitizenId):
        told = (parsed.region, parsed.birth_date.isoformat(), parsed.sex, parsed.kind)
        assert told == (vector["region"], vector["birthdate"], vector["gender"], vector["kind"])
    if isinstance(parsed, SocialCreditCode) and vector["source"] == "synthetic":
        assert (parsed.number[:2], parsed.region) == (vector["dept"] + vector["category"], vector["region"])
        assert parsed.organization_code == parse_organization_code(vector["org"])
        assert parsed.oddities == ()


def judge_invalid(group: str, vector: Any) -> None:
    """Refused for the first rule that it breaks, or of a spelling that is forgiven, where it is typed and not stored.

    Mutations: `\\d` for a digit, `$` for an end, a rule left out, the length looked at last; the second `mod` of GB 32100
    left out; the alphabet of 31 for the organisation code.
    """
    text = text_of(vector)
    canonical = SPELLINGS.get(group, {}).get(text)
    reason = REASONS.get(group, {}).get(text) or (Reason(vector["error"]) if canonical is None else None)
    if canonical is None:
        assert reason_against(TYPED[group], text) is reason
    else:
        assert reason is None
        assert TYPED[group](text) == TYPED[group](canonical)
        assert canonical_form(TYPED[group](text)) == canonical
    if group in CANONICAL and text != canonical:
        strict_reason = reason_against(CANONICAL[group], text)
        assert strict_reason == vector.get("error", strict_reason)


def judge_upgrade(_group: str, vector: Any) -> None:
    upgraded = upgrade_15_digits(vector["input"])
    assert upgraded.citizen_id == CitizenId(vector["output"])
    assert upgraded.is_century_uncertain == ("must be flagged" in vector["note"] or vector["input"].endswith("999"))


def judge_spelling(group: str, vector: Any) -> None:
    """One number is one value, and so is one name."""
    typed, stored = vector["input"], vector["output"]
    if group == "chinese_name":
        assert normalise_name(typed) == stored
        assert parse_person_name(typed) == parse_person_name(stored) == PersonName(raw=typed, canonical=stored)
        assert parse_person_name(typed).raw == typed
    else:
        assert normalise_number(typed) == stored
        assert parse_citizen_id(typed, today=TODAY) == CitizenId(stored)


JUDGES: dict[str, Callable[[str, Any], None]] = {
    "valid": judge_valid,
    "invalid": judge_invalid,
    "upgrade": judge_upgrade,
    "normalise": judge_spelling,
}


@pytest.mark.parametrize(("group", "part", "vector"), walk())
def test_vector(group: str, part: str, vector: Any) -> None:
    """Red too for a vector whose group or part nobody judges, and for one that tells no reason and has none in `REASONS`."""
    JUDGES[part](group, vector)


def test_none_is_lost() -> None:
    """Red when a group is emptied, renamed or no longer walked; who adds a vector counts it here."""
    assert Counter(group for group, _, _ in walk()) == COUNTS


def test_what_is_expected_of_a_vector_that_is_not_there_is_expected_of_nothing() -> None:
    texts = {(group, text_of(vector)) for group, part, vector in walk() if part == "invalid"}
    for table in (REASONS, SPELLINGS):
        assert {(group, text) for group, some in table.items() for text in some} <= texts
