"""People, sessions and the log through the API: masked, with a reason, and seen by whom it concerns (C17, K07, M09)."""

import json

import pytest

from idp.accounts.names import masked_name
from idp.app import Installation
from idp.events import Action, Event, EventFilter, Kind
from idp.model.account import Account
from idp.model.authorization import Grant
from idp.model.office import Role
from idp.model.session import Session
from tests.admin.api.api_client import Api, api_of, api_of_app
from tests.admin.officers import Officer, officer
from tests.admin.signed_in import signed_in
from tests.idp.installed import CITIZEN_ID, NAME, PHONE, Moment, identifiers, new_person
from tests.idp.pages.page_browser import Browser


@pytest.fixture
def at(installation: Installation, person: Account) -> Officer:
    del person
    return officer(installation, Role.SECURITY)


@pytest.fixture
def security(at: Officer) -> Api:
    return api_of(at)


def offline_family(installation: Installation, session: Session, client_id: str = "automation") -> None:
    """An app that may go on while the person is away."""
    services = installation.services
    kept = Grant(
        client_id=client_id,
        account_id=session.account_id,
        session_id=session.id,
        sid=session.sid,
        sub="sub-of-sector",
        scope=("openid", "offline_access"),
        auth_time=session.auth_time,
        acr="urn:yizheng:level:3",
        amr=("pwd",),
    )
    event = Event(kind=Kind.AUDIT, action=Action.TOKEN_ISSUED, at=services.clock(), account_id=session.account_id)
    with services.begin() as unit_of_work:
        unit_of_work.authorizations.redeem(f"origin of {session.id} {client_id}".encode(), kept, event)
        unit_of_work.commit()


def lines(installation: Installation, account: Account) -> list[tuple[str, dict[str, object]]]:
    with installation.services.begin() as unit_of_work:
        found = unit_of_work.events.of_person(account.id, before=None, limit=20)
    return [(each.action, dict(each.data)) for each in found]


@pytest.mark.parametrize("identifier", [PHONE, CITIZEN_ID, f"+86 {PHONE}"])
def test_a_person_is_found_by_what_they_hold_and_shown_masked(
    installation: Installation, person: Account, security: Api, identifier: str
) -> None:
    """K07. Mutations: a value in clear; nobody writes down that it was looked at."""
    found = security("POST", "/people:find", {"identifier": identifier})
    assert found.json == {"uid": person.uid}
    shown = security("GET", f"/people/{person.uid}")
    assert shown.json["person"]["status"] == "active"
    assert all(secret not in shown.body.decode() for secret in (PHONE, CITIZEN_ID, NAME))
    assert [action for action, _ in lines(installation, person)] == ["person.viewed", "person.found"]


def test_one_thing_is_uncovered_with_a_reason(installation: Installation, person: Account, security: Api) -> None:
    """Mutations: without a reason; another member; the value stands in the log."""
    path = f"/people/{person.uid}/reveal"
    for body in ({"member": "phone"}, {"member": "phone", "why": "curious"}, {"member": "password", "why": "asked"}):
        assert security("POST", path, body).status == 400
    assert security("POST", path, {"member": "phone", "why": "asked"}).json == {"values": [f"+86{PHONE}"]}
    assert security("POST", path, {"member": "name", "why": "asked"}).json == {"values": [NAME]}
    assert security("POST", path, {"member": "documents", "why": "asked"}).json == {"values": []}
    told = lines(installation, person)
    assert told[2] == ("person.revealed", {"member": "phone", "why": "asked", "via": "api"})
    assert PHONE not in json.dumps(told)


def test_who_is_not_there_is_not_found_and_that_is_remembered(installation: Installation, security: Api) -> None:
    assert security("POST", "/people:find", {"identifier": "13899999999"}).status == 404
    audit = api_of(officer(installation, Role.AUDIT))
    (event, *_) = audit("GET", "/events?action=person.found").json["events"]
    assert (event["outcome"], event["person"]) == ("not_found", None)
    assert "13899999999" not in json.dumps(event)


def test_an_officer_is_no_person_here(installation: Installation, security: Api, at: Officer) -> None:
    """M07. Mutations: an officer's account is frozen, closed or looked at by another officer."""
    with installation.services.begin() as unit_of_work:
        account = unit_of_work.accounts.get(at.account_id)
    assert account is not None
    for method, path, body in (
        ("POST", "/people:find", {"identifier": account.uid}),
        ("GET", f"/people/{account.uid}", None),
        ("POST", f"/people/{account.uid}/freeze", {"reason": "misuse"}),
        ("POST", f"/people/{account.uid}/close", {"reason": "misuse"}),
        ("POST", f"/people/{account.uid}/reveal", {"member": "name", "why": "asked"}),
        ("GET", f"/sessions?person={account.uid}", None),
    ):
        assert security(method, path, body).status == 404, path
    audit = api_of(officer(installation, Role.AUDIT))
    (event,) = audit("GET", "/events?action=person.found").json["events"]
    assert (event["outcome"], event["person"]) == ("not_found", None), "that somebody looked is remembered"


