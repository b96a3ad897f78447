"""A stranger never locks a person out: on a browser that knows them they have tries of their own (threats G03, H02)."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyotp
import pytest

from idp.accounts.guesses import FREE_TRIES
from idp.accounts.held import held_by
from idp.accounts.message_budget import HOUR, RESEND_SECONDS
from idp.accounts.tries import Paused, Wrong
from idp.app import Installation
from idp.clock import after
from idp.events import Action
from idp.interaction.arrival import Browser
from idp.interaction.handles import begin
from idp.interaction.outcomes import Attempt, CodeWish, Outcome, SignedIn
from idp.interaction.second_proof import Climb, ask_second
from idp.model.account import Account
from idp.model.interaction import Interaction
from idp.model.policy import Level, Method
from idp.sessions.known_devices import KnownDevices
from tests.idp.installed import PASSWORD, PHONE, Moment, code_that_left, identifiers, installed, new_person, request
from tests.idp.interaction.test_one_time_code import SECRET, give_app
from tests.idp.interaction.verbs import Verbs
from tests.idp.storage.storm import storm
from tests.plugins.private_servers import StorageUrls

SESSIONS = 50
WAYS = ("password", "code", "totp")


class Visitor:
    """Somebody with a browser, which may know whom they name."""

    def __init__(
        self, installation: Installation, cookie: str | None = None, name: str = PHONE, address: str = "192.0.2.7"
    ) -> None:
        self.address = address
        self.services = installation.services
        self.verbs = Verbs(self.services)
        self.cookie = cookie
        started = begin(request(), "browser", self.services.clock())
        self.interaction = self.verbs.name(started, name, self.services.clock(), is_shared_device=False)

    def asks_for_code(self) -> Interaction | Paused:
        wish = CodeWish("住房公积金", "zh-CN", self.address, unverified_device=self.cookie)
        sent = self.verbs.send_code(self.interaction, wish, self.services.clock())
        if isinstance(sent, Interaction):
            self.interaction = sent
        return sent

    def proves(self, way: str, proof: str) -> Outcome:
        browser = Browser(device="chrome windows", unverified_cookie=self.cookie, address=self.address)
        attempt = Attempt(self.interaction, self.services.channels["website"], None, self.services.clock(), browser)
        check = {
            "password": self.verbs.check_password,
            "code": self.verbs.check_code,
            "totp": self.verbs.check_one_time_code,
        }
        return check[way](attempt, proof)


@pytest.fixture
def person(installation_on_each_store: Installation) -> Account:
    account = new_person(installation_on_each_store)
    give_app(installation_on_each_store, account)
    return account


METHODS = {"password": Method.PASSWORD, "code": Method.MESSAGE_CODE, "totp": Method.ONE_TIME_CODE}


def home_of(installation: Installation, name: str = PHONE, *ways: str) -> str:
    """The cookie of a browser on which the person has just signed in by password, and gave those proofs before."""
    outcome = Visitor(installation, name=name).proves("password", PASSWORD)
    assert isinstance(outcome, SignedIn)
    assert outcome.device_cookie is not None
    devices, services = KnownDevices(installation.services), installation.services
    with services.begin() as unit_of_work:
        for way in ways:
            account_id = outcome.session.account_id
            known = devices.find(unit_of_work, outcome.device_cookie, account_id, services.clock())
            assert known is not None
            devices.note_shown(unit_of_work, known, METHODS[way])
        unit_of_work.commit()
    return outcome.device_cookie


def lock_out(installation: Installation) -> None:
    """A stranger's tries at every door, until nobody else gets one."""
    stranger = Visitor(installation)
    for _ in range(2 * FREE_TRIES):
        for way in WAYS:
            stranger.proves(way, "000000")
    assert isinstance(stranger.proves("password", PASSWORD), Paused)
    assert isinstance(stranger.asks_for_code(), Paused)


