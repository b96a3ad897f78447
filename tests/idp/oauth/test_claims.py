"""What a client is told: the session's own facts, and no more of the person than the scope releases."""

import base64
import hashlib
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from idp.clock import Instant, midnight_in_china
from idp.model import release
from idp.model.account import Account, AccountStatus, Attributes, Identifier, IdentifierKind, Proofed
from idp.model.authorization import SCOPES
from idp.model.policy import Proofing
from idp.oauth import claims
from idp.oauth.client_metadata import client_of
from idp.oauth.number_claims import Telling
from tests.idp.installed import CITIZEN_ID, NAME, NOW
from tests.idp.oauth.registered import METADATA
from tests.idp.oauth.test_codes import CODE

ACCOUNT = Account(
    id=7,
    uid="internal-uid",
    status=AccountStatus.ACTIVE,
    proofings=(Proofed(Proofing.P2, Instant(NOW - 1000)),),
    is_sandbox=False,
    created_at=NOW,
)
FULL = Attributes(
    name=NAME, citizen_id=CITIZEN_ID, phone="+8613900000001", email="a@example.org", phone_is_verified=True
)


def test_an_id_token_tells_the_session_and_nothing_personal() -> None:
    """Mutations: `auth_time` of this moment; a name, a number or an internal id in every token."""
    told = claims.id_token(CODE.grant, ACCOUNT, "https://id.example", NOW, 600)
    assert told == {
        "iss": "https://id.example",
        "sub": "sub",
        "aud": "app",
        "iat": NOW,
        "exp": NOW + 600,
        "auth_time": NOW - 5,
        "acr": "urn:yizheng:level:3",
        "amr": ["pwd", "sms"],
        "sid": "sid",
        "nonce": CODE.grant.nonce,
        "proofing": "P2",
        "proofing_time": NOW - 1000,
    }
    assert set(told) <= set(claims.CLAIMS)


def test_what_was_not_asked_or_not_done_is_left_out() -> None:
    bare = claims.id_token(
        replace(CODE.grant, nonce=None), replace(ACCOUNT, proofings=(Proofed(Proofing.P0),)), "i", NOW, 60
    )
    assert "nonce" not in bare
    assert "proofing_time" not in bare
    assert bare["proofing"] == "P0"


@pytest.mark.parametrize(
    ("essential", "told"),
    [
        (["p:2", "p:1"], "p:2"),
        (["p:3"], "p:3"),
        (["p:4", "p:1"], "p:1"),
        (["p:4"], "p:3"),
        (["p:0", "2", "P:2", "p:2 ", 2], "p:3"),
    ],
    ids=str,
)
def test_an_essential_acr_is_one_that_was_named_and_reached(essential: list[object], told: str) -> None:
    """OpenID Connect Core §5.5.1.1. Mutation: more than was reached."""
    asked = {"id_token": {"acr": {"essential": True, "values": essential}}}
    assert claims.acr_as_asked(replace(CODE.grant, acr="p:3", claims=asked), "p:") == told


def test_the_access_token_is_bound_by_half_its_digest() -> None:
    """OpenID Connect Core §3.1.3.6."""
    digest = hashlib.sha256(b"7.secret").digest()
    assert claims.half_hash("7.secret") == base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()


BY_SCOPE = {
    "profile": {"name"},
    "phone": {"phone_number", "phone_number_verified"},
    "email": {"email", "email_verified"},
    "birthdate": {"birthdate"},
    "gender": {"gender"},
    "age": {"age_over_18"},
    "id_number": {"cn_id_number"},
}
LICENSED = client_of(
    {
        **METADATA,
        "scope": "openid id_number id_match",
        "purpose": {"en": "To find your account"},
        "licences": {"id_number": {"en": "Art. 24"}, "id_match": {"en": "Art. 24"}},
    }
)


def telling(*scope: str, **changes: Any) -> Telling:
    """To a licensed app, of somebody whose number a register has matched, unless the changes say otherwise."""
    told = Telling(account=ACCOUNT, attributes=FULL, client=LICENSED, scope=scope, at=NOW)
    return told._replace(**changes)


@pytest.mark.parametrize("scope", [(), ("openid",), *((name,) for name in SCOPES), SCOPES], ids=" ".join)
def test_userinfo_releases_what_the_scope_says(scope: tuple[str, ...]) -> None:
    """Mutation: a claim without its scope; the citizen number, or something of it, under another."""
    told = claims.userinfo("sub", telling(*scope))
    assert set(told) == {"sub"}.union(*(BY_SCOPE.get(name, set()) for name in scope))
    assert (CITIZEN_ID in told.values()) is ("id_number" in scope)
    assert set(told) <= set(claims.CLAIMS)


