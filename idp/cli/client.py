"""`idp client`: which apps are registered, and whether they may sign people in."""

import json
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from admin.operation import Nothing
from admin.operations.clients import (
    DISABLE_CLIENT,
    ENABLE_CLIENT,
    LIST_CLIENTS,
    SAVE_CLIENTS,
    SHOW_CLIENT,
    ClientList,
    ClientSummary,
    ClientTold,
    OneClient,
    SaveClients,
    SavedClient,
    SavedClients,
)
from admin.perform import Ask
from idp.cli import Configuration
from idp.cli.locally import URGENT, done_or_drafted
from idp.clock import Instant, as_datetime
from idp.model.channel import Channel
from idp.model.client import Client, ClientStatus
from idp.oauth import client_list
from idp.registration.faults import InvalidClientMetadata, legible
from idp.services import Services

COLUMNS = tuple(name for name in ClientSummary.model_fields if name != "api_role")


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
    installation = configuration.install()
    services = installation.services
    try:
        entries = client_list.entries_of(_bytes_of(file))
        clients = {each.client_id: each for each in client_list.clients_of(entries)}
        flags = {"keep_old_secret": keep_old_secret, "change_sector": change_sector}
        wanted = SaveClients.model_validate({"clients": entries, **flags})
        done = done_or_drafted(installation, SAVE_CLIENTS, wanted, Ask(is_trial=dry_run))
    except InvalidClientMetadata as invalid:
        click.echo("Nothing was registered:\n" + "\n".join(f"- {fault}" for fault in invalid.faults), err=True)
        raise click.exceptions.Exit(1) from None
    saved = SavedClients.model_validate_json(done.answer).clients
    for each in saved:
        registered = clients[each.client_id]
        click.echo(f"{each.client_id}: {_told(each, is_disabled=_is_disabled(services, each.client_id))}")
        for remark in _remarks(registered, services.channels.get(registered.channel)):
            click.echo(f"  note: {remark}")
    click.echo("Nothing was written: this was a dry run." if dry_run else _sum(saved))


@client.command("list")
@click.option("--json", "as_json", is_flag=True, help="As a JSON list.")
@click.pass_obj
def list_clients(configuration: Configuration, *, as_json: bool) -> None:
    """Every registered client, by client_id."""
    done = done_or_drafted(configuration.install(), LIST_CLIENTS, Nothing())
    found = [each.model_dump() for each in ClientList.model_validate_json(done.answer).clients]
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
    done = done_or_drafted(configuration.install(), SHOW_CLIENT, OneClient(client_id=client_id))
    found = ClientTold.model_validate_json(done.answer)
    moments = {"registered_at": _moment(found.registered_at), "changed_at": _moment(found.changed_at)}
    told = {**found.model_dump(), **moments}
    click.echo(json.dumps(told, ensure_ascii=False, indent=2))


@client.command()
@click.argument("client_id")
@URGENT
@click.pass_obj
def disable(configuration: Configuration, client_id: str, *, emergency: bool) -> None:
    """Stop a client at once: nobody signs in to it, and it gets no tokens; people and their `sub` stay."""
    ask = Ask(is_urgent=emergency)
    done = done_or_drafted(configuration.install(), DISABLE_CLIENT, OneClient(client_id=client_id), ask)
    click.echo(
        f"{client_id} is disabled: {'from now on' if done.changes else 'it was before;'} every process refuses it."
    )
    click.echo(f"`idp client enable {client_id}` takes that back.")


@client.command()
@click.argument("client_id")
@click.pass_obj
def enable(configuration: Configuration, client_id: str) -> None:
    """Let a disabled client go on."""
    done = done_or_drafted(configuration.install(), ENABLE_CLIENT, OneClient(client_id=client_id))
    click.echo(f"{client_id} is active{'' if done.changes else ', as it was before'}.")


def _is_disabled(services: Services, client_id: str) -> bool:
    with services.begin() as unit_of_work:
        known = unit_of_work.clients.get(client_id)
    return known is not None and known.status is ClientStatus.DISABLED


def _bytes_of(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise InvalidClientMetadata([f"{file} cannot be read: {error.strerror}"]) from None


def _told(saved: SavedClient, *, is_disabled: bool) -> str:
    if saved.outcome == "new":
        return "new"
    stays = ", and stays disabled" if is_disabled else ""
    return (saved.outcome if saved.outcome == "unchanged" else f"changed ({', '.join(saved.members)})") + stays


def _remarks(registered: Client, channel: Channel | None) -> Iterator[str]:
    """What is allowed, and works only once something else has changed."""
    if channel is None:
        yield f"the channel {registered.channel} is not switched on in the settings; until then nobody can sign in there"
        return
    if missing := [name for name in registered.grant_types if name not in channel.grants]:
        yield f"the channel {channel.name} does not allow {', '.join(missing)}"
    if registered.level > channel.ceiling:
        yield f"the channel {channel.name} reaches level {channel.ceiling.value} only; this client asks for more"


def _sum(saved: Sequence[SavedClient]) -> str:
    new, unchanged = (sum(each.outcome == outcome for each in saved) for outcome in ("new", "unchanged"))
    return f"{new} new, {len(saved) - new - unchanged} changed, {unchanged} unchanged."


def _moment(moment: int | None) -> str | None:
    return None if moment is None else f"{as_datetime(Instant(moment)):%Y-%m-%dT%H:%M:%SZ}"


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
