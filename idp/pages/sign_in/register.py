"""The first page of who comes to open an account (`prompt=create`): a phone, nothing else yet."""

from flask import Blueprint

from idp.http.error_page import ErrorPages
from idp.http.html import Html
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.interaction.who import Who
from idp.pages.sign_in.message_code import MessageCodeStep
from idp.pages.sign_in.step import Step
from idp.pages.sign_in.visit import Visit
from idp.services import Services
from idp.web import routed
from realnames.identifiers.refusal import IdentifierRefused


def blueprint(services: Services, html: Html, errors: ErrorPages) -> Blueprint:
    """The page `/s/<handle>/register`."""
    step = RegisterStep(services, html, errors)
    return routed(
        "register",
        ("/s/<handle>/register", "GET", step.ask),
        ("/s/<handle>/register", "POST", step.take),
    )


class RegisterStep(Step):
    """Takes down a phone and sends it a code, whoever has it (threat G01)."""

    def __init__(self, services: Services, html: Html, errors: ErrorPages) -> None:
        super().__init__(services, html, errors)
        self._who = Who(services)
        self._codes = MessageCodeStep(services, html, errors)

    def ask(self, request: Request, handle: str) -> Response:
        """The first page of `prompt=create` (Initiating User Registration via OpenID Connect 1.0)."""
        visit = self._visits.find(request, handle)
        if visit.session is not None and "again" not in request.parameters:
            return see_other(f"/authorize/{handle}")
        return self._shown(visit)

    def take(self, request: Request, handle: str) -> Response:
        """Take the phone and send it a code, whoever has it."""
        visit = self._visits.find(request, handle)
        typed = request.form.get("username", "").strip()
        if not self._visits.is_genuine(visit):
            return self._shown(visit, is_stale=True, username=typed[:64])
        is_shared = request.form.get("shared") == "1"
        try:
            named = self._who.register(visit.interaction, typed, visit.now, is_shared_device=is_shared)
        except IdentifierRefused:
            problem = "malformed" if typed else "empty"
            return self._shown(visit, problem=problem, username=typed[:64], is_shared=is_shared)
        return self._codes.send(
            self._visits.find(request, self._visits.interactions.save(named)), first_page=self._shown
        )

    def _shown(self, visit: Visit, **context: object) -> Response:
        context.setdefault("username", (visit.interaction.request.login_hint or "")[:64])
        urls = {"action": f"/s/{visit.handle}/register", "sign_in_url": f"/s/{visit.handle}?again=1"}
        return self._page(visit, "register.html", **urls, **context)
