"""Sessions: opened by their secret only, ended once, used up by age, rest, or the person's account."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from idp.app import Installation
from idp.clock import Instant
from idp.model.account import Account, AccountStatus
from idp.model.numbered_secret import digest_of
from idp.model.policy import Method
from idp.model.session import Session
from idp.ports import UnitOfWork
from idp.sessions.begin import SignIn, begin
from idp.sessions.end import end
from idp.sessions.resume import TOUCH_SECONDS, resume
from tests.idp.installed import Moment, freeze, identifiers, new_person


@dataclass
class Browser:
    """Somebody who signed in, with the cookie."""

    installation: Installation
    unit_of_work: UnitOfWork
    account: Account
    session: Session
    cookie: str

    def comes_back(self, cookie: str | None = None) -> Session | None:
        """The session that the server finds now."""
        services = self.installation.services
        visitor = resume(self.unit_of_work, cookie or self.cookie, services.channels, services.clock())
        return None if visitor is None else visitor.session


@pytest.fixture
def browser(installation: Installation) -> Iterator[Browser]:
    account = new_person(installation)
    with installation.services.begin() as unit_of_work:
        session, cookie = begin(unit_of_work, sign_in(installation, account), None)
        unit_of_work.commit()
        yield Browser(installation, unit_of_work, account, session, cookie)


def sign_in(installation: Installation, account: Account) -> SignIn:
    services = installation.services
    return SignIn(
        account_id=account.id,
        methods=(Method.PASSWORD,),
        channel=services.channels["website"],
        is_shared_device=False,
        at=services.clock(),
    )


def test_the_cookie_opens_the_session_and_its_secret_is_not_stored(browser: Browser, clock: Moment) -> None:
    """Mutation: the secret itself in the database."""
    website = browser.installation.services.channels["website"]
    assert browser.comes_back() == browser.session
    assert browser.session.expires_at == clock() + website.session_seconds
    assert browser.session.auth_time == clock()
    session_id, _, secret = browser.cookie.partition(".")
    assert int(session_id) == browser.session.id
    assert browser.session.secret_digest == digest_of(secret) != secret.encode()
    assert len(secret) == 43


def test_no_other_cookie_opens_it(browser: Browser) -> None:
    """Mutations: the id alone; a comparison that takes a beginning."""
    session_id, _, secret = browser.cookie.partition(".")
    for cookie in (
        "", ".", session_id, f"{session_id}.", f".{secret}", f"{session_id}.{secret[:-1]}", f"{session_id}.{secret}x",
        f"{session_id}.{secret.swapcase()}", f"{int(session_id) + 1}.{secret}", f"0.{secret}", f"-1.{secret}",
        f" {browser.cookie}", f"{'9' * 18}.{secret}", f"{'9' * 19}.{secret}", f"١.{secret}", f"1e0.{secret}",
        f"{session_id}.{secret * 1000}", f"{session_id}.\ud800", f"{session_id}.\0", f"{session_id}.中",
        browser.session.secret_digest.hex(), f"{session_id}.{browser.session.secret_digest.hex()}",
    ):  # fmt: skip
        services = browser.installation.services
        assert resume(browser.unit_of_work, cookie, services.channels, services.clock()) is None, cookie
    services = browser.installation.services
    assert resume(browser.unit_of_work, None, services.channels, services.clock()) is None


def test_a_session_ends_once_and_for_good(browser: Browser, clock: Moment) -> None:
    """Mutation: `ended_at` not looked at."""
    assert end(browser.unit_of_work, browser.session, clock())
    assert not end(browser.unit_of_work, browser.session, clock.pass_by(1))
    browser.unit_of_work.commit()
    assert browser.comes_back() is None


def test_an_unused_session_goes_to_rest(browser: Browser, clock: Moment) -> None:
    """Mutation: the age alone."""
    idle = browser.installation.services.channels["website"].idle_seconds
    clock.pass_by(idle - 1)
    assert browser.comes_back() is not None
    clock.pass_by(idle - 1)
    assert browser.comes_back() is not None, "its use was noted"
    clock.pass_by(idle)
    assert browser.comes_back() is None


def test_a_used_session_grows_old_all_the_same(browser: Browser, clock: Moment) -> None:
    """Mutation: an expiry that moves with every use."""
    step = browser.installation.services.channels["website"].idle_seconds - 1
    while clock() + step < browser.session.expires_at:
        clock.pass_by(step)
        assert browser.comes_back() is not None
    clock.now = Instant(browser.session.expires_at - 1)
    assert browser.comes_back() is not None
    clock.pass_by(1)
    assert browser.comes_back() is None


@pytest.mark.parametrize("status", [AccountStatus.FROZEN, AccountStatus.CLOSED])
def test_the_session_of_a_person_who_may_not_sign_in_is_none(browser: Browser, status: AccountStatus) -> None:
    """Mutation: the account not asked; freezing somebody would wait for twelve hours."""
    browser.unit_of_work.accounts.move(browser.account.id, AccountStatus.ACTIVE, status)
    browser.unit_of_work.commit()
    assert browser.comes_back() is None
    browser.unit_of_work.accounts.move(browser.account.id, status, AccountStatus.ACTIVE)
    browser.unit_of_work.commit()
    assert browser.comes_back() == browser.session


def test_the_session_of_a_channel_that_was_switched_off_is_none(browser: Browser, clock: Moment) -> None:
    others = {name: channel for name, channel in browser.installation.services.channels.items() if name != "website"}
    assert resume(browser.unit_of_work, browser.cookie, others, clock()) is None


def test_its_use_is_noted_once_a_minute(browser: Browser, clock: Moment) -> None:
    """Mutation: a write with every request."""
    noted = []
    for _ in range(3 * TOUCH_SECONDS):
        clock.pass_by(1)
        browser.comes_back()
        session = browser.unit_of_work.sessions.get(browser.session.id)
        assert session is not None
        noted.append(session.last_seen_at)
    assert len(set(noted) - {browser.session.last_seen_at}) == 3


def test_signing_in_again_renews_the_session_by_another_secret(browser: Browser, clock: Moment) -> None:
    """Apps keep their `sid`, the old cookie is dead (threat F01). Mutation: the secret left as it was."""
    clock.pass_by(100)
    again = replace(sign_in(browser.installation, browser.account), methods=(Method.MESSAGE_CODE,), at=clock())
    renewed, cookie = begin(browser.unit_of_work, again, browser.session)
    browser.unit_of_work.commit()
    assert browser.comes_back() is None
    assert browser.comes_back(cookie) == renewed
    assert (renewed.id, renewed.sid) == (browser.session.id, browser.session.sid)
    assert (renewed.auth_time, renewed.last_seen_at) == (clock(), clock())
    assert renewed.expires_at == browser.session.expires_at + 100
    assert renewed.methods == (Method.MESSAGE_CODE,)
    assert cookie.partition(".")[2] != browser.cookie.partition(".")[2]


def test_of_two_tabs_that_sign_in_again_neither_has_a_dead_cookie(browser: Browser) -> None:
    """Mutation: `renew` without a look at the secret that was known."""
    again = sign_in(browser.installation, browser.account)
    cookies = [begin(browser.unit_of_work, again, browser.session)[1] for _ in range(2)]
    browser.unit_of_work.commit()
    assert all(browser.comes_back(cookie) for cookie in cookies)


@pytest.mark.parametrize("other", ["person", "channel"])
def test_the_session_of_another_person_or_channel_ends(browser: Browser, other: str) -> None:
    """Mutation: renewing whatever the browser brought (threat F02)."""
    person = browser.account
    if other == "person":
        person = new_person(browser.installation, *identifiers("13900000099", None))
    wanted = sign_in(browser.installation, person)
    if other == "channel":
        wanted = replace(wanted, channel=browser.installation.services.channels["app"])
    new, cookie = begin(browser.unit_of_work, wanted, browser.session)
    browser.unit_of_work.commit()
    assert browser.comes_back() is None
    assert browser.comes_back(cookie) == new
    assert (new.id, new.sid) != (browser.session.id, browser.session.sid)
    ended = browser.unit_of_work.sessions.get(browser.session.id)
    assert ended is not None
    assert ended.ended_at is not None


def test_a_session_that_ended_meanwhile_is_not_renewed(browser: Browser, clock: Moment) -> None:
    """Mutation: `renew` without `ended_at IS NULL`."""
    assert end(browser.unit_of_work, browser.session, clock())
    new, cookie = begin(browser.unit_of_work, sign_in(browser.installation, browser.account), browser.session)
    browser.unit_of_work.commit()
    assert browser.comes_back(cookie) == new
    assert new.id != browser.session.id


def test_a_new_sign_in_without_an_old_session_is_another_one(browser: Browser) -> None:
    new, cookie = begin(browser.unit_of_work, sign_in(browser.installation, browser.account), None)
    browser.unit_of_work.commit()
    assert browser.comes_back(cookie) == new
    assert browser.comes_back() is not None
    assert (new.id, new.sid) != (browser.session.id, browser.session.sid)
    assert cookie.partition(".")[2] != browser.cookie.partition(".")[2]


def test_freezing_ends_what_is_open_on_every_store(installation_on_each_store: Installation, clock: Moment) -> None:
    account = new_person(installation_on_each_store)
    services = installation_on_each_store.services
    with services.begin() as unit_of_work:
        _, cookie = begin(unit_of_work, sign_in(installation_on_each_store, account), None)
        unit_of_work.commit()
        assert resume(unit_of_work, cookie, services.channels, clock()) is not None
    freeze(installation_on_each_store, account)
    with services.begin() as unit_of_work:
        assert resume(unit_of_work, cookie, services.channels, clock()) is None
