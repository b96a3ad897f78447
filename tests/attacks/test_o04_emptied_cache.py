"""O04, O09: Redis forgets everything, and nothing that was over comes back; what is lost is "try again".

The same under load, and with a Redis that is replaced: `tests/faults/test_lost_redis.py`.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
import redis

from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.form_browser import FormBrowser, Page
from tests.specs.relying_party import Question, RelyingParty


@dataclass(frozen=True)
class Held:
    """What an app and its people hold before the cache is emptied."""

    app: RelyingParty
    person: Person
    browser: FormBrowser

    def code(self) -> tuple[Page, Question]:
        question = self.app.ask()
        return self.browser.go_through(question.address, self.person), question

    def tokens(self) -> dict[str, Any]:
        return self.app.tokens(*self.code())

    def post(self, path: str, **form: str) -> httpx.Response:
        return self.app.http.post(f"{self.app.issuer}{path}", data=form, headers=self.app.basic)

    def refresh(self, tokens: dict[str, Any]) -> httpx.Response:
        return self.post("/token", grant_type="refresh_token", refresh_token=tokens["refresh_token"])

    def is_alive(self, tokens: dict[str, Any]) -> bool:
        return self.app.userinfo(tokens["access_token"]).status_code == 200

    @property
    def silently(self) -> dict[str, str]:
        """What a silent sign-in in this browser is answered."""
        return self.browser.get(self.app.ask({"prompt": "none"}).address).answer


@pytest.fixture
def held(idp_postgresql: RunningIdp) -> Iterator[Held]:
    """An app that refreshes, and somebody signed in there."""
    from idp.oauth.client_metadata import client_of

    grants = ["authorization_code", "refresh_token"]
    metadata = {**idp_postgresql.client("licence-library"), "client_id": "forgotten", "grant_types": grants}
    services = idp_postgresql.installation.services
    with services.begin() as unit_of_work:
        unit_of_work.clients.save(client_of(metadata), services.clock())
        unit_of_work.commit()
    with RelyingParty(idp_postgresql, metadata) as app, FormBrowser(idp_postgresql.issuer) as browser:
        yield Held(app, idp_postgresql.new_person(), browser)


def forget(idp: RunningIdp) -> None:
    with closing(redis.Redis.from_url(idp.installation.settings.storage.ephemeral)) as connection:
        assert connection.dbsize()
        connection.flushdb()


def test_a_used_code_stays_used(idp_postgresql: RunningIdp, held: Held) -> None:
    """Mutation: the family without the code's UNIQUE origin, or a replay that only looks into the cache."""
    page, question = held.code()
    tokens = held.app.tokens(page, question)
    forget(idp_postgresql)
    assert held.is_alive(tokens)
    assert held.app.redeem(page, question).status_code == 400
    assert not held.is_alive(tokens)
    assert held.refresh(tokens).status_code == 400


def test_what_was_revoked_or_signed_out_stays_so(idp_postgresql: RunningIdp, held: Held) -> None:
    """Mutation: keep revocations, or the ends of sessions, in the cache alone."""
    revoked = held.tokens()
    assert held.post("/revoke", token=revoked["refresh_token"]).status_code == 200
    reused = held.tokens()
    second = held.refresh(held.refresh(reused).json()).json()
    assert held.refresh(reused).status_code == 400
    cookies = httpx.Cookies(held.browser.http.cookies)
    held.browser.get("/logout?" + urlencode({"id_token_hint": revoked["id_token"]}))
    forget(idp_postgresql)
    held.browser.http.cookies = cookies  # as if the browser had kept what it was told to forget
    for tokens in (revoked, reused, second):
        assert (held.is_alive(tokens), held.refresh(tokens).status_code) == (False, 400)
    assert held.silently["error"] == "login_required"


def test_what_lives_lives_on_and_what_is_half_done_begins_anew(idp_postgresql: RunningIdp, held: Held) -> None:
    """A code is in no cache, unless it is too long for an address. Mutation: each is put there."""
    tokens, (page, question) = held.tokens(), held.code()
    long_question = held.app.ask({"nonce": "n" * 2048})
    long_page = held.browser.go_through(long_question.address, held.person)
    with FormBrowser(idp_postgresql.issuer) as other:
        name = other.get(held.app.ask().address)
        password = other.press(name, {"name": "way", "value": "password"}, username=held.person.phone)
        forget(idp_postgresql)
        ended = other.press(password, {"id": "sign-in"}, password=held.person.password)
        assert (ended.status, ended.text("oidc-error").partition(" ")[0]) == (400, "invalid_request:")
        assert not other.http.cookies.get("session")
    assert held.app.redeem(long_page, long_question).json()["error"] == "invalid_grant"
    assert held.is_alive(held.app.tokens(page, question))
    assert held.is_alive(tokens)
    assert held.refresh(tokens).status_code == 200
    assert "code" in held.silently
