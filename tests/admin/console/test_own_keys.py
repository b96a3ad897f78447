"""An officer's own keys: added and taken away with a fresh sign-in, and never the last one (threats D04, M12)."""

import json
import re

import pytest

from idp.app import Installation
from idp.model.office import Role
from tests.admin.officers import Officer, officer, token_of
from tests.benchmarks.operations import Answer
from tests.biometrics.software_authenticator import SoftwareAuthenticator
from tests.idp.installed import Moment
from tests.idp.pages.page_browser import Browser

PATH = "/console/own-keys"


@pytest.fixture
def held(installation: Installation) -> Officer:
    return officer(installation, Role.SYSTEM)


def add(held: Officer, key: SoftwareAuthenticator) -> Answer:
    page = held.browser.get(PATH)
    made = key.create(held.browser.get(f"{PATH}/options").body.decode())
    return held.browser.post(PATH, credential=made, csrf=token_of(page, PATH))


def test_a_second_key_opens_the_account(installation: Installation, held: Officer) -> None:
    """Mutations: it opens nothing; the first one may go, and then the last; colleagues see nothing of it."""
    second = SoftwareAuthenticator()
    page = add(held, second).body.decode()
    assert held.browser.here == f"{PATH}?done=1"
    first, newer = re.findall(r'name="remove" value="(\d+)"', page)
    assert "<td>2</td>" in held.browser.get("/console/officers").body.decode()
    browser = Browser(installation)
    assert Officer(browser, second, held.account_id).sign_in(browser.get("/console")).status == 200
    assert browser.here == "/console"
    held.browser.post(PATH, remove=first, csrf=token_of(held.browser.get(PATH), PATH))
    refused = held.browser.post(PATH, remove=newer, csrf=token_of(held.browser.get(PATH), PATH))
    assert "最后一把" in refused.body.decode()
    for number in ("x", "-1", "9" * 30, "²"):
        held.browser.post(PATH, remove=number, csrf=token_of(held.browser.get(PATH), PATH))
    with installation.services.begin() as unit_of_work:
        assert [each.id for each in unit_of_work.passkeys.of_account(held.account_id)] == [int(newer)]


def test_a_key_of_a_colleague_or_of_another_page_is_not_taken(installation: Installation, held: Officer) -> None:
    """Mutations: two officers share a device; an answer to somebody else's question is taken; a form from elsewhere."""
    colleague = officer(installation, Role.SECURITY)
    options = held.browser.get(f"{PATH}/options").body.decode()
    with installation.services.begin() as unit_of_work:
        known = {
            *unit_of_work.passkeys.of_account(held.account_id),
            *unit_of_work.passkeys.of_account(colleague.account_id),
        }
    assert len(json.loads(options)["excludeCredentials"]) == len(known) == 2
    theirs = SoftwareAuthenticator().create(colleague.browser.get(f"{PATH}/options").body.decode())
    page = held.browser.get(PATH)
    assert "太久" in held.browser.post(PATH, credential=theirs, csrf=token_of(page, PATH)).body.decode()
    made = SoftwareAuthenticator().create(held.browser.get(f"{PATH}/options").body.decode())
    for credential, token in ((made, "x"), ("", token_of(page, PATH)), ("{}", token_of(page, PATH))):
        held.browser.post(PATH, credential=credential, csrf=token)
    with installation.services.begin() as unit_of_work:
        assert len(unit_of_work.passkeys.of_account(held.account_id)) == 1


def test_who_signed_in_long_ago_is_asked_for_the_key(held: Officer, clock: Moment) -> None:
    """Mutation: a browser that was left alone for six minutes is enough to add a key of one's own."""
    clock.pass_by(301)
    for path in (PATH, f"{PATH}/options"):
        held.browser.get(path)
        assert held.browser.here.startswith("/s/")
