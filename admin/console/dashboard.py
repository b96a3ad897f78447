"""P10: how much happens now, drawn by a script and beside it in a table; the script asks again every ten seconds."""

from typing import Any

from flask import Blueprint

from admin.console.acting import Acts
from admin.console.entrance import HOME, Entrance, Officer
from admin.console.frame import Frame
from admin.operations.dashboard import SERIES, SHOW_DASHBOARD, Dashboard, ShowDashboard
from idp.clock import Instant, in_china
from idp.http.request import Request
from idp.http.response import Response, json_text
from idp.services import Services
from idp.web import routed

PATH = f"{HOME}/dashboard"


def blueprint(services: Services, frame: Frame, entrance: Entrance) -> Blueprint:
    """`/console/dashboard`, and its numbers as JSON."""
    view, does = DashboardPage(services, frame), SHOW_DASHBOARD.does
    return routed(
        "dashboard",
        (PATH, "GET", entrance.guarded(view.show, does)),
        (f"{PATH}/data", "GET", entrance.guarded(view.data, does)),
    )


class DashboardPage:
    """The last hour."""

    def __init__(self, services: Services, frame: Frame) -> None:
        self._frame = frame
        self._acts = Acts(services)

    def show(self, request: Request, officer: Officer) -> Response:
        """Charts, and the same numbers for whoever sees no charts."""
        told = self._told(officer)
        return self._frame.page(
            request,
            officer,
            "dashboard.html",
            series=SERIES,
            rows=rows_of(told),
            totals={name: sum(getattr(told, name)) for name in SERIES},
            channels=told.channels,
            refusals=told.refusals,
            data_url=f"{PATH}/data",
        )

    def data(self, request: Request, officer: Officer) -> Response:
        """The same for the script."""
        del request
        told = self._told(officer)
        return json_text(told.model_dump_json())

    def _told(self, officer: Officer) -> Dashboard:
        return self._acts.read(officer, SHOW_DASHBOARD, ShowDashboard(), Dashboard)


def rows_of(told: Dashboard) -> list[dict[str, Any]]:
    """A row a minute, the newest first; the hour is that of the city."""
    return [
        {
            "time": f"{in_china(Instant(minute)):%H:%M}",
            "numbers": [getattr(told, name)[place] for name in SERIES],
        }
        for place, minute in reversed(list(enumerate(told.minutes)))
    ]