def right(installation: Installation, visitor: Visitor, way: str) -> str:
    if way == "code":
        assert isinstance(visitor.asks_for_code(), Interaction)
        return code_that_left(installation)
    step = installation.services.clock() // 30
    return PASSWORD if way == "password" else pyotp.TOTP(SECRET).generate_otp(step)


@pytest.mark.parametrize("way", WAYS)
def test_a_known_browser_gets_in_while_a_stranger_tries(
    installation_on_each_store: Installation, person: Account, way: str
) -> None:
    """Mutations: the person's counter alone; codes not sent; the cookie believed of whoever brings one."""
    installation = installation_on_each_store
    home = home_of(installation, PHONE, way)
    new_person(installation, *identifiers("13900000002", None))
    elsewhere = home_of(installation, "13900000002", way)
    lock_out(installation)
    for cookie in (None, "forged", elsewhere):
        assert isinstance(Visitor(installation, cookie).asks_for_code(), Paused)
        assert isinstance(Visitor(installation, cookie).proves(way, "000000"), Paused)
    visitor = Visitor(installation, home)
    assert isinstance(visitor.proves(way, right(installation, visitor, way)), SignedIn)
    assert isinstance(Visitor(installation).proves(way, "000000"), Paused), "and the stranger waits on"


@pytest.mark.parametrize("way", WAYS)
def test_a_stolen_cookie_has_a_few_tries_and_then_waits(
    installation_on_each_store: Installation, person: Account, clock: Moment, way: str
) -> None:
    """Mutations: a known browser is not counted; a pause that does not end or grow."""
    installation = installation_on_each_store
    home = home_of(installation, PHONE, way)
    lock_out(installation)
    thief = Visitor(installation, home)
    if way == "code":
        assert isinstance(thief.asks_for_code(), Interaction)
    outcomes = [thief.proves(way, "000000") for _ in range(FREE_TRIES + 1)]
    assert outcomes[:4] == [Wrong(4), Wrong(3), Wrong(2), Wrong(1)]
    assert all(isinstance(outcome, Paused) for outcome in outcomes[4:])
    if way == "code":
        assert isinstance(thief.asks_for_code(), Paused)
    clock.pass_by(HOUR)
    assert isinstance(Visitor(installation, home).proves("password", PASSWORD), SignedIn)


def test_who_knows_the_password_guesses_no_codes_on_a_known_browser(
    installation_on_each_store: Installation, person: Account
) -> None:
    """Threat H02. Mutation: the right password clears what was counted of the codes there."""
    installation = installation_on_each_store
    home = home_of(installation)
    tried = 0
    for _ in range(6):
        lock_out(installation)
        for _ in range(FREE_TRIES):
            tried += isinstance(Visitor(installation, home).proves("totp", "000000"), Wrong)
        Visitor(installation, home).proves("password", PASSWORD)
    assert tried <= FREE_TRIES


@pytest.mark.parametrize("way", ["code", "totp"])
def test_browsers_that_the_password_made_known_bring_no_tries_at_codes(
    installation_on_each_store: Installation, person: Account, clock: Moment, way: str
) -> None:
    """Threat H02: a new browser for each few guesses. Mutation: one that knows the person has tries at every proof."""
    installation = installation_on_each_store
    for _ in range(8):
        visitor = Visitor(installation, home_of(installation))
        if way == "code" and not isinstance(visitor.asks_for_code(), Interaction):
            continue
        for _ in range(FREE_TRIES):
            visitor.proves(way, "000000")
        clock.pass_by(61)
    assert evaluated(installation, person) < 2 * FREE_TRIES


def test_browsers_that_a_stolen_phone_made_known_bring_no_tries_at_the_password(
    installation_on_each_store: Installation, person: Account, clock: Moment
) -> None:
    """The same the other way round. Mutation: the password is tried wherever the person was ever signed in."""
    installation = installation_on_each_store
    for _ in range(4):
        thief = Visitor(installation)
        clock.pass_by(61)
        if not isinstance(thief.asks_for_code(), Interaction):
            continue
        outcome = thief.proves("code", code_that_left(installation))
        if isinstance(outcome, SignedIn):
            visitor = Visitor(installation, outcome.device_cookie)
            for _ in range(2 * FREE_TRIES):
                visitor.proves("password", "wrong")
    assert evaluated(installation, person) < 2 * FREE_TRIES + 4


