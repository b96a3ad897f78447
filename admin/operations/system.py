"""S1: how it stands with everything that has to work, for whoever begins to look."""

from collections.abc import Iterator
from contextlib import suppress
from enum import StrEnum

from admin.operation import ANY_OFFICER, Desk, Gives, Nothing, Operation
from idp import VERSION
from idp.accounts.carrier_health import CarrierHealth
from idp.accounts.offices import missing_officers
from idp.errors import Refused
from idp.model.message import Medium

LATE_SECONDS = 300
"""Whatever waits to leave for longer has a receiver or a worker that does not work."""
UNSEALED_SECONDS = 30
"""Whatever is written down and not sealed for longer has no sealer; it comes every two seconds."""


class State(StrEnum):
    """How it stands with one thing."""

    WELL = "well"
    LOOK = "look"
    """It works, and somebody should look at it."""
    BAD = "bad"


class Part(StrEnum):
    """What has to work."""

    STORES = "stores"
    SIGNING = "signing"
    SMS = "sms"
    VOICE = "voice"
    MAIL = "mail"
    FACE = "face"
    QUEUE = "queue"
    LOG = "log"
    OFFICERS = "officers"
    ENVELOPE = "envelope"


class Because(StrEnum):
    """What says so."""

    ANSWERS = "answers"
    SILENT = "silent"
    SIGNS = "signs"
    NO_KEY = "no_key"
    UNSET = "unset"
    TAKES = "takes"
    REFUSES = "refuses"
    WAITING = "waiting"
    LATE = "late"
    SEALED = "sealed"
    UNSEALED = "unsealed"
    NEVER_SEALED = "never_sealed"
    COMPLETE = "complete"
    MISSING = "missing"
    OPENED = "opened"


class PartTold(Gives):
    """One thing, how it stands with it, and what number says so: seconds, or how many."""

    part: Part
    state: State
    why: Because
    number: int | None = None


class SystemTold(Gives):
    """The program's version, and all its parts."""

    version: str
    parts: list[PartTold]


def _show(desk: Desk, wanted: Nothing) -> SystemTold:
    del wanted
    parts = [
        _stores(desk),
        _signing(desk),
        *_carriers(desk),
        _face(desk),
        _queue(desk),
        _log(desk),
        _officers(desk),
        _envelope(desk),
    ]
    return SystemTold(version=VERSION, parts=parts)


def _stores(desk: Desk) -> PartTold:
    """Whoever reads this was answered by the database."""
    with suppress(Refused):
        desk.services.ephemeral.get("ping")
        return PartTold(part=Part.STORES, state=State.WELL, why=Because.ANSWERS)
    return PartTold(part=Part.STORES, state=State.BAD, why=Because.SILENT)


def _signing(desk: Desk) -> PartTold:
    with suppress(Refused):
        if number := len(desk.services.signer.algorithms()):
            return PartTold(part=Part.SIGNING, state=State.WELL, why=Because.SIGNS, number=number)
    return PartTold(part=Part.SIGNING, state=State.BAD, why=Because.NO_KEY)


def _carriers(desk: Desk) -> Iterator[PartTold]:
    health, messaging = CarrierHealth(desk.services.ephemeral), desk.services.settings.messaging
    for medium in Medium:
        part = Part(medium.value)
        if getattr(messaging, medium.value) is None:
            yield PartTold(part=part, state=State.LOOK, why=Because.UNSET)
        elif health.is_down(medium):
            yield PartTold(part=part, state=State.BAD, why=Because.REFUSES)
        else:
            yield PartTold(part=part, state=State.WELL, why=Because.TAKES)


def _face(desk: Desk) -> PartTold:
    if desk.services.face is None:
        return PartTold(part=Part.FACE, state=State.WELL, why=Because.UNSET)
    answers = desk.services.face.is_reachable()
    return PartTold(
        part=Part.FACE, state=State.WELL if answers else State.BAD, why=Because.ANSWERS if answers else Because.SILENT
    )


def _queue(desk: Desk) -> PartTold:
    lanes = desk.unit_of_work.outbox.lanes()
    late = max((desk.at - each.oldest_at for each in lanes), default=0)
    if late > LATE_SECONDS:
        return PartTold(part=Part.QUEUE, state=State.BAD, why=Because.LATE, number=late // 60)
    return PartTold(part=Part.QUEUE, state=State.WELL, why=Because.WAITING, number=sum(each.waiting for each in lanes))


def _log(desk: Desk) -> PartTold:
    sealed_at, unsealed = desk.unit_of_work.events.last_sealed_at(), desk.unit_of_work.events.unsealed_since()
    if sealed_at is None:
        return PartTold(part=Part.LOG, state=State.LOOK, why=Because.NEVER_SEALED)
    late = 0 if unsealed is None else desk.at - unsealed
    if late > UNSEALED_SECONDS:
        return PartTold(part=Part.LOG, state=State.BAD, why=Because.UNSEALED, number=late // 60)
    return PartTold(part=Part.LOG, state=State.WELL, why=Because.SEALED, number=max(0, desk.at - sealed_at))


def _officers(desk: Desk) -> PartTold:
    if missing := missing_officers(desk.unit_of_work):
        return PartTold(part=Part.OFFICERS, state=State.BAD, why=Because.MISSING, number=len(missing))
    return PartTold(part=Part.OFFICERS, state=State.WELL, why=Because.COMPLETE)


def _envelope(desk: Desk) -> PartTold:
    last = desk.unit_of_work.envelopes.last()
    if last is not None and last.is_sealed:
        return PartTold(part=Part.ENVELOPE, state=State.WELL, why=Because.SEALED)
    return PartTold(part=Part.ENVELOPE, state=State.LOOK, why=Because.OPENED if last else Because.NEVER_SEALED)


SHOW_SYSTEM = Operation(
    name="system.show",
    about="How it stands with everything that has to work.",
    method="GET",
    path="/system",
    takes=Nothing,
    gives=SystemTold,
    does=ANY_OFFICER,
    run=_show,
)
OPERATIONS = (SHOW_SYSTEM,)
