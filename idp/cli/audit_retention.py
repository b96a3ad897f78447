"""`idp audit expire`, and what keeps the log for longer: `idp audit holds`, `hold` and `release`."""

from datetime import datetime

import click
from pydantic import ValidationError

from admin.operation import Nothing
from admin.operations.holds import (
    LIST_HOLDS,
    LONGEST_REFERENCE,
    PLACE_HOLD,
    RELEASE_HOLD,
    HoldList,
    HoldTold,
    OneHold,
    PlaceHold,
)
from idp.audit import sealing_key
from idp.audit.retention import Retention
from idp.cli import Configuration
from idp.cli.locally import done_or_drafted
from idp.clock import Instant, in_china, midnight_in_china
from idp.errors import Refused


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would leave, and change nothing.")
@click.pass_obj
def expire(configuration: Configuration, *, dry_run: bool) -> None:
    """Delete the events that are older than `retention.audit_days` and held by nobody; a seal says so. Run it once a day."""
    installation = configuration.install()
    settings = installation.settings
    key = sealing_key.required(settings)
    log, clock, days = installation.storage.audit_log(), installation.services.clock, settings.retention.audit_days
    retention = Retention(log, key, clock, days, None if dry_run else settings.audit.anchors)
    click.echo(f"What was sealed before {_day(retention.until())} may leave; the log is kept for {days} days.")
    held_since = log.held_since()
    if held_since is not None:
        click.echo(f"A hold keeps everything since {_day(held_since)}: idp audit holds.")
    events, through = 0, None
    for batch in retention.due() if dry_run else iter(retention.remove, None):
        events, through = events + batch.events, batch.through
    if through is None:
        click.echo("Nothing is due.")
    else:
        click.echo(f"{events} events of the seals up to {through} {'would leave' if dry_run else 'left'}.")


@click.command()
@click.pass_obj
def holds(configuration: Configuration) -> None:
    """What keeps the log for longer than its time."""
    done = done_or_drafted(configuration.install(), LIST_HOLDS, Nothing())
    found = HoldList.model_validate_json(done.answer).holds
    for each in found:
        click.echo(f"{each.hold_id}  since {_day(Instant(each.since))}  {each.reference}")
    if not found:
        click.echo("Nothing is held.")


@click.command()
@click.argument("reference")
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), help="Keep what happened from this day on; else everything."
)
@click.pass_obj
def hold(configuration: Configuration, reference: str, since: datetime | None) -> None:
    """Keep the log until `idp audit release`; REFERENCE names the file it is for, never a person."""
    moment = 0 if since is None else midnight_in_china(since.date())
    try:
        wanted = PlaceHold(reference=reference, since=moment)
    except ValidationError:
        fault = f"REFERENCE has 1 to {LONGEST_REFERENCE} characters, and --since is a day since 1970."
        raise Refused("invalid_request", fault) from None
    done = done_or_drafted(configuration.install(), PLACE_HOLD, wanted)
    placed = HoldTold.model_validate_json(done.answer)
    click.echo(f"Hold {placed.hold_id} is in force: idp audit release {placed.hold_id} ends it.")


@click.command()
@click.argument("hold_id", type=click.IntRange(min=1))
@click.pass_obj
def release(configuration: Configuration, hold_id: int) -> None:
    """End a hold; once three officers have come, another person approves it first."""
    done_or_drafted(configuration.install(), RELEASE_HOLD, OneHold(hold_id=hold_id))
    click.echo(f"Hold {hold_id} is over.")


def _day(moment: Instant) -> str:
    return f"{in_china(moment):%Y-%m-%d}" if moment else "ever"


COMMANDS = (expire, holds, hold, release)
