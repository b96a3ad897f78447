"""The demo's city: described without a server, settled once, and never written twice."""

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from idp.accounts.find import find
from idp.app import install, load_settings
from idp.cli import demo_city, demo_processes, demo_sources
from idp.cli.demo_processes import _welcome
from idp.model.account import AccountStatus
from idp.model.credential import CredentialKind
from idp.model.office import Role
from idp.oauth.client_metadata import client_of
from idp.ports import SourceKind

ROOT = Path(__file__).resolve().parents[3]
CITY = demo_city.read(ROOT / "examples" / "city.toml")


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    """What `idp demo --describe` prints, as anybody runs it, with no server and no settings."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("IDP_")}
    command = [sys.executable, "-m", "idp", "demo", "--describe"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_the_description_has_all_its_members(described: dict[str, Any]) -> None:
    assert set(described) == {"issuer", "clients", "people", "officers", "simulators"}
    assert described["issuer"] == "http://localhost:8000"
    assert described["officers"] == []
    assert described["simulators"] == {
        "carrier": "http://localhost:8003",
        "authority": "http://localhost:8004",
        "citizen_card": "http://localhost:8009",
    }


def test_each_client_is_metadata_that_we_would_register(described: dict[str, Any]) -> None:
    assert [client["client_id"] for client in described["clients"]] == ["housing-fund", "licence-library", "city-app"]
    for client in described["clients"]:
        assert client_of(client).client_id == client["client_id"]
        assert {"channel", "profile", "redirect_uris", "grant_types", "scope"} <= set(client)
        is_public = client["token_endpoint_auth_method"] == "none"
        assert is_public is not ("client_secret" in client or "jwks" in client)


def test_each_person_can_sign_in_with_what_is_told(described: dict[str, Any]) -> None:
    members = {
        "username", "citizen_id", "id_type", "id_number", "password", "code", "totp_secret", "name", "level", "status",
    }  # fmt: skip
    for person in described["people"]:
        assert set(person) == members
        assert person["code"] == "000000"
        assert 1 <= person["level"] <= 3, "one factor reaches no more"
        assert person["citizen_id"] is None or person["citizen_id"].startswith("89")
    assert len({person["username"] for person in described["people"]}) == len(described["people"]) == 24
    assert [person["name"] for person in described["people"] if person["status"] == "frozen"] == ["郑浩"]


def test_the_welcome_names_everybody_also_who_has_no_phone(described: dict[str, Any], tmp_path: Path) -> None:
    """Mutation: whoever has a citizen number alone stops the demo with a traceback, once everything is up."""
    welcome = _welcome(CITY, tmp_path, {Role.AUDIT: "http://localhost:8000/console/invitations/3.x"})
    assert all(f"{person['username']}  {person['password']}" in welcome for person in described["people"])
    assert all(f"http://localhost:{port}" in welcome for port in (8000, 8001, 8002, 8003, 8004))
    assert "audit     http://localhost:8000/console/invitations/3.x" in welcome
    assert "invited" not in _welcome(CITY, tmp_path, {})


def test_the_app_that_is_told_of_is_that_of_its_person(described: dict[str, Any], tmp_path: Path) -> None:
    """Mutation: told and not stored, so that an automated visitor never gets beyond 三级."""
    installation = install(load_settings(demo_city.prepare(CITY, tmp_path / "demo", database=None, ephemeral=None), {}))
    told = {person["username"]: person["totp_secret"] for person in described["people"]}
    stored = {}
    with installation.services.begin() as unit_of_work:
        for name in told:
            account = find(unit_of_work, name, installation.services.clock(), sandbox=True)
            app = unit_of_work.credentials.get(account.id, CredentialKind.ONE_TIME_CODE)
            stored[name] = app.secret if app is not None else None
    installation.storage.close()
    assert stored == told
    assert [secret for secret in told.values() if secret is not None] != []


def test_a_second_run_goes_on_where_the_first_one_stopped(tmp_path: Path) -> None:
    """Mutation: people written twice, or a new master key that reads nothing of the old ones."""
    config = demo_city.prepare(CITY, tmp_path / "demo", database=None, ephemeral=None)
    written = config.read_text("utf-8")
    assert config.stat().st_mode & 0o777 == 0o600, "the master key is in it"

    def account_ids() -> list[int]:
        installation = install(load_settings(config, {}))
        with installation.services.begin() as unit_of_work:
            assert unit_of_work.accounts.any_sandbox()
            people: Any = demo_city.describe(CITY)["people"]
            names = [person["username"] for person in people]
            found = [find(unit_of_work, name, installation.services.clock(), sandbox=True) for name in names]
            assert [account.status for account in found].count(AccountStatus.FROZEN) == 1
            assert {client.client_id for client in unit_of_work.clients.all() if client.is_sandbox} == {
                client["client_id"] for client in CITY["clients"]
            }
        installation.storage.close()
        return [account.id for account in found]

    first = account_ids()
    assert len(first) == len(CITY["people"])
    assert demo_city.prepare(CITY, tmp_path / "demo", database=None, ephemeral=None) == config
    assert config.read_text("utf-8") == written
    assert account_ids() == first


def test_everybody_comes_by_the_import_as_well(tmp_path: Path) -> None:
    """`idp person import` takes the same people. Mutation: the demo writes what an operator could not."""
    city = {**CITY, "people": []}
    config = demo_city.prepare(city, tmp_path / "demo", database=None, ephemeral=None)
    people, out = tmp_path / "people.jsonl", tmp_path / "report.jsonl"
    rows = [demo_city.row_of(person, date(2026, 1, 1)) for person in CITY["people"]]
    people.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows), "utf-8")
    words = ["--config", str(config), "person", "import", str(people), "--report", str(out)]
    done = subprocess.run([sys.executable, "-m", "idp", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("24 created.\n", 0), done.stderr


def test_other_stores_stand_in_a_file_of_their_own(tmp_path: Path) -> None:
    other = f"sqlite:///{tmp_path / 'other.db'}"
    config = demo_city.prepare(CITY, tmp_path / "demo", database=other, ephemeral=None)
    settings = load_settings(config, {})
    assert settings.storage.database == other
    assert settings.storage.ephemeral == f"sqlite:///{tmp_path / 'demo' / 'ephemeral.db'}"
    assert config.stat().st_mode & 0o777 == 0o600
    assert load_settings(tmp_path / "demo" / "idp.toml", {}).storage.database != other


def test_who_has_no_phone_is_welcomed_by_their_number(tmp_path: Path) -> None:
    """Mutation: the demo starts everything, and dies of the words that it says then."""
    said = demo_processes._welcome(CITY, tmp_path, {})
    for person in CITY["people"]:
        assert demo_city.name_of(person) in said
    assert demo_city.CARD_PIN in said


def test_the_demo_knows_every_register_also_where_an_earlier_release_wrote_its_settings(tmp_path: Path) -> None:
    """Mutation: sections that are written twice, or into new settings alone."""
    config = demo_city.prepare(CITY, tmp_path / "demo", database=None, ephemeral=None)
    text = config.read_text("utf-8")
    kinds = {kind.value: getattr(load_settings(config, {}).sources, kind.value) for kind in SourceKind}
    assert kinds == {"face": "sandbox_authority", **demo_sources.SOURCES}
    earlier = text.replace(f"{demo_sources.chosen()}\n", "").partition("[sandbox_population_register]")[0]
    for before in (earlier, text):
        config.write_text(before, "utf-8")
        demo_city.prepare(CITY, tmp_path / "demo", database=None, ephemeral=None)
        assert config.read_text("utf-8").count("[sandbox_population_register]") == 1
        installation = install(load_settings(config, {}))
        assert installation.services.sources.population is not None
        assert installation.services.sources.card_reader is not None
        installation.storage.close()
