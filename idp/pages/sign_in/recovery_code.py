"""Proof by a recovery code, for who has neither phone nor app at hand."""

from flask import Blueprint

from idp.http.error_page import ErrorPages
from idp.http.html import Html
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.interaction.recovery_code import RecoveryCodeProof
from idp.pages.sign_in.open_ways import page_instead
from idp.pages.sign_in.step import Step
from idp.pages.sign_in.visit import Visit
from idp.services import Services
from idp.web import routed


def blueprint(services: Services, html: Html, errors: ErrorPages) -> Blueprint:
    """The page `/s/<handle>/recovery`."""
    step = RecoveryCodeStep(services, html, errors)
    return routed(
        "recovery_code",
        ("/s/<handle>/recovery", "GET", step.ask),
        ("/s/<handle>/recovery", "POST", step.take),
    )


class RecoveryCodeStep(Step):
    """Checks the code of who was named."""

    def __init__(self, services: Services, html: Html, errors: ErrorPages) -> None:
        super().__init__(services, html, errors)
        self._proof = RecoveryCodeProof(services)

    def ask(self, request: Request, handle: str) -> Response:
        """Ask for one of them, whether or not this person has any."""
        visit = self._visits.find(request, handle)
        elsewhere = page_instead(visit, "recovery")
        return self._shown(visit) if elsewhere is None else see_other(elsewhere)

    def take(self, request: Request, handle: str) -> Response:
        """Check the code; who never made any is told the same as who typed a wrong one."""
        visit = self._visits.find(request, handle)
        if (elsewhere := page_instead(visit, "recovery")) is not None:
            return see_other(elsewhere)
        typed = request.form.get("code", "")
        if not self._visits.is_genuine(visit):
            return self._shown(visit, is_stale=True)
        code = self._services.recovery_codes.read(typed)
        if code is None:
            return self._shown(visit, problem="malformed" if typed.strip() else "empty")
        outcome = self._proof.check(self._attempt(visit), code)
        problem = self._problem(outcome)
        return self._shown(visit, **problem) if problem else self._finish(visit, outcome)

    def _shown(self, visit: Visit, **context: object) -> Response:
        urls = {"action": f"/s/{visit.handle}/recovery", "ways_action": f"/s/{visit.handle}/ways"}
        other_ways = visit.other_ways("recovery")
        return self._page(visit, "recovery.html", other_ways=other_ways, **urls, **visit.why, **context)
