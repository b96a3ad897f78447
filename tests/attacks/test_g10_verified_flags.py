"""G10: no page and no parameter makes anything verified, or a level higher; a proof alone does."""

import pytest

from idp.model.account import Account, Attributes
from tests.attacks.doors import PLAIN_PAGES
from tests.attacks.rig import Browser, Target, authorization_url
from tests.plugins.running_idp import Person

WISHES = {
    "phone_verified": "true",
    "phone_number_verified": "true",
    "email_verified": "true",
    "email": "evil@evil.test",
    "phone": "13900000000",
    "phone_number": "13900000000",
    "verified_at": "1",
    "proofing": "4",
    "proofed_at": "1",
    "realname_level": "5",
    "level": "5",
    "acr": "urn:yizheng:level:5",
    "is_sandbox": "0",
    "status": "active",
    "account_id": "1",
}
"""What a form that binds whatever comes would take."""


def stored(target: Target, person: Person) -> tuple[Account | None, Attributes]:
    with target.idp.installation.services.begin() as unit_of_work:
        return unit_of_work.accounts.get(person.account_id), unit_of_work.accounts.attributes(person.account_id)


def _wishing(path: str) -> str:
    wishes = "&".join(f"{name}={value}" for name, value in WISHES.items())
    return f"{path}{'&' if '?' in path else '?'}{wishes}"


def sign_in_wishing(browser: Browser, person: Person) -> None:
    browser.open(_wishing(authorization_url()))
    browser.follow(browser.send({**WISHES, "username": person.phone, "way": "password"}))
    browser.follow(browser.send({**WISHES, "password": person.password}, may_sign_in=True))


def test_no_page_takes_a_wish_for_a_proof(target: Target) -> None:
    """Signing in, then every page, in query and form. Red when a form's fields are written as they come."""
    person, browser = target.idp.new_person(), target.browser()
    target.log.keep_out(person.phone, person.citizen_id)
    before = stored(target, person)
    sign_in_wishing(browser, person)
    for path in PLAIN_PAGES:
        browser.get(_wishing(path))
    for path in ("/me", "/"):
        browser.post(path, WISHES)
    assert stored(target, person) == before
    assert not before[1].phone_is_verified


@pytest.mark.parametrize("claims", ['{"userinfo":{"phone_number_verified":{"value":true}}}', None])
def test_no_token_says_verified_of_what_nobody_proved(target: Target, claims: str | None) -> None:
    """Red when `phone_number_verified` is read from the request, or is true for whatever phone is stored."""
    person, browser = target.idp.new_person(), target.browser()
    target.log.keep_out(person.phone, person.citizen_id)
    sign_in_wishing(browser, person)
    asked = {"scope": "openid profile phone"} | ({} if claims is None else {"claims": claims})
    answer = browser.open(authorization_url(**asked))
    if browser.page.forms and answer.status_code == 200:
        browser.submit(action="allow", allow_phone_number="1")
    tokens = browser.tokens(**asked)
    told = browser.userinfo(tokens["access_token"]).json()
    assert told.get("phone_number_verified", False) is False
    assert told.get("acr", "") != WISHES["acr"]
