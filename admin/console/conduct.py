"""A5: what those who work here did, a row each."""

from typing import Any

from flask import Blueprint
from pydantic import ValidationError

from admin.console.acting import Acts
from admin.console.entrance import HOME, Entrance, Officer
from admin.console.frame import Frame
from admin.operations.conduct import SHOW_CONDUCT, ConductList, ConductTold, ShowConduct
from idp.clock import Instant
from idp.http.html import look_of
from idp.http.request import Request
from idp.http.response import Response
from idp.services import Services
from idp.web import routed

PATH = f"{HOME}/conduct"
PERIODS = (1, 7, 30, 183)
"""Days back."""


def blueprint(services: Services, frame: Frame, entrance: Entrance) -> Blueprint:
    """`/console/conduct`."""
    view = ConductPage(services, frame)
    return routed("conduct", (PATH, "GET", entrance.guarded(view.show, SHOW_CONDUCT.does)))


class ConductPage:
    """From each row into the log."""

    def __init__(self, services: Services, frame: Frame) -> None:
        self._frame = frame
        self._acts = Acts(services)

    def show(self, request: Request, officer: Officer) -> Response:
        """Whoever looked at most people first."""
        try:
            wanted = ShowConduct.model_validate_strings({"days": request.parameters.get("days", "30")})
        except ValidationError:
            wanted = ShowConduct()
        found = self._acts.read(officer, SHOW_CONDUCT, wanted, ConductList)
        return self._frame.page(
            request,
            officer,
            "conduct.html",
            days=wanted.days,
            periods=PERIODS,
            officers=[_row(request, each) for each in found.officers],
        )


def _row(request: Request, told: ConductTold) -> dict[str, Any]:
    return {
        **told.model_dump(mode="json"),
        "last": look_of(request).language.date_and_time(Instant(told.last_at)),
        "in_clear": sum(each.times for each in told.revealed),
    }
