import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realnames.identifiers.phone import parse_national_number, parse_phone
from realnames.identifiers.refusal import IdentifierRefused, Reason

MOBILES = st.from_regex(r"\A1[3-9][0-9]{9}\Z")


def reason_against(text: str) -> Reason:
    with pytest.raises(IdentifierRefused) as refused:
        parse_phone(text)
    assert str(refused.value) == refused.value.reason
    return refused.value.reason


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


def test_numbers_of_operators_without_a_network_are_a_signal_and_no_refusal() -> None:
    """Mutation: a range more or less."""
    virtual = {number for number in range(130, 200) if parse_phone(f"{number}00001234").is_of_virtual_operator}
    assert virtual == {162, 165, 167, 170, 171}


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
