"""What carriers report of the messages they accepted (`docs/contracts/sms_http.json`, POST of reports).

A report names a message by the id that we gave it, which leads to an item of the outbox and no further: the payload was
erased when the carrier accepted it.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog

from idp.errors import Refused
from idp.events import Action, Event, Kind
from idp.model.message import Report, ReportedItem
from idp.ports import UnitOfWork
from idp.services import Services

MAX_REPORTS = 100

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_MEMBERS = {"id", "status"}
_log = structlog.get_logger()


def read(body: bytes) -> Mapping[str, Report]:
    """The reports of a batch by the message's id; raises `Refused` for the whole batch when one is none.

    What a gateway sends wrongly it would send wrongly again: half a batch taken would hide that.
    """
    reports: dict[str, Report] = {}
    for entry in _entries(body):
        id_, status = _report(entry)
        if reports.setdefault(id_, status) is not status:
            raise _malformed("One message has two statuses; send one.")
    return reports


class MessageReports:
    """Writes down what became of messages.

    Args:
        count: told the word of each report that was news, for the metrics.
    """

    def __init__(self, services: Services, count: Callable[[str], None]) -> None:
        self._services = services
        self._count = count

    def take(self, reports: Mapping[str, Report]) -> Sequence[str]:
        """Note them in one transaction; the ids that nobody has (yet). What was told before changes nothing."""
        unknown, news = [], []
        with self._services.begin() as unit_of_work:
            for id_, report in sorted(reports.items()):  # in one order: two batches at once never wait for each other
                item = unit_of_work.outbox.take_report(id_, report, self._services.clock())
                if item is None:
                    unknown.append(id_)
                elif item.is_news:
                    self._record(unit_of_work, item, report)
                    news.append((item, report))
            unit_of_work.commit()
        for item, report in news:
            self._count(report)
            _log.info("outbox.reported", item=item.id, kind=item.kind, report=report.value)
        if unknown:
            _log.info("outbox.report_of_nothing", times=len(unknown))
        return unknown

    def _record(self, unit_of_work: UnitOfWork, item: ReportedItem, report: Report) -> None:
        data: dict[str, str | int | list[str]] = {"item": item.id, "kind": item.kind}
        at = self._services.clock()
        unit_of_work.events.record(
            Event(kind=Kind.AUDIT, action=Action.MESSAGE_REPORTED, at=at, outcome=report.value, data=data)
        )


def _entries(body: bytes) -> Sequence[object]:
    try:
        batch = json.loads(body.decode(), object_pairs_hook=_without_doubles)
    except (ValueError, RecursionError):
        raise _malformed("The body is not JSON, or names a member twice.") from None
    entries = batch.get("reports") if isinstance(batch, dict) and set(batch) == {"reports"} else None
    if not isinstance(entries, list) or not 1 <= len(entries) <= MAX_REPORTS:
        raise _malformed(f"Send an object with one member, reports: a list of 1 to {MAX_REPORTS}.")
    return entries


def _report(entry: object) -> tuple[str, Report]:
    if not isinstance(entry, dict) or set(entry) != _MEMBERS:
        raise _malformed("A report has the members id and status and no others.")
    id_, status = entry["id"], entry["status"]
    if not isinstance(id_, str) or _ID.fullmatch(id_) is None:
        raise _malformed("An id is no id of a message.")
    try:
        return id_, Report(status)
    except ValueError:
        raise _malformed("A status is one of delivered, failed, expired, unknown.") from None


def _malformed(public: str) -> Refused:
    return Refused("invalid_request", public)


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise ValueError("a name stands twice")
    return names
