"""What a lost card opened is shut by the worker: its own sessions, once, and nobody else's (threat I04)."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from idp.accounts.notices import Notices
from idp.accounts.reported_cards import AGAIN_SECONDS, ReportedCards
from idp.app import Installation
from idp.clock import after, system_clock
from idp.errors import Unavailable
from idp.events import Action
from idp.model.account import Identifier, IdentifierKind
from idp.model.citizen_card import CardUse
from idp.model.policy import Method
from idp.storage.tables import identifiers as identifiers_table
from tests.connectors.messaging.carrier_program import REPOSITORY
from tests.idp.accounts.notices_of import notices_of
from tests.idp.card_office import CardOffice, SoftwareCard
from tests.idp.installed import Moment, environment, identifiers, installed, new_person
from tests.idp.interaction.test_citizen_card import give
from tests.idp.pages.page_browser import Browser, csrf_of
from tests.idp.pages.test_citizen_cards import owner
from tests.idp.pages.written_down import data_of
from tests.idp.storage.made import new_session
from tests.idp.storage.sql import engine_of
from tests.idp.storage.storm import storm
from tests.plugins.private_servers import StorageUrls

OFFICE = CardOffice()


@pytest.fixture
def city(storage_urls: StorageUrls, tmp_path: Path, clock: Moment) -> Iterator[Installation]:
    opened = installed(storage_urls, tmp_path, clock, **OFFICE.settings(tmp_path))
    new_person(opened)
    yield opened
    opened.storage.close()


@pytest.fixture
def card(city: Installation) -> SoftwareCard:
    """In the account of the person."""
    card = SoftwareCard(OFFICE)
    give(city, owner(city), card)
    return card


class Lists:
    """The file of the card office; each one is newer than the one before."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at = 1

    def __call__(self, *serials: str) -> None:
        self._at += 1
        self._path.write_text("".join(f"{serial}\n" for serial in serials), "utf-8")
        os.utime(self._path, (self._at, self._at))


@pytest.fixture
def report(tmp_path: Path) -> Lists:
    return Lists(tmp_path / "lost.txt")


def signed_in_with(card: SoftwareCard, city: Installation) -> Browser:
    browser = Browser(city)
    browser.get("/me")
    path = f"{browser.path}/card"
    page = browser.get(path)
    question = browser.get(f"{path}/question?terminal={card.terminal}").body.decode()
    browser.here = path
    browser.post(path, card=card.signs(question), csrf=csrf_of(page))
    assert browser.here == "/me"
    return browser


def three_times(card: SoftwareCard, city: Installation, clock: Moment) -> list[Browser]:
    """In as many browsers; a card answers one question after the other."""
    browsers = []
    for _ in range(3):
        clock.pass_by(1)
        browsers.append(signed_in_with(card, city))
    return browsers


def is_in(browser: Browser) -> bool:
    browser.get("/me")
    return browser.here == "/me"


def test_who_sits_in_an_account_by_a_lost_card_is_signed_out(
    city: Installation, card: SoftwareCard, report: Lists, clock: Moment
) -> None:
    """Mutations: asked only when a card signs; every session ends; nobody hears; heard every minute; the card is gone."""
    worker = ReportedCards(city.services)
    thief, person = signed_in_with(card, city), Browser(city)
    person.sign_in(person.get("/me"))
    assert worker.end_sessions(clock()) == 0
    assert is_in(thief)
    notices_of(city)
    report("A" * 16, card.serial)
    clock.pass_by(60)
    assert worker.end_sessions(clock()) == 1
    assert not is_in(thief)
    assert is_in(person)
    (told,) = notices_of(city)
    assert "市民卡挂失了" in told.payload["text"]
    assert data_of(city, Action.CREDENTIAL_LOST) == [{"factor": "citizen_card", "sessions": 1}]
    for _ in range(3):
        clock.pass_by(AGAIN_SECONDS)
        assert (worker.end_sessions(clock()), ReportedCards(city.services).end_sessions(clock())) == (0, 0)
    assert notices_of(city) == []
    with city.services.begin() as unit_of_work:
        assert unit_of_work.citizen_cards.of_account(owner(city).id), "it may be found"


