"""The demo's city: reads its people and apps, writes its settings, and puts both into the store once."""

import base64
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from admin.api import resource
from idp.accounts import status
from idp.accounts.identifiers import identifier_of
from idp.accounts.import_people import Fate, PeopleImport
from idp.app import install, load_settings
from idp.app.logs import configure_logging
from idp.cli.demo_sources import know_registers
from idp.clock import as_datetime
from idp.entropy import random_bytes, random_token
from idp.keys import rotation
from idp.model.account import AccountStatus
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
    "sandbox authority": 8004,
    "sandbox citizen cards": 8009,
    "card bridge": 17312,
    "card reader bridge": 17313,
    "management": 9000,
}

CARD_PIN = "123456"
"""Of every sandbox card."""
CARD_PIN_POLICY = "2.25.195222955901898877610535751626156530424"
"""What the sandbox card office writes into certificates of keys behind a PIN."""

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
        "simulators": {
            "carrier": f"http://localhost:{PORTS['sandbox carrier']}",
            "authority": f"http://localhost:{PORTS['sandbox authority']}",
            "citizen_card": f"http://localhost:{PORTS['sandbox citizen cards']}",
        },
    }


def name_of(person: Mapping[str, Any]) -> str:
    """By what a person of the city signs in: not everybody has a phone."""
    return str(person.get("phone") or person.get("id_number") or person["citizen_id"])


def _described(person: Mapping[str, Any]) -> Mapping[str, object]:
    table = Policy().levels
    document = person.get("id_number") or person.get("citizen_id")
    return {
        "username": name_of(person),
        "citizen_id": person.get("citizen_id"),
        "id_type": person.get("id_type", "citizen_id") if document else None,
        "id_number": document,
        "password": person["password"],
        "totp_secret": person.get("totp_secret"),
        "name": person.get("name"),
        "level": reached(table, Proofing(person["proofing"]), Authentication.A1, Level.FIVE).value,
        "status": person.get("status", AccountStatus.ACTIVE.value),
    }


def prepare(city: City, directory: Path, *, database: str | None, ephemeral: str | None) -> Path:
    """Settings, and everything `settle` does; what is there is kept. The settings file."""
    directory.mkdir(parents=True, exist_ok=True)
    config = directory / "idp.toml"
    if not config.exists():
        _write_settings(config, directory)
    _bring_up_to_date(config)
    _know_cards(config, directory)
    know_registers(config, directory, ISSUER, f"http://127.0.0.1:{PORTS['card reader bridge']}")
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
        resource.ensure(unit_of_work, settings.issuer, now)
        register(unit_of_work, clients_of(city["clients"], is_sandbox=True), now)
        unit_of_work.commit()
    _settle(services, city["people"])


def row_of(person: Mapping[str, Any], today: date) -> Mapping[str, object]:
    """A person of the city as a row of `idp person import`: whose phone is in the file, proved to hold it."""
    verified = ["phone"] if "phone" in person else []
    told = {name: person[name] for name in ("name", "phone", "password") if name in person}
    if "citizen_id" in person:
        told |= {"id_type": "citizen_id", "id_number": person["citizen_id"]}
    elif "id_type" in person:
        told |= {"id_type": person["id_type"], "id_number": person["id_number"]}
    return {**told, "proofing": {"level": person["proofing"], "at": today.isoformat(), "verified": verified}}


def _settle(services: Services, people: Sequence[Mapping[str, Any]]) -> None:
    """Write the people whom no earlier run wrote; a number that a visitor took meanwhile stays theirs."""
    run = PeopleImport(services, is_dry_run=False)
    today = as_datetime(services.clock()).date()
    outcomes = run.write([run.read(json.dumps(row_of(person, today)).encode()) for person in people])
    for person, outcome in zip(people, outcomes, strict=True):
        if outcome.fate is Fate.REFUSED and outcome.code != "identifier_taken":
            raise ValueError(f"somebody in the city cannot live: {outcome.reason}")
        if outcome.fate is Fate.CREATED and person.get("status") == AccountStatus.FROZEN:
            _freeze(services, outcome.uid or "")
        if "totp_secret" in person:
            _give_app(services, person)


