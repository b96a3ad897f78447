"""What happens now, on the page and as JSON: the same numbers, counted by the worker out of the log."""

import json

from idp.app import Installation
from idp.audit.tally import Tally
from idp.clock import Instant
from idp.events import Action, Event, Kind
from idp.keys import rotation
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


def test_who_fetched_the_keys_stands_beside_them(installation: Installation, clock: Moment) -> None:
    """P7. Mutation: whoever fetched before the newest key was published counts as knowing it."""
    held = officer(installation, Role.SECURITY)
    with installation.services.begin() as unit_of_work:
        rotation.ensure(unit_of_work, clock())
        for source, ago in (("203.0.113.0/24 Java/17", 3600), ("198.51.100.0/24 curl/8", 0)):
            event = Event(kind=Kind.USAGE, action=Action.KEYS_FETCHED, at=Instant(clock() - ago))
            unit_of_work.events.count(event, source, 3)
        unit_of_work.commit()
    page = held.browser.get("/console/keys").body.decode()
    rows = [part for part in page.split("<tr>") if "/24 " in part]
    assert ["还没取" in each for each in rows] == [True, False]
    assert "curl/8" in rows[1]
