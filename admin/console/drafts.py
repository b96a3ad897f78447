"""A7 and *for me to decide*: what was proposed, and the decision of a second person."""

from typing import Any

from flask import Blueprint

from admin.console.acting import Acts
from admin.console.entrance import HOME, Entrance, Officer
from admin.console.frame import Frame
from admin.operations import OPERATIONS
from admin.operations.drafts import (
    APPROVE,
    LIST_DRAFTS,
    REFUSE,
    REVIEW,
    SHOW_DRAFT,
    WITHDRAW_DRAFT,
    Decided,
    DraftList,
    DraftTold,
    ListDrafts,
    OneDraft,
)
from admin.perform import Done
from idp.clock import Instant
from idp.errors import Refused
from idp.http.html import look_of
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.model.draft import DraftState
from idp.services import Services
from idp.sessions.csrf import Forms
from idp.web import routed

PATH = f"{HOME}/drafts"
DECISIONS = {"approve": APPROVE, "refuse": REFUSE, "withdraw": WITHDRAW_DRAFT, "review": REVIEW}
_ROWS = 20
_TOLD_ONCE = ("link", "envelope_code", "code", "token", "name")
"""Of what an operation gives: shown to whoever approved it, and nowhere else."""


def blueprint(services: Services, frame: Frame, entrance: Entrance) -> Blueprint:
    """`/console/drafts` and one of them."""
    view = DraftPages(services, frame)
    return routed(
        "drafts",
        (PATH, "GET", entrance.guarded(view.list)),
        (f"{PATH}/<int:draft_id>", "GET", entrance.guarded(view.show)),
        (f"{PATH}/<int:draft_id>", "POST", entrance.guarded(view.decide, WITHDRAW_DRAFT.does, is_fresh=True)),
    )


class DraftPages:
    """Whoever proposed may take it back; another person of a role that its operation names decides."""

    def __init__(self, services: Services, frame: Frame) -> None:
        self._frame = frame
        self._acts = Acts(services)
        self._forms = Forms(services)

    def list(self, request: Request, officer: Officer) -> Response:
        """The newest first, of one state or of all."""
        parameters = request.parameters
        state, before = parameters.get("state", ""), parameters.get("before", "")
        wanted = ListDrafts(
            state=DraftState(state) if state in {*DraftState} else None,
            before=int(before)
            if before.isascii() and before.isdigit() and 0 < len(before) < 19 and int(before)
            else None,
            limit=_ROWS,
        )
        found = self._acts.read(officer, LIST_DRAFTS, wanted, DraftList)
        return self._frame.page(
            request,
            officer,
            "drafts.html",
            drafts=[_row(request, each) for each in found.drafts],
            states=[each.value for each in DraftState],
            state=wanted.state.value if wanted.state else "",
            following=found.next,
        )

    def show(self, request: Request, officer: Officer, draft_id: int, **context: Any) -> Response:
        """What it changes, and what this officer may do about it."""
        try:
            found = self._acts.read(officer, SHOW_DRAFT, OneDraft(draft_id=draft_id), DraftTold)
        except (Refused, ValueError):
            return see_other(PATH)
        shown = {"problem": None, "answer": {}, **context}
        return self._frame.page(
            request,
            officer,
            "draft.html",
            draft=_row(request, found),
            changes=[_change(line) for line in found.changes],
            decisions=_decisions(officer, found),
            approvers=sorted(OPERATIONS[found.operation].approves) if found.operation in OPERATIONS else [],
            action=f"{PATH}/{draft_id}",
            csrf=self._forms.token(request, f"{PATH}/{draft_id}"),
            **shown,
        )

    def decide(self, request: Request, officer: Officer, draft_id: int) -> Response:
        """Approve, refuse, take back or review it."""
        operation = DECISIONS.get(request.form.get("decision", ""))
        if operation is None or not self._forms.is_genuine(request, f"{PATH}/{draft_id}"):
            return self.show(request, officer, draft_id, problem="stale")
        outcome = self._acts.do(officer, operation, request.form, draft_id=str(draft_id))
        if isinstance(outcome, Refused):
            return self.show(request, officer, draft_id, problem=outcome.code)
        answer = _told_once(outcome) if isinstance(outcome, Done) else {}
        if answer:
            return self.show(request, officer, draft_id, answer=answer)
        return see_other(f"{PATH}/{draft_id}")


def _decisions(officer: Officer, draft: DraftTold) -> list[str]:
    """What a page offers; whether it may be is decided when it is done."""
    is_own = draft.proposed_by == officer.visitor.account.uid
    operation = OPERATIONS.get(draft.operation)
    may_decide = operation is not None and officer.appointment.role in operation.approves and not is_own
    if draft.state is DraftState.URGENT:
        return ["review"] if may_decide else []
    if draft.state is not DraftState.WAITING:
        return []
    return ["approve", "refuse"] if may_decide else ["withdraw"] if is_own else []


def _row(request: Request, draft: DraftTold) -> dict[str, Any]:
    language = look_of(request).language
    return {
        "id": draft.draft_id,
        "operation": draft.operation,
        "target": draft.target,
        "wanted": draft.wanted,
        "reason": draft.reason,
        "state": draft.state.value,
        "proposed_by": draft.proposed_by_name or draft.proposed_via,
        "proposed_at": language.date_and_time(Instant(draft.proposed_at)),
        "expires_at": language.date_and_time(Instant(draft.expires_at)),
        "decided_by": draft.decided_by_name,
        "decided_at": "" if draft.decided_at is None else language.date_and_time(Instant(draft.decided_at)),
    }


def _change(line: str) -> dict[str, str]:
    member, _, change = line.partition(": ")
    before, _, becomes = change.partition(" → ")
    return {"member": member, "before": "" if before == "∅" else before, "after": "" if becomes == "∅" else becomes}


def _told_once(done: Done) -> dict[str, str]:
    answer = Decided.model_validate_json(done.answer).answer
    return {name: answer[name] for name in _TOLD_ONCE if isinstance(answer, dict) and name in answer}
