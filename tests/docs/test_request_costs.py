"""The table of what a request costs, in `docs/architecture.md`, is what requests cost."""

import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from idp.app import Installation, create_app
from idp.keys import rotation
from idp.model.account import Identifier, IdentifierKind
from idp.oauth.client_metadata import client_of
from idp.storage import known_clients
from idp.storage.database import Held
from idp.storage.statements import Outcome, Prepared
from tests.docs.pages import rows, section
from tests.idp.installed import PASSWORD, PHONE, Moment, installed, new_person
from tests.plugins.private_servers import StorageUrls
from tests.specs.form_browser import FormBrowser
from tests.specs.relying_party import s256

ISSUER = "http://localhost:8000"
VERIFIER = "v" * 43
APP = {
    "client_id": "library",
    "client_name": "电子证照库",
    "client_secret": "secret-of-the-library-in-this-test-only",
    "redirect_uris": ["http://localhost:8002/callback"],
    "scope": "openid profile",
    "id_token_signed_response_alg": "ES256",
    "asks_consent": False,
}
TOLD = {row[0]: tuple(map(int, row[1:])) for row in rows(section("architecture.md", "## What a request costs"))}
COLUMNS = ("read", "write", "commit", "ephemeral")


class Meter:
    """Counts statements by what they do, on all connections of this process."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def note(self, held: Held, prepared: Prepared) -> None:
        verb = prepared.text.split(maxsplit=1)[0]
        kind = {"SELECT": "read", "COMMIT": "commit", "INSERT": "write", "UPDATE": "write", "DELETE": "write"}
        is_ephemeral = "ephemeral" in str(held.connection.engine.url)
        self.counts["ephemeral" if is_ephemeral else kind.get(verb, "other")] += 1

    def measure(self, act: Callable[[], Any]) -> tuple[tuple[int, ...], Any]:
        self.counts.clear()
        answer = act()
        return tuple(self.counts[column] for column in COLUMNS), answer


def prepared(urls: StorageUrls, directory: Path) -> Installation:
    """Keys, one app and one person; the ephemeral table is there, so that its making is not counted."""
    installation = installed(urls, directory, Moment())
    with installation.services.begin() as unit_of_work:
        rotation.ensure(unit_of_work, installation.services.clock())
        unit_of_work.clients.save(client_of(APP), installation.services.clock())
        unit_of_work.commit()
    new_person(installation, Identifier(IdentifierKind.PHONE, f"+86{PHONE}"))
    installation.services.ephemeral.get("nothing")
    installation.services.signer.jwks()
    return installation


def measured(installation: Installation, meter: Meter) -> Iterator[tuple[str, tuple[int, ...]]]:
    http = httpx.Client(transport=httpx.WSGITransport(app=create_app(installation)), base_url=ISSUER)
    browser = FormBrowser(ISSUER)
    browser.http = http
    query = {
        "client_id": "library",
        "redirect_uri": "http://localhost:8002/callback",
        "response_type": "code",
        "scope": "openid profile",
        "code_challenge": s256(VERIFIER),
        "code_challenge_method": "S256",
    }
    cost, _ = meter.measure(lambda: http.get("/.well-known/openid-configuration"))
    yield "discovery", cost
    cost, _ = meter.measure(lambda: http.get("/jwks"))
    yield "keys, once every 5 s and process: 1 read", cost
    cost, answer = meter.measure(lambda: http.get("/authorize", params=query))
    yield "a new authorization request, nobody signed in", cost
    page = browser.press(browser.get(answer.headers["Location"]), {"value": "password"}, username=PHONE)
    form = page.forms[0]
    cost, answer = meter.measure(lambda: http.post(form.action, data={**form.fields, "password": PASSWORD}))
    assert answer.headers["Location"].startswith("/authorize/")
    yield "the right password", cost
    cost, answer = meter.measure(lambda: http.get("/authorize", params=query))
    yield "single sign-on: request in, code out", cost
    code = re.search(r"code=([^&]+)", answer.headers["Location"])
    assert code
    grant = {"grant_type": "authorization_code", "code": code[1], "code_verifier": VERIFIER}
    credentials = (str(APP["client_id"]), str(APP["client_secret"]))
    cost, answer = meter.measure(
        lambda: http.post("/token", data={**grant, "redirect_uri": query["redirect_uri"]}, auth=credentials)
    )
    yield "token by code", cost
    bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    cost, answer = meter.measure(lambda: http.get("/userinfo", headers=bearer))
    assert answer.status_code == 200
    yield "userinfo", cost


@pytest.fixture(scope="module")
def costs(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[int, ...]]]:
    directory = tmp_path_factory.mktemp("costs")
    shutil.copy(migrated_sqlite, directory / "idp.db")
    urls = StorageUrls(f"sqlite:///{directory / 'idp.db'}", f"sqlite:///{directory / 'ephemeral.db'}")
    installation, meter = prepared(urls, directory), Meter()
    execute = Held.execute

    def noted(held: Held, prepared: Prepared, *rest: Any) -> Outcome:
        meter.note(held, prepared)
        return execute(held, prepared, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Held, "execute", noted)
        patch.setattr(
            known_clients, "POLL_SECONDS", 3600.0
        )  # the look of each second is told apart, and due when others are slow
        yield dict(measured(installation, meter))
    installation.storage.close()


def test_every_row_is_measured(costs: dict[str, tuple[int, ...]]) -> None:
    assert costs.keys() == TOLD.keys()


@pytest.mark.parametrize("request_told", TOLD)
def test_a_request_costs_at_most_what_is_told(costs: dict[str, tuple[int, ...]], request_told: str) -> None:
    """Mutation: read the client a third time in `AuthorizationServer.authorization_request`."""
    cost, told = costs[request_told], TOLD[request_told]
    assert all(spent <= limit for spent, limit in zip(cost, told, strict=True)), f"{cost} instead of {told}"
