"""OpenID Connect for Identity Assurance §5.4 to §5.7: what of a proofing is told, and when nothing is."""

from dataclasses import replace
from typing import Any

import pytest

from idp.clock import Instant
from idp.model.account import Account, Attributes, Proofed
from idp.model.authorization import SCOPES
from idp.model.policy import Proofing
from idp.oauth import claims, verified_claims
from idp.oauth.number_claims import Telling
from tests.idp.installed import CITIZEN_ID, NAME
from tests.idp.oauth.extensions.test_verified_claims import GOOD, WRONG, asked
from tests.idp.oauth.test_claims import ACCOUNT, FULL
from tests.idp.oauth.test_claims import telling as telling_of

TRUST = {"trust_framework": "cn_gov_service"}
TIME = "2026-01-14T08:00:00Z"
PROOFED = replace(ACCOUNT, proofings=(Proofed(Proofing.P2, Instant(1768377600)),))
NOW_HERE = Instant(1768377600 + 100)
TOLD = {"verification": TRUST, "claims": {"name": NAME}}


def told(wish: object, account: Account = PROOFED, attributes: Attributes = FULL) -> Any:
    """What stands in userinfo for this request, which the person allowed as a whole."""
    kept = claims.allowed({"userinfo": {"verified_claims": wish}}, SCOPES)
    telling = of_them("openid", account=account, attributes=attributes)
    return claims.verified(kept, "userinfo", telling, list).get("verified_claims")


def of_them(*scope: str, **changes: Any) -> Telling:
    """Somebody whose proofing is known to the second."""
    return telling_of(*(scope or SCOPES), **{"account": PROOFED, "at": NOW_HERE, **changes})


@pytest.mark.parametrize(
    ("wish", "verification"),
    [
        (asked(), TRUST),
        (asked(trust_framework={}), TRUST),
        (asked(trust_framework={"essential": False}), TRUST),
        (asked(trust_framework={"value": "cn_gov_service"}), TRUST),
        (asked(trust_framework={"values": ["gold", "cn_gov_service"]}), TRUST),
        (asked(assurance_level=None), {**TRUST, "assurance_level": "P2"}),
        (asked(assurance_level={"values": ["P4", "P2"]}), {**TRUST, "assurance_level": "P2"}),
        (asked(time=None), {**TRUST, "time": TIME}),
        (asked(time={"max_age": 100}), {**TRUST, "time": TIME}),
        (asked(time={"value": TIME}), {**TRUST, "time": TIME}),
        (asked(time={}, assurance_level={}), {**TRUST, "time": TIME, "assurance_level": "P2"}),
        # What we do not have is left out, where nothing particular of it is demanded.
        (asked(verification_process=None, assurance_process={"policy": None}), TRUST),
        (asked(of_tomorrow={"essential": True}, another="text"), TRUST),
        # What is demanded and is otherwise, or is not there, takes everything along.
        (asked(trust_framework={"value": "gold"}), None),
        (asked(trust_framework={"values": ["gold", "silver"]}), None),
        (asked(trust_framework={"value": "cn_gov_service", "values": ["gold"]}), None),
        (asked(assurance_level={"value": "P3"}), None),
        (asked(assurance_level={"values": ["P3", "P4"]}), None),
        (asked(time={"max_age": 99}), None),
        (asked(time={"max_age": 0}), None),
        (asked(time={"value": "2026-01-14T08:00:01Z"}), None),
        (asked(verification_process={"value": "pv_1"}), None),
        (asked(assurance_process={"assurance_details": [{"assurance_type": {"value": "x"}}]}), None),
        (asked(evidence=[{"type": {"value": "document"}}]), None),
        (asked(of_tomorrow=[{"deep": {"max_age": 1}}]), None),
    ],
    ids=str,
)
def test_only_what_was_asked_for_is_told(wish: object, verification: dict[str, str] | None) -> None:
    """§5.4, §5.5, §5.7.4. Mutations: all of the verification told; a restriction of an unknown element passed over."""
    assert told(wish) == (None if verification is None else {**TOLD, "verification": verification})


@pytest.mark.parametrize(
    ("wish", "is_told"),
    [
        ({"name": None}, True),
        ({"name": {"value": NAME}}, True),
        ({"name": {"values": ["别人", NAME]}}, True),
        ({"name": {"essential": True, "purpose": "to greet you"}, "address": {"essential": True}}, True),
        ({"name": {"value": "别人"}}, False),
        ({"name": {"essential": True, "values": []}}, False),
        ({"phone_number": None, "email": None, "phone_number_verified": None}, False),
        ({"citizen_id": {"essential": True}, "sub": None, "proofing": None, "": None}, False),
    ],
    ids=str,
)
def test_a_claim_that_does_not_fit_is_left_out(wish: dict[str, Any], is_told: bool) -> None:
    """§5.7.2, §5.7.4, §5.7.5, §8. Mutations: an empty `claims`; a phone called verified; a number told."""
    answer = told(asked(wish))
    assert answer == (TOLD if is_told else None)
    assert CITIZEN_ID not in str(answer)


