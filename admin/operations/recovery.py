"""Getting back in: somebody at a window, whom nothing else lets in, starts anew with a slip. A second person decides on it."""

from typing import Annotated

from pydantic import Field

from admin.operation import GUARDIANS, SECURITY, Desk, Effect, Gives, Operation, State
from admin.operations.people import OnePerson, person
from idp.accounts.names import masked_name
from idp.accounts.slip import issue
from idp.model.policy import Level


class IssueSlip(OnePerson):
    """For whom, and what the account is worth at most for a day after its use; without it, `recovery.slip_level`."""

    level: Annotated[int, Field(ge=Level.ONE, le=Level.THREE)] | None = None


class SlipIssued(Gives):
    """The slip, told once to whoever approves it; the name is masked."""

    name: str
    code: str
    level: int
    expires_at: int


def _issue(desk: Desk, wanted: IssueSlip) -> SlipIssued:
    account = person(desk, wanted.uid)
    level = Level(wanted.level or desk.services.settings.recovery.slip_level)
    issued = issue(desk.services, desk.unit_of_work, account, level, desk.at)
    name = desk.unit_of_work.accounts.attributes(account.id).name
    return SlipIssued(
        name=masked_name(name) if name else account.uid,
        code=issued.code,
        level=issued.level,
        expires_at=issued.expires_at,
    )


def _state(desk: Desk, wanted: IssueSlip) -> State | None:
    account = desk.unit_of_work.accounts.by_uid(wanted.uid)
    if account is None:
        return None
    held = desk.unit_of_work.slips.held(account.id, desk.at)
    return {"status": account.status.value, "slip_issued_at": None if held is None else held.issued_at}


ISSUE_SLIP = Operation(
    name="recovery.slip",
    about="Let a person start anew whom somebody at a window has just seen with their document; works once, for a day.",
    method="POST",
    path="/people/{uid}/slip",
    takes=IssueSlip,
    gives=SlipIssued,
    does=SECURITY,
    run=_issue,
    effect=Effect.GUARDED,
    approves=GUARDIANS,
    state=_state,
    shows=("level",),
    is_for_people=True,
)
OPERATIONS = (ISSUE_SLIP,)
