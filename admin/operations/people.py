"""People: found by what they hold, seen masked, uncovered with a reason, stopped and let go on.

Every look is written down where its person reads it (C17). Work accounts are not among them: nobody decides on an officer here
(threat M07).
"""

from enum import StrEnum
from typing import Any

from pydantic import Field

from admin.operation import GUARDIANS, SECURITY, Desk, Effect, Gives, Operation, State, Takes
from idp.accounts import find as finding
from idp.accounts.employ import employ
from idp.accounts.notices import Notices
from idp.accounts.overview import overview
from idp.accounts.status import Reason, close, freeze, unfreeze
from idp.clock import Instant
from idp.errors import Refused
from idp.events import Action, Event, Kind
from idp.model.account import Account, AccountKind
from idp.model.notice import Notice, NoticeKind


class Member(StrEnum):
    """What is masked until somebody says why they have to see it."""

    NAME = "name"
    CITIZEN_ID = "citizen_id"
    PHONE = "phone"
    EMAIL = "email"
    DOCUMENTS = "documents"


class Why(StrEnum):
    """Why somebody has to see it: a word of this list, since a text would carry personal data into the log."""

    ASKED = "asked"
    """The person asked for help."""
    CORRECTION = "correction"
    INVESTIGATION = "investigation"
    AUTHORITY = "authority"
    """A court or another authority ordered it."""


class FindPerson(Takes):
    """A citizen number, phone, mail address, other document, or uid; exactly as it is held."""

    identifier: str = Field(max_length=255)


class OnePerson(Takes):
    """A person, by the uid of their account."""

    uid: str = Field(max_length=64)


class Reveal(OnePerson):
    """What is to be seen, and why."""

    member: Member
    why: Why


class Decide(OnePerson):
    """What is done to the account, and why."""

    reason: Reason


class Employ(OnePerson):
    """Whether they work for the city."""

    is_staff: bool


class FoundPerson(Gives):
    """Whose it is."""

    uid: str


class PersonTold(Gives):
    """Everything masked, nothing secret."""

    person: dict[str, Any]


class Revealed(Gives):
    """What was asked for, in clear; several documents stand in one list."""

    values: list[str]


def _find(desk: Desk, wanted: FindPerson) -> FoundPerson:
    """Nothing is shown yet; that somebody looked is written down, with whom they found."""
    sandbox = desk.services.settings.sandbox.enabled
    try:
        account = finding.find(desk.unit_of_work, wanted.identifier, desk.at, sandbox=sandbox)
        if account.kind is AccountKind.WORK:
            raise _nobody()
    except Refused as refused:
        record_look(desk, None, Action.PERSON_FOUND, outcome=refused.code)
        desk.unit_of_work.commit()  # that nobody was found is remembered as well
        raise
    record_look(desk, account, Action.PERSON_FOUND)
    return FoundPerson(uid=account.uid)


def _show(desk: Desk, wanted: OnePerson) -> PersonTold:
    """Whoever decides on somebody looks at them, too, afterwards."""
    account = person(desk, wanted.uid)
    record_look(desk, account, Action.PERSON_VIEWED)
    levels = desk.services.settings.policy.levels
    return PersonTold(person=dict(overview(desk.unit_of_work, account, levels, desk.at)))


def _reveal(desk: Desk, wanted: Reveal) -> Revealed:
    account = person(desk, wanted.uid)
    stored = desk.unit_of_work.accounts.attributes(account.id)
    members: dict[Member, list[str | None]] = {
        Member.NAME: [stored.name],
        Member.CITIZEN_ID: [stored.citizen_id],
        Member.PHONE: [stored.phone],
        Member.EMAIL: [stored.email],
        Member.DOCUMENTS: [f"{each.kind.value} {each.value}" for each in stored.other_documents],
    }
    record_look(desk, account, Action.PERSON_REVEALED, member=wanted.member.value, why=wanted.why.value)
    return Revealed(values=[value for value in members[wanted.member] if value is not None])


def _freeze(desk: Desk, wanted: Decide) -> PersonTold:
    account = person(desk, wanted.uid)
    if freeze(desk.unit_of_work, account.id, wanted.reason, desk.at):
        _tell(desk, account.id, NoticeKind.FROZEN)
    return _show(desk, wanted)


