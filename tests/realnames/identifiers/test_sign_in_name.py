from collections.abc import Callable
from datetime import date
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realnames.identifiers.business_registration import parse_business_registration
from realnames.identifiers.citizen_id import CitizenId, complete, parse_canonical_citizen_id, parse_citizen_id
from realnames.identifiers.citizen_id_1989 import upgrade_15_digits
from realnames.identifiers.email import parse_email
from realnames.identifiers.foreign_passport import ForeignPassport, parse_passport_behind_state
from realnames.identifiers.foreigner_name import parse_foreigner_name
from realnames.identifiers.machine_readable_zone import parse_machine_readable_zone
from realnames.identifiers.organization_code import parse_organization_code
from realnames.identifiers.passport import Passport, parse_passport
from realnames.identifiers.permanent_resident import PermanentResidentId, parse_permanent_resident_id
from realnames.identifiers.person_name import parse_person_name
from realnames.identifiers.phone import Phone, parse_national_number, parse_phone
from realnames.identifiers.refusal import IdentifierRefused, Reason
from realnames.identifiers.sign_in_name import recognise
from realnames.identifiers.social_credit_code import parse_social_credit_code
from realnames.identifiers.travel_permit import (
    TravelPermit,
    TravelPermitKind,
    match_taiwan_booklet,
    parse_hk_macau_travel_permit,
    parse_taiwan_travel_permit,
)

TODAY = date(2026, 11, 23)
SOMEONE = complete("89010119900307001")

PARSERS: dict[str, Callable[[str], object]] = {
    "sign-in name": partial(recognise, today=TODAY, sandbox=True),
    "citizen number": partial(parse_citizen_id, today=TODAY, sandbox=True),
    "canonical citizen number": partial(parse_canonical_citizen_id, today=TODAY, sandbox=True),
    "15 digits": upgrade_15_digits,
    "permanent resident card": partial(parse_permanent_resident_id, today=TODAY, sandbox=True),
    "travel permit of Hong Kong or Macau": parse_hk_macau_travel_permit,
    "travel permit of Taiwan": parse_taiwan_travel_permit,
    "booklet of Taiwan": match_taiwan_booklet,
    "passport": parse_passport,
    "passport of another country": partial(parse_passport_behind_state, sandbox=True),
    "lines of a passport": partial(parse_machine_readable_zone, today=TODAY, sandbox=True),
    "mail address": parse_email,
    "foreigner's name": parse_foreigner_name,
    "name": parse_person_name,
    "phone": parse_phone,
    "national number": parse_national_number,
    "completed": complete,
    "social credit code": parse_social_credit_code,
    "organisation code": parse_organization_code,
    "business registration": parse_business_registration,
}
EVERY_PARSER = pytest.mark.parametrize("parse", PARSERS.values(), ids=PARSERS.keys())

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=300)
NEARLY_A_NUMBER = st.text(st.sampled_from("0123456789Xx×Χ +-８٤²\u200b\ud800\n"), min_size=9, max_size=22)
NEARLY_A_CITIZEN = st.from_regex(r"\A[1-9][0-9]{5}(18|19|20)[0-9]{2}[01][0-9][0-3][0-9]{4}[0-9X]\Z")
NEARLY_A_NAME = st.text(st.sampled_from("张三𰻝·•. \ue815\ufa0eA1\u200b\ud800\u0300"), max_size=60)


def refusal_of(parse: Callable[[str], object], text: str) -> IdentifierRefused | None:
    try:
        parse(text)
    except IdentifierRefused as refused:
        return refused
    return None


@pytest.mark.parametrize(
    "text", ["13800001234", "+86 138-0000-1234", "0086 13800001234", "８６１３８００００１２３４", "13800001234\r\n"]
)
def test_every_spelling_of_a_phone_is_that_phone(text: str) -> None:
    assert recognise(text, today=TODAY) == Phone("13800001234")


@pytest.mark.parametrize("text", [SOMEONE, f" {SOMEONE[:6]} {SOMEONE[6:14]} {SOMEONE[14:]}", f"\u202d{SOMEONE}\u202c"])
def test_every_spelling_of_a_citizen_number_is_that_number(text: str) -> None:
    assert recognise(text, today=TODAY, sandbox=True) == CitizenId(SOMEONE)


