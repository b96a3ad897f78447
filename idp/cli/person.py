"""`idp person`: bring people from another system, look at one, freeze, unfreeze and close accounts."""

import gc
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import click

from admin.operation import Operation
from admin.operations.people import (
    CLOSE,
    EMPLOY,
    FIND_PERSON,
    FREEZE,
    SHOW_PERSON,
    UNFREEZE,
    FindPerson,
    FoundPerson,
    PersonTold,
)
from admin.operations.people_import import PERMIT_IMPORT, PermitImport
from admin.operations.people_search import SEARCH_PEOPLE, NamesakeList, SearchPeople
from admin.operations.recovery import ISSUE_SLIP, SlipIssued
from admin.perform import Done
from admin.permissions import wants_second_person
from idp.accounts.import_people import Fate, Judged, PeopleImport
from idp.accounts.status import Reason
from idp.app import Installation
from idp.cli import Configuration
from idp.cli.locally import OPERATOR, ask_for, done_or_drafted
from idp.cli.person_report import OTHER_FILE, Report, UnusableFileError, lines_of, opened, report_at
from idp.clock import Instant, as_datetime, in_china
from idp.services import Services

ROWS_AT_ONCE = 500
"""In one transaction: far below the five seconds that one may take, far above what a commit costs."""
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
    when a file or the settings cannot be used. Once there are three officers, a second person permits FILE first.
    """
    installation = configuration.install()
    with opened(file) as lines, TemporaryFile() as copy:
        is_asked_for = not dry_run and _needs_permission(installation)
        if is_asked_for:
            _ask_for_permission(installation, file, lines, copy)
        fates = bring(installation.services, copy if is_asked_for else lines, report_path, is_dry_run=dry_run)
    click.echo(_sum(fates) + (" Nothing was written: this was a dry run." if dry_run else ""))
    if fates[Fate.REFUSED]:
        raise click.exceptions.Exit(SOME_REFUSED)


def _needs_permission(installation: Installation) -> bool:
    with installation.services.begin() as unit_of_work:
        return wants_second_person(installation.services, unit_of_work, PERMIT_IMPORT, OPERATOR)


def _ask_for_permission(installation: Installation, file: str, lines: IO[bytes], copy: IO[bytes]) -> None:
    """Go on where somebody permitted it, else say where it waits, and end.

    What is brought is the copy of which the digest was taken, whatever becomes of the file meanwhile.
    """
    if file == "-":
        raise UnusableFileError("Another person permits a file by its digest: name a file, not standard input.")
    digest, rows = hashlib.sha256(), 0
    for line in lines:
        digest.update(line)
        copy.write(line)
        rows += 1
    copy.seek(0)
    name = Path(file).name
    wanted = ask_for(PermitImport, digest=digest.hexdigest(), file=name, rows=max(rows, 1))
    services = installation.services
    with services.begin() as unit_of_work:
        until = unit_of_work.permits.until(PERMIT_IMPORT.name, wanted.digest)
    if until is None or services.clock() >= until:
        done_or_drafted(installation, PERMIT_IMPORT, wanted)


def bring(services: Services, lines: IO[bytes], report_path: Path, *, is_dry_run: bool) -> Counter[Fate]:
    """Import a file, and how many rows met which fate."""
    run = PeopleImport(services, is_dry_run=is_dry_run)
    gc.freeze()  # what it remembers grows to millions, among which there is never garbage: no collection is to go through it
    fates: Counter[Fate] = Counter()
    with report_at(report_path, services.cipher, is_dry_run=is_dry_run) as report:
        if report.last_line:
            click.echo(f"{report_path} tells of the rows up to line {report.last_line}; going on behind it.", err=True)
        rows = _new_rows(run, report, lines)
        while batch := list(islice(rows, ROWS_AT_ONCE)):
            outcomes = run.write([judged for _, _, judged in batch])
            report.write([(number, line, told) for (number, line, _), told in zip(batch, outcomes, strict=True)])
            fates.update(outcome.fate for outcome in outcomes)
    return fates


def _new_rows(run: PeopleImport, report: Report, lines: IO[bytes]) -> Iterator[tuple[int, bytes | None, Judged]]:
    """Number, line and row of whatever the report does not tell of yet."""
    is_reached = report.last_line == 0
    for number, line in lines_of(lines):
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
    """What is known of a person, masked; by number, phone, mail address or the uid that reports name. They read that you looked."""
    told = _PersonAsked(configuration, who).told(SHOW_PERSON)
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for name, value in told.items():
        click.echo(f"{name:12} {_cell(name, value)}")


@person.command()
@click.option(
    "--name", prompt=True, help="The whole name; asked for where it is not given, and then no shell keeps it."
)
@click.option("--birth-year", type=int, prompt=True, help="As the number of their document tells it.")
@click.option("--after", metavar="UID", help="The last one of the page before.")
@click.pass_obj
def find(configuration: Configuration, name: str, birth_year: int, after: str | None) -> None:
    """Who has this name and was born in this year, masked, fifty at a time. That you searched is written down."""
    wanted = ask_for(SearchPeople, name=name, birth_year=birth_year, after=after)
    done = done_or_drafted(configuration.install(), SEARCH_PEOPLE, wanted)
    told = NamesakeList.model_validate_json(done.answer)
    for each in told.people:
        documents = ", ".join(each.documents) or "-"
        click.echo(f"{each.uid}  {each.status:7} {each.name} {each.birth_year}  {documents}  {each.phone or '-'}")
    if not told.people:
        click.echo("Nobody with this name has a document that tells this year of birth.")
    if told.next:
        click.echo(f"There are more: --after {told.next}")
    if not told.is_complete:
        click.echo("Since the upgrade not everybody can be found by name yet; `idp worker` is at it.", err=True)


@person.command()
@click.argument("who", metavar="IDENTIFIER|UID")
@click.option("--reason", type=REASONS, required=True, help="A word for the log.")
@click.pass_obj
def freeze(configuration: Configuration, who: str, reason: str) -> None:
    """Stop an account at once: nobody signs in to it, its sessions end, its apps are told."""
    asked = _PersonAsked(configuration, who)
    done = asked.done(FREEZE, reason=reason)
    click.echo(f"{asked.uid} is frozen: {'from now on' if done.changes else 'it was before;'} no app gets anything.")
    click.echo(f"`idp person unfreeze {asked.uid} --reason settled` takes that back.")


@person.command()
@click.argument("who", metavar="IDENTIFIER|UID")
@click.option("--reason", type=REASONS, required=True, help="A word for the log.")
@click.pass_obj
def unfreeze(configuration: Configuration, who: str, reason: str) -> None:
    """Let a frozen account sign in again; everything has to be opened anew."""
    asked = _PersonAsked(configuration, who)
    done = asked.done(UNFREEZE, reason=reason)
    click.echo(f"{asked.uid} is active{'' if done.changes else ', as it was before'}.")


@person.command()
@click.argument("who", metavar="IDENTIFIER|UID")
@click.option("--reason", type=REASONS, required=True, help="A word for the log.")
@click.option("--yes", is_flag=True, help="Ask nothing.")
@click.pass_obj
def close(configuration: Configuration, who: str, reason: str, *, yes: bool) -> None:
    """End an account for good: as frozen, and its factors, number, phone and mail address are given up."""
    if not yes:
        click.confirm("This cannot be taken back. Close the account?", abort=True)
    asked = _PersonAsked(configuration, who)
    asked.done(CLOSE, reason=reason)
    click.echo(f"{asked.uid} is closed.")


@person.command()
@click.argument("who", metavar="IDENTIFIER|UID")
@click.option("--end", "is_end", is_flag=True, help="They work for the city no more.")
@click.pass_obj
def staff(configuration: Configuration, who: str, *, is_end: bool) -> None:
    """Say that a person works for the city: stricter rules hold for their password (`passwords.staff_…`).

    Until they have set one by these rules, they are led to that at each sign-in by password.
    """
    asked = _PersonAsked(configuration, who)
    done = asked.done(EMPLOY, is_staff=not is_end)
    click.echo(f"{asked.uid} is {'a citizen' if is_end else 'staff'}{'' if done.changes else ', as before'}.")


@person.command()
@click.argument("who", metavar="IDENTIFIER|UID")
@click.option("--level", type=click.IntRange(1, 3), help="What the account is worth at most for a day after its use.")
@click.pass_obj
def slip(configuration: Configuration, who: str, level: int | None) -> None:
    """Let a person start anew, whom somebody at a window has just seen with their document.

    Prints eight digits for them to take along. They work once, within a day, at the sign-in under "none of these works";
    whatever the person signed in with before is dead then. The slip before this one is dead at once, and the person is
    told on the phone and the mail address that they had. Once there are three officers, a second person approves it and
    is told the digits.
    """
    asked = _PersonAsked(configuration, who)
    issued = SlipIssued.model_validate_json(asked.done(ISSUE_SLIP, level=level).answer)
    until = f"{in_china(Instant(issued.expires_at)):%Y-%m-%d %H:%M}"
    click.echo(f"{issued.name}    {issued.code}    {until}")
    click.echo(f"{asked.installation.settings.issuer}/recover")
    click.echo(
        f"有效期到 {until}，用一次就作废。打开上面的网址，输身份证号，选“这些都用不了”，再选“有窗口给的找回单”。"
    )
    click.echo(f"Valid until {until}, once. For a day afterwards the account counts as level {issued.level} at most.")


class _PersonAsked:
    """Whom a command means, and what is done to them by the operations of officers."""

    def __init__(self, configuration: Configuration, who: str) -> None:
        self.installation = configuration.install()
        found = done_or_drafted(self.installation, FIND_PERSON, ask_for(FindPerson, identifier=who))
        self.uid = FoundPerson.model_validate_json(found.answer).uid

    def done(self, operation: Operation, **values: object) -> Done:
        return done_or_drafted(self.installation, operation, ask_for(operation.takes, uid=self.uid, **values))

    def told(self, operation: Operation) -> Mapping[str, Any]:
        return PersonTold.model_validate_json(self.done(operation).answer).person


def _sum(fates: Mapping[Fate, int]) -> str:
    told = ", ".join(f"{fates[fate]} {fate.value}" for fate in Fate if fate in fates)
    return f"{told or 'No new row'}."


def _cell(name: str, value: object) -> str:
    if value is None:
        return "-"
    if name.endswith(("_at", "_since", "_until")) and isinstance(value, int):
        return f"{as_datetime(Instant(value)):%Y-%m-%dT%H:%M:%SZ}"
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
