"""What the OpenID Foundation's published tests ask of a provider for the code flow, one test per requirement.

The numbers are those of the table in docs/standards.md. Each is shown here once, end to end; the files named after the
documents try the same doors in every way.
"""

import json
import re
import ssl
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx
import pytest
from joserfc.jwk import KeySet

from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.form_browser import FormBrowser, Page
from tests.specs.logout_receivers import listening
from tests.specs.relying_party import Question, RelyingParty

VSCHAR = r"[\x20-\x7e]+"
Redeemable = Callable[..., tuple[Page, Question]]
Register = Callable[..., RelyingParty]


@pytest.fixture(scope="module")
def document(idp_sqlite: RunningIdp) -> dict[str, Any]:
    answer = httpx.get(f"{idp_sqlite.issuer}/.well-known/openid-configuration", trust_env=False)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture(scope="module")
def tokens(library: RelyingParty, signed_in: FormBrowser) -> dict[str, Any]:
    question = library.ask()
    return library.tokens(signed_in.get(question.address), question)


def test_requirement_01_discovery_is_json_of_this_issuer_and_all_https(
    document: dict[str, Any], idp_sqlite: RunningIdp, idp_behind_nginx: RunningIdp
) -> None:
    assert document["issuer"] == idp_sqlite.issuer
    address = f"{idp_behind_nginx.issuer}/.well-known/openid-configuration"
    trusted = ssl.create_default_context(cafile=idp_behind_nginx.authority)
    answer = httpx.get(address, verify=trusted, trust_env=False)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    behind = answer.json()
    assert behind["issuer"] == idp_behind_nginx.issuer
    addresses = [value for name, value in behind.items() if name.endswith(("_endpoint", "_uri"))]
    assert len(addresses) >= 7
    assert all(value.startswith(f"{idp_behind_nginx.issuer}/") for value in (*addresses, f"{behind['issuer']}/"))
    assert idp_behind_nginx.issuer.startswith("https://")


def test_requirement_02_discovery_names_what_a_client_must_know(document: dict[str, Any]) -> None:
    assert "code" in document["response_types_supported"]
    assert set(document["subject_types_supported"]) <= {"public", "pairwise"}
    assert "RS256" in document["id_token_signing_alg_values_supported"]
    assert "openid" in document["scopes_supported"]
    assert all(re.fullmatch(r"[\x21\x23-\x5b\x5d-\x7e]+", scope) for scope in document["scopes_supported"])
    assert all(re.fullmatch(r"[a-z]{2,3}(-[A-Z]{2})?", tag) for tag in document["ui_locales_supported"])
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["jwks_uri"]


