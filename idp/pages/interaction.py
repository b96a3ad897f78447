"""The steps of a sign-in: who, then one proof. Each records what was done and goes back to the one door."""

from collections.abc import Mapping

from flask import Blueprint

from idp.clock import Instant, after
from idp.errors import Refused, Unavailable
from idp.http.error_page import ErrorPages, support_code_for
from idp.http.html import Html
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.interaction.login import (
    RESEND_SECONDS,
    Attempt,
    Expired,
    Login,
    NotAllowed,
    Outcome,
    Paused,
    SignedIn,
    Wrong,
)
from idp.oauth.extensions.response_mode import AuthorizationResponses
from idp.pages._visit import Visit, Visits
from idp.services import Services
from idp.web import new_blueprint, page
from realnames.identifiers.refusal import IdentifierRefused


def blueprint(services: Services, html: Html, errors: ErrorPages) -> Blueprint:
    """The pages below `/s/<handle>`."""
    steps = SignInSteps(services, html, errors)
    pages = new_blueprint("interaction")
    for rule, method, view in (
        ("/s/<handle>", "GET", steps.ask_name),
        ("/s/<handle>", "POST", steps.take_name),
        ("/s/<handle>/register", "GET", steps.ask_phone),
        ("/s/<handle>/register", "POST", steps.take_phone),
        ("/s/<handle>/code", "GET", steps.ask_code),
        ("/s/<handle>/code", "POST", steps.take_code),
        ("/s/<handle>/code/resend", "POST", steps.send_again),
        ("/s/<handle>/password", "GET", steps.ask_password),
        ("/s/<handle>/password", "POST", steps.take_password),
        ("/s/<handle>/ways", "GET", steps.ask_way),
        ("/s/<handle>/ways", "POST", steps.take_way),
        ("/s/<handle>/cancel", "GET", steps.cancel),
    ):
        pages.add_url_rule(rule, f"{view.__name__}", page(view), methods=[method], provide_automatic_options=False)
    return pages


