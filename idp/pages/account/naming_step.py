"""The step of a sign-in that offers to say one's name now: yes leads to the account's pages and back, no goes on."""

from dataclasses import replace

from flask import Blueprint

from idp.http.html import Html
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.pages.account.naming import VERIFY, WHO
from idp.pages.sign_in.visit import Visit, Visits
from idp.proofing.real_name import Draft, RealName
from idp.services import Services
from idp.web import routed


def blueprint(services: Services, html: Html) -> Blueprint:
    """The page `/s/<handle>/name`."""
    step = NamingStep(services, html)
    return routed("naming_step", ("/s/<handle>/name", "GET", step.ask), ("/s/<handle>/name", "POST", step.take))


class NamingStep:
    """Asks once in an interaction."""

    def __init__(self, services: Services, html: Html) -> None:
        self._services = services
        self._html = html
        self._visits = Visits(services)
        self._naming = RealName(services)

    def ask(self, request: Request, handle: str) -> Response:
        """What it is for, and that it can wait; whoever has a name already is not asked."""
        visit = self._visits.find(request, handle)
        if visit.visitor is None:
            return see_other(f"/authorize/{handle}")
        is_open = self._naming.is_open_to(visit.visitor) or self._naming.waits(visit.visitor)
        return self._page(visit) if is_open else see_other(self._answered(visit))

    def take(self, request: Request, handle: str) -> Response:
        """Now or later; the door does not ask again in this interaction."""
        visit = self._visits.find(request, handle)
        if visit.visitor is None:
            return see_other(f"/authorize/{handle}")
        if not self._visits.is_genuine(visit):
            return self._page(visit, is_stale=True)
        back = self._answered(visit)
        if request.form.get("action") != "now":
            return see_other(back)
        draft = Draft(
            session_id=visit.visitor.session.id,
            back=back,
            client_name=visit.client.client_name,
            form_targets=tuple(visit.form_targets),
        )
        self._naming.keep(visit.visitor, draft)
        return see_other(VERIFY if self._naming.waits(visit.visitor) else WHO)

    def _answered(self, visit: Visit) -> str:
        """The door, which does not ask again."""
        return f"/authorize/{self._visits.interactions.save(replace(visit.interaction, naming='answered'))}"

    def _page(self, visit: Visit, *, is_stale: bool = False) -> Response:
        return self._html.page(
            visit.request,
            "name_offer.html",
            form_targets=visit.form_targets,
            action=f"/s/{visit.handle}/name",
            is_stale=is_stale,
            level=2 if self._services.sources.population is None else 3,
            **visit.frame,
        )
