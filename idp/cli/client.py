"""`idp client`: which apps are registered, and whether they may sign people in."""

import json
import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import click

from idp.app import Installation
from idp.cli import Configuration
from idp.clock import Instant, as_datetime
from idp.model.channel import Channel
from idp.model.client import Client, ClientStatus
from idp.oauth import client_list
from idp.oauth.client_metadata import metadata_of
from idp.ports import UnitOfWork
from idp.registration import status
from idp.registration.faults import InvalidClientMetadata, legible
from idp.registration.register import Change, Permission, register

COLUMNS = ("client_id", "client_name", "channel", "profile", "status", "grant_types", "token_endpoint_auth_method")


@click.group()
def client() -> None:
    """Register, list, show, disable and enable the apps that sign people in."""


@client.command("import")
@click.argument("file", metavar="FILE")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option(
    "--keep-old-secret", is_flag=True, help="Where a secret changes, let the old one go on working beside the new one."
)
@click.option(
    "--change-sector", is_flag=True, help="Let clients move to another sector, where everybody has another `sub`."
)
@click.pass_obj
def import_clients(
    configuration: Configuration, file: str, *, dry_run: bool, keep_old_secret: bool, change_sector: bool
) -> None:
    """Register the clients in FILE, a JSON list of RFC 7591 metadata (`-`: standard input): all of them, or none."""
    services = configuration.install().services
    permission = Permission(changes_sector=change_sector, keeps_old_secret=keep_old_secret)
    try:
        wanted = client_list.read(_bytes_of(file))
        with services.begin() as unit_of_work:
            changes = register(unit_of_work, wanted, services.clock(), permission)
            if not dry_run:
                unit_of_work.commit()
    except InvalidClientMetadata as invalid:
        click.echo("Nothing was registered:\n" + "\n".join(f"- {fault}" for fault in invalid.faults), err=True)
        raise click.exceptions.Exit(1) from None
    for change in changes:
        click.echo(f"{change.client.client_id}: {_told(change)}")
        for remark in _remarks(change.client, services.channels.get(change.client.channel)):
            click.echo(f"  note: {remark}")
    click.echo("Nothing was written: this was a dry run." if dry_run else _sum(changes))


@client.command("list")
@click.option("--json", "as_json", is_flag=True, help="As a JSON list.")
@click.pass_obj
def list_clients(configuration: Configuration, *, as_json: bool) -> None:
    """Every registered client, by client_id."""
    with configuration.install().services.begin() as unit_of_work:
        found = [{name: asdict(each)[name] for name in COLUMNS} for each in unit_of_work.clients.all()]
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    elif not found:
        click.echo("No client is registered; `idp client import FILE` registers some.")
    else:
        for line in _table([COLUMNS, *([_cell(each[name]) for name in COLUMNS] for each in found)]):
            click.echo(line)


@client.command()
@click.argument("client_id")
@click.pass_obj
def show(configuration: Configuration, client_id: str) -> None:
    """All that is known of a client, as JSON; `metadata` is what `import` reads, without the secret."""
    with configuration.install().services.begin() as unit_of_work:
        found = status.find(unit_of_work, client_id)
        first, last = unit_of_work.clients.saved_at(client_id) or (None, None)
    told = {
        "metadata": metadata_of(found),
        "status": found.status,
        "sector": found.sector,
        "valid_secrets": len(found.secret_digests),
        "is_sandbox": found.is_sandbox,
        "registered_at": _moment(first),
        "changed_at": _moment(last),
    }
    click.echo(json.dumps(told, ensure_ascii=False, indent=2))


@client.command()
@click.argument("client_id")
@click.pass_obj
def disable(configuration: Configuration, client_id: str) -> None:
    """Stop a client at once: nobody signs in to it, and it gets no tokens; people and their `sub` stay."""
    is_changed = _write(configuration.install(), client_id, status.disable)
    click.echo(
        f"{client_id} is disabled: {'from now on' if is_changed else 'it was before;'} every process refuses it."
    )
    click.echo(f"`idp client enable {client_id}` takes that back.")


@client.command()
@click.argument("client_id")
@click.pass_obj
def enable(configuration: Configuration, client_id: str) -> None:
    """Let a disabled client go on."""
    is_changed = _write(configuration.install(), client_id, status.enable)
    click.echo(f"{client_id} is active{'' if is_changed else ', as it was before'}.")


def _write(installation: Installation, client_id: str, verb: Callable[[UnitOfWork, str, Instant], bool]) -> bool:
    with installation.services.begin() as unit_of_work:
        is_changed = verb(unit_of_work, client_id, installation.services.clock())
        unit_of_work.commit()
    return is_changed


def _bytes_of(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise InvalidClientMetadata([f"{file} cannot be read: {error.strerror}"]) from None


def _told(change: Change) -> str:
    if change.is_new:
        return "new"
    stays = ", and stays disabled" if change.client.status is ClientStatus.DISABLED else ""
    return ("unchanged" if change.is_unchanged else f"changed ({', '.join(change.members)})") + stays


def _remarks(registered: Client, channel: Channel | None) -> Iterator[str]:
    """What is allowed, and works only once something else has changed."""
    if channel is None:
        yield f"the channel {registered.channel} is not switched on in the settings; until then nobody can sign in there"
        return
    if missing := [name for name in registered.grant_types if name not in channel.grants]:
        yield f"the channel {channel.name} does not allow {', '.join(missing)}"
    if registered.level > channel.ceiling:
        yield f"the channel {channel.name} reaches level {channel.ceiling.value} only; this client asks for more"


def _sum(changes: Sequence[Change]) -> str:
    new, unchanged = sum(each.is_new for each in changes), sum(each.is_unchanged for each in changes)
    return f"{new} new, {len(changes) - new - unchanged} changed, {unchanged} unchanged."


def _moment(moment: Instant | None) -> str | None:
    return None if moment is None else f"{as_datetime(moment):%Y-%m-%dT%H:%M:%SZ}"


def _cell(value: object) -> str:
    return legible(" ".join(map(str, value)) if isinstance(value, tuple) else str(value), 255)


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Columns that stand one below the other, Chinese or not."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _width(text: str) -> int:
    """Columns of a terminal: an East Asian wide character takes two (UAX #11), a combining one none."""
    return sum(
        0 if unicodedata.combining(each) else 2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text
    )