class SignInSteps:
    """The pages C01, C02, C03 and C06."""

    def __init__(self, services: Services, html: Html, errors: ErrorPages) -> None:
        self._services = services
        self._html = html
        self._errors = errors
        self._responses = AuthorizationResponses(html, services.settings.issuer)
        self._visits = Visits(services)
        self._login = Login(services)

    # ── who ──

    def ask_name(self, request: Request, handle: str) -> Response:
        """C01; who has signed in since, in another tab or before going back, may not need it any more."""
        visit = self._visits.find(request, handle)
        if visit.session is not None and "again" not in request.parameters:
            return see_other(f"/authorize/{handle}")  # the one door decides; when it asks again, it says so
        return self._name_page(visit)

    def take_name(self, request: Request, handle: str) -> Response:
        """Take the name, then go to the proof that was chosen."""
        visit = self._visits.find(request, handle)
        form = request.form
        typed = form.get("username", "").strip()
        if not self._visits.is_genuine(visit):
            return self._name_page(visit, is_stale=True, username=typed)
        is_shared = form.get("shared") == "1"
        try:
            named = self._login.name(visit.interaction, typed, visit.now, is_shared_device=is_shared)
        except IdentifierRefused:
            problem = "malformed" if typed else "empty"
            return self._name_page(visit, problem=problem, username=typed[:64], is_shared=is_shared)
        handle = self._visits.interactions.save(named)
        if form.get("way", visit.ways[0]) == "code" and visit.can_send_codes:
            return self._send(self._visits.find(request, handle), first=True)
        return see_other(f"/s/{handle}/password")

    def _name_page(self, visit: Visit, **context: object) -> Response:
        if visit.session is not None:
            context.setdefault("reason", "again")
        hint = visit.interaction.request.login_hint or ""
        if visit.login is not None:
            context.setdefault("is_shared", visit.login.is_shared_device)
        context.setdefault("username", hint[:64])
        return self._page(visit, "sign_in.html", action=f"/s/{visit.handle}", ways=visit.ways, **context)

    # ── who comes to register ──

    def ask_phone(self, request: Request, handle: str) -> Response:
        """The first page of `prompt=create` (Initiating User Registration via OpenID Connect 1.0)."""
        visit = self._visits.find(request, handle)
        if visit.session is not None and "again" not in request.parameters:
            return see_other(f"/authorize/{handle}")
        return self._phone_page(visit)

    def take_phone(self, request: Request, handle: str) -> Response:
        """Take the phone and send it a code, whoever has it."""
        visit = self._visits.find(request, handle)
        typed = request.form.get("username", "").strip()
        if not self._visits.is_genuine(visit):
            return self._phone_page(visit, is_stale=True, username=typed[:64])
        is_shared = request.form.get("shared") == "1"
        try:
            named = self._login.register(visit.interaction, typed, visit.now, is_shared_device=is_shared)
        except IdentifierRefused:
            problem = "malformed" if typed else "empty"
            return self._phone_page(visit, problem=problem, username=typed[:64], is_shared=is_shared)
        return self._send(self._visits.find(request, self._visits.interactions.save(named)), first=True)

    def _phone_page(self, visit: Visit, **context: object) -> Response:
        context.setdefault("username", (visit.interaction.request.login_hint or "")[:64])
        urls = {"action": f"/s/{visit.handle}/register", "sign_in_url": f"/s/{visit.handle}?again=1"}
        return self._page(visit, "register.html", **urls, **context)

    # ── proof by message code ──

    def ask_code(self, request: Request, handle: str) -> Response:
        """C02."""
        visit = self._visits.find(request, handle)
        if visit.login is None:
            return see_other(f"/s/{handle}")
        news = {"again": "resent", "new": "renewed"}.get(request.parameters.get("sent", ""))
        return self._code_page(visit, **({"news": news} if news else {}))

    def take_code(self, request: Request, handle: str) -> Response:
        """Check the code."""
        visit = self._visits.find(request, handle)
        if visit.login is None:
            return see_other(f"/s/{handle}")
        code = "".join(request.form.get("code", "").split())
        if not self._visits.is_genuine(visit):
            return self._code_page(visit, is_stale=True)
        if not (code.isascii() and code.isdigit() and len(code) == 6):
            return self._code_page(visit, problem="malformed" if code else "empty")
        outcome = self._login.check_code(self._attempt(visit), code)
        if isinstance(outcome, Expired):
            return self._send(visit, "new")
        problem = self._problem(outcome)
        return self._code_page(visit, **problem) if problem else self._finish(visit, outcome)

    def send_again(self, request: Request, handle: str) -> Response:
        """Send another code."""
        visit = self._visits.find(request, handle)
        if visit.login is None or not self._visits.is_genuine(visit):
            return see_other(f"/s/{handle}")
        return self._send(visit, "again")

    def _send(self, visit: Visit, news: str = "", *, first: bool = False) -> Response:
        first_page = self._phone_page if visit.login is not None and visit.login.registers else self._name_page
        try:
            sent = self._login.send_code(visit.interaction, visit.client.client_name, visit.language.tag, visit.now)
        except Unavailable:
            return first_page(visit, code_is_down=True) if first else self._code_page(visit, carrier_is_down=True)
        if isinstance(sent, Paused):
            if first:
                return first_page(visit, problem="too_many", paused_until=sent.until)
            return see_other(f"/s/{visit.handle}/code")
        handle = self._visits.interactions.save(sent)
        return see_other(f"/s/{handle}/code" + (f"?sent={news}" if news else ""))

    def _code_page(self, visit: Visit, **context: object) -> Response:
        login = visit.login
        if login is not None and login.code_sent_at is not None:
            free_at = after(login.code_sent_at, RESEND_SECONDS)
            if visit.now < free_at:
                context["resend_after"] = self._time(visit, free_at)
        return self._page(
            visit,
            "code.html",
            action=f"/s/{visit.handle}/code",
            resend_action=f"/s/{visit.handle}/code/resend",
            ways_action=f"/s/{visit.handle}/ways",
            masked_phone=visit.masked_name() if login is not None and login.kind == "phone" else None,
            other_ways=[] if login is not None and login.registers else ["password"],
            **context,
        )

    # ── proof by password ──

    def ask_password(self, request: Request, handle: str) -> Response:
        """C03."""
        visit = self._visits.find(request, handle)
        return self._password_page(visit) if visit.login is not None else see_other(f"/s/{handle}")

    def take_password(self, request: Request, handle: str) -> Response:
        """Check the password."""
        visit = self._visits.find(request, handle)
        if visit.login is None:
            return see_other(f"/s/{handle}")
        password = request.form.get("password", "")
        if not self._visits.is_genuine(visit):
            return self._password_page(visit, is_stale=True)
        if not password:
            return self._password_page(visit, problem="empty")
        outcome = self._login.check_password(self._attempt(visit), password)
        problem = self._problem(outcome)
        return self._password_page(visit, **problem) if problem else self._finish(visit, outcome)

    def _password_page(self, visit: Visit, **context: object) -> Response:
        return self._page(
            visit,
            "password.html",
            action=f"/s/{visit.handle}/password",
            ways_action=f"/s/{visit.handle}/ways",
            change_url=f"/s/{visit.handle}",
            masked_username=visit.masked_name(),
            other_ways=["code"] if visit.can_send_codes else [],
            **context,
        )

    # ── another way, or none ──

    def ask_way(self, request: Request, handle: str) -> Response:
        """C06."""
        visit = self._visits.find(request, handle)
        if visit.login is None:
            return see_other(f"/s/{handle}")
        return self._page(
            visit, "ways.html", action=f"/s/{handle}/ways", ways=visit.ways, back_url=f"/s/{handle}/{visit.ways[0]}"
        )

    def take_way(self, request: Request, handle: str) -> Response:
        """Go to the chosen way; choosing the code sends one unless one is under way."""
        visit = self._visits.find(request, handle)
        way = request.form.get("way", "")
        if visit.login is None or not self._visits.is_genuine(visit):
            return see_other(f"/s/{handle}")
        if way == "code" and visit.can_send_codes:
            return self._send(visit) if visit.login.challenge is None else see_other(f"/s/{handle}/code")
        return see_other(f"/s/{handle}/{'password' if way == 'password' else 'ways'}")

    def cancel(self, request: Request, handle: str) -> Response:
        """Back to the app without signing in (RFC 6749 §4.1.2.1)."""
        asked = self._visits.find(request, handle).interaction.request
        told = {"error": "access_denied", "error_description": "The person went back."}
        return self._responses.to_client(request, asked, told)

    # ── shared ──

    def _attempt(self, visit: Visit) -> Attempt:
        return Attempt(visit.interaction, visit.channel, visit.session, visit.now)

    def _problem(self, outcome: Outcome) -> dict[str, object]:
        """What the page says about a proof that did not work; empty when it did."""
        if isinstance(outcome, Wrong):
            return {"problem": "wrong", "tries_left": outcome.tries_left}
        if isinstance(outcome, Paused):
            return {"problem": "too_many", "paused_until": outcome.until}
        return {}

    def _finish(self, visit: Visit, outcome: Outcome) -> Response:
        if isinstance(outcome, NotAllowed):
            refused = Refused("access_denied", "This account may not sign in now.", status=403)
            return self._errors.page(visit.request, "refused", refused)
        if not isinstance(outcome, SignedIn):
            raise TypeError("an outcome without a page")
        handle = self._visits.interactions.save(outcome.interaction)
        seconds = None if outcome.session.is_shared_device else visit.channel.session_seconds
        cookie = self._services.cookies.set("session", outcome.cookie, seconds)
        return see_other(f"/authorize/{handle}", cookie)

    def _time(self, visit: Visit, moment: Instant) -> str:
        return visit.language.time_of_day(after(moment, 59))

    def _page(self, visit: Visit, template: str, **context: object) -> Response:
        shown = {**visit.frame, **context}
        paused_until = shown.pop("paused_until", None)
        if reason := _told_to_the_hotline(shown):
            shown["support_code"] = support_code_for(reason)
        if not isinstance(paused_until, int):
            return self._html.page(visit.request, template, form_targets=visit.form_targets, **shown)
        shown["retry_at"] = self._time(visit, Instant(paused_until))
        page = self._html.page(visit.request, template, status=429, form_targets=visit.form_targets, **shown)
        return page.with_headers(("Retry-After", str(max(1, paused_until - visit.now))))  # RFC 6585 §4


def _told_to_the_hotline(shown: Mapping[str, object]) -> Refused | None:
    """Why the person cannot go on by themselves here; None where they can, by typing it again."""
    if shown.get("problem") == "too_many":
        return Refused("too_many_tries", "Too many tries.", status=429, detail="tries or codes are counted")
    if shown.get("code_is_down") or shown.get("carrier_is_down"):
        return Refused("temporarily_unavailable", "No message can be sent.", status=200, detail="messaging: no carrier")
    return None
