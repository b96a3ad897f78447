"""C13, the person's side: the eight digits of the slip that a window handed out."""

from flask import Blueprint

from idp.http.error_page import ErrorPages
from idp.http.html import Html
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.interaction.slip import SlipProof
from idp.model.interaction import Interaction
from idp.pages.sign_in.step import Step
from idp.pages.sign_in.visit import Visit
from idp.services import Services
from idp.web import routed


def blueprint(services: Services, html: Html, errors: ErrorPages) -> Blueprint:
    """The page `/s/<handle>/slip`."""
    step = SlipStep(services, html, errors)
    return routed("slip", ("/s/<handle>/slip", "GET", step.ask), ("/s/<handle>/slip", "POST", step.take))


class SlipStep(Step):
    """Checks the slip of who was named."""

    def __init__(self, services: Services, html: Html, errors: ErrorPages) -> None:
        super().__init__(services, html, errors)
        self._proof = SlipProof(services)

    def ask(self, request: Request, handle: str) -> Response:
        """Ask for it, whether or not this person was given one."""
        visit = self._visits.find(request, handle)
        if visit.login is None or visit.login.registers:
            return see_other(f"/s/{handle}")
        return self._shown(visit, **({"problem": "over"} if request.parameters.get("over") == "1" else {}))

    def take(self, request: Request, handle: str) -> Response:
        """Check it; who has none is told the same as who typed a wrong one."""
        visit = self._visits.find(request, handle)
        if visit.login is None or visit.login.registers:
            return see_other(f"/s/{handle}")
        typed = request.form.get("code", "")
        if not self._visits.is_genuine(visit):
            return self._shown(visit, is_stale=True)
        code = self._services.slips.read(typed)
        if code is None:
            return self._shown(visit, problem="malformed" if typed.strip() else "empty")
        shown = self._proof.show(self._attempt(visit), code)
        if isinstance(shown, Interaction):
            return see_other(f"/s/{self._visits.interactions.save(shown)}/new-start")
        problem = self._problem(shown)
        return self._shown(visit, **problem) if problem else self._finish(visit, shown)

    def _shown(self, visit: Visit, **context: object) -> Response:
        urls = {"action": f"/s/{visit.handle}/slip", "ways_action": f"/s/{visit.handle}/ways"}
        return self._page(visit, "slip.html", other_ways=["more"], **urls, **context)
