"""Four eyes: what one person proposed, another one approves, refuses or looks at; each draft is decided on once."""

from admin.operation import Desk, Operation
from admin.perform import Done, apply, draft_event
from admin.permissions import refuse_decision
from idp.errors import Refused
from idp.events import Action
from idp.model.draft import Draft, DraftState


def find(desk: Desk, draft_id: int) -> Draft:
    """The draft with this number; raises `Refused("not_found", …)`."""
    draft = desk.unit_of_work.drafts.get(draft_id)
    if draft is None:
        raise Refused("not_found", "There is no draft with this number.", status=404)
    return draft


def approve(desk: Desk, operation: Operation, draft: Draft) -> Done:
    """Apply it, in the transaction in which it is decided on; raises `Refused` with nothing written."""
    _refuse_unless(desk, draft, DraftState.WAITING)
    refuse_decision(operation, draft, desk.actor, desk.at)
    done = apply(desk, operation, draft)
    _decide(desk, draft, DraftState.APPROVED, Action.DRAFT_APPROVED)
    return done


def refuse(desk: Desk, operation: Operation, draft: Draft) -> None:
    """Nothing of it happens."""
    _refuse_unless(desk, draft, DraftState.WAITING)
    refuse_decision(operation, draft, desk.actor, desk.at)
    _decide(desk, draft, DraftState.REFUSED, Action.DRAFT_REFUSED)


def review(desk: Desk, operation: Operation, draft: Draft) -> None:
    """Somebody else has looked at what was done in an emergency."""
    _refuse_unless(desk, draft, DraftState.URGENT)
    refuse_decision(operation, draft, desk.actor, desk.at)
    _decide(desk, draft, DraftState.REVIEWED, Action.DRAFT_REVIEWED)


def withdraw(desk: Desk, draft: Draft) -> None:
    """Whoever proposed it thinks again."""
    _refuse_unless(desk, draft, DraftState.WAITING)
    actor = desk.actor
    is_own = (
        (actor.via == draft.proposed_via == "cli")
        if draft.proposed_by is None
        else draft.proposed_by == actor.account_id
    )
    if not is_own:
        raise Refused("access_denied", "Only whoever proposed it withdraws it; you can refuse it.", status=403)
    _decide(desk, draft, DraftState.WITHDRAWN, Action.DRAFT_WITHDRAWN)


def _refuse_unless(desk: Desk, draft: Draft, state: DraftState) -> None:
    if draft.state is not state or not draft.is_open(desk.at):
        raise Refused("already_decided", "This was decided on already, or waited too long.", status=409)


def _decide(desk: Desk, draft: Draft, state: DraftState, action: Action) -> None:
    if not desk.unit_of_work.drafts.decide(draft, state, desk.actor.account_id, desk.at):
        raise Refused("already_decided", "Somebody decided on this at the same moment.", status=409)
    desk.unit_of_work.events.record(draft_event(desk, action, draft))