def test_requirement_04_every_published_key_is_public_named_and_strong(library: RelyingParty) -> None:
    keys = library.http.get(f"{library.issuer}/jwks").json()["keys"]
    assert len({key["kid"] for key in keys}) == len(keys) >= 2
    assert not [key for key in keys if {"d", "p", "q", "dp", "dq", "qi", "k"} & key.keys()]
    assert all(KeySet.import_key_set({"keys": [key]}) for key in keys)
    moduli = [len(key["n"]) * 6 // 8 * 8 for key in keys if key["kty"] == "RSA"]
    assert moduli
    assert min(moduli) >= 2048


def test_requirement_05_token_answers_are_json_that_no_cache_keeps(
    library: RelyingParty, redeemable: Redeemable
) -> None:
    page, question = redeemable()
    granted = library.redeem(page, question)
    refused = library.redeem(page, question)
    assert (granted.status_code, refused.status_code) == (200, 400)
    for answer in (granted, refused):
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "no-store"
    assert re.fullmatch(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+", refused.json()["error_description"])


def test_requirement_06_get_and_post_in_any_order_with_anything_unknown(
    library: RelyingParty, signed_in: FormBrowser
) -> None:
    question = library.ask({"unknown": "x", "scope": "profile unknown openid"})
    pairs = [pair.split("=", 1) for pair in urlsplit(question.address).query.split("&")]
    backwards = "&".join("=".join(pair) for pair in reversed(pairs))
    assert "code" in signed_in.get(f"/authorize?{backwards}").answer
    posted = signed_in.http.post(
        f"{library.issuer}/authorize",
        content=backwards,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        follow_redirects=False,
    )
    assert "code" in signed_in.get(posted.headers["location"]).answer


@pytest.mark.parametrize("change", ["https://unregistered.example/cb", None, "{}?added=1", "{}/more", "{}#fragment"])
def test_requirement_07_another_redirect_uri_is_told_on_a_page(
    library: RelyingParty, signed_in: FormBrowser, change: str | None
) -> None:
    """Two are registered, so none may be left out."""
    assert len(library.metadata["redirect_uris"]) > 1
    asked = library.ask({"redirect_uri": change and change.format(library.redirect_uri)})
    page = signed_in.get(asked.address)
    assert page.address.startswith(library.issuer)
    assert page.status == 400
    assert page.has("oidc-error")


def test_requirement_08_errors_carry_the_state_and_the_issuer_and_nothing_unexpected(
    library: RelyingParty, signed_in: FormBrowser
) -> None:
    question = library.ask({"response_type": None})
    answer = signed_in.get(question.address).answer
    assert answer["error"] in {"invalid_request", "unsupported_response_type"}
    assert (answer["state"], answer["iss"]) == (question.state, library.issuer)
    assert set(answer) <= {"error", "error_description", "error_uri", "state", "iss"}


def test_requirement_09_answers_come_by_the_mode_that_was_asked_for(
    library: RelyingParty, signed_in: FormBrowser
) -> None:
    by_query = signed_in.get(library.ask({"response_mode": "query"}).address)
    assert "code" in by_query.answer
    assert urlsplit(by_query.address).fragment == ""
    question = library.ask({"response_mode": "form_post"})
    by_form = signed_in.get(question.address)
    (form,) = [form for form in by_form.forms if form.action == library.redirect_uri]
    assert {"code", "state", "iss"} <= form.fields.keys()
    assert form.fields["state"] == question.state
    assert "code=" not in by_form.address


def test_requirement_10_nonce_is_the_clients_choice(library: RelyingParty, redeemable: Redeemable) -> None:
    page, question = redeemable(nonce=None)
    assert "nonce" not in library.read(library.tokens(page, question)["id_token"])[1]
    page, question = redeemable()
    assert library.read(library.tokens(page, question)["id_token"])[1]["nonce"] == question.nonce


def test_requirement_11_prompt_and_max_age(library: RelyingParty, idp_sqlite: RunningIdp, person: Person) -> None:
    """Silent or told so; asked again when it must be new; `auth_time` tells the truth."""
    with FormBrowser(idp_sqlite.issuer) as browser:
        assert browser.get(library.ask({"prompt": "none"}).address).answer["error"] == "login_required"

        def claims(page: Page, question: Question) -> dict[str, Any]:
            return library.read(library.tokens(page, question)["id_token"])[1]

        question = library.ask({"max_age": "3600"})
        first = claims(browser.go_through(question.address, person), question)
        question = library.ask({"prompt": "none"})
        silent = claims(browser.get(question.address), question)
        assert [silent[name] == first[name] for name in ("sub", "auth_time")] == [True, True]
        time.sleep(2)
        for change in ({"prompt": "login"}, {"max_age": "1"}):
            question = library.ask(dict(change))
            asked = browser.get(question.address)
            assert asked.has("username"), change
            newer = claims(browser.sign_in(asked, person), question)
            assert newer["auth_time"] > first["auth_time"]
            assert newer["sub"] == first["sub"]
            time.sleep(2)


@pytest.mark.parametrize(
    "change",
    [
        {"display": "page"}, {"display": "popup"}, {"ui_locales": "se"}, {"claims_locales": "se"},
        {"login_hint": "13900000000"}, {"acr_values": "1 2"},
    ],
    ids=str,
)  # fmt: skip
def test_requirement_12_polite_wishes_break_nothing(redeemable: Redeemable, change: dict[str, str]) -> None:
    page, _ = redeemable(**change)
    assert "code" in page.answer


def test_requirement_13_an_essential_claim_comes_from_userinfo(
    library: RelyingParty, redeemable: Redeemable, person: Person
) -> None:
    wish = json.dumps({"userinfo": {"name": {"essential": True}}})
    page, question = redeemable(scope="openid", claims=wish)
    granted = library.tokens(page, question)
    assert library.userinfo(granted["access_token"]).json()["name"] == person.name
    assert "name" not in library.read(granted["id_token"])[1]


def test_requirement_14_request_objects_are_announced_and_unsigned_ones_refused(
    library: RelyingParty, signed_in: FormBrowser, document: dict[str, Any]
) -> None:
    """What is done with signed ones stands in `test_rfc9101_request_objects.py`."""
    assert document["request_parameter_supported"]
    assert document["request_uri_parameter_supported"]
    assert "RS256" in document["request_object_signing_alg_values_supported"]
    assert "none" not in document["request_object_signing_alg_values_supported"]
    unsigned = "eyJhbGciOiJub25lIn0.e30."
    assert signed_in.get(library.ask({"request": unsigned}).address).error == "invalid_request_object"
    assert signed_in.get(library.ask({"request_uri": "https://app.example/r"}).address).error == "invalid_request_uri"


def test_requirement_15_pkce(library: RelyingParty, redeemable: Redeemable) -> None:
    page, question = redeemable()
    wrong = library.redeem(page, question, {"code_verifier": "w" * 43})
    assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_grant")
    assert library.redeem(*redeemable()).status_code == 200


def test_requirement_16_a_code_is_used_once_and_by_its_own_client(
    library: RelyingParty, register: Register, redeemable: Redeemable
) -> None:
    page, question = redeemable()
    stranger = register().redeem(page, question)
    assert (stranger.status_code, stranger.json()["error"]) == (400, "invalid_grant")
    granted = library.tokens(page, question)
    again = library.redeem(page, question)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert library.userinfo(granted["access_token"]).status_code == 401


def test_requirement_17_bearer_values_cannot_be_guessed(library: RelyingParty, redeemable: Redeemable) -> None:
    """Printable, long, and different in more than 128 bits from one to the next."""
    pairs = [redeemable() for _ in range(8)]
    codes = [page.answer["code"].partition(".")[2] for page, _ in pairs]
    access_tokens = [library.tokens(*pair)["access_token"].partition(".")[2] for pair in pairs]
    for values in (codes, access_tokens):
        assert all(re.fullmatch(VSCHAR, value) and len(value) * 6 >= 256 for value in values)
        positions = zip(*values, strict=False)  # what is sealed may be a digit longer
        assert sum(len(set(letters)) > 1 for letters in positions) * 6 >= 128


def test_requirement_18_how_long_a_token_works(tokens: dict[str, Any]) -> None:
    assert tokens["token_type"].lower() == "bearer"
    assert isinstance(tokens["expires_in"], int)
    assert tokens["expires_in"] > 0


def test_requirement_19_the_id_token(
    library: RelyingParty, housing_fund: RelyingParty, tokens: dict[str, Any], signed_in: FormBrowser, person: Person
) -> None:
    header, claims = library.read(tokens["id_token"])
    assert (claims["iss"], claims["aud"]) == (library.issuer, library.client_id)
    assert claims["iat"] < claims["exp"]
    assert re.fullmatch(r"[\x21-\x7e]{1,255}", claims["sub"])
    assert claims["at_hash"]
    assert header["kid"]
    assert library.userinfo(tokens["access_token"]).json()["sub"] == claims["sub"]
    question = housing_fund.ask()
    told = housing_fund.tokens(signed_in.go_through(question.address, person), question)
    assert housing_fund.read(told["id_token"])[0]["alg"] == "RS256"


def test_requirement_21_userinfo_by_header_and_by_body(library: RelyingParty, tokens: dict[str, Any]) -> None:
    address, token = f"{library.issuer}/userinfo", tokens["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    answers = (
        library.http.get(address, headers=bearer),
        library.http.post(address, headers=bearer),
        library.http.post(address, data={"access_token": token}),
    )
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.headers["content-type"] for answer in answers} == {"application/json"}
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].json()["sub"]


