"""OpenID Connect Core §3.2 and §3.3: what clients of `legacy` may still ask for; requirements 3, 9, 10 and 19, threat A04."""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest

from idp.model.client import ClientStatus, Profile
from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.form_browser import FormBrowser, Page
from tests.specs.pushing_party import NewParty, PushingParty
from tests.specs.relying_party import Question

TYPES = ("code", "id_token", "id_token token", "code id_token", "code token", "code id_token token")
FRONT = TYPES[1:]
SECRET = "a-secret-of-a-portal-that-is-thirty-years-old"


@pytest.fixture(scope="module")
def portal(new_party: NewParty) -> PushingParty:
    return new_party(
        profile="legacy",
        response_types=list(TYPES),
        grant_types=["authorization_code", "implicit", "refresh_token"],
        token_endpoint_auth_method="client_secret_basic",
        client_secret=SECRET,
        jwks=None,
    )


@pytest.fixture(scope="module")
def browser(idp_sqlite: RunningIdp, portal: PushingParty, person: Person) -> Iterator[FormBrowser]:
    with FormBrowser(idp_sqlite.issuer) as browser:
        browser.go_through(portal.ask().address, person)
        yield browser


def answered(portal: PushingParty, page: Page) -> dict[str, str]:
    """What stands in the fragment, and nothing in the query (§3.2.2.5, §3.3.2.5)."""
    parts = urlsplit(page.address)
    assert page.address.startswith(portal.redirect_uri)
    assert not parts.query
    pairs = parse_qsl(parts.fragment)
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def half_hash(value: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(value.encode()).digest()[:16]).rstrip(b"=").decode()


def test_requirement_03_discovery_tells_what_the_profiles_allow_together(portal: PushingParty) -> None:
    document = portal.http.get(f"{portal.issuer}/.well-known/openid-configuration").json()
    assert set(document["response_types_supported"]) == set(TYPES)
    assert {"authorization_code", "implicit"} <= set(document["grant_types_supported"])
    assert {"query", "fragment", "form_post", "jwt"} <= set(document["response_modes_supported"])


@pytest.mark.parametrize("response_type", FRONT)
def test_requirement_19_each_brings_what_it_names(
    portal: PushingParty, browser: FormBrowser, response_type: str
) -> None:
    """Mutations: a token that was not asked for; a hash that is missing or wrong."""
    question = portal.ask({"response_type": response_type})
    told = answered(portal, browser.get(question.address))
    wanted = set(response_type.split())
    assert ("code" in told, "id_token" in told, "access_token" in told) == (
        "code" in wanted,
        "id_token" in wanted,
        "token" in wanted,
    )
    assert (told["state"], told["iss"]) == (question.state, portal.issuer)
    if "token" in wanted:
        assert told["token_type"] == "Bearer"
        assert int(told["expires_in"]) > 0
        assert portal.userinfo(told["access_token"]).json()["name"]
    if "id_token" in wanted:
        claims = portal.read(told["id_token"])[1]
        assert claims["nonce"] == question.nonce
        assert claims.get("at_hash") == (half_hash(told["access_token"]) if "token" in wanted else None)
        assert claims.get("c_hash") == (half_hash(told["code"]) if "code" in wanted else None)
        assert ("name" in claims) is (response_type == "id_token"), "§5.4"
    if "code" in wanted:
        tokens = portal.tokens(Page(f"https://x?code={told['code']}", 200), question)
        claims = portal.read(tokens["id_token"])[1]
        assert (claims["nonce"], claims["sub"]) == (
            question.nonce,
            portal.userinfo(tokens["access_token"]).json()["sub"],
        )


def test_the_values_of_a_response_type_have_no_order(portal: PushingParty, browser: FormBrowser) -> None:
    """RFC 6749 §3.1.1. Mutation: compared as text."""
    told = answered(portal, browser.get(portal.ask({"response_type": "id_token code"}).address))
    assert {"code", "id_token"} <= set(told)


@pytest.mark.parametrize("response_type", FRONT)
def test_requirement_09_a_form_or_a_signed_answer_but_never_a_query(
    portal: PushingParty, browser: FormBrowser, response_type: str
) -> None:
    """Threat A04. Mutation: `response_mode=query` honoured."""
    for mode in ("query", "query.jwt"):
        told = answered(
            portal, browser.get(portal.ask({"response_type": response_type, "response_mode": mode}).address)
        )
        assert told["error"] == "invalid_request"
    page = browser.get(portal.ask({"response_type": response_type, "response_mode": "form_post"}).address)
    (form,) = page.forms
    assert ("id_token" in form.fields) is ("id_token" in response_type.split())
    page = browser.get(portal.ask({"response_type": response_type, "response_mode": "jwt"}).address)
    assert set(answered(portal, page)) == {"response"}


@pytest.mark.parametrize("response_type", [each for each in FRONT if "id_token" in each])
def test_requirement_10_an_id_token_through_the_browser_wants_a_nonce(
    portal: PushingParty, browser: FormBrowser, response_type: str
) -> None:
    told = answered(portal, browser.get(portal.ask({"response_type": response_type, "nonce": None}).address))
    assert told["error"] == "invalid_request"


@pytest.mark.parametrize("response_type", ["token", "none", "code none", "code code", "", "CODE TOKEN", "id_token x"])
def test_nothing_else_is_there(portal: PushingParty, browser: FormBrowser, response_type: str) -> None:
    """Threat A04: a token alone proves nothing to whom it is shown."""
    page = browser.get(portal.ask({"response_type": response_type}).address)
    told = dict(parse_qsl(urlsplit(page.address).query or urlsplit(page.address).fragment))
    assert told["error"] in {"unsupported_response_type", "invalid_request"}
    assert not {"code", "access_token", "id_token"} & set(told)


