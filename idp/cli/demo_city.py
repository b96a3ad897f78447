"""The demo's city: reads its people and apps, writes its settings, and puts both into the store once."""

import base64
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from idp.app import install, load_settings
from idp.app.logs import configure_logging
from idp.clock import Instant
from idp.entropy import random_bytes, random_token
from idp.keys import rotation
from idp.model.account import Identifier, IdentifierKind, NewAccount
from idp.model.credential import CredentialKind
from idp.model.policy import Authentication, Level, Proofing
from idp.oauth.client_list import clients_of
from idp.policy.levels import reached
from idp.registration.register import register
from idp.services import Services
from idp.settings import Policy
from idp.storage import migrations
from realnames.identifiers.phone import parse_phone

ISSUER = "http://localhost:8000"
PORTS = {
    "identity provider": 8000,
    "housing fund": 8001,
    "licence library": 8002,
    "sandbox carrier": 8003,
    "management": 9000,
}

City = Mapping[str, Any]


def read(path: Path) -> City:
    """People and apps as the file has them."""
    return tomllib.loads(path.read_text("utf-8"))


def describe(city: City) -> Mapping[str, object]:
    """What an automated visitor needs to know; works whether the demo runs or not."""
    return {
        "issuer": ISSUER,
        "clients": [{name: value for name, value in client.items() if name != "purpose"} for client in city["clients"]],
        "people": [{**_described(person), "code": city["sandbox_code"]} for person in city["people"]],
        "officers": [],
        "simulators": {"carrier": f"http://localhost:{PORTS['sandbox carrier']}"},
    }


def _described(person: Mapping[str, Any]) -> Mapping[str, object]:
    table = Policy().levels
    return {
        "username": person["phone"],
        "citizen_id": person.get("citizen_id"),
        "password": person["password"],
        "totp_secret": person.get("totp_secret"),
        "name": person.get("name"),
        "level": reached(table, Proofing(person["proofing"]), Authentication.A1, Level.FIVE).value,
    }


def prepare(city: City, directory: Path, *, database: str | None, ephemeral: str | None) -> Path:
    """Settings, and everything `settle` does; what is there is kept. The settings file."""
    directory.mkdir(parents=True, exist_ok=True)
    config = directory / "idp.toml"
    if not config.exists():
        _write_settings(config, directory)
    _allow_apps(config)
    if database or ephemeral:
        config = _with_stores(config, database, ephemeral)
    settle(city, config)
    return config


def settle(city: City, config: Path) -> None:
    """Tables, keys, people and apps, in the stores of these settings; safe to repeat."""
    settings = load_settings(config, {})
    configure_logging(settings.log_format)
    migrations.upgrade(settings.storage.database)
    services = install(settings).services
    with services.begin() as unit_of_work:
        now = services.clock()
        rotation.ensure(unit_of_work, now)
        register(unit_of_work, clients_of(city["clients"], is_sandbox=True), now)
        unit_of_work.commit()
    for person in city["people"]:
        _settle(services, person)


def _settle(services: Services, person: Mapping[str, Any]) -> None:
    """Write a person, unless an earlier run did; one that an earlier release wrote lacks the app."""
    phone = Identifier(IdentifierKind.PHONE, parse_phone(person["phone"]).e164)
    now = services.clock()
    with services.begin() as unit_of_work:
        account = unit_of_work.accounts.find(phone)
        if account is None:
            account = unit_of_work.accounts.create(_new_account(person, phone, now))
            password = services.passwords.hash(person["password"])
            unit_of_work.credentials.put(account.id, CredentialKind.PASSWORD, password, now)
        app = CredentialKind.ONE_TIME_CODE
        if "totp_secret" in person and unit_of_work.credentials.get(account.id, app) is None:
            unit_of_work.credentials.put(account.id, app, person["totp_secret"], now)
        unit_of_work.commit()


def _new_account(person: Mapping[str, Any], phone: Identifier, now: Instant) -> NewAccount:
    account = NewAccount(
        name=person.get("name"),
        identifiers=(phone,),
        proofing=Proofing(person["proofing"]),
        proofed_at=now if person["proofing"] else None,
        is_sandbox=True,
        created_at=now,
    )
    if "citizen_id" not in person:
        return account
    return replace(account, identifiers=(Identifier(IdentifierKind.CITIZEN_ID, person["citizen_id"]), phone))


def _write_settings(config: Path, directory: Path) -> None:
    carrier = f"http://127.0.0.1:{PORTS['sandbox carrier']}"
    key = base64.b64encode(random_bytes()).decode()
    text = f"""# Written by `idp demo`; for this machine only.
issuer = "{ISSUER}"
state_directory = "{directory}"

[server]
host = "127.0.0.1"
port = {PORTS["identity provider"]}
workers = 2
management_port = {PORTS["management"]}

[storage]
database = "sqlite:///{directory / "idp.db"}"
ephemeral = "sqlite:///{directory / "ephemeral.db"}"

[secrets]
keys = "1:{key}"

[sandbox]
enabled = true

[messaging]
sms = "sandbox_carrier"

[sandbox_carrier]
url = "{carrier}"
token = "{random_token()}"

[fetch]
{_allowed_origins()}
"""
    config.touch(mode=0o600)
    config.write_text(text, "utf-8")


def _allowed_origins() -> str:
    """The carrier, and the apps: they hear of sign-outs by http, which only this machine may."""
    carrier = f"http://127.0.0.1:{PORTS['sandbox carrier']}"
    apps = [f"http://localhost:{PORTS[name]}" for name in ("housing fund", "licence library")]
    return f"allowed_origins = {json.dumps([carrier, *apps])}"


def _allow_apps(config: Path) -> None:
    """Settings that an earlier release wrote name the carrier alone."""
    text = config.read_text("utf-8")
    config.write_text(re.sub(r"^allowed_origins = .*$", _allowed_origins(), text, flags=re.MULTILINE), "utf-8")


def _with_stores(config: Path, database: str | None, ephemeral: str | None) -> Path:
    """The same settings over other stores, in a file of their own."""
    other = config.with_name("idp-other-stores.toml")
    lines = config.read_text("utf-8").splitlines()
    wanted = {"database = ": database, "ephemeral = ": ephemeral}
    for number, line in enumerate(lines):
        for start, url in wanted.items():
            if url and line.startswith(start):
                lines[number] = f'{start}"{url}"'
    other.touch(mode=0o600)
    other.write_text("\n".join(lines) + "\n", "utf-8")
    return other
