"""Holds: what keeps the log for longer than its time, and who lets it go again."""

import re
from typing import Annotated

from pydantic import Field

from admin.operation import AUDIT, GUARDIANS, Desk, Effect, Gives, Nothing, Operation, State, Takes
from admin.operations.events import LATEST
from idp.clock import Instant
from idp.errors import Refused
from idp.model.hold import Hold

LONGEST_REFERENCE = 120
_PERSON = re.compile(r"(?<![0-9A-Za-z])(?:[0-9]{17}[0-9Xx]|1[3-9][0-9]{9})(?![0-9A-Za-z])", re.ASCII)
"""What looks like the number of a citizen, or of a mobile phone."""


class PlaceHold(Takes):
    """For which file; what happened since that moment stays, 0: everything that is there."""

    reference: str = Field(min_length=1, max_length=LONGEST_REFERENCE)
    since: Annotated[int, Field(ge=0, le=LATEST)] = 0


class OneHold(Takes):
    """A hold, by its number."""

    hold_id: Annotated[int, Field(gt=0)]


class HoldTold(Gives):
    """A hold in force; whoever placed it by their uid, None: at the command line, or by an app."""

    hold_id: int
    reference: str
    since: int
    placed_by: str | None
    placed_at: int


class HoldList(Gives):
    """All that are in force, the oldest first."""

    holds: list[HoldTold]


class Released(Gives):
    """It is over."""

    hold_id: int


def _list(desk: Desk, wanted: Nothing) -> HoldList:
    del wanted
    return HoldList(holds=[_told(desk, each) for each in desk.unit_of_work.holds.in_force()])


def _place(desk: Desk, wanted: PlaceHold) -> HoldTold:
    reference = wanted.reference.strip()
    if not reference or not reference.isprintable():
        raise Refused("invalid_request", "reference: one line that names the file it is for.")
    if _PERSON.search(reference):
        raise Refused("invalid_request", "reference: name the file, not a person; the log never forgets it.")
    by = desk.actor.account_id
    return _told(desk, desk.unit_of_work.holds.place(reference, Instant(wanted.since), by, desk.at))


def _release(desk: Desk, wanted: OneHold) -> Released:
    if not desk.unit_of_work.holds.release(wanted.hold_id, desk.actor.account_id, desk.at):
        raise Refused("not_found", "There is no hold of this number in force.", status=404)
    return Released(hold_id=wanted.hold_id)


def _state_of_all(desk: Desk, wanted: PlaceHold) -> State:
    del wanted
    return {f"hold {each.id}": _state(each) for each in desk.unit_of_work.holds.in_force()}


def _state_of_one(desk: Desk, wanted: OneHold) -> State | None:
    found = [each for each in desk.unit_of_work.holds.in_force() if each.id == wanted.hold_id]
    return _state(found[0]) if found else None


def _state(hold: Hold) -> State:
    return {"reference": hold.reference, "since": hold.since}


def _told(desk: Desk, hold: Hold) -> HoldTold:
    account = None if hold.placed_by is None else desk.unit_of_work.accounts.get(hold.placed_by)
    return HoldTold(
        hold_id=hold.id,
        reference=hold.reference,
        since=hold.since,
        placed_by=None if account is None else account.uid,
        placed_at=hold.placed_at,
    )


LIST_HOLDS = Operation(
    name="events.holds",
    about="What keeps the log for longer than its time.",
    method="GET",
    path="/holds",
    takes=Nothing,
    gives=HoldList,
    does=AUDIT,
    run=_list,
)
PLACE_HOLD = Operation(
    name="events.hold",
    about="Keep the log from a moment on, however old it grows, until the hold is released.",
    method="POST",
    path="/holds",
    takes=PlaceHold,
    gives=HoldTold,
    does=AUDIT,
    run=_place,
    effect=Effect.CHANGE,
    state=_state_of_all,
)
RELEASE_HOLD = Operation(
    name="events.release",
    about="End a hold: what it kept may leave the log when its time is over.",
    method="POST",
    path="/holds/{hold_id}/release",
    takes=OneHold,
    gives=Released,
    does=AUDIT,
    run=_release,
    effect=Effect.GUARDED,
    approves=GUARDIANS,
    state=_state_of_one,
)
OPERATIONS = (LIST_HOLDS, PLACE_HOLD, RELEASE_HOLD)