def test_requirement_22_refresh(
    register: Register, idp_sqlite: RunningIdp, document: dict[str, Any], person: Person
) -> None:
    app = register(grant_types=["authorization_code", "refresh_token"])
    with FormBrowser(idp_sqlite.issuer) as browser:
        question = app.ask()
        before = app.tokens(browser.go_through(question.address, person), question)
    stranger = register(grant_types=["authorization_code", "refresh_token"]).refresh(before["refresh_token"])
    assert (stranger.status_code, stranger.json()["error"]) == (400, "invalid_grant")
    after = app.refresh(before["refresh_token"])
    assert after.status_code == 200
    old, new = (app.read(each["id_token"])[1] for each in (before, after.json()))
    assert [old[name] == new[name] for name in ("iss", "sub", "aud", "auth_time")] == [True] * 4
    assert "refresh_token" in document["grant_types_supported"]
    assert "offline_access" in document["scopes_supported"]


def test_requirement_23_private_key_jwt_is_offered(document: dict[str, Any]) -> None:
    """Tried at every endpoint in test_rfc7523_client_assertions.py, with the issuer and the token endpoint as `aud`."""
    assert "private_key_jwt" in document["token_endpoint_auth_methods_supported"]
    assert {"ES256", "PS256", "RS256"} <= set(document["token_endpoint_auth_signing_alg_values_supported"])


