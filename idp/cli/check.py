"""`idp check`: what is wrong with this installation, and how to mend it."""

import os
import ssl
from collections.abc import Iterator
from pathlib import Path

import click

from idp.app import Installation
from idp.app.management import health_of
from idp.cli import Configuration
from idp.cli.master_keys import what_keys_hold
from idp.clock import as_datetime
from idp.errors import Refused
from idp.model.policy import Method
from idp.ports import SourceKind
from idp.proofing.reachable import reachable
from idp.settings import CITY_OF_THE_DEMO


@click.command()
@click.pass_obj
def check(configuration: Configuration) -> None:
    """Look at settings, stores, keys and carriers; exit 1 when something must be mended."""
    installation = configuration.install()
    faults = list(faults_of(installation))
    for fault in faults:
        click.echo(f"- {fault}")
    for remark in remarks(installation):
        click.echo(f"  note: {remark}")
    if faults:
        raise click.exceptions.Exit(1)
    click.echo(f"Ready to serve {installation.settings.issuer}.")


def faults_of(installation: Installation) -> Iterator[str]:
    """Everything that must be mended before people may come."""
    for name, fault in health_of(installation).faults():
        yield f"{name}: {fault}"
    yield from sandbox_faults(installation)
    yield from _client_faults(installation)
    directory = Path(installation.settings.state_directory)
    if not (directory.is_dir() and os.access(directory, os.W_OK)):
        yield f"state_directory: {directory} is not a directory we may write; make it or name another one"


def sandbox_faults(installation: Installation) -> Iterator[str]:
    """Made-up people or apps on an issuer that strangers can reach."""
    if installation.settings.is_loopback:
        return
    try:
        with installation.services.begin() as unit_of_work:
            has_people = unit_of_work.accounts.any_sandbox()
            has_clients = any(client.is_sandbox for client in unit_of_work.clients.all())
    except Refused:
        return  # told by the check of the stores
    if has_people:
        yield "database: sandbox people are in it; a public issuer needs a database of its own"
    if has_clients:
        yield "database: sandbox apps are in it; a public issuer needs a database of its own"


_UNSET = {
    SourceKind.FACE: "nobody is offered a face check",
    SourceKind.POPULATION: "names and numbers are checked by no register",
    SourceKind.COMPANY: "nobody can act for an organisation on the word of a register",
    SourceKind.BANK: "nobody is offered a check by bank card",
    SourceKind.NET_ID: "nobody is offered their net id",
    SourceKind.CARD_READER: "identity cards are read at no desk",
}


def _sources(installation: Installation) -> Iterator[str]:
    """A dead source keeps nobody out: there is always another way, so it is no fault of ours."""
    answers, reader = reachable(installation.services), installation.services.sources.card_reader
    for kind in SourceKind:
        name = getattr(installation.settings.sources, kind.value)
        if name is None:
            yield f"sources.{kind} is not set: {_UNSET[kind]}"
        elif kind is SourceKind.CARD_READER and reader is not None:
            known = reader.terminals()
            listed = f"{as_datetime(known.listed_at):%Y-%m-%d %H:%M} UTC"
            yield f"sources.{kind}: {name} trusts {known.terminals} terminal(s) on the list of {listed}"
        elif answers[kind]:
            yield f"sources.{kind}: {name} answers"
        else:
            yield f"sources.{kind}: {name} does not answer: look at its url and at fetch.allowed_origins"


def _client_faults(installation: Installation) -> Iterator[str]:
    """Apps whose secret nobody can read: they are refused with 503 until its key is back, or they get another secret."""
    try:
        with installation.services.begin() as unit_of_work:
            unreadable = [client.client_id for client in unit_of_work.clients.all() if client.sealed_secrets]
    except Refused:
        return  # told by the check of the stores
    if unreadable:
        yield f"clients: a secret does not decrypt of {', '.join(unreadable)}; bring its key back, or register another secret"


def _master_keys(installation: Installation) -> Iterator[str]:
    """Which key writes, and which must stay."""
    try:
        with installation.services.begin() as unit_of_work:
            keys = unit_of_work.master_keys.all()
    except Refused:
        return  # told by the check of the stores
    yield from what_keys_hold(keys, installation.services.cipher.versions)


def remarks(installation: Installation) -> Iterator[str]:
    """What need not be mended, and should be known."""
    if not installation.services.cookies.is_secure:
        yield "the issuer is http on this machine: cookies are not Secure, which is right for a demo only"
    if installation.settings.city == CITY_OF_THE_DEMO and not installation.settings.is_loopback:
        yield "[city] is not set: people read the name and the hall of the demo's city on every page"
    if Method.MESSAGE_CODE not in installation.services.methods:
        yield "messaging.sms is not set: people can sign in by password only"
    yield from _sources(installation)
    if installation.settings.passkeys.metadata_blob is None:
        yield "passkeys.metadata_blob is not set: of officers' passkeys nobody knows whether their model is certified"
    yield from _master_keys(installation)
    yield from _cards(installation)
    yield from _officers(installation)
    yield from _log(installation)
    if not ssl.create_default_context().get_ca_certs():
        yield "this machine trusts no certificate authority; install ca-certificates, or outgoing https will fail"


def _log(installation: Installation) -> Iterator[str]:
    """Whether anybody seals the log: a sealer that died is missed by nobody else."""
    try:
        log = installation.storage.audit_log()
        last, newest = log.last_seal(), log.sealed_up_to()
    except Refused:
        return  # told by the check of the stores
    if last is None:
        yield "the log is not sealed: nobody could prove that it was not changed; run `idp audit seal`"
        return
    minutes = max(0, installation.services.clock() - last.sealed_at) // 60
    yield f"the log is sealed up to event {newest}, {minutes} minute(s) ago"


def _officers(installation: Installation) -> Iterator[str]:
    """Whether anybody could come in on the day on which the officers' keys are gone."""
    try:
        with installation.services.begin() as unit_of_work:
            last = unit_of_work.envelopes.last()
    except Refused:
        return  # told by the check of the stores
    if last is None:
        yield "no envelope is sealed: if the officers' keys are lost nobody invites another one (/console/officers)"
    elif last.opened_at is not None:
        yield f"the sealed envelope was opened at {as_datetime(last.opened_at):%Y-%m-%d %H:%M} UTC: seal another one"


def _cards(installation: Installation) -> Iterator[str]:
    """Whose citizen cards sign in, and how old the list of lost ones is: nobody else tells an operator that it rests."""
    services = installation.services
    if services.citizen_cards is None:
        yield "[citizen_cards] is not set: nobody signs in by citizen card"
        return
    lists = services.citizen_cards.lists()
    days = (services.clock() - lists.listed_at) // 86_400
    yield (
        f"citizen cards: {lists.issuers} trusted issuer(s); {lists.lost} lost card(s) on the list of "
        f"{as_datetime(lists.listed_at):%Y-%m-%d %H:%M} UTC, {days} day(s) old"
    )
