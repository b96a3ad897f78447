"""P4: who may register apps by themselves, and how many of which kind; the security officer proposes, a colleague approves."""

from typing import Any

from flask import Blueprint

from admin.console.acting import Acts, may
from admin.console.apps import PATH as APPS
from admin.console.drafts import PATH as DRAFTS
from admin.console.entrance import Entrance, Officer
from admin.console.frame import Frame
from admin.operation import Nothing
from admin.operations.initial_access_tokens import ALLOW, END, LIST_TOKENS, TokenList, TokenTold
from admin.perform import Drafted
from idp.clock import Instant
from idp.errors import Refused
from idp.http.html import look_of
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.services import Services
from idp.sessions.csrf import Forms
from idp.web import routed

PATH = f"{APPS}/self-registration"
ACTS = {"allow": ALLOW, "end": END}


def blueprint(services: Services, frame: Frame, entrance: Entrance) -> Blueprint:
    """`/console/apps/self-registration`."""
    view = SelfRegistrationPages(services, frame)
    return routed(
        "self_registration",
        (PATH, "GET", entrance.guarded(view.show)),
        (PATH, "POST", entrance.guarded(view.act, ALLOW.does | END.does)),
    )


class SelfRegistrationPages:
    """The initial access tokens, and a form for one more."""

    def __init__(self, services: Services, frame: Frame) -> None:
        self._services = services
        self._frame = frame
        self._acts = Acts(services)
        self._forms = Forms(services)

    def show(self, request: Request, officer: Officer, problem: str | None = None) -> Response:
        """The table and the form."""
        found = self._acts.read(officer, LIST_TOKENS, Nothing(), TokenList)
        now = self._services.clock()
        language = look_of(request).language
        return self._frame.page(
            request,
            officer,
            "self_registration.html",
            tokens=[
                {
                    **each.model_dump(),
                    "expires_at": language.date_and_time(Instant(each.expires_at)),
                    "state": _state(each, now),
                }
                for each in found.tokens
            ],
            profiles=list(self._services.settings.profiles),
            channels=sorted(self._services.channels),
            may_allow=may(officer, ALLOW),
            may_end=may(officer, END),
            action=PATH,
            csrf=self._forms.token(request, PATH),
            problem=problem,
            is_done=request.parameters.get("done") == "1",
        )

    def act(self, request: Request, officer: Officer) -> Response:
        """Propose one more, or take one back."""
        operation = ACTS.get(request.form.get("act", ""))
        if operation is None or not self._forms.is_genuine(request, PATH):
            return self.show(request, officer, "stale")
        outcome: Any = self._acts.do(officer, operation, request.form)
        if isinstance(outcome, Refused):
            return self.show(request, officer, outcome.code)
        return see_other(f"{DRAFTS}/{outcome.draft.id}" if isinstance(outcome, Drafted) else f"{PATH}?done=1")


def _state(token: TokenTold, now: Instant) -> str:
    if token.ended_at is not None:
        return "ended"
    return "used_up" if token.clients >= token.max_clients else "over" if now >= token.expires_at else "good"
