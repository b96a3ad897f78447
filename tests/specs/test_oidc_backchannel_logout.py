"""OpenID Connect Back-Channel Logout 1.0: every app of a session hears of its end, and the person sees which ones did."""

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from html import unescape
from itertools import count
from typing import Any
from urllib.parse import urlencode

import pytest

from idp.oauth.client_metadata import client_of
from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.form_browser import FormBrowser, Page
from tests.specs.logout_receivers import Receivers, listening
from tests.specs.relying_party import RelyingParty

EVENT = "http://schemas.openid.net/event/backchannel-logout"
_numbers = count(1)


@dataclass
class City:
    """A running identity provider, and apps of a test that listen for sign-outs."""

    idp: RunningIdp
    receivers: Receivers
    closed: str
    """An origin at which nobody listens."""
    apps: ExitStack

    def app(self, answers: str = "well", origin: str | None = None, **changes: Any) -> RelyingParty:
        """An app like the licence library, which answers the news of a sign-out in this way."""
        client_id = f"listener-{next(_numbers)}"
        address = f"{origin or self.receivers.origin}/{answers}/{client_id}"
        metadata = {
            **self.idp.client("licence-library"),
            "client_id": client_id,
            "client_name": f"应用{client_id}",
            "sector_identifier": f"{client_id}.test",
            "backchannel_logout_uri": address,
            **changes,
        }
        metadata = {name: value for name, value in metadata.items() if value is not None}
        services = self.idp.installation.services
        with services.begin() as unit_of_work:
            unit_of_work.clients.save(client_of(metadata), services.clock())
            unit_of_work.commit()
        return self.apps.enter_context(RelyingParty(self.idp, metadata))

    def heard(self, app: RelyingParty, times: int = 1) -> dict[str, Any]:
        """Header and claims of what this app heard last."""
        arrived = self.receivers.wait_for(path_of(app), times)
        header, claims = app.read(arrived[-1].token)
        return {"header": header, "claims": claims}

    def heard_times(self, app: RelyingParty) -> int:
        return len(self.receivers.at(path_of(app)))


def path_of(app: RelyingParty) -> str:
    address: str = app.metadata["backchannel_logout_uri"]
    return "/" + address.split("/", 3)[3]


@pytest.fixture(scope="module")
def city(idp_server: RunningIdp) -> Iterator[City]:
    open_port, closed_port = idp_server.receivers.pop(), idp_server.receivers.pop()
    with listening(f"http://127.0.0.1:{open_port}") as receivers, ExitStack() as apps:
        yield City(idp_server, receivers, f"http://127.0.0.1:{closed_port}", apps)
    idp_server.receivers.extend((closed_port, open_port))


@pytest.fixture
def browser(city: City) -> Iterator[FormBrowser]:
    with FormBrowser(city.idp.issuer) as browser:
        yield browser


@pytest.fixture(scope="module")
def person(city: City) -> Person:
    return city.idp.new_person()


def signed_in(browser: FormBrowser, app: RelyingParty, person: Person) -> dict[str, Any]:
    """The tokens of a sign-in at this app."""
    question = app.ask()
    return app.tokens(browser.go_through(question.address, person), question)


def sign_out(browser: FormBrowser) -> Page:
    """Without a hint: the question, and the page that says who knows."""
    return browser.press(browser.get("/logout"), {"id": "logout-confirm"})


def told(page: Page) -> dict[str, str]:
    """What each app on the page knows, by its name."""
    rows = re.findall(r"<li data-app=.*?</li>", page.html, re.DOTALL)
    return {
        unescape(re.search(r"<bdi>(.*?)</bdi>", row)[1]): re.search(r'<span[^>]*data-told="(\w+)">', row)[1]  # type: ignore[index]
        for row in rows
    }


def next_look(page: Page) -> str | None:
    """Where somebody without scripts looks again; a page that loads itself anew would take readers out of their line."""
    assert "http-equiv" not in page.html
    found = re.search(r'<p data-look-again><a class="row-link" href="([^"]+)">', page.html)
    return unescape(found[1]) if found else None