def test_message_codes_are_guessed_no_faster_by_who_knows_the_password(
    installation_on_each_store: Installation, person: Account
) -> None:
    """Threat H02. Mutation: one counter alone, which every right password clears."""
    installation = installation_on_each_store
    waiting = Visitor(installation)
    assert isinstance(waiting.asks_for_code(), Interaction)
    tried = 0
    for _ in range(4):
        assert isinstance(Visitor(installation).proves("password", PASSWORD), SignedIn)
        tried += sum(isinstance(waiting.proves("code", "000000"), Wrong) for _ in range(4))
    assert tried == FREE_TRIES - 1


def test_a_second_proof_makes_its_browser_known_by_it(
    installation_on_each_store: Installation, person: Account
) -> None:
    """Mutation: what is shown as a second proof is not noted."""
    installation = installation_on_each_store
    services = installation.services
    visitor = Visitor(installation)
    first = visitor.proves("password", PASSWORD)
    assert isinstance(first, SignedIn)
    with services.begin() as unit_of_work:
        held = held_by(services, unit_of_work, person.id)
    asked = ask_second(first.interaction, first.session, held, (Method.ONE_TIME_CODE,), Climb(Level.FOUR, Level.THREE))
    browser = Browser(device="chrome windows", unverified_cookie=first.device_cookie)
    attempt = Attempt(asked, services.channels["website"], first.session, services.clock(), browser)
    visitor.verbs.check_one_time_code(attempt, right(installation, visitor, "totp"))
    with services.begin() as unit_of_work:
        known = KnownDevices(services).find(unit_of_work, first.device_cookie, person.id, services.clock())
    assert known is not None
    assert known.shown == {Method.PASSWORD, Method.ONE_TIME_CODE}


def test_a_browser_that_was_forgotten_waits_like_everybody(
    installation_on_each_store: Installation, person: Account
) -> None:
    """Mutation: the seal of the cookie is enough."""
    installation = installation_on_each_store
    home = home_of(installation)
    lock_out(installation)
    with installation.services.begin() as unit_of_work:
        unit_of_work.known_devices.forget_all(person.id)
        unit_of_work.commit()
    assert isinstance(Visitor(installation, home).proves("password", PASSWORD), Paused)


def test_a_known_browser_uses_up_nothing_of_its_own_while_nobody_else_tries(
    installation_on_each_store: Installation, person: Account
) -> None:
    """So that both budgets are the person's. Mutation: a known browser counted on its own alone."""
    installation = installation_on_each_store
    visitor = Visitor(installation, home_of(installation))
    outcomes = [visitor.proves("password", "wrong") for _ in range(2 * FREE_TRIES + 1)]
    assert [type(outcome) for outcome in outcomes].count(Wrong) == 2 * FREE_TRIES - 2
    assert isinstance(outcomes[-1], Paused)


def test_codes_are_sent_to_a_known_browser_when_strangers_have_used_up_the_phones(
    installation_on_each_store: Installation, person: Account, clock: Moment
) -> None:
    """Threat K08 and G03 together. Mutations: one budget for both; none for a known browser."""
    installation = installation_on_each_store
    limits = installation.settings.messages
    home = home_of(installation, PHONE, "code")
    for cookie, sent in ((None, limits.per_destination_hour), (home, limits.per_destination_hour)):
        asked = 0
        while isinstance(Visitor(installation, cookie).asks_for_code(), Interaction):
            asked += 1
            clock.pass_by(RESEND_SECONDS)
        assert asked == sent
    assert isinstance(Visitor(installation).asks_for_code(), Paused)


