"""How long the person stays signed in if they do nothing, and the way to stay longer (WCAG 2.2, 2.2.1 Timing Adjustable).

A page of the account asks when it is opened, warns two minutes before the end and asks once more. Asking is no use of the
session: a page that somebody left open must not keep it alive. Without JavaScript nothing warns; then the next click leads to
the sign-in and back to the page.
"""

from flask import Blueprint

from idp.clock import Instant, after
from idp.http.html import Html
from idp.http.request import Request
from idp.http.response import Response, json_response
from idp.model.session import Session
from idp.services import Services
from idp.sessions.csrf import Forms
from idp.sessions.resume import look, resume
from idp.web import routed

PATH = "/me/staying"
_STALE = "The page lay open too long, or is another browser's. Load it again."


def blueprint(services: Services, html: Html) -> Blueprint:
    """The two answers of `/me/staying`, for the script of the account's pages."""
    del html
    staying = Staying(services)
    return routed("staying", (PATH, "GET", staying.tell), (PATH, "POST", staying.stay))


class Staying:
    """Tells seconds, and whether anything can be done about them."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._forms = Forms(services)

    def tell(self, request: Request) -> Response:
        """`seconds` until the session ends by itself, and `may_stay`: whether a use makes it longer; 401 for nobody."""
        now = self._services.clock()
        with self._services.begin() as unit_of_work:
            visitor = look(unit_of_work, self._cookie(request), self._services.channels, now)
        return self._told(request, None if visitor is None else visitor.session, now)

    def stay(self, request: Request) -> Response:
        """The person needs more time."""
        if not self._forms.is_genuine(request, PATH):
            return json_response(403, {"error": "invalid_request", "error_description": _STALE})
        now = self._services.clock()
        with self._services.begin() as unit_of_work:
            visitor = resume(unit_of_work, self._cookie(request), self._services.channels, now)
        return self.tell(request) if visitor is not None else self._told(request, None, now)

    def _cookie(self, request: Request) -> str | None:
        return self._services.cookies.read(request.cookies, "session")

    def _told(self, request: Request, session: Session | None, now: Instant) -> Response:
        if session is None:
            return json_response(401, {"seconds": 0, "may_stay": False})
        rested = after(session.last_seen_at, self._services.channels[session.channel].idle_seconds)
        seconds = min(rested, session.expires_at) - now
        told = {"seconds": seconds, "may_stay": rested < session.expires_at, "csrf": self._forms.token(request, PATH)}
        return json_response(200, told)
