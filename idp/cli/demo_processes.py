"""The demo's programs: started together, watched together, stopped together."""

import os
import signal
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from idp.accounts.invitations import Offer
from idp.app import install, load_settings
from idp.audit import sealing_key
from idp.cli.demo_city import CARD_PIN, ISSUER, PORTS, City, cards_of, name_of
from idp.cli.demo_sources import PROGRAM, reader_of
from idp.cli.invite import link, missing_officers
from idp.model.office import Role
from realnames.identifiers.phone import parse_phone

START_SECONDS = 30


def run_all(root: Path, directory: Path, config: Path, city: City) -> int:
    """Run until Ctrl-C, SIGTERM or until one of the programs ends; the exit status."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    processes: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, (command, extra) in _programs(root, directory, config, city).items():
            log = (directory / f"{name.replace(' ', '-')}.log").open("ab")
            processes[name] = subprocess.Popen(
                command, cwd=root, env=_environment(extra), stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        if not _wait_until_ready(processes):
            return _tell_failure(processes, directory)
        click.echo(_welcome(city, directory, _invitations(config)))
        while all(process.poll() is None for process in processes.values()):
            time.sleep(0.5)
        return _tell_failure(processes, directory)
    except KeyboardInterrupt:
        return 0
    finally:
        _stop(processes)


def _programs(
    root: Path, directory: Path, config: Path, city: City
) -> Mapping[str, tuple[list[str], Mapping[str, str]]]:
    python = sys.executable
    secrets = {client["client_id"]: client.get("client_secret", "") for client in city["clients"]}
    sections = tomllib.loads(config.read_text("utf-8"))
    section, authority_token = sections["sandbox_carrier"], sections["sandbox_authority"]["token"]
    tokens = {"CARRIER_TOKEN": section["token"], "CARRIER_REPORT_TOKEN": section.get("report_token", "")}
    serve = [python, "-m", "idp", "--config", str(config)]

    def app(folder: str, client_id: str, port: int, *more: str) -> tuple[list[str], Mapping[str, str]]:
        arguments = ["--issuer", ISSUER, "--client-id", client_id, "--host", "localhost", "--port", str(port), *more]
        return [python, "-m", f"examples.apps.{folder}", *arguments], {"CLIENT_SECRET": secrets[client_id]}

    carrier = [python, str(root / "examples" / "carrier" / "carrier.py"), "--port", str(PORTS["sandbox carrier"])]
    if tokens["CARRIER_REPORT_TOKEN"]:  # settings that an earlier release wrote have none
        carrier += ["--reports-to", f"{ISSUER}/carriers/sms_http/reports"]
    for person in city["people"]:
        if "messages" in person:
            carrier += [f"--{person['messages']}", parse_phone(person["phone"]).e164]
    authority = [python, str(PROGRAM), "--return-to", ISSUER, "--reader", str(reader_of(directory))]
    return {
        "sandbox carrier": (carrier, tokens),
        "sandbox citizen cards": (_cards(root, directory, city), {}),
        "sandbox authority": (
            [
                *(*authority, "--port", str(PORTS["sandbox authority"])),
                *("--bridge-port", str(PORTS["card reader bridge"])),
            ],
            {"AUTHORITY_TOKEN": authority_token},
        ),
        "identity provider": ([*serve, "serve"], {}),
        "worker": ([*serve, "worker"], {}),
        "sealer": ([*serve, "audit", "seal"], _sealing(directory)),
        "housing fund": app("housing_fund", "housing-fund", PORTS["housing fund"], "--scope", "openid profile phone"),
        "licence library": app("licence_library", "licence-library", PORTS["licence library"]),
    }


def _sealing(directory: Path) -> Mapping[str, str]:
    """The sealer's key and anchors; in a city they are out of reach of whoever runs the database."""
    key = directory / "audit.key"
    if not key.exists():
        sealing_key.make(key)
    return {"IDP_AUDIT__KEY_FILE": str(key), "IDP_AUDIT__ANCHORS": str(directory / "audit-anchors.jsonl")}


