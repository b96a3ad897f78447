"""Codes of an authenticator app: those of the standard, a step early or late, and nothing for who has no secret."""

import base64
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from idp.clock import Instant
from idp.factors.one_time_code import AuthenticatorCodes

CODES = AuthenticatorCodes()
OF_THE_STANDARD = base64.b32encode(b"12345678901234567890").decode()
VECTORS = {
    59: "287082",
    1111111109: "081804",
    1111111111: "050471",
    1234567890: "005924",
    2000000000: "279037",
    20000000000: "353130",
}
"""RFC 6238 appendix B, SHA-1, the last six of its eight digits."""


@pytest.mark.parametrize(("moment", "code"), VECTORS.items())
def test_the_codes_are_those_of_the_standard(moment: int, code: str) -> None:
    """Mutations: another digest, other digits, another period, leading zeros lost."""
    assert CODES.step_of(OF_THE_STANDARD, code, Instant(moment)) == moment // 30


@pytest.mark.parametrize(
    ("late", "counts"), [(-60, False), (-30, True), (0, True), (29, True), (59, True), (60, False)]
)
def test_a_clock_may_be_one_step_off_and_no_more(late: int, counts: bool) -> None:
    """Mutations: no drift, two steps of it, or the step of now told for a code that is older."""
    begins = Instant(1234567890)  # the first second of a step
    step = CODES.step_of(OF_THE_STANDARD, VECTORS[begins], Instant(begins + late))
    assert step == (begins // 30 if counts else None)


@pytest.mark.parametrize("typed", ["005 924", " 005924\n"])
def test_a_code_may_be_typed_as_apps_show_it(typed: str) -> None:
    assert CODES.step_of(OF_THE_STANDARD, typed, Instant(1234567890)) == 1234567890 // 30


@pytest.mark.parametrize("typed", ["", "5924", "0059240", "００５９２４", "\ud800", "000000", "None"])
def test_nothing_else_is_a_code(typed: str) -> None:
    assert CODES.step_of(OF_THE_STANDARD, typed, Instant(1234567890)) is None


def test_without_a_secret_no_code_is_right() -> None:
    """Threat G01. Mutation: the secret that stands in for nobody's opens something."""
    from idp.factors.one_time_code import _NOBODY, _codes_of

    now = Instant(1234567890)
    assert CODES.step_of(None, _codes_of(_NOBODY).generate_otp(now // 30), now) is None


def test_a_secret_is_ours_and_long_enough() -> None:
    """RFC 4226 §4, requirement 6; threat H09. Mutation: fewer bytes, or the same ones twice."""
    secrets = {CODES.new_secret() for _ in range(50)}
    assert len(secrets) == 50
    assert {len(base64.b32decode(secret)) for secret in secrets} == {20}


def test_the_address_names_the_city_and_nobody() -> None:
    address = urlsplit(CODES.address(OF_THE_STANDARD, issuer="云江市一证", label="139****0001"))
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert unquote(address.path) == "/云江市一证:139****0001"
    assert parse_qs(address.query) == {"secret": [OF_THE_STANDARD], "issuer": ["云江市一证"]}
