"""C06: another way, or none."""

from flask import Blueprint

from idp.http import device_name
from idp.http.error_page import ErrorPages
from idp.http.html import Html
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.interaction.known_here import last_way
from idp.interaction.second_proof import page_of
from idp.oauth.extensions.response_mode import AuthorizationResponses
from idp.oauth.extensions.signed_response import SignedResponses
from idp.pages.sign_in.message_code import MessageCodeStep
from idp.pages.sign_in.open_ways import closed_ways
from idp.pages.sign_in.step import Step
from idp.pages.sign_in.visit import Visit
from idp.services import Services
from idp.web import routed


def blueprint(services: Services, html: Html, errors: ErrorPages) -> Blueprint:
    """The pages `/s/<handle>/ways` and `/s/<handle>/cancel`."""
    step = WaysStep(services, html, errors)
    return routed(
        "ways",
        ("/s/<handle>/ways", "GET", step.ask),
        ("/s/<handle>/ways", "POST", step.take),
        ("/s/<handle>/cancel", "GET", step.cancel),
    )


class WaysStep(Step):
    """Shows every way that is open, and the way back to the app."""

    def __init__(self, services: Services, html: Html, errors: ErrorPages) -> None:
        super().__init__(services, html, errors)
        self._codes = MessageCodeStep(services, html, errors)
        self._responses = AuthorizationResponses(html, services.settings.issuer, SignedResponses(services))

    def ask(self, request: Request, handle: str) -> Response:
        """C06."""
        visit = self._visits.find(request, handle)
        if visit.login is None:
            return see_other(f"/s/{handle}")
        if visit.login.registers:
            return see_other(f"/s/{handle}/code")
        first = page_of(visit.interaction) if visit.second else visit.ways[0]
        urls = {"action": f"/s/{handle}/ways", "back_url": None if first == "ways" else f"/s/{handle}/{first}"}
        return self._page(
            visit,
            "ways.html",
            ways=self._ordered(visit),
            closed_ways=closed_ways(visit),
            may_skip=visit.second is not None and visit.second.may_skip,
            **urls,
            **visit.why,
        )

    def _ordered(self, visit: Visit) -> list[str]:
        """The open ways, that by which this person signed in on this device the last time first.

        A card comes last on a telephone, which has no reader as a rule.
        """
        last, is_handheld = self._last(visit), device_name.is_handheld(visit.request.headers.get("user-agent"))
        return sorted(visit.open_ways, key=lambda way: (way != last, way == "card" and is_handheld))

    def _last(self, visit: Visit) -> str | None:
        cookie = self._device_cookie(visit)
        if cookie is None or visit.login is None:
            return None
        account_id = visit.login.account_id or 0  # nobody has 0: an unknown name costs the same
        with self._services.begin() as unit_of_work:
            return last_way(self._services, unit_of_work, cookie, account_id, visit.now)

    def take(self, request: Request, handle: str) -> Response:
        """Go to the chosen way; choosing the code sends one unless one is under way."""
        visit = self._visits.find(request, handle)
        way = request.form.get("way", "")
        if visit.login is None or not self._visits.is_genuine(visit):
            return see_other(f"/s/{handle}")
        if way == "code" and visit.can_send_codes and way in visit.open_ways:
            return self._codes.send(visit) if visit.login.challenge is None else see_other(f"/s/{handle}/code")
        if way == "skip" and visit.second is not None and visit.second.may_skip:
            return see_other(f"/authorize/{self._visits.interactions.save(visit.interaction.at_this_level())}")
        if way == "recover":
            return see_other(f"/s/{handle}/recover")
        return see_other(f"/s/{handle}/{way if way in visit.open_ways and way != 'code' else 'ways'}")

    def cancel(self, request: Request, handle: str) -> Response:
        """Back to the app without signing in (RFC 6749 §4.1.2.1)."""
        asked = self._visits.find(request, handle).interaction.request
        told = {"error": "access_denied", "error_description": "The person went back."}
        return self._responses.to_client(request, asked, told)
