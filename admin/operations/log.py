"""A2 and A3: the newest part of the log is proven, and what was found in it is taken out; both are written down in it."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from admin.operation import AUDIT, Desk, Gives, Operation, Takes
from admin.operations.events import EventTold, SearchEvents, search
from idp.audit import recent
from idp.audit.anchors import read_lines
from idp.audit.sealing_key import public
from idp.audit.spreadsheet import cell
from idp.clock import Instant, in_china
from idp.events import Action, Event, Kind

MOST_ROWS = 5000
_PAGE = 200


class VerifyLog(Takes):
    """By the sealer's public key as the auditor knows it (a JWK), and, if they have one, an anchor: lines of its file."""

    key: str = Field(min_length=1, max_length=2000)
    anchor: str = Field(default="", max_length=100_000)
    seals: Annotated[int, Field(ge=1, le=recent.MOST_SEALS)] = recent.MOST_SEALS


class ProblemTold(Gives):
    """A record that is not as it was sealed."""

    fault: str
    record: str


class LogVerified(Gives):
    """What was looked at: seals from the first to the last, so many events; `unsealed` are newer than the last seal.

    `anchored`: up to this seal an anchor proves that none was cut off; None: the end is unproven.
    """

    first_seal: int
    last_seal: int
    events: int
    unsealed: int
    anchored: int | None
    is_whole: bool
    problems: list[ProblemTold]


class Form(StrEnum):
    """As a table for a spreadsheet, without formulas (threat M10), or a line of JSON for each event."""

    CSV = "csv"
    JSONL = "jsonl"


class ExportEvents(SearchEvents):
    """What a search finds, all its pages, the newest first."""

    form: Form = Form.CSV


class Exported(Gives):
    """The file; `is_complete`: whether more was found than one file takes."""

    name: str
    rows: int
    is_complete: bool
    content: str


def _verify(desk: Desk, wanted: VerifyLog) -> LogVerified:
    anchors = read_lines(wanted.anchor.splitlines()) if wanted.anchor.strip() else None
    found = recent.check(desk.services.audit_log(), public(wanted.key), wanted.seals, anchors)
    report = found.report
    outcome = "ok" if report.is_whole else report.problems[0].fault.value
    _record(desk, Action.LOG_VERIFIED, outcome, {"seals": report.seals, "first_seal": found.first})
    return LogVerified(
        first_seal=found.first,
        last_seal=found.first + max(0, report.seals - 1),
        events=report.events,
        unsealed=report.unsealed,
        anchored=report.anchored,
        is_whole=report.is_whole and found.first > 0,
        problems=[ProblemTold(fault=each.fault.value, record=each.record) for each in report.problems],
    )


def _export(desk: Desk, wanted: ExportEvents) -> Exported:
    asked, rows, reached = wanted.model_dump(exclude={"form", "limit", "before"}), list[EventTold](), wanted.before
    while len(rows) < MOST_ROWS:
        page = search(desk, SearchEvents(**asked, before=reached, limit=_PAGE))
        rows += page.events
        reached = page.next
        if reached is None:
            break
    _record(desk, Action.LOG_EXPORTED, "ok", {"rows": len(rows), "form": wanted.form.value})
    content = _table(rows) if wanted.form is Form.CSV else "".join(f"{each.model_dump_json()}\n" for each in rows)
    name = f"log-{in_china(desk.at):%Y%m%d-%H%M%S}.{wanted.form.value}"
    return Exported(name=name, rows=len(rows), is_complete=reached is None, content=content)


def _table(rows: Sequence[EventTold]) -> str:
    file = io.StringIO(newline="")
    table = csv.writer(file, quoting=csv.QUOTE_ALL)
    table.writerow(EventTold.model_fields)
    for each in rows:
        values = each.model_dump()
        values["at"] = in_china(Instant(each.at)).isoformat()
        values["data"] = json.dumps(each.data, ensure_ascii=False)
        table.writerow([cell(value) for value in values.values()])
    return file.getvalue()


def _record(desk: Desk, action: Action, outcome: str, data: Mapping[str, str | int]) -> None:
    told = {**data, "via": desk.actor.via}
    event = Event(
        kind=Kind.AUDIT,
        action=action,
        at=desk.at,
        outcome=outcome,
        actor_id=desk.actor.account_id,
        client_id=desk.actor.client_id,
        data=told,
    )
    desk.unit_of_work.events.record(event)


VERIFY_LOG = Operation(
    name="events.verify",
    about="Prove the newest part of the log; the whole is proven offline, by `idp audit verify`.",
    method="POST",
    path="/events:verify",
    takes=VerifyLog,
    gives=LogVerified,
    does=AUDIT,
    run=_verify,
    is_for_people=True,
)
EXPORT_EVENTS = Operation(
    name="events.export",
    about=f"What a search finds, {MOST_ROWS} events at most, as a file.",
    method="POST",
    path="/events:export",
    takes=ExportEvents,
    gives=Exported,
    does=AUDIT,
    run=_export,
)
OPERATIONS = (VERIFY_LOG, EXPORT_EVENTS)
