"""The auditor proves the newest part of the log and takes out what a search found (A2, A3, threat M10)."""

import json
from dataclasses import replace

import pytest

from idp.app import Installation
from idp.audit.sealer import Sealer
from idp.events import Action, Event, EventFilter, Kind
from idp.model.office import Role
from tests.admin.officers import Officer, officer, token_of
from tests.benchmarks.operations import Answer
from tests.idp.audit.test_verify import KEY, OTHER_KEY
from tests.idp.installed import Moment, new_person

PATH = "/console/log/proof"


@pytest.fixture
def held(installation: Installation) -> Officer:
    new_person(installation)
    return officer(installation, Role.AUDIT)


def press(held: Officer, **fields: str) -> str:
    return held.browser.post(PATH, csrf=token_of(held.browser.get(PATH), PATH), **fields).body.decode()


def taken_out(held: Officer, form: str, **query: str) -> Answer:
    page = held.browser.get("/console/log")
    return held.browser.post("/console/log/export", csrf=token_of(page, "/console/log/export"), form=form, **query)


def test_the_newest_part_is_proven_by_the_key_that_the_auditor_knows(
    installation: Installation, held: Officer, clock: Moment
) -> None:
    """Mutations: the server's own key will do; it says PASS whatever it found; that somebody looked is not written down."""
    key = json.dumps(KEY.public_jwk)
    assert "还没有封存过" in press(held, key=key)
    sealer = Sealer(installation.storage.audit_log(), KEY, clock)
    while not sealer.seal():
        clock.pass_by(10)
    page = press(held, key=key)
    assert "都和封存时一样" in page
    assert "没有锚点" in page
    assert "不是这把密钥签的" in press(held, key=json.dumps(OTHER_KEY.public_jwk))
    assert "这不是封存者的公钥" in press(held, key="{}")
    assert "里面没有锚点" in press(held, key=key, anchor="x")
    assert "被截掉了" in press(held, key=key, anchor='{"seal": 9, "digest": "x"}')
    with installation.services.begin() as unit_of_work:
        wanted = replace(EventFilter(), action=Action.LOG_VERIFIED.value)
        found = unit_of_work.events.search(wanted, before=None, limit=9)
    assert [each.outcome for each in found] == ["truncated", "forged", "ok", "ok"]


def test_what_was_found_is_taken_out_without_formulas(installation: Installation, held: Officer) -> None:
    """M10. Mutations: a formula; another search's events; the page of a log is the whole of it; nobody hears of it."""
    services = installation.services
    with services.begin() as unit_of_work:
        for number in range(230):
            event = Event(kind=Kind.AUDIT, action=Action.CONSENT_GIVEN, at=services.clock(), client_id=f"=cmd{number}")
            unit_of_work.events.record(event)
        unit_of_work.commit()
    table = taken_out(held, "csv", action="consent.given")
    assert table.headers["content-disposition"].startswith('attachment; filename="log-')
    rows = table.body.decode("utf-8-sig").splitlines()
    assert len(rows) == 231
    assert '"\'=cmd229"' in rows[1]
    lines = taken_out(held, "jsonl", action="consent.given").body.decode().splitlines()
    assert {json.loads(each)["action"] for each in lines} == {"consent.given"}
    taken_out(held, "xlsx")
    assert held.browser.here == "/console/log", "what does not fit leads back"
    held.browser.post("/console/log/export", csrf="x", form="csv")
    assert held.browser.here == "/console/log"
    with services.begin() as unit_of_work:
        wanted = replace(EventFilter(), action=Action.LOG_EXPORTED.value)
        found = unit_of_work.events.search(wanted, before=None, limit=9)
    assert [each.data["rows"] for each in found] == [230, 230]
