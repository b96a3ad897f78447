"""The console's first page, the way in and the way out."""

from flask import Blueprint

from admin.console.acting import Acts
from admin.console.entrance import HOME, SIGNED_IN, Entrance, Officer
from admin.console.frame import SIGN_OUT, Frame
from admin.operation import Nothing
from admin.operations.system import SHOW_SYSTEM, SystemTold
from idp.http.html import look_of
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.services import Services
from idp.sessions.csrf import Forms
from idp.sessions.end import end
from idp.web import routed

SIGN_IN = f"{HOME}/sign-in"
SIGNED_OUT = f"{HOME}/signed-out"


def blueprint(services: Services, frame: Frame, entrance: Entrance) -> Blueprint:
    """`/console` and the doors beside it."""
    view = HomePage(services, frame)
    return routed(
        "console",
        (HOME, "GET", entrance.guarded(view.show)),
        (SIGNED_IN, "GET", entrance.back),
        (SIGN_IN, "GET", entrance.sign_in),
        (SIGN_OUT, "POST", entrance.guarded(view.sign_out)),
    )


class HomePage:
    """Who is here and since when, and how it stands with everything (S1)."""

    def __init__(self, services: Services, frame: Frame) -> None:
        self._services = services
        self._frame = frame
        self._acts = Acts(services)
        self._forms = Forms(services)

    def show(self, request: Request, officer: Officer) -> Response:
        """The first page."""
        since = look_of(request).language.date_and_time(officer.appointment.since)
        told = self._acts.read(officer, SHOW_SYSTEM, Nothing(), SystemTold)
        parts = [each.model_dump(mode="json") for each in told.parts]
        return self._frame.page(request, officer, "home.html", since=since, parts=parts, version=told.version)

    def sign_out(self, request: Request, officer: Officer) -> Response:
        """End the session; a forged form leads back to the first page."""
        if not self._forms.is_genuine(request, SIGN_OUT):
            return see_other(HOME)
        with self._services.begin() as unit_of_work:
            end(unit_of_work, officer.visitor.session, self._services.clock())
            unit_of_work.commit()
        return see_other(SIGN_IN, self._services.cookies.forget("session"))
