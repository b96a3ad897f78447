"""A04: there is `code`, and for those who are not of `legacy` nothing else; no token comes from the front door."""

import pytest

from idp.events import Action
from tests.attacks.rig import Browser, Target, authorization_url, error_of, told

TYPES = (
    "token",
    "id_token",
    "id_token token",
    "token id_token",
    "code token",
    "code id_token",
    "code id_token token",
    "none",
    "code code",
    "CODE",
    "code ",
    " code",
    "code\n",
    "code,token",
    "co\u200bde",
    'a"b',
    "é",
    "\\",
)
MODES = ("web_message", "QUERY", "jwt.jwt", "none.jwt", "query.", ".jwt", "fragment jwt", '"')


@pytest.mark.parametrize("response_type", TYPES, ids=ascii)
def test_no_other_response_type(target: Target, signed_in: Browser, response_type: str) -> None:
    """Also with `response_mode=query`, which would put a token into a query.

    Red when `_response_type_for` strips what it compares, or is dropped (Authlib then answers 500 to a quotation mark,
    pitfall 1).
    """
    for mode in (None, "query"):
        with target.counts(Action.AUTHORIZATION_REFUSED, "unsupported_response_type"):
            answer = signed_in.get(authorization_url(response_type=response_type, response_mode=mode))
            assert error_of(answer) == "unsupported_response_type"
        _brings_nothing(answer.headers["location"])


@pytest.mark.parametrize("mode", MODES, ids=ascii)
def test_no_other_response_mode(signed_in: Browser, mode: str) -> None:
    """Red when `OpenIDParameters.validate` does not look at response_mode (pitfall 4)."""
    answer = signed_in.get(authorization_url(response_mode=mode))
    assert error_of(answer) == "invalid_request"
    _brings_nothing(answer.headers["location"])


def test_an_absent_response_type_is_no_response_type(signed_in: Browser) -> None:
    """Red when `code` is assumed."""
    answer = signed_in.get(authorization_url(response_type=None))
    assert error_of(answer) == "invalid_request"


def test_query_may_be_named(signed_in: Browser) -> None:
    """Red when every response_mode is refused, for then the table above proves nothing."""
    answer = signed_in.open(authorization_url(response_mode="query"))
    assert told(answer.headers["location"])["code"]


def _brings_nothing(location: str) -> None:
    assert not {"code", "access_token", "id_token", "token", "response"} & set(told(location))