def _cards(root: Path, directory: Path, city: City) -> list[str]:
    """The card office, with a card for everybody who has a name, its reader and its bridge."""
    program = [sys.executable, str(root / "examples" / "citizen_card" / "citizen_card.py")]
    places = ["--port", str(PORTS["sandbox citizen cards"]), "--bridge-port", str(PORTS["card bridge"])]
    people = [f"{person['name']} {name_of(person)}" for person in city["people"] if "name" in person]
    cards = [word for label in people for word in ("--card", label)]
    return [*program, "--state", str(cards_of(directory)), *places, "--origin", ISSUER, "--pin", CARD_PIN, *cards]


def _environment(extra: Mapping[str, str]) -> dict[str, str]:
    """This environment without settings of another installation."""
    kept: dict[str, Any] = {name: value for name, value in os.environ.items() if not name.startswith("IDP_")}
    return {**kept, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1", **extra}


def _wait_until_ready(processes: Mapping[str, subprocess.Popen[bytes]]) -> bool:
    addresses = [
        f"http://127.0.0.1:{PORTS['management']}/health/ready",
        f"{ISSUER}/.well-known/openid-configuration",
        f"http://localhost:{PORTS['housing fund']}/signed-out",
        f"http://localhost:{PORTS['licence library']}/signed-out",
        f"http://localhost:{PORTS['sandbox carrier']}/",
        f"http://localhost:{PORTS['sandbox citizen cards']}/",
        f"http://localhost:{PORTS['sandbox authority']}/",
    ]
    deadline = time.monotonic() + START_SECONDS
    while addresses and time.monotonic() < deadline:
        if any(process.poll() is not None for process in processes.values()):
            return False
        addresses = [address for address in addresses if not _answers(address)]
        time.sleep(0.1)
    return not addresses


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:  # noqa: S310 - our own loopback addresses
            return bool(answer.status < 500)
    except (urllib.error.URLError, OSError):
        return False


def _invitations(config: Path) -> Mapping[Role, str]:
    """The links for officers that are missing, made now."""
    installation = install(load_settings(config, {}))
    try:
        return {role: link(installation, Offer(role=role)) for role in missing_officers(installation)}
    finally:
        installation.storage.close()


def _welcome(city: City, directory: Path, invitations: Mapping[Role, str]) -> str:
    people = "\n".join(
        f"    {name_of(person)}  {person['password']}  {person.get('name', '(no name yet)')}"
        for person in city["people"]
    )
    officers = "\n".join(f"    {role:<9} {address}" for role, address in invitations.items())
    told = (
        f"\n  The three officers are invited by these links, each for one person and once:\n{officers}\n"
        if officers
        else ""
    )
    return f"""
Yizheng (一证) is running.

  Open      http://localhost:{PORTS["housing fund"]}    住房公积金, the housing fund: sign in here
  then      http://localhost:{PORTS["licence library"]}    电子证照库, the licence library: you are signed in already
  codes     http://localhost:{PORTS["sandbox carrier"]}    the sandbox carrier shows every text message
  cards     http://localhost:{PORTS["sandbox citizen cards"]}    citizen cards: put one on the reader, its PIN is {CARD_PIN}
  faces     http://localhost:{PORTS["sandbox authority"]}    the sandbox authority compares faces as you tell it to
  registers http://localhost:{PORTS["sandbox authority"]}    and knows people and organisations; it has a card reader, too
  itself    {ISSUER}    the identity provider
  console   {ISSUER}/console    for its three officers: system, security, audit

  Sign in with a phone or citizen number and the code {city["sandbox_code"]}, or with the password:
{people}
{told}
  Logs are in {directory}. Stop with Ctrl-C; the next `make demo` goes on from here.
"""


def _tell_failure(processes: Mapping[str, subprocess.Popen[bytes]], directory: Path) -> int:
    ended = [name for name, process in processes.items() if process.poll() is not None]
    for name in ended or ["identity provider"]:
        log = directory / f"{name.replace(' ', '-')}.log"
        tail = "\n".join(log.read_text("utf-8", "replace").splitlines()[-8:])
        click.echo(f"{name} did not {'stay up' if ended else 'answer in time'}; the end of {log}:\n{tail}", err=True)
    return 1


def _stop(processes: Mapping[str, subprocess.Popen[bytes]]) -> None:
    for process in processes.values():
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
    deadline = time.monotonic() + 10
    for process in processes.values():
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
