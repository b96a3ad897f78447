"""RFC 6749 §6 and RFC 9700 §4.14: a refresh token has one successor, however many ask at the same moment (requirement 22)."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.plugins.running_idp import RunningIdp
from tests.specs.form_browser import FormBrowser
from tests.specs.relying_party import RelyingParty
from tests.specs.storm import PARALLEL, all_at_once

ROUNDS = 50
WINDOW = 31


@dataclass
class Refreshes:
    """What 20 simultaneous refreshes of one token were answered, round by round."""

    app: RelyingParty
    presented: list[str] = field(default_factory=list)
    answers: list[list[tuple[int, dict[str, Any]]]] = field(default_factory=list)
    ended_at: float = 0


def metadata(idp: RunningIdp) -> dict[str, Any]:
    """The licence library, with the grant."""
    return {
        **idp.client("licence-library"),
        "client_id": "refreshing-app",
        "grant_types": ["authorization_code", "refresh_token"],
    }


def registered(idp: RunningIdp, told: dict[str, Any]) -> RelyingParty:
    from idp.oauth.client_metadata import client_of

    services = idp.installation.services
    with services.begin() as unit_of_work:
        unit_of_work.clients.save(client_of(told), services.clock())
        unit_of_work.commit()
    return RelyingParty(idp, told)


@pytest.fixture(scope="module")
def refreshes(idp_server: RunningIdp) -> Iterator[Refreshes]:
    """50 families of one person, the newest refresh token of each presented 20 times at once."""
    with (
        registered(idp_server, metadata(idp_server)) as app,
        FormBrowser(idp_server.issuer) as browser,
        ThreadPoolExecutor(PARALLEL) as threads,
    ):
        browser.go_through(app.ask().address, idp_server.new_person())
        made = Refreshes(app)
        for _ in range(ROUNDS):
            question = app.ask()
            token = app.tokens(browser.get(question.address), question)["refresh_token"]
            made.presented.append(token)
            made.answers.append(
                all_at_once(threads, app, urlencode({"grant_type": "refresh_token", "refresh_token": token}))
            )
        made.ended_at = time.monotonic()
        yield made


def test_everybody_gets_the_one_successor(refreshes: Refreshes) -> None:
    """Threats D01, D02: an honest storm. Mutation: a random successor; `advance` without its generation."""
    for answers in refreshes.answers:
        assert {status for status, _ in answers} == {200}
        assert len({answer["refresh_token"] for _, answer in answers}) == 1
        assert len({answer["access_token"] for _, answer in answers}) == PARALLEL


def test_the_family_lives(refreshes: Refreshes, idp_server: RunningIdp) -> None:
    """The exchange was counted once, and every access token works."""
    with idp_server.installation.services.begin() as unit_of_work:
        found = [unit_of_work.authorizations.standing(int(token.split(".")[0])) for token in refreshes.presented]
    assert [(each.authorization.generation, each.authorization.revoked_at) for each in found if each] == [
        (1, None)
    ] * ROUNDS
    for _, answer in refreshes.answers[0]:
        assert refreshes.app.userinfo(answer["access_token"]).status_code == 200


def test_after_the_window_the_old_token_kills_the_family(refreshes: Refreshes) -> None:
    """Also: a server whose idle threads have ended meanwhile is alive (a connection once crashed it in that moment).

    Mutation: the refusal without its commit.
    """
    time.sleep(max(0.0, WINDOW - (time.monotonic() - refreshes.ended_at)))
    for token, answers in zip(refreshes.presented, refreshes.answers, strict=True):
        _, answer = answers[0]
        refused = refreshes.app.refresh(token)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
        successor = refreshes.app.refresh(answer["refresh_token"])
        assert (successor.status_code, successor.json()["error"]) == (400, "invalid_grant")
        assert refreshes.app.userinfo(answer["access_token"]).status_code == 401


def test_another_client_cannot_refresh(idp_sqlite: RunningIdp) -> None:
    """Requirement 22: 400 invalid_grant, and the owner's token is as good as before."""
    told = metadata(idp_sqlite)
    with (
        registered(idp_sqlite, told) as app,
        registered(idp_sqlite, {**told, "client_id": "another-refreshing-app"}) as other,
        FormBrowser(idp_sqlite.issuer) as browser,
    ):
        browser.go_through(app.ask().address, idp_sqlite.new_person())
        question = app.ask()
        tokens = app.tokens(browser.get(question.address), question)
        refused = other.refresh(tokens["refresh_token"])
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
        answer = app.refresh(tokens["refresh_token"])
        assert answer.status_code == 200
        before, after = (app.read(each["id_token"])[1] for each in (tokens, answer.json()))
        assert [before[name] == after[name] for name in ("iss", "sub", "aud", "auth_time")] == [True] * 4


def test_signing_out_ends_it(idp_sqlite: RunningIdp) -> None:
    """Threat F09: without offline_access a refresh token dies with the session."""
    with registered(idp_sqlite, metadata(idp_sqlite)) as app, FormBrowser(idp_sqlite.issuer) as browser:
        browser.go_through(app.ask().address, idp_sqlite.new_person())
        question = app.ask()
        tokens = app.tokens(browser.get(question.address), question)
        browser.get(f"{app.issuer}/logout?id_token_hint={tokens['id_token']}")
        refused = app.refresh(tokens["refresh_token"])
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
