"""E08: apps that register and manage themselves, in the hands of an attacker: floods, guesses, officers overwhelmed."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from admin.self_registration import RegistrationDrafts
from idp.errors import Unavailable
from idp.registration import bounds
from tests.attacks.generated.city import Answer, City
from tests.attacks.generated.parts import Sent

METADATA = {"redirect_uris": ["https://rp.test/mine"], "token_endpoint_auth_method": "none", "scope": "openid"}
HERE, THERE = "192.0.2.1", "198.51.100.1"


@pytest.fixture(scope="module")
def city(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    made = City(migrated_sqlite, tmp_path_factory.mktemp("city"))
    yield made
    made.close()


def ask(
    city: City, token: str, method: str = "POST", path: str = "/clients", peer: str = HERE, **changes: Any
) -> Answer:
    """One request to the registration endpoint, or to the configuration of an app."""
    body = json.dumps({**METADATA, **changes}).encode() if method in {"POST", "PUT"} else b""
    headers = (("Content-Type", "application/json"), ("Authorization", f"Bearer {token}"))
    return city.call(Sent(method, path.encode(), b"", headers, body, peer))


def assert_has_to_wait(answer: Answer, seconds: int) -> None:
    assert answer.status == 429
    assert dict(answer.headers)["Retry-After"] == str(seconds)
    assert json.loads(answer.body)["error"] == "temporarily_unavailable"


def test_registrations_are_bounded_by_the_token(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each may have us fetch something, also one that is refused. Mutations: only what is registered counts; no bound."""
    monkeypatch.setattr(bounds, "MAX_REGISTRATIONS", 3)
    token = city.initial_token()
    tried: tuple[dict[str, Any], ...] = ({}, {"client_name": ""}, {"subject_type": {}}, {})
    statuses = [ask(city, token, **changes).status for changes in tried]
    assert statuses == [201, 400, 400, 201], "what cannot be read costs nothing"
    assert_has_to_wait(ask(city, token), bounds.HOUR)
    assert ask(city, city.initial_token()).status == 201, "whoever holds another one does not wait"


