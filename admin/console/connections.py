"""S3 and S7: carriers and sources, whether they answer, and what waits to leave."""

from typing import Any

from flask import Blueprint

from admin.console.acting import Acts, may
from admin.console.entrance import HOME, Entrance, Officer
from admin.console.frame import Frame
from admin.operation import Nothing
from admin.operations.connections import (
    LIST_CONNECTIONS,
    SHOW_FATE,
    TEST_CARRIER,
    Connections,
    Fate,
    OneItem,
    Promised,
)
from admin.perform import Done
from idp.clock import Instant
from idp.errors import Refused
from idp.http.html import look_of
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.services import Services
from idp.sessions.csrf import Forms
from idp.web import routed

PATH = f"{HOME}/connections"


def blueprint(services: Services, frame: Frame, entrance: Entrance) -> Blueprint:
    """`/console/connections`."""
    view = ConnectionPages(services, frame)
    return routed(
        "connections",
        (PATH, "GET", entrance.guarded(view.show)),
        (PATH, "POST", entrance.guarded(view.test, TEST_CARRIER.does)),
    )


class ConnectionPages:
    """What the outside world does, as far as we know."""

    def __init__(self, services: Services, frame: Frame) -> None:
        self._frame = frame
        self._acts = Acts(services)
        self._forms = Forms(services)

    def show(self, request: Request, officer: Officer, problem: str | None = None) -> Response:
        """Three tables, the form for whoever may, and what became of the message that was sent last."""
        found = self._acts.read(officer, LIST_CONNECTIONS, Nothing(), Connections)
        language = look_of(request).language
        return self._frame.page(
            request,
            officer,
            "connections.html",
            carriers=[{"medium": each.medium.value, "carrier": each.carrier or ""} for each in found.carriers],
            sources=[each.model_dump() for each in found.sources],
            lanes=[
                {**each.model_dump(), "oldest_at": language.date_and_time(Instant(each.oldest_at))}
                for each in found.lanes
            ],
            fate=self._fate(request, officer),
            may_test=may(officer, TEST_CARRIER),
            action=PATH,
            csrf=self._forms.token(request, PATH),
            problem=problem,
        )

    def test(self, request: Request, officer: Officer) -> Response:
        """Send a test message."""
        if not self._forms.is_genuine(request, PATH):
            return self.show(request, officer, "stale")
        outcome = self._acts.do(officer, TEST_CARRIER, request.form)
        if isinstance(outcome, Refused):
            return self.show(request, officer, outcome.code)
        assert isinstance(outcome, Done)  # one person does it
        return see_other(f"{PATH}?item={Promised.model_validate_json(outcome.answer).item_id}")

    def _fate(self, request: Request, officer: Officer) -> dict[str, Any] | None:
        try:
            wanted = OneItem.model_validate_strings({"item_id": request.parameters.get("item", "")})
            state = self._acts.read(officer, SHOW_FATE, wanted, Fate).state
        except (Refused, ValueError):
            return None
        return {"state": state, "again": f"{PATH}?item={wanted.item_id}"}