@pytest.mark.parametrize("proofing", list(Proofing))
def test_nothing_is_verified_below_a_register(proofing: Proofing) -> None:
    """MISSION, Levels: P0 and P1 are what a person says. Mutation: the name told whatever the proofing."""
    answer = told(asked(assurance_level=None), replace(PROOFED, proofings=(Proofed(proofing, Instant(1768377600)),)))
    if proofing < Proofing.P2:
        assert answer is None
    else:
        assert answer["verification"]["assurance_level"] == proofing.name


@pytest.mark.parametrize(("time", "is_told"), [(None, True), ({}, True), ({"max_age": 10**12}, False)])
def test_a_proofing_of_unknown_date(time: object, is_told: bool) -> None:
    """An import may not know it. Mutation: unknown taken for new."""
    assert told(asked(time=time), replace(PROOFED, proofings=(Proofed(Proofing.P2),))) == (TOLD if is_told else None)


def test_who_has_no_name_has_nothing_verified() -> None:
    assert told(asked(), attributes=Attributes(phone="+8613900000001", phone_is_verified=True)) is None


def test_an_array_is_answered_by_an_array() -> None:
    """§5.6: each by itself, and those that cannot be met are left out."""
    impossible = asked(trust_framework={"value": "gold"})
    assert told([asked()]) == [TOLD]
    assert told([impossible, asked(), asked(assurance_level=None)]) == [
        TOLD,
        {**TOLD, "verification": {**TRUST, "assurance_level": "P2"}},
    ]
    assert told([impossible]) is None
    assert told([]) is None


@pytest.mark.parametrize("place", ["id_token", "userinfo"])
def test_what_the_person_holds_back_is_not_kept(place: str) -> None:
    """§5.7.3. Mutations: names inside `verified_claims` not counted; kept without the scope that stands for them."""
    requested = {place: {"verified_claims": [asked(), asked({"phone_number": None})], "acr": None}}
    assert claims.scope_of(requested) == ("profile",)
    assert claims.allowed(requested, ("openid", "phone", "email")) == {place: {"acr": None}}
    kept = claims.allowed(requested, ("openid", "profile"))
    assert kept == {place: {"acr": None}, "verified_claims": {place: [asked()]}}
    other = "userinfo" if place == "id_token" else "id_token"
    assert claims.verified(kept, other, of_them(), list) == {}
    assert claims.are_asked_in_id_token(kept) is (place == "id_token")


def test_one_place_is_not_the_other() -> None:
    """Mutation: an id_token that reads the person's data for what is asked in userinfo."""
    kept = claims.allowed({"userinfo": {"verified_claims": asked()}}, SCOPES)
    assert not claims.are_asked_in_id_token(kept)
    assert claims.verified(kept, "id_token", of_them(), list) == {}


@pytest.mark.parametrize("wish", [*WRONG, *GOOD], ids=str)
def test_what_an_older_version_let_through_is_never_told(wish: object) -> None:
    """Nobody was asked for it then. Mutation: `verified_claims` read where the request had it."""
    for stored in ({"userinfo": {"verified_claims": wish}}, {"id_token": {"verified_claims": wish}}, {}):
        for place in ("id_token", "userinfo"):
            assert claims.verified(stored, place, of_them(), list) == {}


@pytest.mark.parametrize("wish", WRONG, ids=str)
def test_what_cannot_be_read_is_not_kept(wish: object) -> None:
    """A sealed request of an older version was not looked at. Mutation: read without a look."""
    requested = {"userinfo": {"verified_claims": wish}, "verified_claims": {"userinfo": asked()}}
    assert claims.scope_of(requested) == ()
    assert claims.allowed(requested, SCOPES) == {"userinfo": {}}


def test_the_log_names_what_is_inside() -> None:
    assert claims.names_of({"sub": "s"}) == ["sub"]
    assert claims.names_of({"sub": "s", "verified_claims": TOLD}) == ["name", "sub", "verified_claims"]
    assert claims.names_of({"verified_claims": [TOLD, TOLD]}) == ["name", "verified_claims"]


def test_what_a_number_tells_may_be_told_as_verified() -> None:
    """Mutations: the number without its scope; all ages where one was asked for."""
    asked_for = asked({"birthdate": None, "gender": None, "age_over_60": None, "cn_id_number": None})
    kept = claims.allowed({place: {"verified_claims": asked_for} for place in ("id_token", "userinfo")}, SCOPES)
    from_number = {"birthdate": "1990-03-07", "gender": "male", "age_over_60": False}
    for place, scope, told_too in (
        ("userinfo", ("openid",), {}),
        ("userinfo", ("openid", "id_number"), {"cn_id_number": CITIZEN_ID}),
        ("id_token", ("openid", "id_number"), {}),
    ):
        answer = claims.verified(kept, place, of_them(*scope), list)["verified_claims"]
        assert answer["claims"] == from_number | told_too, (place, scope)
    kept = claims.allowed({"userinfo": {"verified_claims": asked_for}}, ("openid", "age"))
    assert claims.verified(kept, "userinfo", of_them(), list)["verified_claims"]["claims"] == {"age_over_60": False}


def test_each_claim_has_a_scope_before_the_person() -> None:
    """Mutation: a claim told as verified that no consent stands for."""
    assert set(verified_claims.CLAIMS) <= claims.SCOPE_OF_CLAIM.keys()
    assert set(claims.SCOPE_OF_CLAIM.values()) <= set(SCOPES)
