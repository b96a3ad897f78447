"""What a client is told: the session's own facts, and no more of the person than the scope releases."""

import base64
import hashlib
from dataclasses import replace

import pytest

from idp.clock import Instant
from idp.model.account import Account, AccountStatus, Attributes, Proofed
from idp.model.authorization import SCOPES
from idp.model.policy import Proofing
from idp.oauth import claims
from tests.idp.installed import CITIZEN_ID, NAME, NOW
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


@pytest.mark.parametrize(
    ("scope", "members"),
    [
        ((), set()),
        (("openid",), set()),
        (("openid", "profile"), {"name"}),
        (("openid", "phone"), {"phone_number", "phone_number_verified"}),
        (("openid", "email"), {"email", "email_verified"}),
        (SCOPES, {"name", "phone_number", "phone_number_verified", "email", "email_verified"}),
    ],
)
def test_userinfo_releases_what_the_scope_says(scope: tuple[str, ...], members: set[str]) -> None:
    """Mutation: a claim without its scope; the citizen number under any of them."""
    told = claims.userinfo("sub", scope, FULL)
    assert set(told) == {"sub"} | members
    assert CITIZEN_ID not in told.values()
    assert set(told) <= set(claims.CLAIMS)


def test_userinfo_leaves_out_what_we_do_not_have() -> None:
    """Mutation: null values (OpenID Connect Core §5.3.2)."""
    assert claims.userinfo("sub", SCOPES, Attributes()) == {"sub": "sub"}
    assert claims.userinfo("sub", ("email",), FULL)["email_verified"] is False
