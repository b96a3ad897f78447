"""P7: the signing keys, and the next one in the place of the one that signs."""

from typing import Any

from flask import Blueprint

from admin.console.acting import Acts, may
from admin.console.drafts import PATH as DRAFTS
from admin.console.entrance import HOME, Entrance, Officer
from admin.console.frame import Frame
from admin.operation import Nothing
from admin.operations.keys import LIST_KEYS, ROTATE_KEYS, KeyList, KeyTold
from admin.perform import Drafted
from idp.clock import Instant, after
from idp.errors import Refused
from idp.http.html import look_of
from idp.http.languages import Language
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.jose import ALGORITHMS
from idp.services import Services
from idp.sessions.csrf import Forms
from idp.web import routed

PATH = f"{HOME}/keys"


def blueprint(services: Services, frame: Frame, entrance: Entrance) -> Blueprint:
    """`/console/keys`."""
    view = KeyPages(services, frame)
    return routed(
        "keys",
        (PATH, "GET", entrance.guarded(view.show)),
        (PATH, "POST", entrance.guarded(view.rotate, ROTATE_KEYS.does)),
    )


class KeyPages:
    """Each key from the day it was published to the day it goes."""

    def __init__(self, services: Services, frame: Frame) -> None:
        self._services = services
        self._frame = frame
        self._acts = Acts(services)
        self._forms = Forms(services)

    def show(self, request: Request, officer: Officer, problem: str | None = None) -> Response:
        """The table, and the form for whoever may."""
        found = self._acts.read(officer, LIST_KEYS, Nothing(), KeyList)
        language = look_of(request).language
        return self._frame.page(
            request,
            officer,
            "keys.html",
            keys=[self._row(language, each) for each in found.keys],
            fetchers=[
                {**each.model_dump(), "last": language.date_and_time(Instant(each.last_at))} for each in found.fetchers
            ],
            algorithms=list(ALGORITHMS),
            may_rotate=may(officer, ROTATE_KEYS),
            action=PATH,
            csrf=self._forms.token(request, PATH),
            problem=problem,
        )

    def rotate(self, request: Request, officer: Officer) -> Response:
        """Propose it, or in an emergency do it."""
        if not self._forms.is_genuine(request, PATH):
            return self.show(request, officer, "stale")
        outcome = self._acts.do(officer, ROTATE_KEYS, request.form)
        if isinstance(outcome, Refused):
            return self.show(request, officer, "too_early" if "published for" in outcome.public else outcome.code)
        return see_other(f"{DRAFTS}/{outcome.draft.id}" if isinstance(outcome, Drafted) else PATH)

    def _row(self, language: Language, key: KeyTold) -> dict[str, Any]:
        def moment(at: int | None) -> str:
            return "" if at is None else language.date_and_time(Instant(at))

        calendar = self._services.settings.keys
        goes_at = None if key.retired_at is None else after(Instant(key.retired_at), calendar.retain)
        ready_at = after(Instant(key.created_at), calendar.publish_ahead) if key.state == "next" else None
        return {
            "kid": key.kid,
            "alg": key.alg,
            "state": key.state,
            "created_at": moment(key.created_at),
            "activated_at": moment(key.activated_at),
            "retired_at": moment(key.retired_at),
            "goes_at": moment(goes_at),
            "ready_at": moment(ready_at),
        }