def test_an_account_is_frozen_at_once_and_closed_by_two(
    installation: Installation, person: Account, security: Api
) -> None:
    path = f"/people/{person.uid}"
    signed_in(installation, person)
    frozen = security("POST", f"{path}/freeze", {"reason": "misuse"})
    assert (frozen.status, frozen.json["person"]["status"], frozen.json["person"]["sessions"]) == (200, "frozen", 0)
    assert security("POST", f"{path}/unfreeze", {"reason": "settled"}).json["person"]["status"] == "active"
    drafted = security("POST", f"{path}/close", {"reason": "deceased"})
    assert drafted.status == 202
    assert security("GET", path).json["person"]["status"] == "active"
    system = api_of(officer(installation, Role.SYSTEM))
    assert system("GET", f"/drafts/{drafted.json['draft_id']}").json["wanted"] == {"reason": "deceased"}
    assert system("POST", f"/drafts/{drafted.json['draft_id']}/approve").status == 200
    assert security("GET", path).json["person"]["status"] == "closed"


def test_a_slip_is_proposed_by_one_and_told_to_the_other(
    installation: Installation, person: Account, security: Api
) -> None:
    """G03. Mutations: one officer lets somebody in; whoever proposed it reads the digits; an app takes part; any level."""
    path = f"/people/{person.uid}/slip"
    assert security("POST", path, {"level": 3}).status == 400
    drafted = security("POST", path, {"level": 1})
    assert drafted.status == 202
    assert not any(each.isdigit() for line in drafted.json["changes"] for each in line.partition("null")[0])
    draft = f"/drafts/{drafted.json['draft_id']}"
    assert security("POST", f"{draft}/approve").status == 403
    approved = api_of(officer(installation, Role.SYSTEM))("POST", f"{draft}/approve").json["answer"]
    assert (approved["name"], approved["level"]) == (masked_name(NAME), 1)
    services = installation.services
    digests = services.slips.digests(person.id, approved["code"])
    with services.begin() as unit_of_work:
        assert unit_of_work.slips.find(person.id, digests, services.clock()) is not None
    assert approved["code"] not in security("GET", draft).body.decode()
    assert api_of_app(Browser(installation).caller)("POST", path, {}).status == 403


def test_who_works_for_the_city_has_stricter_rules(installation: Installation, person: Account, security: Api) -> None:
    for is_staff in (True, True, False):
        told = security("POST", f"/people/{person.uid}/employ", {"is_staff": is_staff})
        assert (told.status, told.json["person"]["staff_since"] is not None) == (200, is_staff)
    with installation.services.begin() as unit_of_work:
        found = unit_of_work.events.of_person(
            person.id, before=None, limit=9, actions=[Action.ACCOUNT_EMPLOYED, Action.ACCOUNT_DISMISSED]
        )
    assert [each.action for each in found] == [Action.ACCOUNT_DISMISSED, Action.ACCOUNT_EMPLOYED], "said once each"


def test_sessions_are_found_and_ended_with_what_outlives_them(
    installation: Installation, person: Account, security: Api
) -> None:
    """P5. Mutations: offline access is invisible, or survives; an ended session that lives on in an app is not told."""
    session = signed_in(installation, person)
    offline_family(installation, session)
    with installation.services.begin() as unit_of_work:
        unit_of_work.sessions.end(session.id, installation.services.clock())
        unit_of_work.commit()
    (told,) = security("GET", f"/sessions?person={person.uid}").json["sessions"]
    assert (told["session_id"], told["apps"], told["offline_apps"]) == (session.id, ["officers-tool"], ["automation"])
    assert told["ended_at"] is not None
    ended = security("POST", f"/sessions/{session.id}/end")
    assert (ended.status, ended.json["revoked"], ended.json["is_changed"]) == (200, 1, True)
    assert security("GET", f"/sessions?person={person.uid}").json["sessions"] == []
    assert security("POST", "/sessions/999999/end").status == 404
    assert "person.viewed" in [action for action, _ in lines(installation, person)]


def test_an_officers_session_is_no_persons(installation: Installation, person: Account, security: Api) -> None:
    """M07. Mutation: whoever ends sessions ends those of the auditor."""
    auditor = officer(installation, Role.AUDIT)
    with installation.services.begin() as unit_of_work:
        (session,) = unit_of_work.sessions.unended(auditor.account_id)
    assert security("POST", f"/sessions/{session.id}/end").status == 404
    assert session.id not in [each["session_id"] for each in security("GET", "/sessions").json["sessions"]]
    drafted = security("POST", "/sessions:end", {})
    assert (drafted.status, drafted.json["ended"]) == (200, 0)
    signed_in(installation, person)
    officer(installation, Role.SYSTEM)
    page = security("GET", "/sessions?limit=1").json
    assert len(page["sessions"]) == 1, "theirs take no place on a page"
    assert auditor.browser.get("/console").status == 200


