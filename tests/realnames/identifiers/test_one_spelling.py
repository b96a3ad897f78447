"""One number, one value: however it is typed, whatever reads it, and never two things at once (threat K01)."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realnames.identifiers.business_registration import parse_business_registration
from realnames.identifiers.citizen_id import complete, parse_citizen_id
from realnames.identifiers.citizen_id_1989 import upgrade_15_digits
from realnames.identifiers.email import parse_email
from realnames.identifiers.foreign_passport import BEHIND_STATE, parse_passport_behind_state
from realnames.identifiers.foreigner_name import parse_foreigner_name
from realnames.identifiers.organization_code import check_character, parse_organization_code
from realnames.identifiers.passport import parse_passport
from realnames.identifiers.permanent_resident import parse_permanent_resident_id
from realnames.identifiers.person_name import parse_person_name
from realnames.identifiers.phone import parse_phone
from realnames.identifiers.refusal import IdentifierRefused
from realnames.identifiers.sign_in_name import recognise
from realnames.identifiers.social_credit_code import complete_social_credit_code, parse_social_credit_code
from realnames.identifiers.travel_permit import parse_hk_macau_travel_permit, parse_taiwan_travel_permit
from tests.realnames.identifiers.vectors import TODAY, text_of, walk

Parse = Callable[[str], Any]

DAYS = st.dates(max_value=TODAY).filter(lambda day: day.year >= 1900).map(lambda day: f"{day:%Y%m%d}")
SEQUENCES = st.integers(1, 999).map(lambda number: f"{number:03}")


def matching(form: str) -> st.SearchStrategy[str]:
    return st.from_regex(rf"\A(?:{form})\Z")


def joined(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map("".join)


CITIZENS = joined(st.sampled_from(["110105", "420502", "510202", "890101", "810000", "830000"]), DAYS, SEQUENCES)
FOREIGNERS = joined(matching("9(?:11|42|65|89)[0-9]{3}"), DAYS, SEQUENCES)
STATES = st.sampled_from(["USA", "GBR", "GBD", "DEU", "IND", "UNO", "UTO"])
SIGN_IN: dict[str, tuple[Parse, st.SearchStrategy[str]]] = {
    "citizen": (partial(parse_citizen_id, today=TODAY, sandbox=True), CITIZENS.map(complete)),
    "permanent resident": (
        partial(parse_permanent_resident_id, today=TODAY, sandbox=True),
        FOREIGNERS.map(complete) | matching("[A-Z]{3}[0-9]{12}"),
    ),
    "Hong Kong, Macau": (parse_hk_macau_travel_permit, matching("[HM][0-9]{8}")),
    "Taiwan": (parse_taiwan_travel_permit, matching("[0-9]{8}")),
    "passport": (parse_passport, matching("E[A-HJ-NP-Z0-9][0-9]{7}|[DSPG][0-9]{8}|[DSP]E[0-9]{7}|1[45][0-9]{7}")),
    "foreign passport": (
        partial(parse_passport_behind_state, sandbox=True),
        joined(STATES, st.just(BEHIND_STATE), matching("[0-9A-Z]{4,15}")),
    ),
    "phone": (parse_phone, matching("1[3-9][0-9]{9}")),
}
"""What the first page of a sign-in takes, and what is typed there."""
OTHERS: dict[str, tuple[Parse, st.SearchStrategy[str]]] = {
    "social credit code": (
        parse_social_credit_code,
        matching("[0-9ANY][0-9]420500[0-9A-HJ-NP-RTUWXY]{9}").map(complete_social_credit_code),
    ),
    "organisation code": (
        parse_organization_code,
        matching("[0-9A-Z]{8}").map(lambda first8: first8 + check_character(first8)),
    ),
    "registration": (
        parse_business_registration,
        st.sampled_from([text_of(each) for group, part, each in walk() if (group[:8], part) == ("business", "valid")]),
    ),
}
NAMES: dict[str, Parse] = {"name": parse_person_name, "foreigner": parse_foreigner_name, "mail": parse_email}

HAN = st.text(st.sampled_from("张三李〇䶮㛃𠅤𫖯𰻝欧阳娜买提\ufa0e"), min_size=2, max_size=6)
NOISE = st.text(st.sampled_from(" \u3000\u00a0\u200b\ufeff\u2060\u202d\u202c\u00ad\t\r\n"), max_size=2)
HYPHENS = st.sampled_from(["", "", "", "-", "\u2010", "\u2013", "\u2212", "－"])
LIKE_X = ["X", "x", "Х", "х", "Χ", "χ", "×", "Ｘ", "ｘ"]
ALMOST = st.text(st.sampled_from("0123456789EHMPGDSXUSACHN/+-８ \u200b"), max_size=22)
ANYTHING = st.text(st.characters(exclude_categories=()), max_size=40)


@st.composite
def typed(draw: st.DrawFn, canonical: str) -> str:
    """The number as somebody might write it: spaces, hyphens, invisible characters, case, width, what looks like an X."""
    pieces = []
    for each in canonical:
        forms = [each, each.lower(), chr(ord(each) + 0xFEE0)]
        pieces += [draw(NOISE), draw(st.sampled_from(LIKE_X if each == "X" else forms)), draw(HYPHENS)]
    return "".join(pieces)


def canonical_form(parsed: Any) -> str:
    for attribute in ("canonical", "e164", "number", "address"):
        if hasattr(parsed, attribute):
            return str(getattr(parsed, attribute))
    raise AssertionError(type(parsed))


def accepted(parse: Parse, text: str) -> Any:
    try:
        return parse(text)
    except IdentifierRefused:
        return None


@pytest.mark.parametrize("kind", [*SIGN_IN, *OTHERS])
@given(data=st.data())
def test_every_spelling_of_a_number_is_one_value(kind: str, data: st.DataObject) -> None:
    """Mutations: any step of `normalise_number` left out, or done after the one that it must precede."""
    parse, numbers = {**SIGN_IN, **OTHERS}[kind]
    number = data.draw(numbers)
    spelling = data.draw(typed(number))
    assert parse(spelling) == parse(number)
    assert canonical_form(parse(spelling)) == (f"+86{number}" if kind == "phone" else number)
    if kind in SIGN_IN:
        assert recognise(spelling, today=TODAY, sandbox=True) == parse(number)


@given(SIGN_IN["phone"][1], st.sampled_from(["+86", "86", "0086", "＋８６ ", "00 86-"]), st.data())
def test_a_phone_is_the_same_with_its_country(number: str, country: str, data: st.DataObject) -> None:
    assert recognise(country + data.draw(typed(number)), today=TODAY) == parse_phone(number)


@given(SIGN_IN["Hong Kong, Macau"][1], matching("[0-9]{2}"), st.data())
def test_a_permit_is_the_same_however_often_it_was_issued(number: str, issue: str, data: st.DataObject) -> None:
    assert recognise(data.draw(typed(number + issue)), today=TODAY) == parse_hk_macau_travel_permit(number)


@given(
    joined(
        st.sampled_from(["110105", "510202"]), st.just("19"), matching("[0-9]{2}(?:0[1-9]|1[0-2])[01][1-8]"), SEQUENCES
    )
)
def test_a_number_of_15_digits_is_that_of_the_same_person(first17: str) -> None:
    """But for those whose century nobody can know."""
    upgraded = upgrade_15_digits(first17[:6] + first17[8:])
    assert upgraded.citizen_id == parse_citizen_id(complete(first17), today=TODAY)
    assert upgraded.is_century_uncertain == (first17[14:] >= "996")


@given(st.lists(HAN, min_size=1, max_size=3), st.data())
def test_every_spelling_of_a_name_is_one_name(parts: list[str], data: st.DataObject) -> None:
    """Mutation: a dot that input methods write is not the one that registers write."""
    name = "·".join(parts)
    pieces = [data.draw(st.sampled_from("·•・･‧⋅∙．.")) if each == "·" else each for each in name]
    spelling = "".join(each + data.draw(NOISE) for each in pieces)
    assert parse_person_name(spelling) == parse_person_name(name)
    assert parse_person_name(spelling).canonical == name


@pytest.mark.parametrize(
    "parse",
    [*(parse for parse, _ in (SIGN_IN | OTHERS).values()), *NAMES.values(), partial(recognise, today=TODAY)],
)
@given(text=ANYTHING | ALMOST | HAN)
def test_what_is_stored_is_read_back_as_itself(parse: Parse, text: str) -> None:
    """Mutation: a canonical form that is none, so that the person is not found by what was stored."""
    parsed = accepted(parse, text)
    if parsed is not None:
        assert parse(canonical_form(parsed)) == parsed
        assert canonical_form(parse(canonical_form(parsed))) == canonical_form(parsed)


@given(st.one_of(ANYTHING, ALMOST, *(numbers for _, numbers in SIGN_IN.values())))
def test_no_text_is_two_things(text: str) -> None:
    """Mutations: a form that is open at one end; a rule of `recognise` that hands a number to the wrong parser."""
    found = [parsed for parse, _ in SIGN_IN.values() if (parsed := accepted(parse, text)) is not None]
    assert len(found) <= 1
    assert accepted(partial(recognise, today=TODAY, sandbox=True), text) == (found[0] if found else None)
