"""RFC 9470, the step-up challenge: our own resource says what sign-in it wants, and the app that asks for it gets it.

In this process, where the officers' rules and the clock can be moved.
"""

import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from idp.app import Installation, create_app
from idp.keys.rotation import ensure
from idp.model.credential import CredentialKind
from idp.model.policy import Proofing
from idp.registration.register import register
from tests.benchmarks.operations import Answer, Caller
from tests.idp.installed import Moment, identifiers, installed, new_person
from tests.idp.pages.one_time_codes import code_of
from tests.idp.pages.page_browser import Browser, csrf_of
from tests.idp.storage.made import client
from tests.plugins.private_servers import StorageUrls

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PHONE = "13900000002"
CALLBACK = "https://app.example/callback"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
"""RFC 7636, appendix B."""
LEVEL_3, LEVEL_4, LEVEL_5 = (f"urn:yizheng:level:{level}" for level in (3, 4, 5))


@pytest.fixture
def clock() -> Moment:
    return Moment()


@pytest.fixture
def city(storage_urls: StorageUrls, tmp_path: Path, clock: Moment) -> Installation:
    """An app that asks for no level, and a person who reaches 四级 by password and an app for codes."""
    opened = installed(storage_urls, tmp_path, clock)
    account = new_person(opened, *identifiers(PHONE, "890102193705120027"), proofing=Proofing.P3)
    app = client("land-registry", client_name="不动产登记", redirect_uris=(CALLBACK,), scope="openid profile phone")
    with opened.services.begin() as unit_of_work:
        unit_of_work.credentials.put(account.id, CredentialKind.ONE_TIME_CODE, SECRET, clock())
        register(unit_of_work, [replace(app, asks_consent=False, token_endpoint_auth_method="none")], clock())
        ensure(unit_of_work, clock())
        unit_of_work.commit()
    return opened


def authorize(**changes: str) -> str:
    asked = {
        "client_id": "land-registry",
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid profile",
        "state": "s",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
        **changes,
    }
    return f"/authorize?{urlencode(asked)}"