def look_on(browser: FormBrowser, page: Page) -> Page:
    """What the page becomes for somebody who looks again every two seconds, until it has come to rest."""
    while again := next_look(page):
        time.sleep(2)
        page = browser.get(again)
    return page


def test_discovery_says_that_sign_outs_are_told(city: City) -> None:
    """§2.1."""
    document = city.app().http.get(f"{city.idp.issuer}/.well-known/openid-configuration").json()
    assert document["backchannel_logout_supported"] is True
    assert document["backchannel_logout_session_supported"] is True


@pytest.mark.parametrize("alg", ["ES256", "RS256"])
def test_the_logout_token_says_whose_session_ended_and_nothing_else(
    city: City, browser: FormBrowser, person: Person, alg: str
) -> None:
    """§2.4, §2.5. Mutations: `nonce` left in, the id_token's type, an expiry in an hour, the `sub` of another sector."""
    app = city.app(id_token_signed_response_alg=alg)
    _, id_token = app.read(signed_in(browser, app, person)["id_token"])
    before = int(time.time())
    sign_out(browser)
    (arrived,) = city.receivers.wait_for(path_of(app))
    assert arrived.content_type == "application/x-www-form-urlencoded"
    assert list(arrived.form) == ["logout_token"]
    header, claims = app.read(arrived.token)
    assert header == {"alg": alg, "typ": "logout+jwt", "kid": header["kid"]}
    assert set(claims) == {"iss", "sub", "aud", "iat", "exp", "jti", "sid", "events"}
    assert (claims["iss"], claims["aud"]) == (city.idp.issuer, app.client_id)
    assert (claims["sub"], claims["sid"]) == (id_token["sub"], id_token["sid"])
    assert before <= claims["iat"] <= time.time()
    assert 0 < claims["exp"] - claims["iat"] <= 120
    assert claims["events"] == {EVENT: {}}
    assert len(claims["jti"]) >= 16


def test_a_sign_out_at_one_app_is_heard_by_all_of_the_session(city: City, browser: FormBrowser, person: Person) -> None:
    """§2.5: also when the person is led straight back to the app. Mutation: only our own page tells."""
    apps = [city.app(), city.app("quiet")]
    hints = [signed_in(browser, app, person)["id_token"] for app in apps]
    back = apps[0].metadata["post_logout_redirect_uris"][0]
    page = browser.get("/logout?" + urlencode({"id_token_hint": hints[0], "post_logout_redirect_uri": back}))
    assert page.address == back
    heard = [city.heard(app)["claims"] for app in apps]
    assert len({claims["sid"] for claims in heard}) == 1
    assert len({claims["sub"] for claims in heard}) == len({claims["jti"] for claims in heard}) == 2


def test_another_person_on_the_same_browser_ends_the_session_of_the_first(
    city: City, browser: FormBrowser, person: Person
) -> None:
    """Mutation: `begin` that only marks the old session as ended."""
    app = city.app()
    _, id_token = app.read(signed_in(browser, app, person)["id_token"])
    question = app.ask({"prompt": "login"})
    browser.sign_in(browser.get(question.address), city.idp.new_person())
    assert city.heard(app)["claims"]["sid"] == id_token["sid"]


def test_who_signs_in_again_loses_no_app(city: City, browser: FormBrowser, person: Person) -> None:
    """`prompt=login` renews the session: the `sid` stays, the tokens live, nobody is told. Mutation: end and begin."""
    app = city.app()
    first = signed_in(browser, app, person)
    question = app.ask({"prompt": "login"})
    again = app.tokens(browser.sign_in(browser.get(question.address), person), question)
    assert app.read(again["id_token"])[1]["sid"] == app.read(first["id_token"])[1]["sid"]
    assert app.userinfo(first["access_token"]).status_code == 200
    sign_out(browser)
    city.heard(app)
    assert city.heard_times(app) == 1
    assert app.userinfo(again["access_token"]).status_code == 401


def test_an_app_that_registered_nothing_stays_open_and_the_page_says_so(
    city: City, browser: FormBrowser, person: Person
) -> None:
    mute, listening_app = city.app(backchannel_logout_uri=None, backchannel_logout_session_required=False), city.app()
    for app in (mute, listening_app):
        signed_in(browser, app, person)
    page = look_on(browser, sign_out(browser))
    assert told(page) == {mute.metadata["client_name"]: "not_told", listening_app.metadata["client_name"]: "heard"}
    assert mute.metadata["client_uri"] in page.html


