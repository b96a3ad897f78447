"""C02: proof by a code that a message brought."""

from collections.abc import Callable

from flask import Blueprint

from idp.accounts.carrier_health import CarrierHealth
from idp.accounts.message_budget import RESEND_SECONDS
from idp.accounts.tries import Expired, Paused
from idp.clock import after
from idp.errors import Unavailable
from idp.http.error_page import ErrorPages
from idp.http.html import Html
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.interaction.message_code import MessageCodeProof
from idp.interaction.outcomes import CodeWish
from idp.model.account import IdentifierKind
from idp.model.message import Medium
from idp.pages.sign_in.open_ways import page_instead
from idp.pages.sign_in.step import Step
from idp.pages.sign_in.visit import Visit
from idp.services import Services
from idp.web import routed


def blueprint(services: Services, html: Html, errors: ErrorPages) -> Blueprint:
    """The pages below `/s/<handle>/code`."""
    step = MessageCodeStep(services, html, errors)
    return routed(
        "message_code",
        ("/s/<handle>/code", "GET", step.ask),
        ("/s/<handle>/code", "POST", step.take),
        ("/s/<handle>/code/resend", "POST", step.send_again),
        ("/s/<handle>/code/call", "POST", step.call),
    )


class MessageCodeStep(Step):
    """Sends codes and checks them."""

    def __init__(self, services: Services, html: Html, errors: ErrorPages) -> None:
        super().__init__(services, html, errors)
        self._proof = MessageCodeProof(services)
        self._carriers = CarrierHealth(services.ephemeral)

    def ask(self, request: Request, handle: str) -> Response:
        """C02."""
        visit = self._visits.find(request, handle)
        if (elsewhere := page_instead(visit, "code")) is not None:
            return see_other(elsewhere)
        news = {"again": "resent", "new": "renewed", "call": "called"}.get(request.parameters.get("sent", ""))
        return self._shown(visit, **({"news": news} if news else {}))

    def take(self, request: Request, handle: str) -> Response:
        """Check the code."""
        visit = self._visits.find(request, handle)
        if (elsewhere := page_instead(visit, "code")) is not None:
            return see_other(elsewhere)
        code = "".join(request.form.get("code", "").split())
        if not self._visits.is_genuine(visit):
            return self._shown(visit, is_stale=True)
        if not (code.isascii() and code.isdigit() and len(code) == 6):
            return self._shown(visit, problem="malformed" if code else "empty")
        outcome = self._proof.check(self._attempt(visit), code)
        if isinstance(outcome, Expired):
            return self.send(visit, "new")
        problem = self._problem(outcome)
        return self._shown(visit, **problem) if problem else self._finish(visit, outcome)

    def send_again(self, request: Request, handle: str) -> Response:
        """Send another code."""
        visit = self._visits.find(request, handle)
        if visit.login is None or not self._visits.is_genuine(visit):
            return see_other(f"/s/{handle}")
        return self.send(visit, "again")

    def call(self, request: Request, handle: str) -> Response:
        """Have a code read out over the phone."""
        visit = self._visits.find(request, handle)
        if visit.login is None or not visit.can_be_called or not self._visits.is_genuine(visit):
            return see_other(f"/s/{handle}")
        return self.send(visit, "call")

    def send(self, visit: Visit, news: str = "", *, first_page: Callable[..., Response] | None = None) -> Response:
        """Send a code and go to its page; what stands against that is said on the page the person comes from."""
        wish = CodeWish(
            visit.client.client_name,
            visit.language.tag,
            visit.request.peer,
            by_voice=news == "call",
            unverified_device=self._device_cookie(visit),
        )
        try:
            sent = self._proof.send(visit.interaction, wish, visit.now)
        except Unavailable:
            return first_page(visit, code_is_down=True) if first_page else self._shown(visit, carrier_is_down=True)
        if isinstance(sent, Paused):
            if first_page:
                way = {"is_of_network": True} if sent.is_of_network else self._another_way(visit)
                return first_page(visit, problem="too_many", paused_until=sent.until, **way)
            if self._is_between_two(visit, sent):  # the page shows that time by itself
                return see_other(f"/s/{visit.handle}/code")
            told = {"resend_is_paused": True} if visit.login and visit.login.challenge else {"problem": "too_many"}
            return self._shown(visit, **told, paused_until=sent.until, is_of_network=sent.is_of_network)
        handle = self._visits.interactions.save(sent)
        return see_other(f"/s/{handle}/code" + (f"?sent={news}" if news else ""))

    def _another_way(self, visit: Visit) -> dict[str, object]:
        """The password, for who was named and can get no code now; who registers has none."""
        is_possible = visit.login is not None and not visit.login.registers and "password" in visit.ways
        return {"ways_action": f"/s/{visit.handle}/ways"} if is_possible else {}

    def _is_between_two(self, visit: Visit, paused: Paused) -> bool:
        sent_at = visit.login.code_sent_at if visit.login is not None else None
        return sent_at is not None and paused.until == after(sent_at, RESEND_SECONDS)

    def _trouble(self, visit: Visit) -> dict[str, object]:
        """What is known against the message's arrival: of the carrier, and of the message where a phone was typed.

        Behind a citizen number the fate of a message would tell that there is an account (threat G01).
        """
        login = visit.login
        if login is None or login.challenge is None:
            return {}
        medium = Medium.VOICE if login.medium is Medium.VOICE else Medium.SMS
        if self._carriers.is_down(medium):
            return {"carrier_is_down": True}
        if login.kind is not IdentifierKind.PHONE or login.item_id is None:
            return {}
        with self._services.begin() as unit_of_work:
            fate = unit_of_work.outbox.fate(login.item_id)
        return {"message_has_failed": True} if fate is not None and fate.has_failed else {}

    def _shown(self, visit: Visit, **context: object) -> Response:
        login = visit.login
        context = {**self._trouble(visit), **context}
        if login is not None and login.code_sent_at is not None:
            free_at = after(login.code_sent_at, RESEND_SECONDS)
            if visit.now < free_at:
                context["resend_after"] = self._time(visit, free_at)
        return self._page(
            visit,
            "code.html",
            action=f"/s/{visit.handle}/code",
            resend_action=f"/s/{visit.handle}/code/resend",
            call_action=f"/s/{visit.handle}/code/call" if visit.can_be_called else None,
            is_call=login is not None and login.medium is Medium.VOICE,
            ways_action=f"/s/{visit.handle}/ways",
            masked_phone=visit.masked_name() if login is not None and login.kind == "phone" else None,
            other_ways=[] if login is not None and login.registers else visit.other_ways("code"),
            **visit.why,
            **context,
        )
