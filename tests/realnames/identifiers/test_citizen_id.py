from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realnames.identifiers.citizen_id import CitizenId, complete, parse_canonical_citizen_id, parse_citizen_id
from realnames.identifiers.refusal import IdentifierRefused, Reason
from tests.realnames.identifiers.vectors import TODAY, VECTORS

CITIZENS = st.builds(
    lambda region, born, sequence: complete(f"{region}{born:%Y%m%d}{sequence:03}"),
    st.sampled_from(["110105", "420502", "510202", "659001", "810000", "820000", "830000"]),
    st.dates(date(1800, 1, 1), TODAY),
    st.integers(1, 999),
)


def reason_against(number: str, *, sandbox: bool = False) -> Reason:
    with pytest.raises(IdentifierRefused) as refused:
        parse_canonical_citizen_id(number, today=TODAY, sandbox=sandbox)
    return refused.value.reason


@pytest.mark.parametrize("vector", VECTORS["foreign_permanent_resident_18"]["valid"])
def test_a_permanent_resident_card_is_told_apart(vector: dict[str, Any]) -> None:
    assert reason_against(vector["value"]) is Reason.FOREIGN_CARD_NOT_CITIZEN


def test_province_89_lives_in_the_sandbox_alone() -> None:
    """Red when `is_province` knows 89 without being told of the sandbox."""
    number = complete("89010119900307001")
    assert reason_against(number) is Reason.REGION
    assert parse_canonical_citizen_id(number, today=TODAY, sandbox=True).region == "890101"


@pytest.mark.parametrize(
    "province", ["00", "10", "16", "20", "24", "38", "40", "47", "55", "60", "66", "71", "80", "88"]
)
def test_the_sandbox_opens_no_other_province(province: str) -> None:
    assert reason_against(complete(f"{province}010119900307001"), sandbox=True) is Reason.REGION


def test_a_person_born_today_exists_and_one_born_tomorrow_does_not() -> None:
    """Red when the comparison with today lets a day more or a day less pass."""
    tomorrow = TODAY + timedelta(days=1)
    assert parse_canonical_citizen_id(complete(f"420502{TODAY:%Y%m%d}001"), today=TODAY).birth_date == TODAY
    assert reason_against(complete(f"420502{tomorrow:%Y%m%d}001")) is Reason.FUTURE


def test_nobody_was_born_before_1800() -> None:
    assert reason_against(complete("42050217991231001")) is Reason.DATE
    assert reason_against(complete("42050200000101001")) is Reason.DATE


def test_the_mask_shows_four_characters_at_each_end() -> None:
    assert parse_citizen_id(complete("89010119900307001"), today=TODAY, sandbox=True).masked == "8901**********0011"


def test_neither_the_value_nor_the_refusal_shows_the_number() -> None:
    """Red when `repr=False` is dropped, or the refusal is raised with or from a text that holds the number."""
    assert repr(CitizenId("11010519491231002X")) == str(CitizenId("11010519491231002X")) == "CitizenId()"
    with pytest.raises(IdentifierRefused) as refused:
        parse_citizen_id("420502199002300015", today=TODAY)
    assert str(refused.value) == "date"
    assert refused.value.args == (Reason.DATE,)
    assert refused.value.__context__ is None


@pytest.mark.parametrize(
    ("first17", "reason"),
    [("4205021990030700", Reason.LENGTH), ("4205021990030700X", Reason.CHARSET), ("٤٢٠٥٠٢١٩٩٠٠٣٠٧٠٠١", Reason.CHARSET)],
)
def test_only_17_ascii_digits_are_completed(first17: str, reason: Reason) -> None:
    with pytest.raises(IdentifierRefused) as refused:
        complete(first17)
    assert refused.value.reason is reason


@settings(deadline=None)
@given(CITIZENS)
def test_a_made_number_is_read_back_and_made_again(number: str) -> None:
    citizen = parse_citizen_id(number, today=TODAY)
    sequence = number[14:17]
    assert citizen.number == number
    assert complete(f"{citizen.region}{citizen.birth_date:%Y%m%d}{sequence}") == number
    assert (citizen.sex == "male") == (int(sequence) % 2 == 1)


@settings(deadline=None)
@given(CITIZENS, st.integers(0, 17), st.integers(1, 9))
def test_changing_any_one_digit_breaks_the_number(number: str, place: int, difference: int) -> None:
    """Red when a weight of MOD 11-2 is wrong or the check character is not compared."""
    digit = 10 if number[place] == "X" else int(number[place])
    changed = f"{number[:place]}{(digit + difference) % 10}{number[place + 1 :]}"
    with pytest.raises(IdentifierRefused):
        parse_citizen_id(changed, today=TODAY)
    assert complete(changed[:17]) != changed


@settings(deadline=None)
@given(CITIZENS, st.integers(0, 15))
def test_swapping_two_neighbours_breaks_the_number(number: str, place: int) -> None:
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert swapped == number or complete(swapped[:17]) != swapped