@pytest.mark.parametrize("profile", ["gov-standard", "gov-high"])
def test_no_other_profile_may(new_party: NewParty, browser: FormBrowser, profile: str) -> None:
    """Mutation: the profile not looked at. Refusals hold per client, though discovery tells of them."""
    party = new_party(profile=profile)
    for response_type in FRONT:
        parameters, _ = party.parameters({"response_type": response_type})
        assert party.post_pushed(parameters).json()["error"] == "unsupported_response_type"
    page = browser.get(new_party(profile="legacy").ask({"response_type": "code id_token"}).address)
    assert dict(parse_qsl(urlsplit(page.address).fragment))["error"] == "unauthorized_client"


def test_a_sign_out_calls_back_what_came_along(portal: PushingParty, person: Person) -> None:
    """The token of the front channel is of the session, as all others."""
    with FormBrowser(portal.issuer) as browser:
        question = portal.ask({"response_type": "code token"})
        told = answered(portal, browser.go_through(question.address, person))
        assert portal.userinfo(told["access_token"]).status_code == 200
        browser.press(browser.get("/logout"), {"id": "logout-confirm"})
        assert portal.userinfo(told["access_token"]).status_code == 401


def test_nothing_outlives_the_session_without_a_code(new_party: NewParty, person: Person) -> None:
    """Core §11: `offline_access` is ignored where no code comes. Mutation: the scope looked at alone."""
    party = new_party(
        profile="legacy",
        response_types=["id_token token"],
        grant_types=["implicit"],
        scope="openid offline_access",
        asks_consent=True,
    )
    with FormBrowser(party.issuer) as browser:
        question = party.ask({"response_type": "id_token token", "prompt": "consent"})
        told = answered(party, browser.go_through(question.address, person))
        assert told["scope"] == "openid"
        browser.press(browser.get("/logout"), {"id": "logout-confirm"})
        assert party.userinfo(told["access_token"]).status_code == 401


def test_a_resource_out_of_service_gets_no_tokens_by_this_way_either(
    idp_sqlite: RunningIdp, new_party: NewParty, browser: FormBrowser
) -> None:
    """As at the token endpoint. Mutation: the audience not looked up."""
    service = new_party(
        profile="gov-standard",
        resource="https://closed.example",
        redirect_uris=[],
        response_types=[],
        grant_types=["client_credentials"],
        scope="",
    )
    party = new_party(
        profile="legacy",
        response_types=["id_token token"],
        grant_types=["implicit"],
        audience="https://closed.example",
    )
    question = party.ask({"response_type": "id_token token"})
    assert "access_token" in answered(party, browser.get(question.address))
    services = idp_sqlite.installation.services
    with services.begin() as unit_of_work:
        client = unit_of_work.clients.get(service.client_id)
        assert client is not None
        unit_of_work.clients.save(replace(client, status=ClientStatus.DISABLED), services.clock())
        unit_of_work.commit()
    page = browser.get(party.ask({"response_type": "id_token token"}).address)
    assert (page.status, page.error) == (400, "invalid_target")


def test_a_sign_in_under_way_is_held_to_the_registration_of_now(
    idp_sqlite: RunningIdp, new_party: NewParty, person: Person
) -> None:
    """Mutation: only the status asked when the person comes back."""
    party = new_party(profile="legacy", response_types=["id_token token"], grant_types=["implicit"])
    with FormBrowser(party.issuer) as browser:
        page = browser.get(party.ask({"response_type": "id_token token"}).address)
        services = idp_sqlite.installation.services
        with services.begin() as unit_of_work:
            client = unit_of_work.clients.get(party.client_id)
            assert client is not None
            changed = replace(client, profile=Profile.GOV_STANDARD, response_types=("code",))
            unit_of_work.clients.save(changed, services.clock())
            unit_of_work.commit()
        page = browser.sign_in(page, person)
        assert (page.status, page.error) == (400, "invalid_request")


# ── a code without a challenge ──


def without_challenge(party: PushingParty, **changes: str | None) -> Question:
    return party.ask({"code_challenge": None, "code_challenge_method": None, **changes})


def test_an_old_confidential_app_with_a_nonce_may_omit_the_challenge(
    portal: PushingParty, browser: FormBrowser
) -> None:
    """RFC 9700 §2.1.1. The nonce is what binds the code."""
    question = without_challenge(portal)
    page = browser.get(question.address)
    assert portal.redeem(page, question, {"code_verifier": None}).status_code == 200


def test_a_verifier_that_nobody_announced_is_refused(portal: PushingParty, browser: FormBrowser) -> None:
    """Threat B04: somebody took the challenge out of the request."""
    question = without_challenge(portal)
    answer = portal.redeem(browser.get(question.address), question)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("registered", "asked"),
    [
        ({}, {"nonce": None}),
        ({}, {"nonce": ""}),
        ({"token_endpoint_auth_method": "none", "jwks": None}, {}),
        ({"profile": "gov-standard"}, {}),
        ({}, {"code_challenge_method": "S256"}),
        ({}, {"code_challenge_method": "plain", "code_challenge": "x" * 43}),
    ],
    ids=str,
)
def test_nobody_else_may(
    new_party: NewParty, browser: FormBrowser, registered: dict[str, object], asked: dict[str, str | None]
) -> None:
    """Threat B05. Mutations: a public client; no nonce; another profile."""
    party = new_party(**({"profile": "legacy"} | registered))
    assert browser.get(without_challenge(party, **asked).address).answer["error"] == "invalid_request"