def test_what_a_number_tells_is_true() -> None:
    """Mutations: male and female exchanged; an age that is told under another N; a date of another form (Core §5.1)."""
    asked = {"userinfo": dict.fromkeys(release.CLAIMS)}
    told = claims.userinfo("sub", telling("id_number"), asked)
    assert (told["birthdate"], told["gender"], told["cn_id_number"]) == ("1990-03-07", "male", CITIZEN_ID)
    ages = {name: told[name] for name in told if name.startswith("age_over_")}
    assert ages == {f"age_over_{age}": age < 60 for age in release.AGES}
    woman = replace(FULL, citizen_id="890102193703180069")
    assert claims.userinfo("sub", telling("gender", attributes=woman))["gender"] == "female"


@pytest.mark.parametrize(
    ("today", "is_over"), [((2008, 3, 6), False), ((2008, 3, 7), True)], ids=["the day before", "the birthday"]
)
def test_an_age_is_reached_on_the_birthday_in_china(today: tuple[int, int, int], is_over: bool) -> None:
    """Mutations: the day of another time zone; from the day after."""
    for seconds in (0, 86_399):
        at = Instant(midnight_in_china(date(*today)) + seconds)
        assert claims.userinfo("sub", telling("age", at=at))["age_over_18"] is is_over


@pytest.mark.parametrize("name", ["age_over_17", "age_over_19", "age_over_018", "age_over_", "age_over_100"])
def test_other_ages_are_not_told(name: str) -> None:
    """Whoever may ask for every year knows the year of birth. Mutation: any N."""
    assert set(claims.userinfo("sub", telling("openid"), {"userinfo": {name: {"essential": True}}})) == {"sub"}


@pytest.mark.parametrize("proofing", [Proofing.P0, Proofing.P1])
def test_what_nobody_has_matched_tells_no_age_and_no_number(proofing: Proofing) -> None:
    """Mutation: the number that a person merely says told as theirs."""
    unchecked = replace(ACCOUNT, proofings=(Proofed(proofing),))
    told = claims.userinfo("sub", telling(*SCOPES, account=unchecked), {"userinfo": dict.fromkeys(release.CLAIMS)})
    assert set(told) == {"sub"}.union(*(BY_SCOPE[name] for name in ("profile", "phone", "email")))
    run_out = replace(ACCOUNT, proofings=(Proofed(Proofing.P4, None, NOW), Proofed(Proofing.P1)))
    assert "cn_id_number" not in claims.userinfo("sub", telling("id_number", account=run_out))


@pytest.mark.parametrize(
    ("kind", "number", "born"),
    [
        (IdentifierKind.PERMANENT_RESIDENT_ID, "932682198501010017", "1985-01-01"),
        (IdentifierKind.PERMANENT_RESIDENT_ID, "CAN110081080310", None),
        (IdentifierKind.PASSPORT, "E12345678", None),
    ],
)
def test_other_documents_tell_what_they_can(kind: IdentifierKind, number: str, born: str | None) -> None:
    """Mutations: a date read where there is none; a sex by a rule that nobody published; another number as the citizen's."""
    foreigner = Attributes(name=NAME, other_documents=(Identifier(kind, number),))
    told = claims.userinfo("sub", telling(*SCOPES, attributes=foreigner))
    assert told == {"sub": "sub", "name": NAME} | ({} if born is None else {"birthdate": born, "age_over_18": True})


def test_the_number_takes_its_scope_and_a_licence() -> None:
    """Mutations: asked for by name alone; a licence that was taken back; that of another scope."""
    by_name = {"userinfo": {"cn_id_number": {"essential": True}}}
    unlicensed = replace(LICENSED, licences=())
    only_match = replace(LICENSED, licences=LICENSED.licences[1:])
    assert "cn_id_number" not in claims.userinfo("sub", telling("openid", "profile"), by_name)
    for client in (unlicensed, only_match):
        assert "cn_id_number" not in claims.userinfo("sub", telling("id_number", client=client), by_name)
    assert "cn_id_number" in claims.userinfo("sub", telling("id_number"))
    assert claims.scope_of(by_name) == ()


def test_the_number_stands_in_no_id_token() -> None:
    """It comes back as `id_token_hint`, in addresses. Mutation: one place like the other."""
    everything = {"id_token": dict.fromkeys(release.CLAIMS)}
    told = claims.asked_in_id_token(everything, telling(*SCOPES))
    assert CITIZEN_ID not in told.values()
    assert set(told) == set(release.CLAIMS) - {"cn_id_number"}
    assert CITIZEN_ID not in claims.userinfo("sub", telling(*SCOPES), at="id_token").values()


def test_userinfo_leaves_out_what_we_do_not_have() -> None:
    """Mutation: null values (OpenID Connect Core §5.3.2)."""
    assert claims.userinfo("sub", telling(*SCOPES, attributes=Attributes())) == {"sub": "sub"}
    assert claims.userinfo("sub", telling("email"))["email_verified"] is False
