"""What waits for a second person: seen by all three officers, decided on by those whom its operation names."""

from typing import Annotated, Any

from pydantic import Field
from pydantic_core import from_json

from admin import approvals
from admin.operation import ANY_OFFICER, GUARDIANS, Desk, Effect, Gives, Operation, State, Takes
from idp.model.draft import Draft, DraftState
from idp.model.office import Role

MOST = 100


class ListDrafts(Takes):
    """A page of them, the newest first; `before` is the `next` of the page before."""

    state: DraftState | None = None
    before: Annotated[int, Field(gt=0)] | None = None
    limit: Annotated[int, Field(gt=0, le=MOST)] = 20


class OneDraft(Takes):
    """A draft."""

    draft_id: Annotated[int, Field(gt=0)]


class DraftTold(Gives):
    """A draft. Of what it takes `wanted` tells what holds no secret; `changes` says what it does."""

    draft_id: int
    operation: str
    target: str
    wanted: dict[str, str]
    changes: tuple[str, ...]
    reason: str
    proposed_by: str | None
    proposed_by_name: str
    proposed_via: str
    proposed_at: int
    expires_at: int
    state: DraftState
    decided_by: str | None
    decided_by_name: str
    decided_at: int | None


class DraftList(Gives):
    """A page; `next` is the `before` of the next one, None: there is none."""

    drafts: list[DraftTold]
    next: int | None


class Decided(Gives):
    """The draft as it is now; `answer` is what its operation gave, if it was applied."""

    draft: DraftTold
    answer: Any = None


def told(desk: Desk, draft: Draft) -> DraftTold:
    """As officers see it: whoever proposed or decided by their uid, and by the name that they have at work."""
    proposer, decider = _who(desk, draft.proposed_by), _who(desk, draft.decided_by)
    return DraftTold(
        draft_id=draft.id,
        operation=draft.operation,
        target=draft.target,
        wanted=_shown(draft),
        changes=draft.changes,
        reason=draft.reason,
        proposed_by=proposer[0],
        proposed_by_name=proposer[1],
        proposed_via=draft.proposed_via,
        proposed_at=draft.proposed_at,
        expires_at=draft.expires_at,
        state=draft.state,
        decided_by=decider[0],
        decided_by_name=decider[1],
        decided_at=draft.decided_at,
    )


def _shown(draft: Draft) -> dict[str, str]:
    wanted = from_json(draft.wanted)
    return {name: str(value) for name in _operation_of(draft).shows if (value := wanted.get(name))}


def _who(desk: Desk, account_id: int | None) -> tuple[str | None, str]:
    account = None if account_id is None else desk.unit_of_work.accounts.get(account_id)
    if account is None:
        return None, ""
    return account.uid, desk.unit_of_work.accounts.attributes(account.id).name or ""


def _list(desk: Desk, wanted: ListDrafts) -> DraftList:
    found = desk.unit_of_work.drafts.page(before=wanted.before, limit=wanted.limit, state=wanted.state)
    following = found[-1].id if len(found) == wanted.limit else None
    return DraftList(drafts=[told(desk, each) for each in found], next=following)


def _show(desk: Desk, wanted: OneDraft) -> DraftTold:
    return told(desk, approvals.find(desk, wanted.draft_id))


def _approve(desk: Desk, wanted: OneDraft) -> Decided:
    draft = approvals.find(desk, wanted.draft_id)
    done = approvals.approve(desk, _operation_of(draft), draft)
    return Decided(draft=_show(desk, wanted), answer=from_json(done.answer))


def _refuse(desk: Desk, wanted: OneDraft) -> Decided:
    draft = approvals.find(desk, wanted.draft_id)
    approvals.refuse(desk, _operation_of(draft), draft)
    return Decided(draft=_show(desk, wanted))


def _review(desk: Desk, wanted: OneDraft) -> Decided:
    draft = approvals.find(desk, wanted.draft_id)
    approvals.review(desk, _operation_of(draft), draft)
    return Decided(draft=_show(desk, wanted))


def _withdraw(desk: Desk, wanted: OneDraft) -> Decided:
    approvals.withdraw(desk, approvals.find(desk, wanted.draft_id))
    return Decided(draft=_show(desk, wanted))


def _operation_of(draft: Draft) -> Operation:
    from admin.operations import OPERATIONS

    return OPERATIONS[draft.operation]


def _state(desk: Desk, wanted: OneDraft) -> State | None:
    draft = desk.unit_of_work.drafts.get(wanted.draft_id)
    return None if draft is None else {"state": draft.state.value}


LIST_DRAFTS = Operation(
    name="drafts.list",
    about="What was proposed, the newest first.",
    method="GET",
    path="/drafts",
    takes=ListDrafts,
    gives=DraftList,
    does=ANY_OFFICER,
    run=_list,
)
SHOW_DRAFT = Operation(
    name="drafts.show",
    about="One of them, with what it changes.",
    method="GET",
    path="/drafts/{draft_id}",
    takes=OneDraft,
    gives=DraftTold,
    does=ANY_OFFICER,
    run=_show,
    state=_state,
)


def _decision(name: str, about: str, run: Any, does: frozenset[Role] = GUARDIANS) -> Operation:
    return Operation(
        name=f"drafts.{name}",
        about=about,
        method="POST",
        path=f"/drafts/{{draft_id}}/{name}",
        takes=OneDraft,
        gives=Decided,
        does=does,
        run=run,
        effect=Effect.CHANGE,
        state=_state,
        is_for_people=True,
    )


APPROVE = _decision(
    "approve", "Apply what another person proposed; wants a sign-in of the last five minutes.", _approve
)
REFUSE = _decision("refuse", "Let it not happen.", _refuse)
WITHDRAW_DRAFT = _decision("withdraw", "Take back what you proposed yourself.", _withdraw, ANY_OFFICER)
REVIEW = _decision("review", "Say that you looked at what another person did in an emergency.", _review)
OPERATIONS = (LIST_DRAFTS, SHOW_DRAFT, APPROVE, REFUSE, WITHDRAW_DRAFT, REVIEW)