def test_whoever_looks_is_written_down(installation: Installation, person: Account, security: Api, at: Officer) -> None:
    """K07. Mutations: a decision that changes nothing shows somebody unseen; a trial, or a search by app, leaves no trace."""
    signed_in(installation, person)
    security("POST", f"/people/{person.uid}/employ", {"is_staff": False})
    security("POST", f"/people/{person.uid}/unfreeze", {"reason": "settled"})
    security("GET", "/sessions?client_id=officers-tool")
    security("POST", "/sessions:end?dry_run=true", {"person": person.uid, "client_id": "officers-tool"})
    with installation.services.begin() as unit_of_work:
        of_person = unit_of_work.events.of_person(person.id, before=None, limit=9, actions=[Action.PERSON_VIEWED])
        wanted = EventFilter(actor_id=at.account_id)
        found = [each.action for each in unit_of_work.events.search(wanted, before=None, limit=9)]
    assert len(of_person) == 2
    assert found[:2] == [Action.OPERATION_TRIED, Action.SESSIONS_SEARCHED]
    app = api_of_app(Browser(installation).caller)
    assert app("GET", "/sessions").status == 403
    assert app("GET", f"/people/{person.uid}").status == 200
    with installation.services.begin() as unit_of_work:
        (look, *_) = unit_of_work.events.search(EventFilter(account_id=person.id), before=None, limit=1)
    assert look.client_id == "automation", "which app it was"


def test_many_are_ended_by_two_people(installation: Installation, person: Account, security: Api) -> None:
    """Mutations: at once; the others' sessions, too."""
    other = new_person(installation, *identifiers("13900000002", None))
    mine, theirs = [signed_in(installation, person) for _ in range(3)], signed_in(installation, other)
    trial = security("POST", "/sessions:end?dry_run=true", {"person": person.uid})
    assert trial.json["changes"] == ["sessions: 3 → 0"]
    number = security("POST", "/sessions:end", {"person": person.uid}).json["draft_id"]
    assert len(security("GET", f"/sessions?person={person.uid}").json["sessions"]) == 3
    done = api_of(officer(installation, Role.SYSTEM))("POST", f"/drafts/{number}/approve")
    assert done.json["answer"] == {"ended": 3, "revoked": 0, "is_complete": True}
    left = security("GET", "/sessions?client_id=officers-tool&channel=website").json["sessions"]
    assert theirs.id in [each["session_id"] for each in left]
    assert {each.id for each in mine}.isdisjoint(each["session_id"] for each in left)


def test_pages_of_sessions_follow_each_other(installation: Installation, person: Account, security: Api) -> None:
    made = [signed_in(installation, person).id for _ in range(5)]
    first = security("GET", f"/sessions?person={person.uid}&limit=3").json
    rest = security("GET", f"/sessions?person={person.uid}&limit=3&before={first['next']}").json
    assert [each["session_id"] for page in (first, rest) for each in page["sessions"]] == made[::-1]
    assert rest["next"] is None


def test_the_auditor_searches_the_log(
    installation: Installation, person: Account, security: Api, at: Officer, clock: Moment
) -> None:
    """Mutations: another's events; a filter that is passed over; officers other than the auditor read it."""
    security("GET", f"/people/{person.uid}")
    audit = api_of(officer(installation, Role.AUDIT))
    assert security("GET", "/events").status == 403
    with installation.services.begin() as unit_of_work:
        account = unit_of_work.accounts.get(at.account_id)
    assert account is not None
    told = audit("GET", f"/events?actor={account.uid}&person={person.uid}").json["events"]
    assert [(each["action"], each["actor"], each["person"]) for each in told] == [
        ("person.viewed", account.uid, person.uid)
    ]
    assert audit("GET", f"/events/{told[0]['event_id']}").json == told[0]
    assert audit("GET", f"/events?since={clock() + 1}").json["events"] == []
    assert audit("GET", f"/events?until={clock()}").json["events"] == []
    assert audit("GET", "/events?actor=nobody").status == 404
    assert audit("GET", "/events?action=no.such").status == 400
    assert audit("GET", "/events/999999").status == 404
    page = audit("GET", "/events?limit=2").json
    following = audit("GET", f"/events?limit=2&before={page['next']}").json
    numbers = [each["event_id"] for each in (*page["events"], *following["events"])]
    assert numbers == sorted(numbers, reverse=True)
    assert len(set(numbers)) == 4