def _give_app(services: Services, person: Mapping[str, Any]) -> None:
    """An authenticator app for who has none, also where an earlier release wrote the person."""
    kind, now = CredentialKind.ONE_TIME_CODE, services.clock()
    with services.begin() as unit_of_work:
        account = unit_of_work.accounts.find(identifier_of(parse_phone(person["phone"])))
        if account is not None and unit_of_work.credentials.get(account.id, kind) is None:
            unit_of_work.credentials.put(account.id, kind, person["totp_secret"], now)
            unit_of_work.commit()


def _freeze(services: Services, uid: str) -> None:
    with services.begin() as unit_of_work:
        account = unit_of_work.accounts.by_uid(uid)
        assert account is not None  # written a moment ago
        status.freeze(unit_of_work, account.id, status.Reason.MISUSE, services.clock())
        unit_of_work.commit()


def _write_settings(config: Path, directory: Path) -> None:
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
voice = "sandbox_voice"

{_carriers()}

[fetch]
{_allowed_origins()}
"""
    config.touch(mode=0o600)
    config.write_text(text, "utf-8")


def _carriers() -> str:
    """One program brings text messages and calls, and reports what became of them."""
    reached = f"""url = "http://127.0.0.1:{PORTS["sandbox carrier"]}"
token = "{random_token()}\""""
    return f"""[sandbox_carrier]
{reached}
report_token = "{random_token()}"

[sandbox_voice]
{reached}"""


def _allowed_origins() -> str:
    """The simulators, and the apps: they hear of sign-outs by http, which only this machine may."""
    simulators = [f"http://127.0.0.1:{PORTS[name]}" for name in ("sandbox carrier", "sandbox authority")]
    apps = [f"http://localhost:{PORTS[name]}" for name in ("housing fund", "licence library")]
    return f"allowed_origins = {json.dumps([*simulators, *apps])}"


def _bring_up_to_date(config: Path) -> None:
    """Settings that an earlier release wrote know fewer programs."""
    text = config.read_text("utf-8")
    text = re.sub(r"^allowed_origins = .*$", _allowed_origins(), text, flags=re.MULTILINE)
    config.write_text(text if "[sandbox_authority]" in text else f"{text}\n{_authority()}", "utf-8")


def _authority() -> str:
    """Who compares faces, and the section by which it is reached."""
    return f"""[sources]
face = "sandbox_authority"

[sandbox_authority]
url = "http://127.0.0.1:{PORTS["sandbox authority"]}"
token = "{random_token()}"
client = "{ISSUER}"
issuer = "urn:yizheng:sandbox:authority"
name = "沙箱实人核验中心"
english_name = "the sandbox face authority"
"""


def cards_of(directory: Path) -> Path:
    """Where the sandbox card office keeps its issuer, its cards and its list of lost ones."""
    return directory / "citizen-cards"


def _know_cards(config: Path, directory: Path) -> None:
    """Settings that an earlier release wrote know no cards; the office's own files are made by its program."""
    folder = cards_of(directory)
    program = Path(__file__).resolve().parents[2] / "examples" / "citizen_card" / "citizen_card.py"
    subprocess.run([sys.executable, str(program), "--state", str(folder), "--only-issuer"], check=True)
    text = config.read_text("utf-8")
    if "[citizen_cards]" not in text:
        section = f"""
[citizen_cards]
anchors = "{folder / "issuer.pem"}"
lost_list = "{folder / "lost.txt"}"
pin_policy_oid = "{CARD_PIN_POLICY}"
bridge = "http://127.0.0.1:{PORTS["card bridge"]}"
"""
        config.write_text(text + section, "utf-8")


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
