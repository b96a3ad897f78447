"""Numbers of organisations: what they tell; what is odd is told and never refused."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realnames.identifiers.business_registration import parse_business_registration
from realnames.identifiers.oddity import Oddity
from realnames.identifiers.organization_code import check_character, parse_organization_code
from realnames.identifiers.refusal import IdentifierRefused, Reason
from realnames.identifiers.social_credit_code import (
    OrganizationKind,
    complete_social_credit_code,
    parse_social_credit_code,
)

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
ODD = "91420500MA48ABC116"
"""Whole by its own check character, not by the one of the organisation code inside it."""


@pytest.mark.parametrize(
    ("beginning", "kind"),
    [
        ("11", OrganizationKind.STATE_ORGAN),
        ("12", OrganizationKind.PUBLIC_INSTITUTION),
        ("51", OrganizationKind.SOCIAL_ORGANIZATION),
        ("53", OrganizationKind.SOCIAL_ORGANIZATION),
        ("91", OrganizationKind.ENTERPRISE),
        ("92", OrganizationKind.INDIVIDUAL_BUSINESS),
        ("93", OrganizationKind.COOPERATIVE),
        ("N2", OrganizationKind.COLLECTIVE),
        ("31", OrganizationKind.OTHER),
        ("Y1", OrganizationKind.OTHER),
    ],
)
def test_what_an_organization_is(beginning: str, kind: OrganizationKind) -> None:
    assert parse_social_credit_code(complete_social_credit_code(f"{beginning}420500MA48ABC10")).kind is kind


def test_what_is_odd_is_told_and_accepted() -> None:
    """Mutation: an unpublished category is refused, and an organisation of the next circular cannot register."""
    assert parse_social_credit_code(ODD).oddities == (Oddity.ORGANIZATION_CODE,)
    unheard_of = complete_social_credit_code("Q7420500MA48ABC10")
    assert parse_social_credit_code(unheard_of).oddities == (Oddity.CATEGORY,)
    both = complete_social_credit_code("94420500MA48ABC11")
    assert parse_social_credit_code(both).oddities == (Oddity.CATEGORY, Oddity.ORGANIZATION_CODE)


def test_a_province_that_never_existed_is_refused() -> None:
    with pytest.raises(IdentifierRefused) as refused:
        parse_social_credit_code(complete_social_credit_code("91160500MA48ABC10"))
    assert refused.value.reason is Reason.REGION


@pytest.mark.parametrize(
    ("parse", "number"),
    [
        (parse_social_credit_code, complete_social_credit_code("91890100MA48ABC10")),
        (parse_business_registration, "890100000012343"),
    ],
)
def test_organizations_of_province_89_live_in_the_sandbox_alone(parse: Callable[..., Any], number: str) -> None:
    with pytest.raises(IdentifierRefused) as refused:
        parse(number)
    assert refused.value.reason is Reason.REGION
    assert parse(number, sandbox=True).number == number


def test_an_organization_code_is_printed_with_its_hyphen() -> None:
    assert parse_organization_code("D2143569-X").printed == "D2143569-X"


@given(st.text(ALPHABET, min_size=17, max_size=17).map(lambda text: f"{text[:2]}420500{text[8:]}"))
def test_one_wrong_character_is_noticed(first17: str) -> None:
    """MOD 31 finds every single mistake."""
    code = complete_social_credit_code(first17)
    place = sum(map(ord, code)) % 17
    other = ALPHABET[(ALPHABET.index(code[place]) + 1) % 31]
    assert (
        complete_social_credit_code(code[:place] + other + code[place + 1 : 17])
        != code[:place] + other + code[place + 1 :]
    )


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=8, max_size=8))
def test_every_organization_code_has_one_check_character(first8: str) -> None:
    check = check_character(first8)
    assert parse_organization_code(first8 + check).number == first8 + check
    for other in "0123456789X".replace(check, ""):
        with pytest.raises(IdentifierRefused):
            parse_organization_code(first8 + other)
