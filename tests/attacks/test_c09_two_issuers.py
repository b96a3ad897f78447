"""C09: two issuers run the same code; what one of them made opens nothing at the other."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode

import pytest

from idp.app import Installation, create_app
from idp.clock import system_clock
from idp.keys import rotation
from idp.model.account import Identifier, IdentifierKind
from idp.oauth.client_metadata import client_of
from idp.storage.migrations import upgrade
from tests.benchmarks.operations import CLIENTS, Caller, Person, basic, cookie_of
from tests.idp.installed import installed, new_person
from tests.plugins.private_servers import StorageUrls

KEYS = ("1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "1:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=")


@pytest.fixture
def two(tmp_path: Path) -> Iterator[list[Installation]]:
    """The same apps and the same numbers at both; stores, keys and issuers are their own."""
    with ExitStack() as stack:
        opened = []
        for number, key in enumerate(KEYS):
            folder = tmp_path / str(number)
            folder.mkdir()
            urls = StorageUrls(f"sqlite:///{folder / 'idp.db'}", f"sqlite:///{folder / 'ephemeral.db'}")
            upgrade(urls.database)
            changes = {"IDP_SECRETS__KEYS": key, "IDP_ISSUER": f"http://localhost:800{number}"}
            installation = installed(urls, folder, system_clock, **changes)
            stack.callback(installation.storage.close)
            with installation.services.begin() as unit_of_work:
                rotation.ensure(unit_of_work, installation.services.clock())
                for client in CLIENTS:
                    unit_of_work.clients.save(client_of(client), installation.services.clock())
                unit_of_work.commit()
            new_person(installation, Identifier(IdentifierKind.PHONE, "+8613900000001"))
            opened.append(installation)
        yield opened


@pytest.mark.parametrize("client_id", ["opaque", "jwt"])
def test_what_one_made_opens_nothing_at_the_other(two: list[Installation], client_id: str) -> None:
    """Mutations: any key in the store verifies; `iss` of our own tokens not compared; one key for all installations."""
    home, elsewhere = (Caller(create_app(each)) for each in two)
    cookie = cookie_of(two[0], 1)
    person = Person(home, cookie, client_id)
    person.code_round_trip()
    there = Person(elsewhere, cookie, client_id)
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {person.tokens['access_token']}"}
    assert home.get("/userinfo", bearer).status == 200
    assert elsewhere.get("/userinfo", bearer).status == 401
    told = elsewhere.post("/introspect", basic(client_id), urlencode({"token": person.tokens["access_token"]}).encode())
    assert told.json == {"active": False}
    refresh = {"grant_type": "refresh_token", "refresh_token": person.tokens["refresh_token"]}
    assert elsewhere.post("/token", basic(client_id), urlencode(refresh).encode()).json["error"] == "invalid_grant"
    answer = elsewhere.get(there._asks, {"HTTP_COOKIE": f"session={cookie}"})
    assert "error=login_required" in answer.headers["location"], "the session as well"
