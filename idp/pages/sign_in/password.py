"""C03: proof by password."""

from flask import Blueprint

from idp.http.error_page import ErrorPages
from idp.http.html import Html
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.interaction.password import PasswordProof
from idp.pages.sign_in.open_ways import page_instead
from idp.pages.sign_in.step import Step
from idp.pages.sign_in.visit import Visit
from idp.services import Services
from idp.web import routed


def blueprint(services: Services, html: Html, errors: ErrorPages) -> Blueprint:
    """The page `/s/<handle>/password`."""
    step = PasswordStep(services, html, errors)
    return routed(
        "password",
        ("/s/<handle>/password", "GET", step.ask),
        ("/s/<handle>/password", "POST", step.take),
    )


class PasswordStep(Step):
    """Checks the password of who was named."""

    def __init__(self, services: Services, html: Html, errors: ErrorPages) -> None:
        super().__init__(services, html, errors)
        self._proof = PasswordProof(services)

    def ask(self, request: Request, handle: str) -> Response:
        """C03."""
        visit = self._visits.find(request, handle)
        elsewhere = page_instead(visit, "password")
        return self._shown(visit) if elsewhere is None else see_other(elsewhere)

    def take(self, request: Request, handle: str) -> Response:
        """Check the password."""
        visit = self._visits.find(request, handle)
        if (elsewhere := page_instead(visit, "password")) is not None:
            return see_other(elsewhere)
        password = request.form.get("password", "")
        if not self._visits.is_genuine(visit):
            return self._shown(visit, is_stale=True)
        if not password:
            return self._shown(visit, problem="empty")
        outcome = self._proof.check(self._attempt(visit), password)
        problem = self._problem(outcome)
        return self._shown(visit, **problem) if problem else self._finish(visit, outcome)

    def _shown(self, visit: Visit, **context: object) -> Response:
        return self._page(
            visit,
            "password.html",
            action=f"/s/{visit.handle}/password",
            ways_action=f"/s/{visit.handle}/ways",
            change_url=None if visit.second else f"/s/{visit.handle}?again=1&other=1",
            masked_username=visit.masked_name(),
            other_ways=[*visit.other_ways("password"), *([] if visit.second else ["recover"])],
            **visit.why,
            **context,
        )