def test_all_sessions_of_the_card_end_and_it_is_told_once(
    city: Installation, card: SoftwareCard, report: Lists, clock: Moment
) -> None:
    thieves = three_times(card, city, clock)
    notices_of(city)
    report(card.serial)
    assert ReportedCards(city.services).end_sessions(clock()) == 1
    assert [is_in(thief) for thief in thieves] == [False] * 3
    assert len(notices_of(city)) == 1
    assert [told["sessions"] for told in data_of(city, Action.CREDENTIAL_LOST)] == [3]


def test_who_goes_on_with_a_new_card_is_left_alone(
    city: Installation, card: SoftwareCard, report: Lists, clock: Moment
) -> None:
    """Its old one stays on the list and in the account. Mutation: every session that any card opened ends, for ever."""
    worker, new = ReportedCards(city.services), SoftwareCard(OFFICE)
    signed_in_with(card, city)
    report(card.serial)
    clock.pass_by(120)
    assert worker.end_sessions(clock()) == 1
    give(city, owner(city), new)
    person = signed_in_with(new, city)
    for others in range(3):
        report(card.serial, *(f"{number:016X}" for number in range(others)))
        clock.pass_by(60)
        assert worker.end_sessions(clock()) == 0
        assert is_in(person)


def test_a_card_that_was_found_opens_the_account_again(
    city: Installation, card: SoftwareCard, report: Lists, clock: Moment
) -> None:
    worker = ReportedCards(city.services)
    signed_in_with(card, city)
    for listed, ended in ((card.serial, 1), ("A" * 16, 0)):
        report(listed)
        clock.pass_by(60)
        assert worker.end_sessions(clock()) == ended
    person = signed_in_with(card, city)
    clock.pass_by(60)
    assert worker.end_sessions(clock()) == 0
    assert is_in(person)


def test_a_card_that_a_slower_machine_let_in_is_found_in_time(
    city: Installation, card: SoftwareCard, report: Lists, clock: Moment
) -> None:
    """At the next round after a change, then within an hour. Mutations: looked through once; at every round."""
    worker = ReportedCards(city.services)

    def let_in() -> Browser:
        report()
        thief = signed_in_with(card, city)
        report(card.serial)
        return thief

    report(card.serial)
    assert worker.end_sessions(clock()) == 0
    thief = let_in()
    clock.pass_by(60)
    assert worker.end_sessions(clock()) == 1
    assert not is_in(thief)
    let_in()
    clock.pass_by(AGAIN_SECONDS - 1)
    assert worker.end_sessions(clock()) == 0
    let_in()
    clock.pass_by(1)
    assert worker.end_sessions(clock()) == 1


def test_a_long_list_is_looked_through_to_its_end(
    city: Installation, card: SoftwareCard, report: Lists, clock: Moment
) -> None:
    """Mutation: the first batch alone."""
    others = [SoftwareCard(OFFICE) for _ in range(3)]
    for number, other in enumerate(others):
        give(city, new_person(city, Identifier(IdentifierKind.PHONE, f"+861370000000{number}")), other)
    cards = [card, *others]
    thieves = [signed_in_with(each, city) for each in cards]
    report(*(f"{number:016X}" for number in range(2500)), *(each.serial for each in cards))
    assert ReportedCards(city.services).end_sessions(clock()) == len(cards)
    assert not any(is_in(thief) for thief in thieves)


def test_several_workers_at_once_do_it_once(
    city: Installation, card: SoftwareCard, report: Lists, clock: Moment
) -> None:
    """Mutation: told by whoever looked, not by whoever ended."""
    three_times(card, city, clock)
    notices_of(city)
    report(card.serial)
    assert sum(storm(6, lambda _number: ReportedCards(city.services).end_sessions(clock()))) == 1
    assert len(notices_of(city)) == 1
    assert [told["sessions"] for told in data_of(city, Action.CREDENTIAL_LOST)] == [3]


