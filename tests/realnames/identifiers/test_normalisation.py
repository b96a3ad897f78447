from collections.abc import Callable
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realnames.identifiers.normalisation import LONGEST_INPUT, normalise_name, normalise_number
from realnames.identifiers.refusal import IdentifierRefused, Reason

NORMALISERS = pytest.mark.parametrize("normalise", [normalise_number, normalise_name])


@pytest.mark.parametrize("hyphen", "-\u2010\u2011\u2012\u2013\u2014\u2212\uff0d\u00ad")
def test_hyphens_group_digits_and_mean_nothing(hyphen: str) -> None:
    assert normalise_number(f"420502{hyphen}19900307{hyphen}0012") == "420502199003070012"


@given(st.text("0123456789ABCXYZabcxyz", max_size=40))
def test_what_is_spelled_well_already_takes_a_shorter_way_to_the_same(text: str) -> None:
    """Mutation: the shorter way leaves the letters as they are."""
    assert normalise_number(text) == normalise_number(f"{text}\u200b") == text.upper()


def test_lower_case_letters_like_x_are_x() -> None:
    assert normalise_number("х") == normalise_number("χ") == normalise_number("ⅹ") == "X"


def test_digits_of_other_scripts_stay_what_they_are() -> None:
    assert normalise_number("٤٢٠٥") == "٤٢٠٥"


def test_compatibility_han_become_the_han_they_are() -> None:
    assert normalise_name("\uf92e\U0002f800") == "\u51b7\u4e3d"


def test_full_width_letters_do_not_become_part_of_a_name() -> None:
    assert normalise_name("张Ａ") == "张Ａ"


@NORMALISERS
@settings(deadline=None)
@given(text=st.text(st.characters(exclude_categories=()), max_size=LONGEST_INPUT))
def test_normalising_is_total_up_to_the_limit(normalise: Callable[[str], str], text: str) -> None:
    assert isinstance(normalise(text), str)


@NORMALISERS
@pytest.mark.parametrize("unit", ["1", "\u0300\u0316", "\ufdfa", "\u200b", "\ud800"])
def test_a_megabyte_is_refused_before_any_work(normalise: Callable[[str], str], unit: str) -> None:
    """Red, after many minutes, when the limit is dropped: sorting 500,000 pairs of marks is quadratic in CPython."""
    text = "a" + unit * (1_000_000 // len(unit))
    begun = process_time()
    with pytest.raises(IdentifierRefused) as refused:
        normalise(text)
    assert refused.value.reason is Reason.LENGTH
    assert process_time() - begun < 1


@NORMALISERS
def test_the_limit_itself_is_within(normalise: Callable[[str], str]) -> None:
    assert normalise("\u200b" * LONGEST_INPUT) == ""
    with pytest.raises(IdentifierRefused):
        normalise("\u200b" * (LONGEST_INPUT + 1))
