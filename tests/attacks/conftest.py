"""Fixtures: the target behind nginx, bare, or each in turn; logs and records are looked through after each attack."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.attacks.clients import CLIENTS, LOOPBACK, SECRET
from tests.attacks.records import Log, all_written
from tests.attacks.rig import Browser, Target
from tests.plugins.running_idp import Person, RunningIdp

Prepare = Callable[[RunningIdp], tuple[frozenset[str], Person]]
PASSWORD = "a pass phrase that no log may hold"


@pytest.fixture(scope="session")
def prepare() -> Prepare:
    """Registers the clients of the bench and a person, once per server; knows every address that is registered."""
    done: dict[str, tuple[frozenset[str], Person]] = {}

    def prepare_once(idp: RunningIdp) -> tuple[frozenset[str], Person]:
        if idp.issuer not in done:
            done[idp.issuer] = _register(idp), idp.new_person(password=PASSWORD)
        return done[idp.issuer]

    return prepare_once


@pytest.fixture
def target(idp_behind_nginx: RunningIdp, prepare: Prepare) -> Iterator[Target]:
    """Two server processes behind nginx, over PostgreSQL and Redis; all logs must be clean afterwards, and what the
    answers told of must be written down.
    """
    yield from _attacked(idp_behind_nginx, prepare)


@pytest.fixture
def bare_target(idp_sqlite: RunningIdp, prepare: Prepare) -> Iterator[Target]:
    """The server itself, over SQLite: for bytes that nginx would refuse or mend before they reach our own door."""
    yield from _attacked(idp_sqlite, prepare)


@pytest.fixture
def either_target(idp_server: RunningIdp, prepare: Prepare) -> Iterator[Target]:
    """The server itself over SQLite, then over PostgreSQL and Redis: for bytes that a store may not take."""
    yield from _attacked(idp_server, prepare)


@pytest.fixture
def browser(target: Target) -> Browser:
    """A browser that was never here."""
    return target.browser()


@pytest.fixture(scope="session")
def sessions() -> dict[str, httpx.Cookies]:
    """By issuer, the cookies of a browser in which the person of the bench has signed in."""
    return {}


@pytest.fixture
def signed_in(target: Target, sessions: dict[str, httpx.Cookies]) -> Browser:
    """A browser in which the person of the bench is signed in; whoever signs out takes a browser of their own."""
    browser = target.browser()
    if target.issuer not in sessions:
        browser.follow(browser.sign_in(target.person))
        sessions[target.issuer] = httpx.Cookies(browser.http.cookies)
    browser.http.cookies.update(sessions[target.issuer])
    return browser


def _attacked(idp: RunningIdp, prepare: Prepare) -> Iterator[Target]:
    registered, person = prepare(idp)
    target = Target(idp, Log(idp), registered, person)
    target.log.keep_out(person.phone, person.citizen_id, person.password, SECRET)
    start = all_written(idp)
    with target.open_browsers:
        yield target
    target.log.assert_clean()
    target.assert_written_down(start)


def _register(idp: RunningIdp) -> frozenset[str]:
    from idp.oauth.client_metadata import client_of

    services = idp.installation.services
    with services.begin() as unit_of_work:
        for metadata in CLIENTS:
            unit_of_work.clients.save(client_of(metadata, is_sandbox=True), services.clock())
        unit_of_work.commit()
        clients = unit_of_work.clients.all()
    uris = {uri for each in clients for uri in (*each.redirect_uris, *each.post_logout_redirect_uris)}
    return frozenset({LOOPBACK, *uris})
