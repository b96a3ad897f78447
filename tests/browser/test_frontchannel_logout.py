"""OpenID Connect Front-Channel Logout in a real browser: pages of apps hear in frames that nobody sees."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from tests.browser.frame_apps import FrameApp, frame_app
from tests.browser.visitor import Visitor
from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.relying_party import RelyingParty

_numbers = count(1)


class City:
    """Apps with pages of their own, each at a port of its own."""

    def __init__(self, idp: RunningIdp, stack: ExitStack) -> None:
        self.idp = idp
        self._stack = stack

    def app(self, out: str = "/out") -> tuple[RelyingParty, FrameApp]:
        from idp.oauth.client_metadata import client_of

        port = self.idp.receivers.pop()
        self._stack.callback(self.idp.receivers.append, port)
        pages = self._stack.enter_context(frame_app(port))
        metadata = {
            **self.idp.client("licence-library"),
            "client_id": f"framed-{next(_numbers)}",
            "redirect_uris": [f"{pages.origin}/callback"],
            "post_logout_redirect_uris": [f"{pages.origin}/signed-out"],
            "client_uri": f"{pages.origin}/",
            "frontchannel_logout_uri": f"{pages.origin}{out}",
        }
        metadata = {name: value for name, value in metadata.items() if not name.startswith("backchannel")}
        services = self.idp.installation.services
        with services.begin() as unit_of_work:
            unit_of_work.clients.save(client_of(metadata), services.clock())
            unit_of_work.commit()
        return self._stack.enter_context(RelyingParty(self.idp, metadata)), pages


@pytest.fixture
def city(idp_sqlite: RunningIdp) -> Iterator[City]:
    with ExitStack() as stack:
        yield City(idp_sqlite, stack)


def sign_in(visitor: Visitor, app: RelyingParty, person: Person) -> dict[str, Any]:
    """The claims of the id_token, and the token itself as `hint`."""
    question = app.ask()
    visitor.page.goto(question.address)
    if visitor.page.locator("[name=username]").count():
        visitor.name_oneself(person, "password")
        visitor.prove(person, "password")
    expect(visitor.page.locator("#app")).to_be_visible()
    answered = next(address for address in reversed(visitor.visited) if "/callback?" in address)
    code = answered.partition("code=")[2].partition("&")[0]
    body = app.token_request(code, question)
    hint = app.http.post(f"{app.issuer}/token", data=body, headers=app.basic).json()["id_token"]
    return {**app.read(hint)[1], "hint": hint}


def heard(pages: FrameApp, claims: dict[str, Any], path: str = "/out") -> None:
    """In a frame of this person's browser, by the address alone."""
    opened = pages.wait_for(path)
    assert opened.query == {"iss": [claims["iss"]], "sid": [claims["sid"]]}
    assert opened.destination == "iframe"
    assert opened.referrer is None
    assert pages.cookie in opened.cookie


def test_a_page_of_each_app_hears_in_the_browser(visitor: Visitor, city: City, person: Person) -> None:
    """§2: with the app's own cookies; signed out at our own page. Mutation: a policy that blocks the frames."""
    apps = [city.app(), city.app()]
    claims = [sign_in(visitor, app, person) for app, _ in apps]
    visitor.page.goto(f"{city.idp.issuer}/me")
    visitor.page.locator("#sign-out").click()
    expect(visitor.page.locator("#logged-out")).to_be_visible()
    for (_, pages), each in zip(apps, claims, strict=True):
        heard(pages, each)
    assert [frame.is_visible() for frame in visitor.page.locator("iframe").all()] == [False, False]


def test_on_the_way_back_too(visitor: Visitor, city: City, person: Person) -> None:
    """With scripts the page goes on by itself, without them by its button. Mutation: gone before the others have heard."""
    (app, own), (other, others) = city.app(), city.app()
    claims = sign_in(visitor, app, person)
    of_other = sign_in(visitor, other, person)
    asked = {"id_token_hint": claims["hint"], "post_logout_redirect_uri": f"{own.origin}/signed-out", "state": "s"}
    visitor.page.goto(f"{city.idp.issuer}/logout?{urlencode(asked)}")
    if not visitor.has_scripts:
        expect(visitor.page.locator("#logged-out")).to_be_visible()
        visitor.page.locator("#continue").click()
    expect(visitor.page).to_have_url(f"{own.origin}/signed-out?state=s")
    heard(own, claims)
    heard(others, of_other)


def test_an_app_that_does_not_answer_holds_up_nobody(visitor: Visitor, city: City, person: Person) -> None:
    """Mutation: a script that waits for all frames."""
    (app, own), (dead, silent) = city.app(), city.app("/hangs")
    claims = sign_in(visitor, app, person)
    of_dead = sign_in(visitor, dead, person)
    asked = {"id_token_hint": claims["hint"], "post_logout_redirect_uri": f"{own.origin}/signed-out"}
    begun = time.monotonic()
    visitor.page.goto(f"{city.idp.issuer}/logout?{urlencode(asked)}", wait_until="commit")
    if not visitor.has_scripts:
        visitor.page.locator("#continue").click(no_wait_after=True)
    expect(visitor.page).to_have_url(f"{own.origin}/signed-out")
    assert time.monotonic() - begun < 10
    heard(own, claims)
    heard(silent, of_dead, "/hangs")
