"""C24: what is kept is shown masked, and given in full behind a fresh sign-in, for seven days."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from idp.accounts import export
from idp.app import Installation
from idp.clock import after, as_datetime
from idp.delivery.exports import ExportHandler
from idp.delivery.messages import discard
from idp.delivery.worker import Handler, Worker
from idp.model.account import Identifier, IdentifierKind
from idp.model.consent import Consent
from idp.model.policy import Level
from idp.model.recovery import Basis, RecoveryOutcome
from tests.benchmarks.operations import Answer
from tests.idp.installed import CITIZEN_ID, NAME, PASSWORD, PHONE, Moment, new_person
from tests.idp.pages.page_browser import Browser, csrf_of

SCHEMA = json.loads((Path(__file__).resolve().parents[3] / "docs/contracts/export.json").read_text("utf-8"))
FILE = "/me/data/export.json"
WEEK = 7 * 86_400


def work(installation: Installation) -> None:
    """The worker does what was promised."""
    services = installation.services
    handlers: dict[str, Handler] = {export.EXPORT: ExportHandler(services), "message": discard}
    Worker(services.begin, handlers, services.clock).run_once()


def asked(browser: Browser) -> Answer:
    page = browser.get("/me/data")
    if browser.here.startswith("/s/"):
        page = browser.sign_in(page)
    form = page.body.decode().partition('action="/me/data/export"')[2]
    answer = Answer(200, {}, form.encode())
    return browser.post("/me/data/export", csrf=csrf_of(answer))


def person(installation: Installation) -> int:
    with installation.services.begin() as unit_of_work:
        found = unit_of_work.accounts.find(Identifier(IdentifierKind.PHONE, f"+86{PHONE}"))
    assert found is not None
    return found.id


def file_of(browser: Browser) -> dict[str, Any]:
    answer = browser.get(FILE)
    assert browser.here == FILE
    content: dict[str, Any] = answer.json
    return content


def test_the_page_shows_masks_only(browser: Browser) -> None:
    page = browser.sign_in(browser.get("/me/data")).body.decode()
    assert "张*三" in page
    assert "139****0001" in page
    assert not [secret for secret in (NAME, PHONE, CITIZEN_ID) if secret in page]


def test_a_copy_is_asked_for_made_and_taken_along(browser: Browser, with_person: Installation, clock: Moment) -> None:
    """Mutation: it is made while the person waits, or is there before anybody asked."""
    browser.sign_in(browser.get(FILE))
    assert browser.here == "/me/data", "there is none yet"
    assert "正在整理" in asked(browser).body.decode()
    browser.get(FILE)
    assert browser.here == "/me/data"
    work(with_person)
    clock.pass_by(60)
    assert "整理好了" in browser.get("/me/data").body.decode()
    content = file_of(browser)
    Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(content)
    assert [held["name"] for held in content["names"]] == [NAME]
    assert {held["kind"]: held["value"] for held in content["identifiers"]} == {
        "phone": f"+86{PHONE}",
        "citizen_id": CITIZEN_ID,
    }
    assert [method["kind"] for method in content["methods"]] == ["password"]
    assert "account.export_asked" in [event["action"] for event in content["events"]]
    assert content["is_complete"] is True


def test_what_was_begun_in_place_of_a_lost_phone_is_in_it(
    browser: Browser, with_person: Installation, clock: Moment
) -> None:
    """Mutations: left out; the one that waits alone; a digest of the slip."""
    account_id, until = person(with_person), after(clock(), 86_400)
    with with_person.services.begin() as unit_of_work:
        for phone in ("+8613711112222", "+8613733334444"):
            unit_of_work.recoveries.end_of(account_id, RecoveryOutcome.OVERTAKEN, clock())
            unit_of_work.recoveries.open(account_id, Basis.PROOF, phone, clock(), until)
        unit_of_work.slips.issue(account_id, b"digest of it", Level.TWO, clock(), until)
        unit_of_work.commit()
    asked(browser)
    work(with_person)
    content = file_of(browser)
    Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(content)
    began, ends = (as_datetime(each).isoformat().replace("+00:00", "Z") for each in (clock(), until))
    assert content["slips"] == [{"level": 2, "issued_at": began, "expires_at": ends}]
    waits = {"basis": "proof", "phone": "+8613733334444", "opened_at": began, "ripe_at": ends}
    assert content["recoveries"] == [
        {**waits, "ended_at": None, "outcome": None},
        {**waits, "phone": "+8613711112222", "ended_at": began, "outcome": "overtaken"},
    ]


def test_nothing_secret_is_in_it(browser: Browser, with_person: Installation) -> None:
    """Mutation: rows are copied as they are, with digests and hashes."""
    asked(browser)
    work(with_person)
    text = browser.get(FILE).body.decode()
    cookies = browser._cookies
    assert not [word for word in (PASSWORD, "argon2", "secret", "digest", '"sub"', cookies["session"]) if word in text]


def test_it_is_a_file_that_no_cache_keeps(browser: Browser, with_person: Installation) -> None:
    asked(browser)
    work(with_person)
    answer = browser.get(FILE)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-disposition"].startswith('attachment; filename="yizheng-2026-')
    assert (answer.headers["cache-control"], answer.headers["x-content-type-options"]) == ("no-store", "nosniff")


def test_it_is_read_on_a_page_as_well(browser: Browser, with_person: Installation) -> None:
    services, account_id = with_person.services, person(with_person)
    with services.begin() as unit_of_work:
        given = Consent(account_id=account_id, client_id="gone", scope=("profile",), given_at=services.clock())
        unit_of_work.consents.give(given)
        unit_of_work.commit()
    asked(browser)
    work(with_person)
    page = browser.get("/me/data/export").body.decode()
    assert browser.here == "/me/data/export"
    for word in (NAME, CITIZEN_ID, f"+86{PHONE}", "gone"):
        assert word in page


def test_an_old_sign_in_opens_nothing(browser: Browser, with_person: Installation, clock: Moment) -> None:
    """Mutation: the copy lies behind any session."""
    asked(browser)
    work(with_person)
    clock.pass_by(601)
    for path in (FILE, "/me/data/export"):
        browser.get(path)
        assert browser.here.startswith("/s/")


def test_nobody_else_finds_it(browser: Browser, with_person: Installation) -> None:
    """Mutation: it is found by a number that somebody else could name."""
    asked(browser)
    work(with_person)
    phone = "13912345678"
    new_person(with_person, Identifier(IdentifierKind.PHONE, f"+86{phone}"))
    other = Browser(with_person)
    page = other.get(FILE)
    page = other.post(other.here, csrf=csrf_of(page), username=phone, way="password")
    other.post(other.here, csrf=csrf_of(page), password=PASSWORD)
    assert other.here == "/me/data"


def test_it_is_gone_after_seven_days(browser: Browser, with_person: Installation, clock: Moment) -> None:
    asked(browser)
    work(with_person)
    found = export.ready(with_person.services, person(with_person))
    assert found is not None
    assert found.until == clock() + WEEK


def test_one_is_made_at_a_time(browser: Browser, with_person: Installation) -> None:
    asked(browser)
    with with_person.services.begin() as unit_of_work:
        waiting = unit_of_work.outbox.waiting()
    browser.post("/me/data/export", csrf=csrf_of(browser.get("/me/data/phone")))
    assert browser.here == "/me/data?done=stale", "the token of another page"
    with with_person.services.begin() as unit_of_work:
        assert unit_of_work.outbox.waiting() == waiting


def test_a_copy_that_was_moved_to_somebody_else_does_not_open(browser: Browser, with_person: Installation) -> None:
    """Mutation: it is sealed, but not for its person."""
    asked(browser)
    work(with_person)
    ephemeral = with_person.services.ephemeral
    own = person(with_person)
    stored = ephemeral.get(f"export:{own}")
    assert stored is not None
    assert NAME.encode() not in stored
    ephemeral.put(f"export:{own + 1}", stored, WEEK)
    assert export.ready(with_person.services, own + 1) is None


def test_the_newest_are_in_it_when_there_are_too_many(
    browser: Browser, with_person: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "MOST", 2)
    asked(browser)
    work(with_person)
    content = file_of(browser)
    assert len(content["events"]) == 2
    assert content["events"][0]["action"] == "account.export_asked"
    assert content["is_complete"] is False


def test_whoever_downloads_it_is_told_once(browser: Browser, with_person: Installation) -> None:
    asked(browser)
    work(with_person)
    for _ in range(2):
        browser.get(FILE)
    services = with_person.services
    with services.begin() as unit_of_work:
        items = unit_of_work.outbox.claim(services.clock(), lease_seconds=60, limit=100)
        unit_of_work.commit()
    assert [("下载了一份" in item.payload["text"]) for item in items if item.kind == "message"] == [True]