def tokens_at(browser: Browser) -> dict[str, str]:
    """What the app gets for the code that it was just given."""
    assert browser.here.startswith(CALLBACK), browser.here
    code = parse_qs(urlsplit(browser.here).query)["code"][0]
    asked = {
        "grant_type": "authorization_code",
        "client_id": "land-registry",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    answer = browser.caller.post("/token", {}, urlencode(asked).encode())
    assert answer.status == 200, answer.body
    tokens: dict[str, str] = json.loads(answer.body)
    return tokens


def acr_of(tokens: dict[str, str]) -> str:
    import base64

    payload = tokens["id_token"].split(".")[1]
    acr: str = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["acr"]
    return acr


def userinfo(city: Installation, tokens: dict[str, str]) -> Answer:
    return Caller(create_app(city)).get("/userinfo", {"HTTP_AUTHORIZATION": f"Bearer {tokens['access_token']}"})


def tightened(
    city: Installation, storage_urls: StorageUrls, tmp_path: Path, clock: Moment, **rule: object
) -> Installation:
    """The same stores, and the officers have written a rule meanwhile."""
    del city
    written = ", ".join(f"{name} = {json.dumps(value)}" for name, value in rule.items())
    return installed(storage_urls, tmp_path, clock, IDP_POLICY__RULES=f'[{{ name = "tight", {written} }}]')


def signed_in(city: Installation) -> Browser:
    browser = Browser(city)
    browser.sign_in(browser.get(authorize()), phone=PHONE)
    return browser


def test_a_token_of_too_low_a_sign_in_is_challenged_and_the_challenge_can_be_met(
    city: Installation, storage_urls: StorageUrls, tmp_path: Path, clock: Moment
) -> None:
    """§3 and §4. Mutations: told as `invalid_token`; without `acr_values`; released all the same."""
    browser = signed_in(city)
    tokens = tokens_at(browser)
    assert userinfo(city, tokens).status == 200
    tight = tightened(city, storage_urls, tmp_path, clock, level=4, scopes=["profile"])
    refused = userinfo(tight, tokens)
    assert refused.status == 401
    assert json.loads(refused.body)["error"] == "insufficient_user_authentication"
    challenge = refused.headers["www-authenticate"]
    assert challenge.startswith('Bearer error="insufficient_user_authentication", ')
    assert f'acr_values="{LEVEL_4}"' in challenge
    assert "max_age" not in challenge
    again = Browser(tight)
    page = again.sign_in(again.get(authorize(acr_values=LEVEL_4)), phone=PHONE)
    page = again.post(again.path, csrf=csrf_of(page), way="totp")
    again.post(again.path, csrf=csrf_of(page), code=code_of(SECRET, clock()))
    better = tokens_at(again)
    assert acr_of(better) == LEVEL_4
    assert userinfo(tight, better).status == 200


def test_a_token_of_an_old_sign_in_is_challenged(
    city: Installation, storage_urls: StorageUrls, tmp_path: Path, clock: Moment
) -> None:
    """§3, `max_age`. Mutations: the age of the token instead of that of the sign-in; a second early or late."""
    tight = tightened(city, storage_urls, tmp_path, clock, max_age=300, scopes=["profile"])
    tokens = tokens_at(signed_in(tight))
    clock.pass_by(300)
    assert userinfo(tight, tokens).status == 200
    clock.pass_by(1)
    refused = userinfo(tight, tokens)
    assert refused.status == 401
    assert 'max_age="300"' in refused.headers["www-authenticate"]
    assert "acr_values" not in refused.headers["www-authenticate"]


def test_a_rule_about_other_data_challenges_nobody(
    city: Installation, storage_urls: StorageUrls, tmp_path: Path, clock: Moment
) -> None:
    """Mutation: the scope of the request instead of that of the token."""
    tokens = tokens_at(signed_in(city))
    tight = tightened(city, storage_urls, tmp_path, clock, level=4, scopes=["phone"])
    assert userinfo(tight, tokens).status == 200


def test_what_the_app_would_rather_have_is_asked_for_and_may_be_skipped(city: Installation, clock: Moment) -> None:
    """OpenID Connect Core §3.1.2.1, `acr_values`. Mutations: taken and ignored; a refusal; asked again at once."""
    browser = signed_in(city)
    page = browser.get(authorize(acr_values=LEVEL_4))
    assert browser.here.endswith("/ways")
    assert "这里最好是四级，您现在是三级" in page.body.decode()
    browser.post(browser.path, csrf=csrf_of(page), way="skip")
    assert acr_of(tokens_at(browser)) == LEVEL_3
    page = browser.get(authorize(acr_values=LEVEL_4))
    page = browser.post(browser.path, csrf=csrf_of(page), way="totp")
    browser.post(browser.path, csrf=csrf_of(page), code=code_of(SECRET, clock()))
    assert acr_of(tokens_at(browser)) == LEVEL_4


@pytest.mark.parametrize("wish", [{"value": LEVEL_4}, {"essential": False, "values": [LEVEL_4, LEVEL_3]}], ids=str)
def test_the_same_by_a_voluntary_claim(city: Installation, wish: dict[str, object]) -> None:
    """OpenID Connect Core §5.5.1.1. Mutations: ignored; a demand that cannot be skipped."""
    browser = signed_in(city)
    page = browser.get(authorize(claims=json.dumps({"id_token": {"acr": wish}})))
    assert browser.here.endswith("/ways")
    browser.post(browser.path, csrf=csrf_of(page), way="skip")
    assert acr_of(tokens_at(browser)) == LEVEL_3


@pytest.mark.parametrize(
    "wanted",
    [
        {"acr_values": LEVEL_5},
        {"claims": json.dumps({"id_token": {"acr": {"value": LEVEL_5}}})},
        {"claims": json.dumps({"id_token": {"acr": {"values": LEVEL_4}}})},
        {"claims": json.dumps({"userinfo": {"acr": {"value": LEVEL_4}}})},
        {"acr_values": f"{LEVEL_3} {LEVEL_4}"},
        {"acr_values": "urn:mace:incommon:iap:silver"},
        {"acr_values": LEVEL_4, "prompt": "none"},
    ],
)
def test_a_wish_that_is_met_cannot_be_met_or_must_be_silent_asks_for_nothing(
    city: Installation, wanted: dict[str, str]
) -> None:
    """Mutations: the highest instead of the first; a page where no proof would reach it; a page for who wants none."""
    browser = signed_in(city)
    browser.get(authorize(**wanted))
    assert acr_of(tokens_at(browser)) == LEVEL_3


def test_what_must_be_had_is_not_skipped(city: Installation) -> None:
    """Mutation: `way=skip` is believed without looking whether it was offered (threat H06)."""
    browser = signed_in(city)
    essential = json.dumps({"id_token": {"acr": {"essential": True, "value": LEVEL_4}}})
    page = browser.get(authorize(claims=essential))
    assert 'value="skip"' not in page.body.decode()
    browser.post(browser.path, csrf=csrf_of(page), way="skip")
    assert browser.here.endswith("/ways")
