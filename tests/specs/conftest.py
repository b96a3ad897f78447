"""Who the specifications are tried with: a person, the apps of the city, a browser that knows nobody, and one that does."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from typing import Any

import pytest

from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.form_browser import FormBrowser, Page
from tests.specs.pushing_party import NewParty, PushingParty
from tests.specs.relying_party import Changes, Question, RelyingParty


@pytest.fixture(scope="session")
def person(idp_sqlite: RunningIdp) -> Person:
    """Somebody with a phone, a citizen number and a password."""
    return idp_sqlite.new_person()


@pytest.fixture(scope="session")
def housing_fund(idp_sqlite: RunningIdp) -> Iterator[RelyingParty]:
    """Confidential, RS256; the person is asked for consent."""
    with RelyingParty(idp_sqlite, idp_sqlite.client("housing-fund")) as app:
        yield app


@pytest.fixture(scope="session")
def library(idp_sqlite: RunningIdp) -> Iterator[RelyingParty]:
    """Confidential, ES256; nobody is asked, so that one request brings one code."""
    with RelyingParty(idp_sqlite, idp_sqlite.client("licence-library")) as app:
        yield app


@pytest.fixture(scope="session")
def city_app(idp_sqlite: RunningIdp) -> Iterator[RelyingParty]:
    """A native app: public, ES256, on any loopback port."""
    with RelyingParty(idp_sqlite, idp_sqlite.client("city-app")) as app:
        yield app


@pytest.fixture(scope="session")
def register(idp_sqlite: RunningIdp) -> Iterator[Callable[..., RelyingParty]]:
    """Another app like the licence library, with some of its metadata changed."""
    numbers = count(1)
    apps = ExitStack()

    def like_the_library(**changes: Any) -> RelyingParty:
        metadata = {**idp_sqlite.client("licence-library"), "client_id": f"app-{next(numbers)}", **changes}
        idp_sqlite.register(metadata)
        return apps.enter_context(RelyingParty(idp_sqlite, metadata))

    with apps:
        yield like_the_library


@pytest.fixture(scope="module")
def new_party(idp_sqlite: RunningIdp) -> Iterator[NewParty]:
    """Another app with a key of its own, of `gov-high` unless the changes say otherwise."""
    with ExitStack() as parties:
        yield lambda **changes: parties.enter_context(PushingParty(idp_sqlite, **changes))


@pytest.fixture
def browser(idp_sqlite: RunningIdp) -> Iterator[FormBrowser]:
    """A browser that was never here."""
    with FormBrowser(idp_sqlite.issuer) as browser:
        yield browser


@pytest.fixture(scope="module")
def signed_in(idp_sqlite: RunningIdp, library: RelyingParty, person: Person) -> Iterator[FormBrowser]:
    """A browser in which the person is signed in."""
    with FormBrowser(idp_sqlite.issuer) as browser:
        browser.go_through(library.ask().address, person)
        yield browser


@pytest.fixture
def redeemable(signed_in: FormBrowser, library: RelyingParty) -> Callable[..., tuple[Page, Question]]:
    """A fresh code for the licence library, with the question it answers."""

    def new_code(**changes: Any) -> tuple[Page, Question]:
        question = library.ask(Changes(changes))
        page = signed_in.get(question.address)
        assert "code" in page.answer, page.address
        return page, question

    return new_code