def test_province_89_is_refused_outside_the_sandbox() -> None:
    """Red when `recognise` does not pass `sandbox` on, or passes it always."""
    with pytest.raises(IdentifierRefused) as refused:
        recognise(SOMEONE, today=TODAY)
    assert refused.value.reason is Reason.REGION


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.LENGTH),
        ("1380000123", Reason.LENGTH),
        ("42050219900307001", Reason.LENGTH),
        ("420502900307001", Reason.LENGTH),
        ("12800001234", Reason.NOT_MOBILE),
        ("zhang@city.cn", Reason.LENGTH),
        ("+85261234567", Reason.REGION),
        ("420502199003070010", Reason.CHECKSUM),
        ("932682198501010018", Reason.CHECKSUM),
        ("998840197007040012", Reason.REGION),
        ("USA42007007042", Reason.LENGTH),
        ("H1234567", Reason.LENGTH),
        ("EI1234567", Reason.CHARSET),
        ("123456789", Reason.CHARSET),
        ("1234567", Reason.LENGTH),
        ("1234567890", Reason.LENGTH),
        ("ZZZ/123456789", Reason.REGION),
        ("UTO/L898902C3", Reason.REGION),
        ("USA/123", Reason.LENGTH),
    ],
)
def test_the_reason_is_that_of_the_number_it_resembles(text: str, reason: Reason) -> None:
    with pytest.raises(IdentifierRefused) as refused:
        recognise(text, today=TODAY)
    assert refused.value.reason is reason


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (" 932682 19850101 0017", PermanentResidentId("932682198501010017")),
        ("can110081080310", PermanentResidentId("CAN110081080310")),
        ("HKG110081080310", PermanentResidentId("HKG110081080310")),
        ("Ｈ12345678", TravelPermit(TravelPermitKind.HK_MACAU, "H12345678")),
        ("h1234567801", TravelPermit(TravelPermitKind.HK_MACAU, "H12345678")),
        ("1234 5678", TravelPermit(TravelPermitKind.TAIWAN, "12345678")),
        ("e-12345678", Passport("E12345678")),
        ("148123456", Passport("148123456")),
        ("usa/1234 56789", ForeignPassport("USA", "123456789")),
        ("Ｄ／C01X00T47", ForeignPassport("DEU", "C01X00T47")),
        ("CHN/E12345678", Passport("E12345678")),
        ("CAN/110081080310", ForeignPassport("CAN", "110081080310")),
        ("810000199408230021", CitizenId("810000199408230021")),
        ("13800001234", Phone("13800001234")),
    ],
)
def test_the_number_of_each_document_is_told_by_its_shape(text: str, found: object) -> None:
    """Mutation: an order of the rules in which a card of 2017 of somebody from Hong Kong is a travel permit."""
    assert recognise(text, today=TODAY) == found


@EVERY_PARSER
@settings(deadline=None)
@given(text=ANY_TEXT | NEARLY_A_NUMBER | NEARLY_A_CITIZEN | NEARLY_A_NAME)
def test_any_text_gives_a_value_or_a_refusal_and_nothing_else(parse: Callable[[str], object], text: str) -> None:
    """Red when a parser lets the ValueError of `date` or `int` out, or its refusal quotes the text."""
    refused = refusal_of(parse, text)
    if refused is not None:
        assert refused.args == (refused.reason,)
        assert str(refused) == refused.reason.value
        assert refused.__context__ is None


@EVERY_PARSER
@pytest.mark.parametrize("unit", ["1", "X", "张", "\u0300\u0316", "\u200b", "\ud800", "\n", "４"])
def test_a_megabyte_is_refused_for_its_length(parse: Callable[[str], object], unit: str) -> None:
    """Red, after many minutes, when a parser normalises before it looks at the length."""
    with pytest.raises(IdentifierRefused) as refused:
        parse("1" + unit * (1_000_000 // len(unit)))
    assert refused.value.reason is Reason.LENGTH
