"""C12: nothing works; what the person still has decides which way back in there is."""

from flask import Blueprint

from idp.accounts.lost_phone import may_be_lost
from idp.http.error_page import ErrorPages
from idp.http.html import Html
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.pages.sign_in.step import Step
from idp.services import Services
from idp.web import routed

LOST_PHONE = "/me/data/phone/lost"
"""Where who is signed in replaces a phone that is gone."""


def blueprint(services: Services, html: Html, errors: ErrorPages) -> Blueprint:
    """The page `/s/<handle>/recover`."""
    step = RecoverStep(services, html, errors)
    return routed("recover", ("/s/<handle>/recover", "GET", step.ask))


class RecoverStep(Step):
    """Leads on; before a proof it shows the same to everybody (threat G01)."""

    def ask(self, request: Request, handle: str) -> Response:
        """What is left?"""
        visit = self._visits.find(request, handle)
        if visit.login is None or visit.login.registers:
            return see_other(f"/s/{handle}")
        is_stranger = visit.second is None
        can_wait = visit.second is not None and visit.session is not None and may_be_lost(visit.session)
        return self._page(
            visit,
            "recover.html",
            ways_action=f"/s/{handle}/ways" if is_stranger and "code" in visit.ways else None,
            ways_url=f"/s/{handle}/ways",
            slip_url=f"/s/{handle}/slip",
            lost_phone_url=LOST_PHONE if can_wait else None,
        )