def signed_in_anew(app: RelyingParty, browser: FormBrowser, person: Person) -> str:
    question = app.ask()
    id_token: str = app.tokens(browser.go_through(question.address, person), question)["id_token"]
    return id_token


def test_requirement_28_sign_out_leads_back_with_the_state(
    library: RelyingParty, browser: FormBrowser, person: Person, document: dict[str, Any]
) -> None:
    address = library.metadata["post_logout_redirect_uris"][0]
    assert document["end_session_endpoint"] == f"{library.issuer}/logout"
    for state in (None, "s t/ä"):
        told = {"id_token_hint": signed_in_anew(library, browser, person), "post_logout_redirect_uri": address}
        page = browser.get("/logout?" + urlencode(told | ({"state": state} if state else {}), quote_via=quote))
        assert page.address.partition("?")[0] == address
        assert page.answer == ({"state": state} if state else {})
        assert browser.get(library.ask({"prompt": "none"}).address).answer["error"] == "login_required"


@pytest.mark.parametrize("address", ["https://evil.example/", "{}?added=1"])
@pytest.mark.parametrize("hint", ["good", "none", "foreign", None])
def test_requirement_29_nowhere_else(
    library: RelyingParty, browser: FormBrowser, person: Person, hint: str | None, address: str
) -> None:
    """Also without any parameter: then the person is asked first, since another site may have sent them (threat F10)."""
    id_token = signed_in_anew(library, browser, person)
    hints = {
        "good": id_token,
        "none": f"eyJhbGciOiJub25lIn0.{id_token.split('.')[1]}.",
        "foreign": f"{id_token[:-8]}AAAAAAAA",
    }
    told = {"post_logout_redirect_uri": address.format(library.metadata["post_logout_redirect_uris"][0]), "state": "s"}
    page = browser.get("/logout?" + urlencode(told | ({"id_token_hint": hints[hint]} if hint else {})))
    assert page.address.startswith(library.issuer)
    if page.has("logout-confirm"):
        page = browser.press(page, {"id": "logout-confirm"})
    assert page.has("logged-out")


def test_requirement_30_apps_hear_of_a_sign_out(
    register: Register, idp_sqlite: RunningIdp, browser: FormBrowser, person: Person, document: dict[str, Any]
) -> None:
    assert document["backchannel_logout_supported"] is True
    assert document["backchannel_logout_session_supported"] is True
    with listening(f"http://127.0.0.1:{idp_sqlite.receivers[0]}") as receivers:
        app = register(backchannel_logout_uri=f"{receivers.origin}/well/conformance")
        id_token = signed_in_anew(app, browser, person)
        browser.get(f"/logout?id_token_hint={id_token}")
        (heard,) = receivers.wait_for("/well/conformance")
    assert set(heard.form) == {"logout_token"}
    header, claims = app.read(heard.token)
    _, told = app.read(id_token)
    assert header["kid"]
    assert claims["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}}
    assert [claims[name] == told[name] for name in ("iss", "aud", "sub", "sid")] == [True] * 4
    assert claims["iat"] <= time.time() < claims["exp"]
    assert claims["jti"]
    assert "nonce" not in claims
