"""OpenID Connect Core §2, §3.1.3.3: what stands in an id_token, how it is signed, and who `sub` is to whom."""

import base64
import hashlib
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.form_browser import FormBrowser, Page
from tests.specs.relying_party import Question, RelyingParty

Redeemable = Callable[..., tuple[Page, Question]]
ALWAYS = {"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash"}
OURS = {"proofing", "proofing_time"}


def test_the_claims_are_those_of_the_standard_and_no_more(library: RelyingParty, redeemable: Redeemable) -> None:
    """§2, §3.1.3.6; claims of scopes go to userinfo (§5.4). Mutation: put the name into the id_token."""
    page, question = redeemable()
    tokens = library.tokens(page, question)
    _, claims = library.read(tokens["id_token"])
    assert set(claims) == ALWAYS | OURS
    assert (claims["iss"], claims["aud"], claims["nonce"]) == (library.issuer, library.client_id, question.nonce)
    assert claims["auth_time"] <= claims["iat"] <= time.time() + 1 < claims["exp"] <= claims["iat"] + 3600
    assert claims["sub"].isascii()
    assert len(claims["sub"]) <= 255
    digest = hashlib.sha256(tokens["access_token"].encode()).digest()[:16]
    assert claims["at_hash"] == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def test_without_a_nonce_there_is_none(library: RelyingParty, redeemable: Redeemable) -> None:
    """§3.1.2.1: optional with a code."""
    _, claims = library.read(library.tokens(*redeemable(nonce=None))["id_token"])
    assert set(claims) == (ALWAYS | OURS) - {"nonce"}


@pytest.mark.parametrize("alg", ["ES256", "RS256"])
def test_it_is_signed_as_the_app_registered(
    signed_in: FormBrowser, register: Callable[..., RelyingParty], alg: str
) -> None:
    """§2, §10.1: the header names the key by which the app finds it among several."""
    app = register(id_token_signed_response_alg=alg)
    question = app.ask()
    header, _ = app.read(app.tokens(signed_in.get(question.address), question)["id_token"])
    keys = app.http.get(f"{app.issuer}/jwks").json()["keys"]
    assert header["alg"] == alg
    assert [key["alg"] for key in keys if key["kid"] == header["kid"]] == [alg]


@pytest.mark.parametrize("alg", ["none", "HS256", "ES512", "es256"])
def test_no_other_algorithm_can_be_registered(register: Callable[..., RelyingParty], alg: str) -> None:
    """§2: `none` is never signed; an unknown one is refused when it is asked for, not when it is needed."""
    from idp.errors import Refused

    with pytest.raises(Refused, match="id_token_signed_response_alg"):
        register(id_token_signed_response_alg=alg)


@pytest.mark.parametrize(
    ("proofing", "by", "told"),
    [
        (0, "password", ("urn:yizheng:level:1", ["pwd"], "P0")),
        (1, "code", ("urn:yizheng:level:2", ["sms"], "P1")),
        (2, "password", ("urn:yizheng:level:3", ["pwd"], "P2")),
        (4, "code", ("urn:yizheng:level:3", ["sms"], "P4")),
    ],
)
def test_it_tells_what_was_really_reached(
    idp_sqlite: RunningIdp, browser: FormBrowser, proofing: int, by: str, told: tuple[str, list[str], str]
) -> None:
    """Levels of MISSION, methods of RFC 8176. Mutation: answer `acr_values` instead of the level reached."""
    with RelyingParty(idp_sqlite, idp_sqlite.client("licence-library")) as library:
        question = library.ask({"acr_values": "urn:yizheng:level:5"})
        page = browser.go_through(question.address, idp_sqlite.new_person(proofing=proofing), by)
        _, claims = library.read(library.tokens(page, question)["id_token"])
    assert (claims["acr"], claims["amr"], claims["proofing"]) == told


def test_the_same_person_is_the_same_to_one_app_and_another_to_the_next(
    browser: FormBrowser, library: RelyingParty, housing_fund: RelyingParty, person: Person
) -> None:
    """§8.1, pairwise: nothing to compare across departments. Mutation: leave the sector out of `subjects.of`."""
    subs: list[dict[str, Any]] = []
    for app in (library, library, housing_fund):
        question = app.ask()
        tokens = app.tokens(browser.go_through(question.address, person), question)
        _, claims = app.read(tokens["id_token"])
        assert app.userinfo(tokens["access_token"]).json()["sub"] == claims["sub"]
        subs.append(claims["sub"])
    assert subs[0] == subs[1] != subs[2]


def test_apps_of_one_sector_know_the_same_person(signed_in: FormBrowser, register: Callable[..., RelyingParty]) -> None:
    """§8.1: the sector decides, not the client."""
    subs = set()
    for app in (register(sector_identifier="tax.test"), register(sector_identifier="tax.test")):
        question = app.ask()
        subs.add(app.read(app.tokens(signed_in.get(question.address), question)["id_token"])[1]["sub"])
    assert len(subs) == 1
