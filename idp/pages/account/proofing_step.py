"""The step of a sign-in that offers to show who one is, where the app needs that: yes leads to the account's pages and back."""

from dataclasses import replace

from flask import Blueprint

from idp.http.html import Html
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.pages.account.proofing import PATH
from idp.pages.sign_in.visit import Visit, Visits
from idp.proofing.real_name import Draft, RealName
from idp.services import Services
from idp.web import routed


def blueprint(services: Services, html: Html) -> Blueprint:
    """The page `/s/<handle>/proofing`."""
    step = ProofingStep(services, html)
    return routed(
        "proofing_step", ("/s/<handle>/proofing", "GET", step.ask), ("/s/<handle>/proofing", "POST", step.take)
    )


class ProofingStep:
    """Who says no is not asked again in this interaction, and the app is told that the level was not reached."""

    def __init__(self, services: Services, html: Html) -> None:
        self._services = services
        self._html = html
        self._visits = Visits(services)
        self._real_name = RealName(services)

    def ask(self, request: Request, handle: str) -> Response:
        """What is missing, and that it can be left."""
        visit = self._visits.find(request, handle)
        return self._page(visit) if visit.visitor is not None else see_other(f"/authorize/{handle}")

    def take(self, request: Request, handle: str) -> Response:
        """Now, or not for this app."""
        visit = self._visits.find(request, handle)
        if visit.visitor is None:
            return see_other(f"/authorize/{handle}")
        if not self._visits.is_genuine(visit):
            return self._page(visit, is_stale=True)
        if request.form.get("action") != "now":
            refused = replace(visit.interaction, proofing="answered")
            return see_other(f"/authorize/{self._visits.interactions.save(refused)}")
        back = f"/authorize/{self._visits.interactions.save(visit.interaction)}"
        draft = Draft(
            session_id=visit.visitor.session.id,
            back=back,
            client_name=visit.client.client_name,
            form_targets=tuple(visit.form_targets),
        )
        self._real_name.keep(visit.visitor, draft)
        return see_other(PATH)

    def _page(self, visit: Visit, *, is_stale: bool = False) -> Response:
        return self._html.page(
            visit.request,
            "proofing_offer.html",
            form_targets=visit.form_targets,
            action=f"/s/{visit.handle}/proofing",
            is_stale=is_stale,
            **visit.frame,
        )