def _unfreeze(desk: Desk, wanted: Decide) -> PersonTold:
    account = person(desk, wanted.uid)
    if unfreeze(desk.unit_of_work, account.id, wanted.reason, desk.at):
        _tell(desk, account.id, NoticeKind.UNFROZEN)
    return _show(desk, wanted)


def _close(desk: Desk, wanted: Decide) -> PersonTold:
    if not close(desk.unit_of_work, person(desk, wanted.uid).id, wanted.reason, desk.at):
        raise Refused("account_closed", "This account is closed for good.", status=409)
    return _show(desk, wanted)


def _employ(desk: Desk, wanted: Employ) -> PersonTold:
    employ(desk.unit_of_work, person(desk, wanted.uid).id, desk.at, is_staff=wanted.is_staff)
    return _show(desk, wanted)


def _tell(desk: Desk, account_id: int, kind: NoticeKind) -> None:
    Notices(desk.services).notify(desk.unit_of_work, Notice(account_id=account_id, kind=kind, at=Instant(desk.at)))


def person(desk: Desk, uid: str) -> Account:
    """Whose account has this uid; raises `Refused("not_found", …)`, also for an officer's."""
    account = desk.unit_of_work.accounts.by_uid(uid)
    if account is None or account.kind is AccountKind.WORK:
        raise _nobody()
    return account


def _nobody() -> Refused:
    return Refused("not_found", "There is no such person.", status=404)


def record_look(desk: Desk, account: Account | None, action: Action, outcome: str = "ok", **data: str) -> None:
    """Where a person was found, the line stands among those that they read themselves."""
    event = Event(
        kind=Kind.AUDIT,
        action=action,
        at=desk.at,
        outcome=outcome,
        account_id=None if account is None else account.id,
        actor_id=desk.actor.account_id,
        client_id=desk.actor.client_id,
        data={**data, "via": desk.actor.via},
    )
    desk.unit_of_work.events.record(event)


def _state(desk: Desk, wanted: OnePerson) -> State | None:
    account = desk.unit_of_work.accounts.by_uid(wanted.uid)
    if account is None:
        return None
    return {"status": account.status.value, "is_staff": account.staff_since is not None}


FIND_PERSON = Operation(
    name="people.find",
    about="Whose number, phone, mail address or document this is; by a body, so that no log of addresses has it.",
    method="POST",
    path="/people:find",
    takes=FindPerson,
    gives=FoundPerson,
    does=SECURITY,
    run=_find,
)
SHOW_PERSON = Operation(
    name="people.show",
    about="What is known of a person, masked; the person reads that you looked.",
    method="GET",
    path="/people/{uid}",
    takes=OnePerson,
    gives=PersonTold,
    does=SECURITY,
    run=_show,
)
REVEAL = Operation(
    name="people.reveal",
    about="One thing of a person in clear, with a reason; the person reads what you saw, and why.",
    method="POST",
    path="/people/{uid}/reveal",
    takes=Reveal,
    gives=Revealed,
    does=SECURITY,
    run=_reveal,
    is_for_people=True,
)


def _decision(name: str, about: str, run: Any, effect: Effect = Effect.CHANGE) -> Operation:
    return Operation(
        name=f"people.{name}",
        about=about,
        method="POST",
        path=f"/people/{{uid}}/{name}",
        takes=Decide,
        gives=PersonTold,
        does=SECURITY,
        run=run,
        effect=effect,
        approves=GUARDIANS if effect is Effect.GUARDED else frozenset(),
        state=_state,
        shows=("reason",),
    )


FREEZE = _decision("freeze", "Stop an account: nobody signs in to it, its sessions end, its apps are told.", _freeze)
UNFREEZE = _decision("unfreeze", "Let a frozen account sign in again; everything has to be opened anew.", _unfreeze)
CLOSE = _decision("close", "End an account for good.", _close, Effect.GUARDED)
EMPLOY = Operation(
    name="people.employ",
    about="Say whether a person works for the city: stricter rules hold for their password then.",
    method="POST",
    path="/people/{uid}/employ",
    takes=Employ,
    gives=PersonTold,
    does=SECURITY,
    run=_employ,
    effect=Effect.CHANGE,
    state=_state,
)
OPERATIONS = (FIND_PERSON, SHOW_PERSON, REVEAL, FREEZE, UNFREEZE, CLOSE, EMPLOY)
