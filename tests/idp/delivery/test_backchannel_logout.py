"""The news of a sign-out from the promise to the app, over a real fetcher and real HTTP, with a clock that is moved."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from joserfc import jws

from idp.app import Installation
from idp.clock import Instant
from idp.delivery.backchannel_logout import BackchannelLogoutHandler
from idp.delivery.worker import Worker
from idp.errors import Unavailable
from idp.fetch import Fetcher
from idp.keys import rotation
from idp.model.client import Client
from idp.model.session import Session, Told
from idp.sessions.end import end
from idp.sessions.logout import BACKCHANNEL_LOGOUT, SECONDS
from tests.idp.delivery.outbox_rows import Rows
from tests.idp.installed import Moment, new_person
from tests.idp.storage.made import client, session
from tests.plugins.private_servers import StorageUrls
from tests.plugins.server_processes import free_port
from tests.specs.logout_receivers import Receivers, listening


@pytest.fixture(scope="module")
def receivers() -> Iterator[Receivers]:
    with listening(f"http://127.0.0.1:{free_port()}") as receivers:
        yield receivers


@dataclass
class House:
    """An installation with a person's session, apps that took part in it, and the worker."""

    installation: Installation
    rows: Rows
    clock: Moment
    receivers: Receivers
    session: Session
    encrypt: Callable[[Client, str], str] = lambda _, token: token

    def join(self, client_id: str, answers: str | None, **changes: Any) -> None:
        address = None if answers is None else f"{self.receivers.origin}/{answers}/{client_id}"
        with self.installation.services.begin() as unit_of_work:
            app = client(client_id, sector=f"{client_id}.test", backchannel_logout_uri=address, **changes)
            unit_of_work.clients.save(app, self.clock())
            unit_of_work.sessions.join(self.session.id, client_id, self.clock())
            unit_of_work.commit()

    def end(self) -> bool:
        with self.installation.services.begin() as unit_of_work:
            is_ended = end(unit_of_work, self.session, self.clock())
            unit_of_work.commit()
            return is_ended

    def work(self, allowed: bool = True, seconds: float = 3) -> int:
        fetcher = Fetcher(frozenset({self.receivers.origin} if allowed else ()), timeout=seconds)
        handler = BackchannelLogoutHandler(self.installation.services, fetcher, self.encrypt)
        return Worker(self.installation.services.begin, {BACKCHANNEL_LOGOUT: handler}, self.clock, threads=4).run_once()

    def told(self) -> dict[str, Told]:
        with self.installation.services.begin() as unit_of_work:
            return {each.client_id: each.told for each in unit_of_work.sessions.told(self.session.id)}

    def tokens(self, path: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """Header and claims of what arrived, unverified."""
        parsed = [jws.extract_compact(heard.token.encode()) for heard in self.receivers.at(path)]
        return [(dict(token.headers()), json.loads(token.payload)) for token in parsed]


@pytest.fixture
def house(installation: Installation, sqlite_urls: StorageUrls, clock: Moment, receivers: Receivers) -> House:
    receivers.heard.clear()
    account = new_person(installation)
    with installation.services.begin() as unit_of_work:
        rotation.ensure(unit_of_work, clock())
        begun = session(unit_of_work, account.id)
        unit_of_work.commit()
    return House(installation, Rows(sqlite_urls.database), clock, receivers, begun)


def test_only_apps_that_registered_an_address_are_promised_anything(house: House) -> None:
    house.join("listens", "well")
    house.join("mute", None)
    assert house.end()
    assert house.told() == {"listens": Told.ON_ITS_WAY, "mute": Told.NOT_TOLD}
    (row,) = house.rows.outbox()
    assert (row["kind"], row["lane"]) == (BACKCHANNEL_LOGOUT, f"{BACKCHANNEL_LOGOUT} listens")
    assert row["expires_at"] == house.clock() + SECONDS
    assert house.work() == 1
    assert house.told()["listens"] is Told.HEARD


def test_an_end_that_came_second_promises_nothing(house: House) -> None:
    """Mutation: the promise before the question whether it has ended."""
    house.join("listens", "well")
    assert [house.end(), house.end()] == [True, False]
    assert len(house.rows.outbox()) == 1


def test_a_promise_dies_with_its_transaction(house: House) -> None:
    house.join("listens", "well")
    with house.installation.services.begin() as unit_of_work:
        assert end(unit_of_work, house.session, house.clock())
    assert house.rows.outbox() == []
    assert house.told() == {"listens": Told.NOT_TOLD}
    assert house.end()


@pytest.mark.parametrize("answers", ["well", "quiet"])
def test_200_and_204_are_a_yes(house: House, answers: str) -> None:
    """§2.8."""
    house.join("app", answers)
    house.end()
    house.work()
    assert house.told() == {"app": Told.HEARD}
    ((action, outcome, data),) = [event for event in house.rows.events() if event[0].startswith("message.")]
    assert (action, outcome) == ("message.delivered", "ok")
    assert json.loads(data)["kind"] == BACKCHANNEL_LOGOUT


@pytest.mark.parametrize(
    ("answers", "reason"), [("broken", "http_500"), ("moved", "unreachable"), ("hanging", "unreachable")]
)
def test_trouble_is_tried_again_with_a_new_signature_over_the_same_promise(
    house: House, answers: str, reason: str
) -> None:
    """§2.8: `jti` lets the app drop a repetition. Mutations: a `jti` of each try; redirects followed; `iat` of the end."""
    house.join("app", answers)
    house.end()
    assert house.work(seconds=0.5) == 1
    assert house.told() == {"app": Told.NOT_REACHED}
    assert house.work() == 0
    house.clock.pass_by(5)
    assert house.work(seconds=0.5) == 1
    (row,) = house.rows.outbox()
    assert (row["reason"], row["finished_at"], row["attempts"]) == (reason, None, 2)
    (_, first), (_, second) = house.tokens(f"/{answers}/app")
    assert first["jti"] == second["jti"]
    assert (second["iat"] - first["iat"], second["exp"] - first["exp"]) == (5, 5)
    assert house.receivers.at("/well/elsewhere") == []


def test_what_cannot_be_encrypted_waits_until_it_can(house: House) -> None:
    """§2.4 with the app's keys out of reach. Mutations: sent in the clear; given up."""

    def unavailable(_client: Client, _token: str) -> str:
        raise Unavailable("no key")

    house.join("app", "well")
    house.encrypt = unavailable
    house.end()
    house.work()
    assert house.receivers.at("/well/app") == []
    assert house.told() == {"app": Told.NOT_REACHED}
    house.encrypt = lambda client, _token: f"for {client.client_id} alone"
    house.clock.pass_by(600)
    house.work()
    assert [heard.token for heard in house.receivers.at("/well/app")] == ["for app alone"]


def test_who_refuses_is_asked_three_times(house: House) -> None:
    """§2.8: 400 is a no. Mutation: asking on for a day."""
    house.join("app", "refusing")
    house.end()
    for _ in range(10):
        house.work()
        house.clock.pass_by(3600)
    assert len(house.receivers.at("/refusing/app")) == 3
    (row,) = house.rows.outbox()
    assert (row["outcome"], row["reason"]) == ("abandoned", "http_400")
    assert house.told() == {"app": Told.NOT_REACHED}


def test_after_a_day_nobody_is_told_any_more(house: House) -> None:
    house.join("app", "broken")
    house.end()
    house.clock.pass_by(SECONDS)
    house.work()
    assert house.receivers.at("/broken/app") == []
    assert [row["reason"] for row in house.rows.outbox()] == ["expired"]


def test_the_address_is_the_one_registered_when_it_leaves(house: House) -> None:
    """Mutation: the address in the payload."""
    house.join("app", "broken")
    house.end()
    house.join("app", "well")
    house.work()
    assert house.receivers.at("/broken/app") == []
    assert len(house.receivers.at("/well/app")) == 1


def test_an_app_without_an_address_by_now_is_given_up(house: House) -> None:
    house.join("app", "well")
    house.end()
    house.join("app", None)
    house.work()
    assert [row["reason"] for row in house.rows.outbox()] == ["no_address"]


def test_a_key_that_was_rotated_meanwhile_signs(house: House) -> None:
    """Mutation: a signed token in the payload."""
    house.join("app", "well")
    house.end()
    before = house.installation.services.signer.sign({}, "RS256")
    with house.installation.services.begin() as unit_of_work:
        kid = rotation.rotate(unit_of_work, "RS256", house.clock.pass_by(60), publish_ahead=0)
        unit_of_work.commit()
    house.clock.pass_by(60)
    house.work()
    ((header, _),) = house.tokens("/well/app")
    assert header["kid"] != jws.extract_compact(before.encode()).headers()["kid"]
    assert header["kid"] == kid


def test_nobody_inside_our_network_is_called(house: House) -> None:
    """Threat N01: a registered address is only an address. Mutation: the fetcher left out."""
    house.join("app", "well")
    house.end()
    house.work(allowed=False)
    assert house.receivers.heard == []
    assert [row["reason"] for row in house.rows.outbox()] == ["unreachable"]


def test_the_payload_is_closed_and_holds_no_token(house: House) -> None:
    house.join("app", "well")
    house.end()
    with house.installation.services.begin() as unit_of_work:
        (item,) = unit_of_work.outbox.claim(house.clock(), lease_seconds=1, limit=1)
        sub = unit_of_work.subjects.of(house.session.account_id, "app.test")
    assert dict(item.payload) == {
        "client_id": "app",
        "sub": sub,
        "sid": house.session.sid,
        "jti": item.payload["jti"],
    }
    sealed = house.rows.outbox()[0]["sealed_payload"]
    assert house.session.sid.encode() not in sealed


def test_one_dead_app_with_many_promises_keeps_nobody_waiting(house: House) -> None:
    """Mutation: no lanes; then the dead app's items, which are older, hold every thread."""
    house.join("dead", "hanging")
    house.join("living", "well")
    with house.installation.services.begin() as unit_of_work:
        for number in range(6):
            payload = {"client_id": "dead", "sub": "s", "sid": "s", "jti": f"j{number}"}
            at = Instant(house.clock() - 10)
            unit_of_work.outbox.put(
                BACKCHANNEL_LOGOUT, payload, at, Instant(at + SECONDS), f"{BACKCHANNEL_LOGOUT} dead"
            )
        unit_of_work.commit()
    house.end()
    house.work(seconds=0.3)
    arrived = [heard.path for heard in house.receivers.heard]
    assert arrived.index("/well/living") <= 1
    assert arrived.count("/hanging/dead") == 7
