"""S2: who holds which role, who was invited, and the form that proposes another one."""

from typing import Any

from flask import Blueprint

from admin.console.acting import Acts, may
from admin.console.drafts import PATH as DRAFTS
from admin.console.entrance import HOME, Entrance, Officer
from admin.console.frame import Frame
from admin.operation import Nothing
from admin.operations.break_glass import SEAL_ENVELOPE
from admin.operations.officers import DISMISS, INVITE, LIST_OFFICERS, WITHDRAW, OfficeList
from admin.perform import Drafted
from idp.clock import Instant
from idp.errors import Refused
from idp.http.html import look_of
from idp.http.languages import Language
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.model.office import Role
from idp.services import Services
from idp.sessions.csrf import Forms
from idp.web import routed

PATH = f"{HOME}/officers"
ACTS = {"invite": INVITE, "withdraw": WITHDRAW, "dismiss": DISMISS, "seal": SEAL_ENVELOPE}


def blueprint(services: Services, frame: Frame, entrance: Entrance) -> Blueprint:
    """`/console/officers`."""
    view = OfficerPages(services, frame)
    return routed(
        "officers",
        (PATH, "GET", entrance.guarded(view.show)),
        (PATH, "POST", entrance.guarded(view.act, INVITE.does | WITHDRAW.does)),
    )


class OfficerPages:
    """Names are those at work, in full: colleagues know each other."""

    def __init__(self, services: Services, frame: Frame) -> None:
        self._frame = frame
        self._acts = Acts(services)
        self._forms = Forms(services)

    def show(self, request: Request, officer: Officer, problem: str | None = None) -> Response:
        """Both tables, and what this officer may do."""
        found = self._acts.read(officer, LIST_OFFICERS, Nothing(), OfficeList)
        language = look_of(request).language
        return self._frame.page(
            request,
            officer,
            "officers.html",
            officers=[
                {**_plain(each), "since": language.date_and_time(Instant(each.since))} for each in found.officers
            ],
            invitations=[
                {**_plain(each), "until": language.date_and_time(Instant(each.expires_at))}
                for each in found.invitations
            ],
            envelope=_envelope(language, found.envelope_sealed_at, found.envelope_opened_at),
            roles=[role.value for role in Role],
            own_uid=officer.visitor.account.uid,
            may_invite=may(officer, INVITE),
            may_withdraw=may(officer, WITHDRAW),
            action=PATH,
            csrf=self._forms.token(request, PATH),
            problem=problem,
            is_done=request.parameters.get("done") == "1",
        )

    def act(self, request: Request, officer: Officer) -> Response:
        """Propose, take back."""
        operation = ACTS.get(request.form.get("act", ""))
        if operation is None or not self._forms.is_genuine(request, PATH):
            return self.show(request, officer, "stale")
        outcome = self._acts.do(officer, operation, request.form)
        if isinstance(outcome, Refused):
            return self.show(request, officer, outcome.code)
        return see_other(f"{DRAFTS}/{outcome.draft.id}" if isinstance(outcome, Drafted) else f"{PATH}?done=1")


def _envelope(language: Language, sealed_at: int | None, opened_at: int | None) -> tuple[str, str]:
    """How it stands with the sealed envelope, and since when."""
    at = sealed_at if sealed_at is not None else opened_at
    state = "missing" if at is None else "opened" if sealed_at is None else "sealed"
    return state, "" if at is None else language.date_and_time(Instant(at))


def _plain(told: Any) -> dict[str, Any]:
    plain: dict[str, Any] = told.model_dump(mode="json")
    return plain
