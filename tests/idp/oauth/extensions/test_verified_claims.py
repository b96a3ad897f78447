"""OpenID Connect for Identity Assurance §5: what is a request for verified claims, and what is none."""

from typing import Any

import pytest
from authlib.oauth2.rfc6749 import InvalidRequestError

from idp.oauth.extensions.openid import claims_of
from idp.oauth.extensions.verified_claims import MAX_ELEMENTS, fault_in, refuse_what_is_no_request

NAME: dict[str, Any] = {"name": None}
ANY: dict[str, Any] = {"trust_framework": None}


def asked(claims: object = NAME, **verification: object) -> dict[str, Any]:
    return {"verification": {**ANY, **verification}, "claims": claims}


GOOD: tuple[object, ...] = (
    [],
    asked(),
    [asked(), asked()],
    [asked()] * MAX_ELEMENTS,
    asked({"name": {}}),
    asked({"name": {"essential": True, "purpose": "abc", "value": 1}, "unknown": {"values": []}, "": None}),
    asked({"name": {"purpose": "a" * 300, "if_unavailable": "abort"}}),
    asked(trust_framework={}),
    asked(trust_framework={"essential": False, "value": "gold"}),
    asked(trust_framework={"values": ["gold", "silver"]}, assurance_level={"values": ["P2"]}),
    asked(time=None, verification_process=None, assurance_process=None),
    asked(time={"max_age": 0}, verification_process={}),
    asked(time={"max_age": 63113852.5}),
    asked(assurance_process={"policy": None, "assurance_details": [{"assurance_type": None}]}),
    asked(evidence=[{"type": {"value": "document"}, "check_details": [{"check_method": {"value": "pipp"}}]}]),
    asked(evidence=[{"type": {"value": "vouch"}}, {"type": {"value": "of_tomorrow"}, "time": {"max_age": 1}}]),
    asked(of_tomorrow="anything", another=[7, None, {"value": 1}]),
)
WRONG: tuple[object, ...] = (
    None,
    True,
    7,
    "name",
    {},
    [None],
    [[]],
    [[asked()]],
    [asked(), {}],
    [asked()] * (MAX_ELEMENTS + 1),
    {"verification": ANY},
    {"claims": NAME},
    {**asked(), "essential": True},
    {**asked(), "verification": None},
    {**asked(), "verification": []},
    {**asked(), "verification": {}},
    {**asked(), "verification": {"assurance_level": None}},
    asked(None),
    asked({}),
    asked([]),
    asked("name"),
    asked(["name"]),
    asked({"name": "张三"}),
    asked({"name": True}),
    asked({"name": []}),
    asked({"name": {"essential": "yes"}}),
    asked({"name": {"purpose": "ab"}}),
    asked({"name": {"purpose": "a" * 301}}),
    asked({"name": {"purpose": None}}),
    asked({"name": {"values": "张三"}}),
    asked({"name": None, "unknown": 7}),
    asked(trust_framework="gold"),
    asked(trust_framework=["gold"]),
    asked(trust_framework={"value": 7}),
    asked(trust_framework={"value": None}),
    asked(trust_framework={"values": []}),
    asked(trust_framework={"values": "gold"}),
    asked(trust_framework={"values": ["gold", 7]}),
    asked(assurance_level="P2"),
    asked(assurance_level={"value": 2}),
    asked(time=0),
    asked(time={"max_age": -1}),
    asked(time={"max_age": "1"}),
    asked(time={"max_age": True}),
    asked(time={"max_age": None}),
    asked(verification_process="p"),
    asked(assurance_process=[]),
    asked(evidence=None),
    asked(evidence=[]),
    asked(evidence={"type": {"value": "document"}}),
    asked(evidence=[None]),
    asked(evidence=[{}]),
    asked(evidence=[{"type": None}]),
    asked(evidence=[{"type": "document"}]),
    asked(evidence=[{"type": {"value": None}}]),
    asked(evidence=[{"type": {"value": "document", "values": ["document"]}}]),
    asked(evidence=[{"type": {"values": ["document"]}}]),
)


@pytest.mark.parametrize("requested", GOOD, ids=str)
@pytest.mark.parametrize("place", ["id_token", "userinfo"])
def test_what_is_a_request(place: str, requested: object) -> None:
    """Mutation: what we do not have refused instead of left out (§5.7.2)."""
    assert fault_in(requested) is None
    refuse_what_is_no_request({place: {"verified_claims": requested, "name": None}})


@pytest.mark.parametrize("requested", WRONG, ids=str)
@pytest.mark.parametrize("place", ["id_token", "userinfo"])
def test_what_is_none(place: str, requested: object) -> None:
    """Mutations: any check left out; one place alone looked at."""
    with pytest.raises(InvalidRequestError):
        refuse_what_is_no_request({"id_token": {}, "userinfo": {}, place: {"verified_claims": requested}})


def test_nothing_of_a_request_is_repeated() -> None:
    """Mutation: the value in the description, which stands in an address (threat A09)."""
    for requested in WRONG:
        assert "gold" not in str(fault_in(requested))
        assert "张三" not in str(fault_in(requested))


def test_other_claims_are_not_looked_at() -> None:
    assert claims_of({"claims": '{"userinfo": {"name": 7, "claims": {}}, "verified_claims": 7}'})
