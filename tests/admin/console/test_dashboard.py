"""What happens now, on the page and as JSON: the same numbers, counted by the worker out of the log."""

import json

from idp.app import Installation
from idp.audit.tally import Tally
from idp.model.office import Role
from tests.admin.officers import officer
from tests.idp.installed import PASSWORD, PHONE, Moment, new_person
from tests.idp.pages.page_browser import Browser


def test_a_sign_in_stands_in_its_minute(installation: Installation, clock: Moment) -> None:
    """Mutations: refused ones are sign-ins; the page and its script are told different numbers; another day's."""
    held = officer(installation, Role.SECURITY)
    new_person(installation)
    tally = Tally(installation.storage.audit_log(), installation.services.begin)
    tally.run(clock())
    clock.pass_by(20)
    tally.run(clock())
    for password in ("wrong", PASSWORD):
        browser = Browser(installation)
        browser.sign_in(browser.get("/me"), password, PHONE)
    for _ in range(3):
        clock.pass_by(20)
        tally.run(clock())
    told = json.loads(held.browser.get("/console/dashboard/data").body)
    assert (sum(told["sign_ins"]), sum(told["refused"])) == (1, 1)
    assert told["channels"] == [["website", 1]]
    assert len(told["minutes"]) == len(told["tokens"]) == 60
    page = held.browser.get("/console/dashboard").body.decode()
    assert '<dd class="figure" data-total="sign_ins">1</dd>' in page
    clock.pass_by(600)
    told = json.loads(held.browser.get("/console/dashboard/data").body)
    assert told["sign_ins"].index(1) < 51
