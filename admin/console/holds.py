"""A1: what keeps the log for longer than its time; the auditor places a hold, and proposes to end one."""

from datetime import date
from typing import Any

from flask import Blueprint

from admin.console.acting import Acts
from admin.console.drafts import PATH as DRAFTS
from admin.console.entrance import Entrance, Officer
from admin.console.frame import Frame
from admin.console.log import PATH as LOG
from admin.operation import Nothing
from admin.operations.holds import LIST_HOLDS, LONGEST_REFERENCE, PLACE_HOLD, RELEASE_HOLD, HoldList, HoldTold
from admin.perform import Drafted
from idp.clock import Instant, midnight_in_china
from idp.errors import Refused
from idp.http.html import look_of
from idp.http.languages import Language
from idp.http.request import Parameters, Request
from idp.http.response import Response, see_other
from idp.services import Services
from idp.sessions.csrf import Forms
from idp.web import routed

PATH = f"{LOG}/holds"
ACTS = {"hold": PLACE_HOLD, "release": RELEASE_HOLD}


def blueprint(services: Services, frame: Frame, entrance: Entrance) -> Blueprint:
    """`/console/log/holds`."""
    view = HoldPages(services, frame)
    return routed(
        "holds",
        (PATH, "GET", entrance.guarded(view.show, LIST_HOLDS.does)),
        (PATH, "POST", entrance.guarded(view.act, PLACE_HOLD.does)),
    )


class HoldPages:
    """The holds in force, and a form for one more."""

    def __init__(self, services: Services, frame: Frame) -> None:
        self._services = services
        self._frame = frame
        self._acts = Acts(services)
        self._forms = Forms(services)

    def show(self, request: Request, officer: Officer, problem: str | None = None) -> Response:
        """The table and the form."""
        found = self._acts.read(officer, LIST_HOLDS, Nothing(), HoldList)
        language = look_of(request).language
        return self._frame.page(
            request,
            officer,
            "holds.html",
            holds=[_row(language, each) for each in found.holds],
            days=self._services.settings.retention.audit_days,
            longest=LONGEST_REFERENCE,
            action=PATH,
            csrf=self._forms.token(request, PATH),
            problem=problem,
            is_done=request.parameters.get("done") == "1",
        )

    def act(self, request: Request, officer: Officer) -> Response:
        """Place one, or propose to end one."""
        operation = ACTS.get(request.form.get("act", ""))
        if operation is None or not self._forms.is_genuine(request, PATH):
            return self.show(request, officer, "stale")
        try:
            fields = _with_moment(request.form)
        except (ValueError, OverflowError):
            return self.show(request, officer, "invalid_request")
        outcome = self._acts.do(officer, operation, fields)
        if isinstance(outcome, Refused):
            return self.show(request, officer, outcome.code)
        return see_other(f"{DRAFTS}/{outcome.draft.id}" if isinstance(outcome, Drafted) else f"{PATH}?done=1")


def _with_moment(form: Parameters) -> Parameters:
    """A form has a day of the city; empty, it means everything that is there."""
    day = form.get("since", "").strip()
    since = "" if not day else str(midnight_in_china(date.fromisoformat(day)))
    return Parameters({**form, "since": since})


def _row(language: Language, hold: HoldTold) -> dict[str, Any]:
    return {
        "hold_id": hold.hold_id,
        "reference": hold.reference,
        "since": language.date_and_time(Instant(hold.since)) if hold.since else "",
        "placed_at": language.date_and_time(Instant(hold.placed_at)),
    }
