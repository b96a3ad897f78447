"""P6: what shows who a person is, taken back or corrected; and numbers that two people say are theirs."""

from typing import Any

from flask import Blueprint

from admin.console.acting import Acts
from admin.console.drafts import PATH as DRAFTS
from admin.console.entrance import HOME, Entrance, Officer
from admin.console.frame import Frame
from admin.console.people import PATH as PEOPLE
from admin.operations.identity import (
    CORRECT,
    DECIDE_DISPUTE,
    LIST_DISPUTES,
    LIST_EVIDENCE,
    WITHDRAW_EVIDENCE,
    DisputeList,
    EvidenceList,
    OlderDisputes,
)
from admin.operations.people import OnePerson
from admin.perform import Drafted
from idp.accounts.imported_document import DOCUMENTS
from idp.clock import Instant
from idp.errors import Refused
from idp.http.html import look_of
from idp.http.languages import Language
from idp.http.request import Parameters, Request
from idp.http.response import Response, see_other
from idp.model.evidence import WithdrawalReason
from idp.services import Services
from idp.sessions.csrf import Forms
from idp.web import routed

DISPUTES = f"{HOME}/disputes"
ACTS = {"withdraw": WITHDRAW_EVIDENCE, "correct": CORRECT}
_MEMBERS = {"withdraw": ("evidence_id", "why"), "correct": ("name", "id_type", "id_number", "id_country")}


def blueprint(services: Services, frame: Frame, entrance: Entrance) -> Blueprint:
    """`/console/people/<uid>/identity` and `/console/disputes`."""
    view, does = IdentityPages(services, frame), LIST_EVIDENCE.does
    path = f"{PEOPLE}/<uid>/identity"
    return routed(
        "identity",
        (path, "GET", entrance.guarded(view.show, does)),
        (path, "POST", entrance.guarded(view.act, does)),
        (DISPUTES, "GET", entrance.guarded(view.list_disputes, LIST_DISPUTES.does)),
        (DISPUTES, "POST", entrance.guarded(view.decide, DECIDE_DISPUTE.does)),
    )


class IdentityPages:
    """Everything here is proposed, and another person approves it."""

    def __init__(self, services: Services, frame: Frame) -> None:
        self._frame = frame
        self._acts = Acts(services)
        self._forms = Forms(services)

    def show(self, request: Request, officer: Officer, uid: str, problem: str | None = None) -> Response:
        """The checks of one person, and a form for a correction."""
        try:
            found = self._acts.read(officer, LIST_EVIDENCE, OnePerson(uid=uid), EvidenceList)
        except (Refused, ValueError):
            return see_other(PEOPLE)
        language, path = look_of(request).language, _path(uid)
        return self._frame.page(
            request,
            officer,
            "identity.html",
            back_url=f"{PEOPLE}/{uid}",
            evidence=[_row(language, each) for each in reversed(found.evidence)],
            whys=[why.value for why in WithdrawalReason],
            id_types=list(DOCUMENTS),
            action=path,
            csrf=self._forms.token(request, path),
            problem=problem,
        )

    def act(self, request: Request, officer: Officer, uid: str) -> Response:
        """Propose to take a check back, or a correction; what was left empty stays."""
        act = request.form.get("act", "")
        operation = ACTS.get(act)
        if operation is None or not self._forms.is_genuine(request, _path(uid)):
            return self.show(request, officer, uid, "stale")
        kept = {name: request.form[name] for name in _MEMBERS[act] if request.form.get(name, "").strip()}
        if act == "correct" and "id_number" not in kept:
            kept.pop("id_type", None)
        outcome = self._acts.do(
            officer, operation, Parameters({"reason": request.form.get("reason", ""), **kept}), uid=uid
        )
        if isinstance(outcome, Refused):
            return self.show(request, officer, uid, outcome.code)
        return see_other(f"{DRAFTS}/{outcome.draft.id}" if isinstance(outcome, Drafted) else _path(uid))

    def list_disputes(self, request: Request, officer: Officer, problem: str | None = None) -> Response:
        """Those that wait."""
        before = request.parameters.get("before", "")
        is_number = before.isascii() and before.isdigit() and len(before) < 20
        wanted = OlderDisputes(before=int(before) if is_number else None)
        found = self._acts.read(officer, LIST_DISPUTES, wanted, DisputeList)
        language = look_of(request).language
        return self._frame.page(
            request,
            officer,
            "disputes.html",
            disputes=[
                {**each, "opened_at": language.date_and_time(Instant(each["opened_at"]))} for each in found.disputes
            ],
            next=found.next,
            action=DISPUTES,
            csrf=self._forms.token(request, DISPUTES),
            problem=problem,
        )

    def decide(self, request: Request, officer: Officer) -> Response:
        """Propose whose a number is."""
        if not self._forms.is_genuine(request, DISPUTES):
            return self.list_disputes(request, officer, "stale")
        outcome = self._acts.do(officer, DECIDE_DISPUTE, request.form)
        if isinstance(outcome, Refused):
            return self.list_disputes(request, officer, outcome.code)
        return see_other(f"{DRAFTS}/{outcome.draft.id}" if isinstance(outcome, Drafted) else DISPUTES)


def _path(uid: str) -> str:
    return f"{PEOPLE}/{uid}/identity"


def _row(language: Language, told: dict[str, Any]) -> dict[str, Any]:
    moments = ("verified_at", "expires_at", "withdrawn_at")
    words = {name: language.date_and_time(Instant(told[name])) if told[name] else "" for name in moments}
    return {**told, **words}
