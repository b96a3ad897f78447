"""Keys at a `jwks_uri`: found, rotated, kept while nobody answers, and never at the cost of others."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from idp.fetch import Fetcher
from idp.jose import ForeignToken, read_foreign
from idp.model.client import Client
from idp.oauth.client_keys import FRESH_SECONDS, KEPT_SECONDS, MAX_COPIES, MAX_WAITING, ClientKeys
from tests.idp.fetch.servers import Server, is_silent, reply, says
from tests.idp.installed import NOW, Moment
from tests.idp.oauth.assertions import KeyHolder, holder
from tests.idp.oauth.test_client_assertion import APP
from tests.specs.encryption_keys import reader

DELAY = 30


def signed_by(key: KeyHolder, kid: str | None = "") -> ForeignToken:
    """A token of this key, under another name if one is given."""
    header = {} if kid == "" else {"kid": kid}
    token = read_foreign(key.assertion("app", "https://idp.example", NOW, header))
    assert token is not None
    return token


@dataclass
class Publisher:
    """A client's web server, which says what it is told to say."""

    answer: bytes = b""
    gate: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.gate.set()
        self.server = Server(self._answer)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    @property
    def asked(self) -> int:
        return len(self.server.requests)

    def publish(self, *keys: dict[str, Any]) -> None:
        self.answer = reply(json.dumps({"keys": keys}).encode())

    def _answer(self, server: Server, connected: Any) -> None:
        says(b"")(server, connected)
        self.gate.wait(5)
        connected.sendall(self.answer)


@dataclass
class Case:
    """The keys of one process, a publisher, and what was noted."""

    publisher: Publisher
    clock: Moment
    noted: list[tuple[str, str]] = field(default_factory=list)
    at_once: int = 4

    def __post_init__(self) -> None:
        fetcher = Fetcher(frozenset({self.publisher.origin}), timeout=1)
        self.keys = ClientKeys(
            fetcher, self.clock, lambda *told: self.noted.append(told), delay=DELAY, at_once=self.at_once
        )

    @property
    def client(self) -> Client:
        return replace(APP, jwks=None, jwks_uri=f"{self.publisher.origin}/jwks")

    def verifies(self, token: ForeignToken, client: Client | None = None) -> bool:
        return token.is_signed_by(self.keys.fit_for(token, client or self.client))


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    running = Publisher()
    yield running
    running.gate.set()
    running.server.stop()


@pytest.fixture
def case(publisher: Publisher, clock: Moment) -> Case:
    publisher.publish(holder().jwk)
    return Case(publisher, clock)


def test_keys_are_fetched_when_they_are_needed_and_kept(case: Case) -> None:
    """Mutation: fetch for every assertion."""
    assert case.publisher.asked == 0
    for _ in range(20):
        assert case.verifies(signed_by(holder()))
    assert case.publisher.asked == 1
    assert b"GET /jwks " in case.publisher.server.requests[0]


def test_a_new_key_works_within_a_minute_and_an_unknown_one_asks_no_oftener(case: Case) -> None:
    """Conformance 26. Mutations: no fetch for an unknown kid; one for each."""
    assert case.verifies(signed_by(holder()))
    new = holder(kid="two")
    case.publisher.publish(holder().jwk, new.jwk)
    for _ in range(20):
        assert not case.verifies(signed_by(new))
    assert case.publisher.asked == 1
    case.clock.pass_by(DELAY)
    assert case.verifies(signed_by(new))
    for _ in range(20):
        assert not case.verifies(signed_by(holder(), "unknown"))
    assert case.publisher.asked == 2


def test_a_key_that_was_taken_out_stops_working(case: Case) -> None:
    """Mutation: a copy that is never fetched anew while its names suffice."""
    assert case.verifies(signed_by(holder()))
    case.publisher.publish(holder(kid="two").jwk)
    case.clock.pass_by(FRESH_SECONDS)
    assert not case.verifies(signed_by(holder()))
    assert case.publisher.asked == 2


