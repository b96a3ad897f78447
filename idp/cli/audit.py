"""`idp audit`: seal the log, take it out, and prove that nobody changed it."""

import json
import signal
import sys
import threading
from pathlib import Path

import click

from idp.audit import anchors as anchor_file
from idp.audit import exported, sealing_key, spreadsheet
from idp.audit.exported import Ending
from idp.audit.sealer import Sealer
from idp.audit.verify import Report, verify
from idp.cli import Configuration, audit_retention
from idp.clock import as_datetime
from idp.errors import Refused
from idp.jose import Key
from idp.storage.roles import grants

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def audit() -> None:
    """Seal the log, export it, verify an export, and let go what the law lets go."""


for _command in audit_retention.COMMANDS:
    audit.add_command(_command)


@audit.command()
@click.argument("file", type=_FILE)
def key(file: Path) -> None:
    """Make the sealer's key in FILE, and print its public half: keep that where the log's verifiers are."""
    click.echo(json.dumps(sealing_key.make(file).public_jwk))


@audit.command()
@click.option("--once", is_flag=True, help="Seal what is there, and end.")
@click.pass_obj
def seal(configuration: Configuration, *, once: bool) -> None:
    """Seal the log while it grows, until stopped; one process for an installation."""
    installation = configuration.install()
    settings = installation.settings
    private = sealing_key.required(settings)
    sealer = Sealer(installation.storage.audit_log(), private, installation.services.clock, settings.audit.anchors)
    if once:
        sealed = 0
        while found := sealer.seal():
            sealed += found
        click.echo(f"{sealed} events were sealed.")
        return
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    sealer.run(stop)


@audit.command()
@click.option("--server", default="yizheng", help="The role that `idp serve` and `idp worker` connect as.")
@click.option("--sealer", default="yizheng_sealer", help="The role that `idp audit seal` connects as.")
def roles(server: str, sealer: str) -> None:
    """Print what PostgreSQL's owner of the tables runs after each migration, so that the server cannot change the log."""
    for statement in grants(server, sealer):
        click.echo(f"{statement};")


@audit.command()
@click.option("--out", required=True, type=_FILE, help="Where to write it; a file that is there is not touched.")
@click.pass_obj
def export(configuration: Configuration, out: Path) -> None:
    """Write the whole log with its seals into a file, which `idp audit verify` proves without this installation."""
    installation = configuration.install()
    now = installation.services.clock()
    try:
        with out.open("xb") as file:
            private = sealing_key.configured(installation.settings)
            log = installation.storage.audit_log()
            events, seals = exported.write(log, private, installation.settings.issuer, now, file)
    except OSError as error:
        raise Refused("invalid_export", f"{out.name} cannot be written: {error.strerror}.") from None
    click.echo(f"{events} events and {seals} seals are in {out}.")


@audit.command("csv")
@click.argument("file", type=_FILE)
@click.option("--out", required=True, type=_FILE, help="Where to write it; a file that is there is not touched.")
def csv_file(file: Path, out: Path) -> None:
    """Write the events of an export as a table for a spreadsheet. It proves nothing: what is proven is the export."""
    taken = exported.open_export(file)
    try:
        with out.open("x", encoding="utf-8-sig", newline="") as table:
            rows = spreadsheet.write((line for _, line in taken.events()), table)
    except OSError as error:
        raise Refused("invalid_export", f"{out.name} cannot be written: {error.strerror}.") from None
    except (ValueError, TypeError, IndexError, OverflowError):
        out.unlink()
        raise Refused("invalid_export", "A line is no event: idp audit verify names it.") from None
    click.echo(f"{rows} events are in {out}.")


@audit.command("verify")
@click.argument("file", type=_FILE)
@click.option("--anchor", type=_FILE, help="The file of anchors that was kept elsewhere.")
@click.option("--key", "key_file", type=_FILE, help="The sealer's public key as you know it; else that of the export.")
def verify_file(file: Path, anchor: Path | None, key_file: Path | None) -> None:
    """Prove an export: names the first record that was altered, is missing, was added or cut off, and ends with 1 then."""
    taken = exported.open_export(file)
    known = sealing_key.public(_text(key_file) if key_file else json.dumps(taken.unverified_head.get("key")))
    anchors = None if anchor is None else anchor_file.read(anchor)
    report = verify(taken.events(), taken.seals(), [known], anchors)
    ending = taken.ending(known)
    _tell(report, ending, known, is_known=key_file is not None)
    if not report.is_whole or ending in _FAULTS:
        sys.exit(1)


_FAULTS = {
    Ending.MISSING: "FAIL: the export has no end; it was cut short.",
    Ending.BROKEN: "FAIL: the export is not as this key signed it: it was changed, or another key signed it.",
}


def _tell(report: Report, ending: Ending, known: Key, *, is_known: bool) -> None:
    click.echo(f"{report.events} events, {report.seals} seals by {known.kid}.")
    if not is_known:
        click.echo("note: the key is the one that the export names; compare it with the one you know, or give --key.")
    for problem in report.problems[:1]:
        click.echo(f"FAIL: {problem.record} is {problem.fault.value.replace('_', ' ')}.")
    for problem in report.problems[1:]:
        click.echo(f"  also: {problem.record} is {problem.fault.value.replace('_', ' ')}.")
    if ending in _FAULTS:
        click.echo(_FAULTS[ending])
    elif ending is Ending.SIGNED:
        click.echo(f"The export as a whole is signed by {known.kid}.")
    else:
        click.echo("note: the export is not signed: its head, and what is newer than the last seal, are unproven.")
    if report.removed_at is not None:
        when = f"{as_datetime(report.removed_at):%Y-%m-%d}"
        click.echo(f"The events of the seals up to {report.removed} left after their time, the last of them on {when}.")
    if report.unsealed:
        click.echo(f"note: {report.unsealed} events are newer than the last seal.")
    if report.anchored is None:
        click.echo("note: without an anchor nobody can tell whether newer seals were cut off: the tail is unproven.")
    else:
        click.echo(f"Proven by an anchor up to seal {report.anchored}.")
    if report.is_whole and ending not in _FAULTS:
        click.echo("PASS: everything is as it was sealed.")


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise Refused("audit_key", "The key file cannot be read.") from None