def test_a_worker_that_dies_in_the_middle_leaves_it_to_the_next(
    city: Installation, card: SoftwareCard, report: Lists, clock: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutations: the session ends in a transaction of its own; the list counts as looked through."""
    worker, thief = ReportedCards(city.services), signed_in_with(card, city)
    report(card.serial)

    def die(*_arguments: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Notices, "notify", die)
        with pytest.raises(KeyboardInterrupt):
            worker.end_sessions(clock())
    assert is_in(thief)
    assert data_of(city, Action.CREDENTIAL_LOST) == []
    assert worker.end_sessions(clock()) == 1
    assert not is_in(thief)


def test_one_person_who_cannot_be_told_keeps_nobody_elses_open(
    city: Installation, card: SoftwareCard, storage_urls: StorageUrls, report: Lists, clock: Moment
) -> None:
    """A phone that cannot be decrypted. Mutation: the first one ends the round."""
    other = SoftwareCard(OFFICE)
    give(city, new_person(city, Identifier(IdentifierKind.PHONE, "+8613700000009")), other)
    thieves = [signed_in_with(each, city) for each in (card, other)]
    with engine_of(storage_urls).connect() as connection:
        of_owner = identifiers_table.c.account_id == owner(city).id
        connection.execute(update(identifiers_table).where(of_owner).values(sealed_value=b"x" * 60))
    with pytest.raises(Unavailable), city.services.begin() as unit_of_work:
        unit_of_work.accounts.attributes(owner(city).id)
    report(card.serial, other.serial)
    assert ReportedCards(city.services).end_sessions(clock()) == 1
    assert not is_in(thieves[1])


def test_the_worker_does_it(storage_urls: StorageUrls, tmp_path: Path) -> None:
    """`idp worker` itself, by its own clock. Mutation: an errand that nobody runs."""
    card, settings = SoftwareCard(OFFICE), OFFICE.settings(tmp_path)
    city = installed(storage_urls, tmp_path, system_clock, **settings)
    account, now = new_person(city, *identifiers()[1:]), system_clock()  # nobody to be told, so that nothing leaves
    give(city, account, card)
    begun = new_session(account.id, methods=(Method.CITIZEN_CARD,), auth_time=now, expires_at=after(now, 3600))
    with city.services.begin() as unit_of_work:
        kept = unit_of_work.citizen_cards.find(card.serial)
        assert kept is not None
        assert unit_of_work.citizen_cards.use(kept, CardUse(now, b"question", card.serial), now)
        session = unit_of_work.sessions.begin(begun)
        unit_of_work.commit()
    (tmp_path / "lost.txt").write_text(f"{card.serial}\n", "utf-8")
    variables = {**os.environ, **environment(storage_urls, tmp_path, **settings)}
    worker = subprocess.Popen([sys.executable, "-m", "idp", "worker"], cwd=REPOSITORY, env=variables)
    try:
        wait_until(lambda: data_of(city, Action.CREDENTIAL_LOST) != [])
    finally:
        worker.terminate()
        worker.wait(20)
    with city.services.begin() as unit_of_work:
        ended = unit_of_work.sessions.get(session.id)
    assert ended is not None
    assert ended.ended_at is not None
    city.storage.close()


def wait_until(is_so: Callable[[], bool]) -> None:
    for _ in range(600):
        if is_so():
            return
        time.sleep(0.1)
    raise AssertionError("a minute has passed")


def test_without_cards_there_is_nothing_to_do(storage_urls: StorageUrls, tmp_path: Path, clock: Moment) -> None:
    without = installed(storage_urls, tmp_path, clock)
    assert ReportedCards(without.services).end_sessions(clock()) == 0
    without.storage.close()
