"""C12, the end: who showed a slip says how they sign in from now on, by a phone or by a password."""

from flask import Blueprint

from idp.accounts.message_budget import RESEND_SECONDS
from idp.accounts.password_rules import PasswordFault
from idp.accounts.tries import Expired, Paused
from idp.clock import after
from idp.errors import Unavailable
from idp.http.error_page import ErrorPages
from idp.http.html import Html
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.interaction.new_start import NewStartProof
from idp.interaction.outcomes import CodeWish, Outcome, SlipOver, TakenPhone
from idp.model.interaction import NewStart
from idp.pages.sign_in.step import Step
from idp.pages.sign_in.visit import Visit
from idp.services import Services
from idp.web import routed
from realnames.identifiers.phone import parse_phone
from realnames.identifiers.refusal import IdentifierRefused

PATH = "/s/<handle>/new-start"


def blueprint(services: Services, html: Html, errors: ErrorPages) -> Blueprint:
    """The pages below `/s/<handle>/new-start`."""
    step = NewStartStep(services, html, errors)
    return routed(
        "new_start",
        (PATH, "GET", step.ask),
        (PATH, "POST", step.take),
        (f"{PATH}/code", "GET", step.ask_code),
        (f"{PATH}/code", "POST", step.take_code),
        (f"{PATH}/password", "GET", step.ask_password),
        (f"{PATH}/password", "POST", step.take_password),
    )


class NewStartStep(Step):
    """Each page looks for the slip that was shown, and none takes its word for more (threat G07)."""

    def __init__(self, services: Services, html: Html, errors: ErrorPages) -> None:
        super().__init__(services, html, errors)
        self._proof = NewStartProof(services)

    def ask(self, request: Request, handle: str) -> Response:
        """Which phone it is from now on."""
        visit = self._visits.find(request, handle)
        if self._started(visit) is None:
            return see_other(f"/s/{handle}/slip")
        if "message_code" not in visit.channel.factors:
            return see_other(f"/s/{handle}/new-start/password")
        return self._phone_page(visit, **({} if visit.can_send_codes else {"is_down": True}))

    def take(self, request: Request, handle: str) -> Response:
        """Send a code to it."""
        visit = self._visits.find(request, handle)
        if self._started(visit) is None:
            return see_other(f"/s/{handle}/slip")
        if "message_code" not in visit.channel.factors:
            return see_other(f"/s/{handle}/new-start/password")
        typed = request.form.get("username", "").strip()
        if not self._visits.is_genuine(visit):
            return self._phone_page(visit, is_stale=True, username=typed[:64])
        try:
            phone = parse_phone(typed).e164
        except IdentifierRefused:
            return self._phone_page(visit, problem="malformed" if typed else "empty", username=typed[:64])
        return self._send(visit, phone)

    def ask_code(self, request: Request, handle: str) -> Response:
        """The code that was sent to it."""
        visit = self._visits.find(request, handle)
        started = self._started(visit)
        if started is None or started.phone is None:
            return see_other(f"/s/{handle}/new-start")
        news = {"again": "resent", "new": "renewed"}.get(request.parameters.get("sent", ""))
        return self._code_page(visit, started, **({"news": news} if news else {}))

    def take_code(self, request: Request, handle: str) -> Response:
        """Check the code, or send another one."""
        visit = self._visits.find(request, handle)
        started = self._started(visit)
        if started is None or started.phone is None:
            return see_other(f"/s/{handle}/new-start")
        if not self._visits.is_genuine(visit):
            return self._code_page(visit, started, is_stale=True)
        if request.form.get("resend") == "1":
            return self._send(visit, started.phone, "again")
        code = "".join(request.form.get("code", "").split())
        if not (code.isascii() and code.isdigit() and len(code) == 6):
            return self._code_page(visit, started, problem="malformed" if code else "empty")
        return self._confirmed(visit, started, started.phone, self._proof.by_phone(self._attempt(visit), code))

    def _confirmed(self, visit: Visit, started: NewStart, phone: str, outcome: Outcome) -> Response:
        if isinstance(outcome, Expired):
            return self._send(visit, phone, "new")
        if isinstance(outcome, TakenPhone):
            return self._phone_page(visit, problem="taken")
        problem = self._problem(outcome)
        return self._code_page(visit, started, **problem) if problem else self._done(visit, outcome)

    def ask_password(self, request: Request, handle: str) -> Response:
        """A password instead, for who has no phone."""
        visit = self._visits.find(request, handle)
        return see_other(f"/s/{handle}/slip") if self._started(visit) is None else self._password_page(visit)

    def take_password(self, request: Request, handle: str) -> Response:
        """Take it."""
        visit = self._visits.find(request, handle)
        if self._started(visit) is None:
            return see_other(f"/s/{handle}/slip")
        if not self._visits.is_genuine(visit):
            return self._password_page(visit, is_stale=True)
        outcome = self._proof.by_password(self._attempt(visit), request.form.get("password", ""))
        if isinstance(outcome, PasswordFault):
            return self._password_page(visit, problem=outcome.value)
        return self._done(visit, outcome)

    def _started(self, visit: Visit) -> NewStart | None:
        return None if visit.login is None else visit.login.new_start

    def _done(self, visit: Visit, outcome: Outcome) -> Response:
        return (
            see_other(f"/s/{visit.handle}/slip?over=1")
            if isinstance(outcome, SlipOver)
            else self._finish(visit, outcome)
        )

    def _send(self, visit: Visit, phone: str, news: str = "") -> Response:
        wish = CodeWish(visit.client.client_name, visit.language.tag, visit.request.peer)
        try:
            sent = self._proof.send_code(visit.interaction, phone, wish, visit.now)
        except Unavailable:
            return self._phone_page(visit, is_down=True, username=phone)
        if isinstance(sent, SlipOver):
            return self._done(visit, sent)
        if isinstance(sent, Paused):
            return self._phone_page(visit, problem="too_many", paused_until=sent.until, username=phone)
        handle = self._visits.interactions.save(sent)
        return see_other(f"/s/{handle}/new-start/code" + (f"?sent={news}" if news else ""))

    def _phone_page(self, visit: Visit, **context: object) -> Response:
        return self._shown(visit, "new_start.html", "", **context)

    def _code_page(self, visit: Visit, started: NewStart, **context: object) -> Response:
        if started.sent_at is not None and visit.now < (free_at := after(started.sent_at, RESEND_SECONDS)):
            context["resend_after"] = self._time(visit, free_at)
        sent_to = parse_phone(started.phone or "").masked
        return self._shown(visit, "new_start_code.html", "/code", sent_to=sent_to, **context)

    def _password_page(self, visit: Visit, **context: object) -> Response:
        profile = self._proof.profile(visit.interaction)
        return self._shown(
            visit, "new_start_password.html", "/password", shortest=profile.shortest, kinds=profile.kinds, **context
        )

    def _shown(self, visit: Visit, template: str, below: str, **context: object) -> Response:
        start = f"/s/{visit.handle}/new-start"
        urls = {"action": f"{start}{below}", "phone_url": start, "password_url": f"{start}/password"}
        frame = {"ways_action": f"/s/{visit.handle}/ways", "other_ways": []}
        return self._page(visit, template, **urls, **frame, **context)