def test_what_is_encrypted_follows_the_owner_to_a_new_key(case: Case) -> None:
    """OpenID Connect Core §10.2.1. Mutations: a copy that is kept while it has any key; a fetch for each token."""
    old, new = reader(kid="old"), reader("P-384", "new")
    case.publisher.publish(holder().jwk, old.jwk)
    for _ in range(20):
        assert kid_for(case, "ECDH-ES") == "old"
    case.publisher.publish(holder().jwk, new.jwk)
    assert kid_for(case, "ECDH-ES") == "old", "its owner can read by it for as long as a copy is fresh"
    assert case.publisher.asked == 1
    case.clock.pass_by(FRESH_SECONDS)
    assert kid_for(case, "ECDH-ES") == "new"
    assert case.publisher.asked == 2


def test_a_key_for_encryption_that_is_missing_is_looked_for_no_oftener_than_any(case: Case) -> None:
    """Mutations: no fetch where another key is there; one for each token; the old key after its owner was gone for long."""
    for _ in range(20):
        assert kid_for(case, "ECDH-ES") is None
    assert case.publisher.asked == 1
    case.publisher.publish(reader(kid="late").jwk)
    case.clock.pass_by(DELAY)
    assert kid_for(case, "ECDH-ES") == "late"
    assert kid_for(case, "RSA-OAEP-256") is None
    case.publisher.answer = reply(b"broken")
    case.clock.pass_by(FRESH_SECONDS)
    assert kid_for(case, "ECDH-ES") == "late"
    assert [why for _, why in case.noted] == ["the answer is not a JWK Set"]
    case.clock.pass_by(KEPT_SECONDS)
    assert kid_for(case, "ECDH-ES") is None


