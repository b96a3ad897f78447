"""Break-glass: the envelope is sealed by two officers while there are some, and opened by the operator when there are none."""

from pydantic import Field

from admin.operation import SECURITY, SYSTEM, Desk, Effect, Gives, Nothing, Operation, State, Takes
from admin.operations.officers import INVITE, Invite, Invited
from idp.accounts.envelope import open_envelope, seal
from idp.errors import Refused
from idp.model.office import Role


class Sealed(Gives):
    """What belongs into the envelope: told once, to whoever approves it."""

    envelope_code: str


class Open(Takes):
    """The role that has to be filled, and the code of the envelope."""

    role: Role
    name: str = ""
    code: str = Field(max_length=255)


def _seal(desk: Desk, wanted: Nothing) -> Sealed:
    del wanted
    return Sealed(envelope_code=seal(desk.unit_of_work, desk.actor.account_id, desk.at))


def _open(desk: Desk, wanted: Open) -> Invited:
    try:
        open_envelope(desk.unit_of_work, wanted.code, desk.at)
    except Refused:
        desk.unit_of_work.commit()  # that somebody tried is remembered
        raise
    invited = INVITE.run(desk, Invite(role=wanted.role, name=wanted.name))
    assert isinstance(invited, Invited)
    return invited


def _state(desk: Desk, wanted: Takes) -> State:
    del wanted
    last = desk.unit_of_work.envelopes.last()
    if last is None:
        return {"sealed_at": None, "opened_at": None}
    return {"sealed_at": last.sealed_at if last.is_sealed else None, "opened_at": last.opened_at}


SEAL_ENVELOPE = Operation(
    name="break_glass.seal",
    about="A new code for the sealed envelope, told once to whoever approves it; the one before opens nothing any more.",
    method="POST",
    path="/break-glass/seal",
    takes=Nothing,
    gives=Sealed,
    does=SYSTEM,
    run=_seal,
    effect=Effect.GUARDED,
    approves=SECURITY,
    state=_state,
    is_for_people=True,
)
OPEN_ENVELOPE = Operation(
    name="break_glass.open",
    about="Invite an officer by the code of the envelope, at the command line alone; it is reviewed afterwards.",
    method="POST",
    path="/break-glass/open",
    takes=Open,
    gives=Invited,
    does=frozenset(),
    run=_open,
    effect=Effect.GUARDED,
    approves=SECURITY | SYSTEM,
    state=_state,
    shows=("role", "name"),
    is_urgent_at_times=True,
    is_for_people=True,
    is_never_proposed=True,
    hides=frozenset({"code"}),
)
OPERATIONS = (SEAL_ENVELOPE, OPEN_ENVELOPE)