def test_changes_are_bounded_by_the_app(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutations: the token counted, which changes each time; reading counted; an end not counted."""
    monkeypatch.setattr(bounds, "MAX_CHANGES", 2)
    client_id, token = city.registered_itself()
    path = f"/clients/{client_id}"
    for _ in range(2):
        token = json.loads(ask(city, token, "PUT", path, client_id=client_id).body)["registration_access_token"]
    assert_has_to_wait(ask(city, token, "PUT", path, client_id=client_id), bounds.HOUR)
    assert_has_to_wait(ask(city, token, "DELETE", path), bounds.HOUR)
    assert ask(city, token, "GET", path).status == 200
    other, its_token = city.registered_itself()
    assert ask(city, its_token, "DELETE", f"/clients/{other}").status == 204


def test_whoever_guesses_tokens_waits(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both kinds; a good token passes all the while. Mutations: no bound; everybody from there waits; all wait."""
    monkeypatch.setattr(bounds, "MAX_FAILURES", 3)
    client_id, token = city.registered_itself()
    peer = "203.0.113.9"
    assert [ask(city, f"1.guess{number}", peer=peer).status for number in range(2)] == [401, 401]
    assert ask(city, "guess", "GET", f"/clients/{client_id}", peer).status == 401
    assert_has_to_wait(ask(city, "guess", "DELETE", f"/clients/{client_id}", peer), bounds.MINUTE)
    assert_has_to_wait(ask(city, "1.guess", peer=peer), bounds.MINUTE)
    assert ask(city, token, "GET", f"/clients/{client_id}", peer).status == 200
    assert ask(city, "1.guess", peer=THERE).status == 401


def test_officers_are_not_flooded_with_drafts(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutation: a draft for each new wish."""
    monkeypatch.setattr(bounds, "MAX_PROPOSALS", 2)
    client_id, token = city.registered_itself()
    drafts = []
    for level in (2, 3, 4, 5):
        answer = ask(city, token, "PUT", f"/clients/{client_id}", client_id=client_id, level=level)
        assert answer.status == 200
        told = json.loads(answer.body)
        token = told["registration_access_token"]
        drafts.append(told.get("draft"))
    assert [draft is not None for draft in drafts] == [True, True, False, False]


def test_what_our_page_would_say_for_an_app_is_read_by_officers_first(city: City) -> None:
    """Its purpose stands on the consent page as ours. Mutation: `purpose` is the app's own word."""
    told = json.loads(ask(city, city.initial_token(), purpose={"zh-CN": "公安机关依法要求您同意。"}).body)
    assert "purpose" not in told
    assert told["draft"] > 0


@pytest.mark.parametrize("host", ["evil.test", "localhost:9", "rp.test.evil.test"])
def test_logout_tokens_go_where_the_sector_is(city: City, host: str) -> None:
    """Who names somebody else's host as its redirect_uri gets no code, but would hear of every sign-out, with the `sub` there.

    Mutations: any host; the rule at registration alone; officers' word taken back by the next change.
    """
    elsewhere = f"https://{host}/bc" if "localhost" not in host else f"http://{host}/bc"
    refused = ask(city, city.initial_token(), backchannel_logout_uri=elsewhere)
    assert refused.status == 400
    assert b"backchannel_logout_uri" in refused.body
    client_id, token = city.registered_itself()
    path = f"/clients/{client_id}"
    changed = ask(city, token, "PUT", path, client_id=client_id, backchannel_logout_uri=elsewhere)
    assert changed.status == 400
    here = json.loads(
        ask(city, token, "PUT", path, client_id=client_id, backchannel_logout_uri="https://rp.test/bc").body
    )
    token = here["registration_access_token"]
    with city.services.begin() as unit_of_work:
        client = unit_of_work.clients.get(client_id)
        assert client is not None
        unit_of_work.clients.save(replace(client, backchannel_logout_uri=elsewhere), city.services.clock())
        unit_of_work.commit()
    again = ask(city, token, "PUT", path, client_id=client_id, backchannel_logout_uri=elsewhere)
    assert again.status == 200, again.body


def test_an_app_without_a_host_of_its_own_is_told_of_sign_outs_anywhere(city: City) -> None:
    """Nobody shares its sector."""
    mine: dict[str, Any] = {"redirect_uris": ["http://localhost:7/cb"], "backchannel_logout_uri": "https://rp.test/bc"}
    assert ask(city, city.initial_token(), **mine).status == 201


@pytest.mark.parametrize("member", ["redirect_uris", "post_logout_redirect_uris"])
@pytest.mark.parametrize("path", ["", "/", "/me", "/logout?x=1", "?x=1"])
def test_nobody_registers_our_own_addresses(city: City, member: str, path: str) -> None:
    changes: dict[str, Any] = {member: [f"http://localhost:8000{path}"]}
    answer = ask(city, city.initial_token(), **changes)
    assert answer.status == 400
    assert b"addresses of this server" in answer.body


UNWRITABLE = {
    "half of a character": '"\\ud800"',
    "in a name": '{"\\udfff": 1}',
    "deeper than is written": "[" * 900 + "]" * 900,
    "infinity": "1e999",
    "no number": "NaN",
}


@pytest.mark.parametrize("member", ["level", "purpose", "scope", "sector_identifier", "jwks"])
@pytest.mark.parametrize("text", UNWRITABLE.values(), ids=UNWRITABLE)
def test_what_cannot_be_written_down_registers_nothing(city: City, member: str, text: str) -> None:
    """Mutation: what officers would decide on is first looked at when the app is registered: 500, and its secret is lost."""
    body = f'{json.dumps(METADATA)[:-1]}, "{member}": {text}}}'.encode()
    token = city.initial_token()
    client_id, its_token = city.registered_itself()
    for method, path, shown in (("POST", "/clients", token), ("PUT", f"/clients/{client_id}", its_token)):
        headers = (("Content-Type", "application/json"), ("Authorization", f"Bearer {shown}"))
        answer = city.call(Sent(method, path.encode(), b"", headers, body))
        assert (answer.status, json.loads(answer.body)["error"]) == (400, "invalid_client_metadata")
    with city.services.begin() as unit_of_work:
        newest = unit_of_work.initial_access_tokens.all()[1]
    assert newest.clients == 0


def test_a_draft_that_cannot_be_made_now_loses_no_registration(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its secret and its token are told this once. Mutation: 503 when the registration stands already."""

    def unavailable(*_: object) -> None:
        raise Unavailable("The database does not answer.")

    monkeypatch.setattr(RegistrationDrafts, "propose", unavailable)
    answer = ask(city, city.initial_token(), level=3)
    assert answer.status == 201
    assert "draft" not in json.loads(answer.body)