def test_nothing_of_encryption_is_read_for_who_only_signs(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutation: each key of a set read twice."""
    monkeypatch.setattr("idp.oauth.published_keys.read_keys", pytest.fail)
    assert case.verifies(signed_by(holder()))
    assert case.verifies(signed_by(holder()), APP)


def kid_for(case: Case, alg: str) -> str | None:
    key = case.keys.to_encrypt(case.client, alg)
    return None if key is None else key.kid


UNUSABLE = {
    "status": reply(b"{}", "500 Internal Server Error"),
    "not found": reply(json.dumps(holder().jwks).encode(), "404 Not Found"),
    "redirect": reply(b"", "302 Found", ["Location: http://127.0.0.1/jwks"]),
    "HTML": reply(b"<html>"),
    "list": reply(b"[]"),
    "no keys": reply(b"{}"),
    "keys is an object": reply(b'{"keys":{}}'),
    "deep": reply(b"[" * 20_000),
    "huge": reply(b'{"keys":[],"x":"' + b"x" * 70_000 + b'"}'),
    "too many": reply(json.dumps({"keys": [holder().jwk] * 33}).encode()),
    "not UTF-8": reply(b'{"keys":["\xff"]}'),
    "not HTTP": b"hello\r\n\r\n",
    "nothing": b"",
}


@pytest.mark.parametrize("answer", UNUSABLE)
def test_an_answer_of_no_use_keeps_the_old_keys_for_an_hour_and_is_noted(case: Case, answer: str) -> None:
    """Mutations: keys forgotten with the first failure; kept for ever."""
    assert case.verifies(signed_by(holder()))
    case.publisher.answer = UNUSABLE[answer]
    case.clock.pass_by(FRESH_SECONDS)
    assert case.verifies(signed_by(holder()))
    assert [client_id for client_id, _ in case.noted] == ["app"]
    assert case.noted[0][1]
    case.clock.pass_by(KEPT_SECONDS - FRESH_SECONDS)
    assert not case.verifies(signed_by(holder()))
    case.clock.pass_by(DELAY)
    case.publisher.publish(holder().jwk)
    assert case.verifies(signed_by(holder()))


def test_who_cannot_be_reached_is_refused_and_left_alone_for_a_while(case: Case) -> None:
    """N01. Mutation: ask again with each assertion."""
    case.publisher.answer = b""
    for _ in range(10):
        assert not case.verifies(signed_by(holder()))
    assert (case.publisher.asked, len(case.noted)) == (1, 1)


def test_many_at_once_make_one_fetch(case: Case) -> None:
    """No stampede. Mutation: `fetching` not held."""
    case.publisher.gate.clear()
    token = signed_by(holder())
    with ThreadPoolExecutor(MAX_WAITING + 1) as pool:
        asked = [pool.submit(case.verifies, token) for _ in range(MAX_WAITING + 1)]
        until(lambda: case.publisher.asked == 1)
        case.publisher.gate.set()
        assert [each.result() for each in asked] == [True] * (MAX_WAITING + 1)
    assert case.publisher.asked == 1


def test_a_silent_address_holds_a_few_threads_and_nobody_elses(case: Case) -> None:
    """Mutations: no limit to those who wait; a lock over all clients."""
    silent = Server(is_silent)
    fetcher = Fetcher(frozenset({case.publisher.origin, f"http://127.0.0.1:{silent.port}"}), timeout=1)
    case.keys = ClientKeys(fetcher, case.clock, lambda *_: None, delay=DELAY, at_once=2)
    dead = replace(case.client, client_id="dead", jwks_uri=f"http://127.0.0.1:{silent.port}/jwks")
    token = signed_by(holder())
    ended: list[str] = []

    def come(name: str, client: Client) -> bool:
        found = case.verifies(token, client)
        ended.append(name)
        return found

    with ThreadPoolExecutor(MAX_WAITING + 8) as pool:
        lost = [pool.submit(come, "dead", dead) for _ in range(MAX_WAITING + 5)]
        until(lambda: len(ended) == 4)
        assert pool.submit(come, "alive", case.client).result()
        assert ended == ["dead"] * 4 + ["alive"], "those beyond the few are refused at once, and others go on"
        assert [each.result() for each in lost] == [False] * (MAX_WAITING + 5)
    silent.stop()


def test_an_address_that_changed_is_another_set(case: Case) -> None:
    """Mutation: copies by client alone."""
    assert case.verifies(signed_by(holder()))
    other = Publisher()
    other.publish(holder(kid="two").jwk)
    case.keys._fetcher = Fetcher(frozenset({other.origin}), timeout=1)
    moved = replace(case.client, jwks_uri=f"{other.origin}/keys")
    assert not case.verifies(signed_by(holder()), moved)
    assert case.verifies(signed_by(holder(kid="two")), moved)
    other.server.stop()


def test_an_address_of_our_own_network_is_not_asked(publisher: Publisher, clock: Moment) -> None:
    """N01: the one fetcher decides."""
    publisher.publish(holder().jwk)
    case = Case(publisher, clock)
    case.keys = ClientKeys(Fetcher(), clock, lambda *told: case.noted.append(told), delay=DELAY, at_once=4)
    assert not case.verifies(signed_by(holder()))
    assert publisher.server.connections == 0
    assert case.noted == [("app", "not https to a public name")]


def test_copies_are_bounded(case: Case) -> None:
    """N12. Mutation: a dictionary that grows with every client."""
    for number in range(MAX_COPIES + 10):
        client = replace(APP, client_id=f"app-{number}", jwks={"keys": []})
        case.keys.fit_for(signed_by(holder()), client)
    assert len(case.keys._registered) == MAX_COPIES


def test_keys_by_value_are_read_once_and_anew_when_they_change(case: Case) -> None:
    token, new = signed_by(holder()), holder(kid="two")
    assert case.verifies(token, APP)
    kept = case.keys._registered["app"][1]
    assert case.verifies(token, replace(APP, jwks=json.loads(json.dumps(APP.jwks))))
    assert case.keys._registered["app"][1] is kept
    assert not case.verifies(token, replace(APP, jwks=new.jwks))
    assert case.publisher.asked == 0


def until(holds: Callable[[], bool]) -> None:
    """Wait for what another thread does."""
    for _ in range(500):
        if holds():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it did not happen")
