import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realnames.identifiers.phone import Phone, parse_national_number, parse_phone
from realnames.identifiers.refusal import IdentifierRefused, Reason

GROUP = json.loads((Path(__file__).parent / "vectors.json").read_text("utf-8"))["mobile"]
REASONS = {
    "12x not mobile": Reason.NOT_MOBILE,
    "10x": Reason.NOT_MOBILE,
    "10 digits": Reason.LENGTH,
    "12 digits": Reason.LENGTH,
    "strip +86 first": Reason.LENGTH,
    "full-width": Reason.LENGTH,
    "spaces": Reason.LENGTH,
    "letter O": Reason.CHARSET,
    "landline Yichang 0717": Reason.NOT_MOBILE,
    "13-digit IoT range 10648/141… must not be used for OTP": Reason.LENGTH,
}
TYPED_WITH_MORE = {"strip +86 first", "full-width", "spaces"}

MOBILES = st.from_regex(r"\A1[3-9][0-9]{9}\Z")


def reason_against(text: str) -> Reason:
    with pytest.raises(IdentifierRefused) as refused:
        parse_phone(text)
    assert str(refused.value) == refused.value.reason
    return refused.value.reason


@pytest.mark.parametrize("value", GROUP["valid"])
def test_valid_vector(value: str) -> None:
    assert parse_national_number(value) == parse_phone(value) == Phone(value)


@pytest.mark.parametrize("vector", GROUP["invalid"], ids=lambda vector: vector["reason"])
def test_invalid_vector(vector: dict[str, Any]) -> None:
    with pytest.raises(IdentifierRefused) as refused:
        parse_national_number(vector["value"])
    assert refused.value.reason is REASONS[vector["reason"]]


@pytest.mark.parametrize("vector", GROUP["invalid"], ids=lambda vector: vector["reason"])
def test_typing_is_forgiven_and_a_wrong_number_is_not(vector: dict[str, Any]) -> None:
    if vector["reason"] in TYPED_WITH_MORE:
        assert parse_phone(vector["value"]) == Phone("13000000000")
    else:
        assert reason_against(vector["value"]) is REASONS[vector["reason"]]


@pytest.mark.parametrize("text", ["1064812345678", "1410123456789", "8614101234567890", "+861064812345678"])
def test_numbers_of_machines_are_refused(text: str) -> None:
    assert reason_against(text) is Reason.LENGTH


@pytest.mark.parametrize("text", ["+852 6123 4567", "0085261234567", "+14155550100", "+1 380 000 1234"])
def test_another_country_is_named_as_the_reason(text: str) -> None:
    """Red when a country code is dropped without being read."""
    assert reason_against(text) is Reason.REGION


@pytest.mark.parametrize(
    "text", ["13800001234\n", "１３８００００１２３４", "138-0000-1234", "＋86 138 0000 1234", "0086 13800001234"]
)
def test_spellings_of_one_number(text: str) -> None:
    assert parse_phone(text).e164 == "+8613800001234"


def test_the_strict_form_takes_no_trailing_newline_and_no_other_digits() -> None:
    """Red when the form uses `$`, or `\\d` without `re.ASCII`."""
    for text in ("1380000123\n", "١٣٨٠٠٠٠١٢٣٤", "1380000123²"):
        with pytest.raises(IdentifierRefused) as refused:
            parse_national_number(text)
        assert refused.value.reason is Reason.CHARSET


def test_mask_and_repr() -> None:
    """Red when `repr=False` is dropped."""
    phone = parse_phone("13800001234")
    assert phone.masked == "138****1234"
    assert repr(phone) == str(phone) == "Phone()"


@settings(deadline=None)
@given(MOBILES)
def test_the_canonical_form_is_read_back(number: str) -> None:
    phone = parse_phone(number)
    assert phone.national_number == number
    assert parse_phone(phone.e164) == phone
