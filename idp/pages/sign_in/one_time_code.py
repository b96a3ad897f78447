"""C05: proof by the code of an app."""

from flask import Blueprint

from idp.http.error_page import ErrorPages
from idp.http.html import Html
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.interaction.one_time_code import OneTimeCodeProof
from idp.pages.sign_in.open_ways import page_instead
from idp.pages.sign_in.step import Step
from idp.pages.sign_in.visit import Visit
from idp.services import Services
from idp.web import routed


def blueprint(services: Services, html: Html, errors: ErrorPages) -> Blueprint:
    """The page `/s/<handle>/totp`."""
    step = OneTimeCodeStep(services, html, errors)
    return routed(
        "one_time_code",
        ("/s/<handle>/totp", "GET", step.ask),
        ("/s/<handle>/totp", "POST", step.take),
    )


class OneTimeCodeStep(Step):
    """Checks the code of who was named."""

    def __init__(self, services: Services, html: Html, errors: ErrorPages) -> None:
        super().__init__(services, html, errors)
        self._proof = OneTimeCodeProof(services)

    def ask(self, request: Request, handle: str) -> Response:
        """C05."""
        visit = self._visits.find(request, handle)
        if (elsewhere := page_instead(visit, "totp")) is not None:
            return see_other(elsewhere)
        return self._shown(visit)

    def take(self, request: Request, handle: str) -> Response:
        """Check the code; who has no app is told the same as who typed a wrong one."""
        visit = self._visits.find(request, handle)
        if (elsewhere := page_instead(visit, "totp")) is not None:
            return see_other(elsewhere)
        code = "".join(request.form.get("code", "").split())
        if not self._visits.is_genuine(visit):
            return self._shown(visit, is_stale=True)
        if not (code.isascii() and code.isdigit() and len(code) == 6):
            return self._shown(visit, problem="malformed" if code else "empty")
        outcome = self._proof.check(self._attempt(visit), code)
        problem = self._problem(outcome)
        return self._shown(visit, **problem) if problem else self._finish(visit, outcome)

    def _shown(self, visit: Visit, **context: object) -> Response:
        urls = {"action": f"/s/{visit.handle}/totp", "ways_action": f"/s/{visit.handle}/ways"}
        return self._page(visit, "totp.html", other_ways=visit.other_ways("totp"), **urls, **visit.why, **context)
