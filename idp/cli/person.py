"""`idp person`: bring people from another system, look at one, freeze, unfreeze and close accounts."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path

import click

from idp.accounts import status
from idp.accounts.find import find
from idp.accounts.import_people import Fate, Judged, PeopleImport
from idp.accounts.names import masked_name
from idp.accounts.notices import Notices
from idp.accounts.overview import overview
from idp.accounts.slip import issue
from idp.accounts.status import Reason
from idp.cli import Configuration
from idp.cli.person_report import OTHER_FILE, Report, UnusableFileError, lines_of, report_at
from idp.clock import Instant, as_datetime, in_china
from idp.events import Action, Event, Kind
from idp.model.account import Account
from idp.model.notice import Notice, NoticeKind
from idp.model.policy import Level
from idp.ports import UnitOfWork
from idp.services import Services

ROWS_AT_ONCE = 500
"""In one transaction: far below the five seconds that one may take, far above what a commit costs."""
Verb = Callable[[UnitOfWork, int, Reason, Instant], bool]
REASONS = click.Choice([reason.value for reason in Reason])
SOME_REFUSED = 1


@click.group()
def person() -> None:
    """Import people, show one, freeze, unfreeze and close accounts."""


@person.command("import")
@click.argument("file", metavar="FILE")
@click.option(
    "--report",
    "report_path",
    required=True,
    metavar="OUT",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to write what became of each row; a second run goes on where it ends.",
)
@click.option("--dry-run", is_flag=True, help="Check every row against the rules and the store, and write nothing.")
@click.pass_obj
def import_people(configuration: Configuration, file: str, report_path: Path, *, dry_run: bool) -> None:
    """Bring the people in FILE, one JSON object a line (`-`: standard input).

    A row that is refused stands in the report with its reason, and the others go on. Rows with a `password` in clear
    are slow: some ten a second and processor. Ends with 0 when every row is in, with 1 when some were refused, with 2
    when a file or the settings cannot be used.
    """
    fates = bring(configuration.install().services, file, report_path, is_dry_run=dry_run)
    click.echo(_sum(fates) + (" Nothing was written: this was a dry run." if dry_run else ""))
    if fates[Fate.REFUSED]:
        raise click.exceptions.Exit(SOME_REFUSED)


def bring(services: Services, file: str, report_path: Path, *, is_dry_run: bool) -> Counter[Fate]:
    """Import a file, and how many rows met which fate."""
    run = PeopleImport(services, is_dry_run=is_dry_run)
    fates: Counter[Fate] = Counter()
    with report_at(report_path, services.cipher, is_dry_run=is_dry_run) as report:
        if report.last_line:
            click.echo(f"{report_path} tells of the rows up to line {report.last_line}; going on behind it.", err=True)
        rows = _new_rows(run, report, file)
        while batch := list(islice(rows, ROWS_AT_ONCE)):
            outcomes = run.write([judged for _, _, judged in batch])
            report.write([(number, line, told) for (number, line, _), told in zip(batch, outcomes, strict=True)])
            fates.update(outcome.fate for outcome in outcomes)
    return fates


def _new_rows(run: PeopleImport, report: Report, file: str) -> Iterator[tuple[int, bytes | None, Judged]]:
    """Number, line and row of whatever the report does not tell of yet."""
    is_reached = report.last_line == 0
    for number, line in lines_of(file):
        judged = run.read(line)
        if number == report.last_line:
            report.refuse_other_file(line)
            is_reached = True
        elif number > report.last_line and is_reached:
            yield number, line, judged
    if not is_reached:
        raise UnusableFileError(OTHER_FILE)


@person.command()
@click.argument("who", metavar="IDENTIFIER|UID")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_obj
def show(configuration: Configuration, who: str, *, as_json: bool) -> None:
    """What is known of a person, masked; by number, phone, mail address or the uid that reports name."""
    services = configuration.install().services
    with services.begin() as unit_of_work:
        account = find(unit_of_work, who, services.clock(), sandbox=services.settings.sandbox.enabled)
        told = overview(unit_of_work, account, services.settings.policy.levels, services.clock())
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for name, value in told.items():
        click.echo(f"{name:12} {_cell(name, value)}")


@person.command()
@click.argument("who", metavar="IDENTIFIER|UID")
@click.option("--reason", type=REASONS, required=True, help="A word for the log.")
@click.pass_obj
def freeze(configuration: Configuration, who: str, reason: str) -> None:
    """Stop an account at once: nobody signs in to it, its sessions end, its apps are told."""
    is_changed, account = _change(configuration, who, reason, status.freeze, NoticeKind.FROZEN)
    click.echo(f"{account.uid} is frozen: {'from now on' if is_changed else 'it was before;'} no app gets anything.")
    click.echo(f"`idp person unfreeze {account.uid} --reason settled` takes that back.")


@person.command()
@click.argument("who", metavar="IDENTIFIER|UID")
@click.option("--reason", type=REASONS, required=True, help="A word for the log.")
@click.pass_obj
def unfreeze(configuration: Configuration, who: str, reason: str) -> None:
    """Let a frozen account sign in again; everything has to be opened anew."""
    is_changed, account = _change(configuration, who, reason, status.unfreeze, NoticeKind.UNFROZEN)
    click.echo(f"{account.uid} is active{'' if is_changed else ', as it was before'}.")


@person.command()
@click.argument("who", metavar="IDENTIFIER|UID")
@click.option("--reason", type=REASONS, required=True, help="A word for the log.")
@click.option("--yes", is_flag=True, help="Ask nothing.")
@click.pass_obj
def close(configuration: Configuration, who: str, reason: str, *, yes: bool) -> None:
    """End an account for good: as frozen, and its factors, number, phone and mail address are given up."""
    if not yes:
        click.confirm("This cannot be taken back. Close the account?", abort=True)
    is_changed, account = _change(configuration, who, reason, status.close)
    click.echo(f"{account.uid} is closed{'' if is_changed else ', as it was before'}.")


@person.command()
@click.argument("who", metavar="IDENTIFIER|UID")
@click.option("--end", "is_end", is_flag=True, help="They work for the city no more.")
@click.pass_obj
def staff(configuration: Configuration, who: str, *, is_end: bool) -> None:
    """Say that a person works for the city: stricter rules hold for their password (`passwords.staff_…`).

    Until they have set one by these rules, they are led to that at each sign-in by password.
    """
    services = configuration.install().services
    now = services.clock()
    with services.begin() as unit_of_work:
        account = find(unit_of_work, who, now, sandbox=services.settings.sandbox.enabled)
        is_new = unit_of_work.accounts.employ(account.id, None if is_end else now)
        if is_end:
            unit_of_work.credentials.forget_former(account.id)  # of a citizen none is kept
        if is_new:
            action = Action.ACCOUNT_DISMISSED if is_end else Action.ACCOUNT_EMPLOYED
            unit_of_work.events.record(Event(kind=Kind.AUDIT, action=action, at=now, account_id=account.id))
        unit_of_work.commit()
    click.echo(f"{account.uid} is {'a citizen' if is_end else 'staff'}{'' if is_new else ', as before'}.")


@person.command()
@click.argument("who", metavar="IDENTIFIER|UID")
@click.option("--level", type=click.IntRange(1, 3), help="What the account is worth at most for a day after its use.")
@click.pass_obj
def slip(configuration: Configuration, who: str, level: int | None) -> None:
    """Let a person start anew, whom somebody at a window has just seen with their document.

    Prints eight digits for them to take along. They work once, within a day, at the sign-in under "none of these works";
    whatever the person signed in with before is dead then. The slip before this one is dead at once, and the person is
    told on the phone and the mail address that they had.
    """
    services = configuration.install().services
    now = services.clock()
    with services.begin() as unit_of_work:
        account = find(unit_of_work, who, now, sandbox=services.settings.sandbox.enabled)
        name = unit_of_work.accounts.attributes(account.id).name
    issued = issue(services, account, Level(level or services.settings.recovery.slip_level), now)
    until = f"{in_china(issued.expires_at):%Y-%m-%d %H:%M}"
    click.echo(f"{masked_name(name) if name else account.uid}    {issued.code}    {until}")
    click.echo(f"{services.settings.issuer}/recover")
    click.echo(
        f"有效期到 {until}，用一次就作废。打开上面的网址，输身份证号，选“这些都用不了”，再选“有窗口给的找回单”。"
    )
    click.echo(f"Valid until {until}, once. For a day afterwards the account counts as level {issued.level} at most.")


def _change(
    configuration: Configuration, who: str, reason: str, verb: Verb, tells: NoticeKind | None = None
) -> tuple[bool, Account]:
    """Do it and tell the person; who has been closed is reached by nothing any more."""
    services = configuration.install().services
    now = services.clock()
    with services.begin() as unit_of_work:
        account = find(unit_of_work, who, now, sandbox=services.settings.sandbox.enabled)
        is_changed = verb(unit_of_work, account.id, Reason(reason), now)
        if is_changed and tells is not None:
            Notices(services).notify(unit_of_work, Notice(account_id=account.id, kind=tells, at=now))
        unit_of_work.commit()
    return is_changed, account


def _sum(fates: Mapping[Fate, int]) -> str:
    told = ", ".join(f"{fates[fate]} {fate.value}" for fate in Fate if fate in fates)
    return f"{told or 'No new row'}."


def _cell(name: str, value: object) -> str:
    if value is None:
        return "-"
    if name.endswith(("_at", "_since", "_until")) and isinstance(value, int):
        return f"{as_datetime(Instant(value)):%Y-%m-%dT%H:%M:%SZ}"
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
