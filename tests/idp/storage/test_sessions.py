"""Single sign-on sessions: begun, used, joined, ended once."""

from dataclasses import replace

import pytest

from idp.clock import Instant, system_clock
from idp.model.consent import Consent
from idp.model.policy import Authentication, Method
from idp.model.session import Session, Told, Visitor, VisitorAtClient
from idp.storage.stores import Storage
from tests.idp.storage.made import NOW, account, client, new_session, session
from tests.idp.storage.storm import storm


def test_a_session_comes_back_as_it_was_begun(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        begun = session(unit_of_work, account(unit_of_work).id)
        unit_of_work.commit()
        assert unit_of_work.sessions.get(begun.id) == begun
    assert begun.methods == (Method.PASSWORD, Method.MESSAGE_CODE)
    assert begun.authentication is Authentication.A2
    assert (begun.auth_time, begun.expires_at, begun.ended_at) == (NOW, NOW + 3600, None)
    assert begun.created_at == begun.last_seen_at <= system_clock()
    assert len(begun.sid) == 22


def test_the_device_is_that_of_the_last_sign_in(storage: Storage) -> None:
    """Mutation: `renew` leaves it as it was, or a visitor's session lacks it."""
    with storage.begin() as unit_of_work:
        person = account(unit_of_work)
        begun = unit_of_work.sessions.begin(new_session(person.id, device="chrome windows"))
        renewed = unit_of_work.sessions.renew(begun, new_session(person.id, device="safari ios"))
        unit_of_work.commit()
        visitor = unit_of_work.sessions.visitor(begun.id)
    assert begun.device == "chrome windows"
    assert renewed is not None
    assert visitor is not None
    assert renewed.device == visitor.session.device == "safari ios"


@pytest.mark.parametrize("session_id", [0, -1, 2**40, 2**63, 10**30])
def test_an_unknown_id_finds_none(storage: Storage, session_id: int) -> None:
    with storage.begin() as unit_of_work:
        assert unit_of_work.sessions.get(session_id) is None
        assert unit_of_work.sessions.visitor(session_id) is None
        assert unit_of_work.sessions.visitor_at(session_id, client()) is None


def test_a_visitor_is_the_session_with_its_person(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        person = account(unit_of_work)
        begun = session(unit_of_work, person.id)
        unit_of_work.commit()
        assert unit_of_work.sessions.visitor(begun.id) == Visitor(session=begun, account=person)


def test_what_lies_between_a_visitor_and_a_client_is_that_of_both(storage: Storage) -> None:
    """Mutation: any of the three joins without the client, the sector or the person."""
    app = client(sector="health.example")
    consent = Consent(account_id=0, client_id=app.client_id, scope=("openid",), left_out=("phone",), given_at=NOW)
    with storage.begin() as unit_of_work:
        person, other = account(unit_of_work), account(unit_of_work)
        begun, others = session(unit_of_work, person.id), session(unit_of_work, other.id)
        for each, sector in ((person, "tax.example"), (other, app.sector)):
            unit_of_work.subjects.of(each.id, sector)
        unit_of_work.consents.give(replace(consent, account_id=person.id, client_id="archive"))
        unit_of_work.consents.give(replace(consent, account_id=other.id))
        unit_of_work.sessions.join(begun.id, "archive", NOW)
        unit_of_work.sessions.join(others.id, app.client_id, NOW)
        unit_of_work.commit()
        nothing = VisitorAtClient(session=begun, account=person, sub=None, consent=None, takes_part=False)
        assert unit_of_work.sessions.visitor_at(begun.id, app) == nothing

        sub, given = unit_of_work.subjects.of(person.id, app.sector), replace(consent, account_id=person.id)
        unit_of_work.consents.give(given)
        unit_of_work.sessions.join(begun.id, app.client_id, NOW)
        unit_of_work.commit()
        everything = replace(nothing, sub=sub, consent=given, takes_part=True)
        assert unit_of_work.sessions.visitor_at(begun.id, app) == everything


def test_use_is_noted_until_the_end(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        begun = session(unit_of_work, account(unit_of_work).id)
        unit_of_work.sessions.touch(begun.id, Instant(NOW + 5))
        assert unit_of_work.sessions.end(begun.id, Instant(NOW + 6))
        unit_of_work.sessions.touch(begun.id, Instant(NOW + 7))
        unit_of_work.commit()
        ended = unit_of_work.sessions.get(begun.id)
    assert ended is not None
    assert (ended.last_seen_at, ended.ended_at) == (NOW + 5, NOW + 6)


def test_apps_that_took_part_are_known_once_each(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        begun = session(unit_of_work, account(unit_of_work).id)
        for client_id in ("housing-fund", "archive", "housing-fund"):
            unit_of_work.sessions.join(begun.id, client_id, NOW)
        unit_of_work.commit()
        assert unit_of_work.sessions.client_ids(begun.id) == ["housing-fund", "archive"]


def test_a_session_ends_once(storage: Storage) -> None:
    """Mutation: ending without looking whether it has ended."""
    with storage.begin() as unit_of_work:
        begun = session(unit_of_work, account(unit_of_work).id)
        unit_of_work.commit()

    def end(_number: int) -> bool:
        with storage.begin() as unit_of_work:
            is_ended = unit_of_work.sessions.end(begun.id, NOW)
            unit_of_work.commit()
            return is_ended

    assert sum(storm(12, end)) == 1


def test_of_those_who_renew_at_once_one_does(storage: Storage) -> None:
    """Mutation: `renew` without a look at the secret that was known."""
    with storage.begin() as unit_of_work:
        begun = session(unit_of_work, account(unit_of_work).id)
        unit_of_work.commit()

    def renew(number: int) -> Session | None:
        with storage.begin() as unit_of_work:
            renewed = unit_of_work.sessions.renew(
                begun, new_session(begun.account_id, secret_digest=bytes([number]) * 32)
            )
            unit_of_work.commit()
            return renewed

    (renewed,) = [each for each in storm(12, renew) if each is not None]
    assert (renewed.id, renewed.sid, renewed.created_at) == (begun.id, begun.sid, begun.created_at)
    assert renewed.secret_digest != begun.secret_digest
    with storage.begin() as unit_of_work:
        assert unit_of_work.sessions.get(begun.id) == renewed


def test_what_apps_know_of_the_end_follows_the_outbox(storage: Storage) -> None:
    apps = ("mute", "heard", "on-its-way", "tried", "given-up")
    with storage.begin() as unit_of_work:
        begun = session(unit_of_work, account(unit_of_work).id)
        items = {}
        for app in apps:
            unit_of_work.sessions.join(begun.id, app, NOW)
            if app != "mute":
                items[app] = unit_of_work.outbox.put("kind", {}, NOW, Instant(NOW + 60))
                unit_of_work.sessions.note_logout(begun.id, app, items[app])
        unit_of_work.outbox.done(items["heard"], NOW)
        unit_of_work.outbox.retry(items["tried"], Instant(NOW + 5), "http_500")
        unit_of_work.outbox.bury(items["given-up"], NOW, "http_400")
        unit_of_work.commit()
        assert [(each.client_id, each.told) for each in unit_of_work.sessions.told(begun.id)] == [
            ("mute", Told.NOT_TOLD),
            ("heard", Told.HEARD),
            ("on-its-way", Told.ON_ITS_WAY),
            ("tried", Told.NOT_REACHED),
            ("given-up", Told.NOT_REACHED),
        ]
        assert unit_of_work.sessions.told(begun.id + 1) == []


def test_running_sessions_are_those_of_the_person_and_not_over(storage: Storage) -> None:
    """Mutations: another person's; one that was ended; one that ran out; another order."""
    with storage.begin() as unit_of_work:
        person, other = account(unit_of_work).id, account(unit_of_work).id
        first, second, ended, over = (session(unit_of_work, person) for _ in range(4))
        session(unit_of_work, other)
        unit_of_work.sessions.touch(first.id, Instant(2**40))
        unit_of_work.sessions.end(ended.id, NOW)
        assert unit_of_work.sessions.renew(over, new_session(person, expires_at=NOW))
        unit_of_work.commit()
        found = unit_of_work.sessions.running(person, NOW)
        assert [each.id for each in found] == [first.id, second.id]
        assert found[1] == second
        assert unit_of_work.sessions.running(other + 1, NOW) == []