def evaluated(installation: Installation, person: Account) -> int:
    """How many tries were compared with what is right: each wrong one is in the log."""
    with installation.services.begin() as unit_of_work:
        found = unit_of_work.events.of_person(person.id, before=None, limit=1000, actions=[Action.SIGN_IN_REFUSED])
    return len(found)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("is_stolen", [False, True])
def test_fifty_sessions_at_once_evaluate_no_more_than_the_budget(
    installation_on_each_store: Installation, person: Account, way: str, *, is_stolen: bool
) -> None:
    """Threat H02: each session has its own browser, handle and interaction.

    Mutations: counted after the check; by session; a known browser's tries not counted before the check.
    """
    installation = installation_on_each_store
    home = home_of(installation, PHONE, way)
    visitors = [Visitor(installation, home if is_stolen else None) for _ in range(SESSIONS)]
    if way == "code":
        first = visitors[0]
        assert isinstance(first.asks_for_code(), Interaction)
        for visitor in visitors:
            visitor.interaction = replace(first.interaction)

    def guess(number: int) -> Outcome:
        return visitors[number].proves(way, f"{number:06}")

    storm(SESSIONS, guess)
    budget = FREE_TRIES * (2 if is_stolen else 1)
    assert evaluated(installation, person) == budget
    Visitor(installation).proves(way, "000000")
    assert evaluated(installation, person) == budget


NETWORK = "2001:db8:1:2::1"


@pytest.fixture
def few_failures(storage_urls: StorageUrls, tmp_path: Path, clock: Moment) -> Iterator[Installation]:
    """Where an address may get twenty wrong, over each pair of stores."""
    opened = installed(storage_urls, tmp_path, clock, IDP_ADDRESSES__FAILURES_PER_HOUR="20")
    yield opened
    opened.storage.close()


def spray(installation: Installation, way: str, times: int = 20) -> None:
    """One guess at each of many people, from one network in many addresses."""
    for number in range(times):
        visitor = Visitor(installation, name=f"1370000{number:04}", address=f"2001:db8:1:2::{number + 1:x}")
        if way == "code":
            assert isinstance(visitor.asks_for_code(), Interaction)
        assert visitor.proves(way, "000000") == Wrong(4)


@pytest.mark.parametrize("tried", WAYS)
def test_one_guess_at_each_of_many_people_makes_their_network_wait_at_every_door(
    few_failures: Installation, clock: Moment, tried: str
) -> None:
    """Threat G02. Mutations: a door that does not count, or does not ask; people who exist told apart (G01)."""
    give_app(few_failures, new_person(few_failures))
    spray(few_failures, tried)
    for name in (PHONE, "13700009999"):
        for way in WAYS:
            outcome = Visitor(few_failures, name=name, address=NETWORK).proves(way, "000000")
            assert outcome == Paused(after(clock(), 5), is_of_network=True)
        assert Visitor(few_failures, name=name, address=NETWORK).asks_for_code() == outcome
    assert isinstance(Visitor(few_failures, address="2001:db8:1:3::1").proves("password", PASSWORD), SignedIn)
    clock.pass_by(5)
    assert isinstance(Visitor(few_failures, address=NETWORK).proves("password", PASSWORD), SignedIn)


def test_a_network_that_waits_uses_up_nobodys_tries_and_no_browser_that_is_known(few_failures: Installation) -> None:
    """Mutations: the person's counter before the network's; known browsers wait, too."""
    new_person(few_failures)
    home = home_of(few_failures)
    spray(few_failures, "password")
    for _ in range(2 * FREE_TRIES):
        assert isinstance(Visitor(few_failures, address=NETWORK).proves("password", PASSWORD), Paused)
    known = Visitor(few_failures, home, address=NETWORK)
    assert known.proves("password", "wrong") == Wrong(4)
    assert isinstance(known.asks_for_code(), Interaction)
    assert isinstance(known.proves("password", PASSWORD), SignedIn)
