"""Access tokens of clients whose registration, or whose issuer, has become stricter since they were issued."""

from pathlib import Path

import pytest

from idp.app import create_app
from idp.clock import system_clock
from idp.oauth.client_metadata import client_of
from tests.benchmarks.operations import CLIENTS, Caller, Person, city, cookie_of
from tests.idp.installed import installed, new_person
from tests.idp.oauth.assertions import holder
from tests.plugins.private_servers import StorageUrls


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client["client_id"])
def test_a_profile_is_asked_for_at_each_use(storage_urls: StorageUrls, tmp_path: Path, client: dict[str, str]) -> None:
    """Mutations: the profile that is off serves on at userinfo; a client of `gov-high` goes on with its old bearer token."""
    with city(storage_urls, tmp_path) as installation:
        caller = Caller(create_app(installation))
        person = Person(caller, cookie_of(installation, new_person(installation).id), client["client_id"])
        person.code_round_trip()
        shown = {"HTTP_AUTHORIZATION": f"Bearer {person.tokens['access_token']}"}
        assert caller.get("/userinfo", shown).status == 200
        strict = installed(storage_urls, tmp_path, system_clock, IDP_PROFILES='["gov-high"]')
        assert Caller(create_app(strict)).get("/userinfo", shown).status == 401
        strict.storage.close()
        assert caller.get("/userinfo", shown).status == 200
        high = {**client, "profile": "gov-high", "token_endpoint_auth_method": "private_key_jwt", "jwks": holder().jwks}
        raised = client_of({name: value for name, value in high.items() if name != "client_secret"})
        with installation.services.begin() as unit_of_work:
            unit_of_work.clients.save(raised, installation.services.clock())
            unit_of_work.commit()
        answer = caller.get("/userinfo", shown)
        assert (answer.status, answer.json["error"]) == (401, "invalid_token")