def test_a_logout_token_is_no_hint(city: City, browser: FormBrowser, person: Person) -> None:
    """§4, RFC 8725 §3.11: its type keeps it apart from an id_token. Mutation: hints of any type."""
    app = city.app()
    signed_in(browser, app, person)
    sign_out(browser)
    heard = city.heard(app)
    _, id_token = app.read(signed_in(browser, app, person)["id_token"])
    claims = {**heard["claims"], "sid": id_token["sid"]}
    token = city.idp.installation.services.signer.sign(claims, "ES256", heard["header"]["typ"])
    assert browser.get("/logout?" + urlencode({"id_token_hint": token})).has("logout-confirm")


def test_the_living_hear_before_the_page_looks_again_though_others_are_dead(
    city: City, browser: FormBrowser, person: Person
) -> None:
    """Twenty apps, five of them dead in five ways. Mutation: one thread in the worker."""
    living = [city.app() for _ in range(15)]
    dead = [
        *(city.app(how) for how in ("broken", "moved", "slow", "hanging")),
        city.app(origin=city.closed),
    ]
    apps = [dead[0], *living[:7], *dead[1:4], *living[7:], dead[4]]
    for app in apps:
        signed_in(browser, app, person)
    page = sign_out(browser)
    assert list(told(page)) == [app.metadata["client_name"] for app in apps]
    again = next_look(page)
    assert again is not None
    time.sleep(2)
    page = browser.get(again)
    known = told(page)
    assert [app.client_id for app in living if known[app.metadata["client_name"]] != "heard"] == []
    assert all(city.heard_times(app) == 1 for app in living)
    known = told(look_on(browser, page))
    assert [app.client_id for app in dead if known[app.metadata["client_name"]] != "not_reached"] == []
    assert sum(state == "heard" for state in known.values()) == 15
    assert city.receivers.at("/well/elsewhere") == []


def test_the_script_on_the_page_learns_the_same(city: City, browser: FormBrowser, person: Person) -> None:
    app = city.app()
    signed_in(browser, app, person)
    page = look_on(browser, sign_out(browser))
    answer = browser.http.get(f"{city.idp.issuer}/signed-out", headers={"Accept": "application/json"})
    assert answer.json() == {"apps": ["heard"], "summary": page.text("apps-summary"), "is_over": True}
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("cookie", [None, "", "x", "A" * 200, "=", "é"])
def test_no_other_browser_sees_who_was_signed_in_where(
    city: City, browser: FormBrowser, person: Person, cookie: str | None
) -> None:
    """The page belongs to the browser that signed out. Mutation: the number of the session in the address."""
    signed_in(browser, city.app(), person)
    assert told(sign_out(browser))
    with FormBrowser(city.idp.issuer) as stranger:
        headers = [] if cookie is None else [(b"Cookie", f"signed_out={cookie}".encode())]
        answer = stranger.http.get(f"{city.idp.issuer}/signed-out", headers=headers)
        assert answer.status_code == 200
        assert 'id="logged-out"' in answer.text
        assert "data-app" not in answer.text


def test_who_uses_the_computer_next_sees_nothing_of_it(city: City, browser: FormBrowser, person: Person) -> None:
    """Mutation: the cookie alone decides."""
    app = city.app()
    signed_in(browser, app, person)
    assert told(sign_out(browser))
    signed_in(browser, app, city.idp.new_person())
    assert told(browser.get("/signed-out")) == {}


def test_the_page_looks_again_a_few_times_only(city: City, browser: FormBrowser, person: Person) -> None:
    """Mutation: a page that reloads for ever while an app hangs."""
    signed_in(browser, city.app("hanging"), person)
    sign_out(browser)
    for look in ("8", "99", "-1", "x", "²", "9" * 5000):
        page = browser.get("/signed-out?" + urlencode({"look": look}))
        assert next_look(page) is None
        assert list(told(page).values()) == ["not_reached"]
