"""The log, as the auditor searches it: who, what, to whom, when."""

from typing import Annotated, Any

from pydantic import Field

from admin.operation import AUDIT, Desk, Gives, Operation, Takes
from idp.errors import Refused
from idp.events import Action, EventFilter, Recorded

MOST = 200
LATEST = 10**12
"""More seconds than anybody means, and few enough for the database."""


class SearchEvents(Takes):
    """A page of events, the newest first; `before` is the `next` of the page before.

    `actor` and `person` are uids; `since` and `until` moments, `until` not included.
    """

    actor: str | None = Field(default=None, max_length=64)
    person: str | None = Field(default=None, max_length=64)
    action: Action | None = None
    client_id: str | None = Field(default=None, max_length=255)
    since: Annotated[int, Field(ge=0, le=LATEST)] | None = None
    until: Annotated[int, Field(ge=0, le=LATEST)] | None = None
    before: Annotated[int, Field(gt=0)] | None = None
    limit: Annotated[int, Field(gt=0, le=MOST)] = 50


class OneEvent(Takes):
    """An event, by its number."""

    event_id: Annotated[int, Field(gt=0)]


class EventTold(Gives):
    """An event; whoever did it and whom it concerns by their uids."""

    event_id: int
    kind: str
    action: str
    at: int
    outcome: str
    actor: str | None
    person: str | None
    client_id: str | None
    session_id: int | None
    channel: str | None
    request_id: str | None
    data: dict[str, Any]


class EventList(Gives):
    """A page; `next` is the `before` of the next one, None: there is none."""

    events: list[EventTold]
    next: int | None


def search(desk: Desk, wanted: SearchEvents) -> EventList:
    """A page of what was written down."""
    looked_for = EventFilter(
        actor_id=_account_id(desk, wanted.actor),
        account_id=_account_id(desk, wanted.person),
        action=None if wanted.action is None else wanted.action.value,
        client_id=wanted.client_id,
        since=wanted.since,
        until=wanted.until,
    )
    found = desk.unit_of_work.events.search(looked_for, before=wanted.before, limit=wanted.limit)
    names: dict[int, str] = {}
    following = found[-1].id if len(found) == wanted.limit else None
    return EventList(events=[_told(desk, each, names) for each in found], next=following)


def _show(desk: Desk, wanted: OneEvent) -> EventTold:
    found = desk.unit_of_work.events.search(EventFilter(), before=wanted.event_id + 1, limit=1)
    if not found or found[0].id != wanted.event_id:
        raise Refused("not_found", "There is no event with this number.", status=404)
    return _told(desk, found[0], {})


def _told(desk: Desk, event: Recorded, names: dict[int, str]) -> EventTold:
    return EventTold(
        event_id=event.id,
        kind=event.kind,
        action=event.action,
        at=event.at,
        outcome=event.outcome,
        actor=_uid(desk, event.actor_id, names),
        person=_uid(desk, event.account_id, names),
        client_id=event.client_id,
        session_id=event.session_id,
        channel=event.channel,
        request_id=event.request_id,
        data=dict(event.data),
    )


def _account_id(desk: Desk, uid: str | None) -> int | None:
    if uid is None:
        return None
    account = desk.unit_of_work.accounts.by_uid(uid)
    if account is None:
        raise Refused("not_found", "There is no account with this uid.", status=404)
    return account.id


def _uid(desk: Desk, account_id: int | None, names: dict[int, str]) -> str | None:
    if account_id is None:
        return None
    if account_id not in names:
        account = desk.unit_of_work.accounts.get(account_id)
        names[account_id] = "" if account is None else account.uid
    return names[account_id]


SEARCH_EVENTS = Operation(
    name="events.search",
    about="The log, the newest first.",
    method="GET",
    path="/events",
    takes=SearchEvents,
    gives=EventList,
    does=AUDIT,
    run=search,
)
SHOW_EVENT = Operation(
    name="events.show",
    about="One event.",
    method="GET",
    path="/events/{event_id}",
    takes=OneEvent,
    gives=EventTold,
    does=AUDIT,
    run=_show,
)
OPERATIONS = (SEARCH_EVENTS, SHOW_EVENT)
