"""`docs/how-to/when-the-database-is-dead.md` tells the truth at three in the morning (threats O04, O05)."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import sleep

import httpx
import psycopg
import pytest

from idp.storage.known_clients import POLL_SECONDS
from tests.docs.pages import rows, section
from tests.docs.programs import wait_until
from tests.plugins.private_servers import StorageUrls
from tests.plugins.relay import Relay
from tests.plugins.running_idp import ROOT, RunningIdp, running_idp
from tests.specs.form_browser import FormBrowser
from tests.specs.relying_party import RelyingParty

PAGE = "how-to/when-the-database-is-dead.md"
TABLE = {row[0]: (int(row[1]), int(row[2])) for row in rows(section(PAGE, "## What works meanwhile"))}
STORES = ("database", "ephemeral")
DOWN = {"database": {"stores", "migrations"}, "ephemeral": {"stores"}}
DATABASE = "running_behind_a_relay"


@dataclass
class Night:
    """A running installation whose two stores can die, and somebody who is signed in."""

    running: RunningIdp
    relays: dict[str, Relay]
    visits: dict[str, Callable[[], httpx.Response]]

    def ready(self) -> httpx.Response:
        return httpx.get(f"{self.running.management}/health/ready", timeout=20, trust_env=False)


@pytest.fixture(scope="module")
def night(postgresql_port: int, redis_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    administration = f"postgresql://idp@127.0.0.1:{postgresql_port}/postgres"
    with psycopg.connect(administration, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {DATABASE}".encode())
    relays = {"database": Relay(postgresql_port), "ephemeral": Relay(redis_port)}
    urls = StorageUrls(
        f"postgresql://idp@127.0.0.1:{relays['database'].port}/{DATABASE}",
        f"redis://127.0.0.1:{relays['ephemeral'].port}/6",
    )
    with running_idp(urls, tmp_path_factory.mktemp("night")) as running:
        library = RelyingParty(running, running.client("licence-library"))
        with library, FormBrowser(running.issuer) as known, FormBrowser(running.issuer) as stranger:
            yield Night(running, relays, visits(running, library, known, stranger))


def visits(
    running: RunningIdp, library: RelyingParty, known: FormBrowser, stranger: FormBrowser
) -> dict[str, Callable[[], httpx.Response]]:
    """One visit for each row of the table."""
    question = library.ask()
    tokens = library.tokens(known.go_through(question.address, running.new_person()), question)
    redeeming = {"grant_type": "authorization_code", "code": "code-of-nobody", "code_verifier": "v" * 43}
    asking = stranger.get(library.ask().address)
    form = asking.forms[0]
    typed = {**form.fields, "username": "13800000001", "way": "password"}

    def anew() -> httpx.Response:
        with FormBrowser(running.issuer) as nobody:
            return nobody.http.get(library.ask().address)

    def get(path: str) -> Callable[[], httpx.Response]:
        return lambda: known.http.get(running.issuer + path)

    return {
        "discovery, `/.well-known/openid-configuration`": get("/.well-known/openid-configuration"),
        "keys, `/jwks`: apps can verify what they hold": get("/jwks"),
        "`/help`, with 12345 and the hall": get("/help"),
        "`/authorize`, nobody signed in": anew,
        "the name typed on the sign-in page": lambda: stranger.http.post(running.issuer + form.action, data=typed),
        "`/authorize`, somebody signed in": lambda: known.http.get(library.ask().address),
        "`/token`": lambda: library.http.post(f"{running.issuer}/token", data=redeeming, headers=library.basic),
        "`/userinfo`": lambda: library.userinfo(tokens["access_token"]),
        "`/introspect`": lambda: library.post("/introspect", {"token": tokens["access_token"]}),
        "`/revoke`: a 200 is never told that is not true": lambda: library.post("/revoke", {"token": "1.0.x"}),
        "`/me`": get("/me"),
        "`/logout`": get("/logout"),
        "`http://127.0.0.1:9000/health/live`": lambda: known.http.get(f"{running.management}/health/live"),
        "`http://127.0.0.1:9000/health/ready`": lambda: known.http.get(f"{running.management}/health/ready"),
    }


@pytest.fixture(params=STORES)
def dead(request: pytest.FixtureRequest, night: Night) -> Iterator[str]:
    """The name of a store that is dead during the test; afterwards everything must have come back by itself."""
    relay = night.relays[request.param]
    relay.cut()
    sleep(POLL_SECONDS)  # until then a process may still know the registrations of clients
    yield request.param
    relay.mend()
    wait_until(lambda: night.ready().status_code == 200, night.running.log)


def test_every_row_is_tried(night: Night) -> None:
    assert night.visits.keys() == TABLE.keys()
    assert {what: visit().status_code for what, visit in night.visits.items() if visit().status_code >= 500} == {}


def test_the_table_holds(night: Night, dead: str) -> None:
    """Mutation: let `KeyRing` forget its copy when the store does not answer."""
    told = {what: statuses[STORES.index(dead)] for what, statuses in TABLE.items()}
    answers = {what: visit() for what, visit in night.visits.items()}
    assert {what: answer.status_code for what, answer in answers.items()} == told
    refused = [what for what, answer in answers.items() if answer.status_code == 503 and "9000" not in what]
    assert [what for what in refused if "Retry-After" not in answers[what].headers] == []


def test_every_process_serves_the_keys(night: Night, dead: str) -> None:
    """Each request is a connection of its own, so that both processes are met."""
    address = f"{night.running.issuer}/jwks"
    assert {httpx.get(address, timeout=20, trust_env=False).status_code for _ in range(16)} == {200}, dead


def test_readiness_tells_the_stores_apart(night: Night, dead: str) -> None:
    answer = night.ready()
    assert {check["name"] for check in answer.json()["checks"] if check["status"] == "DOWN"} == DOWN[dead]


def test_a_start_is_refused(night: Night, dead: str) -> None:
    command = [sys.executable, "-m", "idp", "--config", str(night.running.config), "serve"]
    refused = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode == 1, dead
    assert refused.stderr.startswith("Not started:\n- stores: ")


def test_a_hanging_database_is_given_up(night: Night) -> None:
    """Mutation: connections without a patience of their own; then nothing answers any more, `/jwks` neither."""
    night.relays["database"].freeze()
    rescue = threading.Timer(60, night.relays["database"].thaw)
    rescue.start()
    assert night.visits["`/me`"]().status_code == 503
    assert night.visits["keys, `/jwks`: apps can verify what they hold"]().status_code == 200
    assert rescue.is_alive()
    rescue.cancel()
    night.relays["database"].thaw()
    wait_until(lambda: night.ready().status_code == 200, night.running.log)


def test_it_came_back_by_itself(night: Night) -> None:
    """After all outages, without a restart: whoever was signed in still is."""
    assert "code=" in night.visits["`/authorize`, somebody signed in"]().headers["Location"]
