"""The steps of a sign-in: who, then one proof. Each records what was done and goes back to the one door."""

from collections.abc import Mapping

from flask import Blueprint

from idp.accounts.message_budget import RESEND_SECONDS
from idp.accounts.tries import Expired, Paused, Wrong
from idp.clock import Instant, after
from idp.delivery.carrier_health import CarrierHealth
from idp.errors import Refused, Unavailable
from idp.http.device_name import device_name
from idp.http.error_page import NO_CARRIER, TOO_MANY_TRIES, ErrorPages, support_code_for
from idp.http.html import Html
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.interaction.arrival import Browser
from idp.interaction.login import Login
from idp.interaction.outcomes import Attempt, CodeWish, Gone, NotAllowed, Outcome, SignedIn, Used
from idp.interaction.second_proof import page_of
from idp.model.account import IdentifierKind
from idp.model.message import Medium
from idp.oauth.extensions.response_mode import AuthorizationResponses
from idp.pages._visit import Visit, Visits
from idp.pages._ways import closed_ways, page_instead
from idp.services import Services
from idp.sessions import known_devices
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
        ("/s/<handle>/code/call", "POST", steps.call),
        ("/s/<handle>/password", "GET", steps.ask_password),
        ("/s/<handle>/password", "POST", steps.take_password),
        ("/s/<handle>/totp", "GET", steps.ask_one_time_code),
        ("/s/<handle>/totp", "POST", steps.take_one_time_code),
        ("/s/<handle>/ways", "GET", steps.ask_way),
        ("/s/<handle>/ways", "POST", steps.take_way),
        ("/s/<handle>/cancel", "GET", steps.cancel),
    ):
        pages.add_url_rule(rule, f"{view.__name__}", page(view), methods=[method], provide_automatic_options=False)
    return pages


class SignInSteps:
    """The pages C01, C02, C03, C05 and C06."""

    def __init__(self, services: Services, html: Html, errors: ErrorPages) -> None:
        self._services = services
        self._html = html
        self._errors = errors
        self._responses = AuthorizationResponses(html, services.settings.issuer)
        self._visits = Visits(services)
        self._login = Login(services)
        self._carriers = CarrierHealth(services.ephemeral)

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
        register_url = f"/s/{visit.handle}/register?again=1" if visit.can_send_codes else None
        urls = {"action": f"/s/{visit.handle}", "register_url": register_url}
        return self._page(visit, "sign_in.html", ways=visit.ways, **urls, **context)

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
        if (elsewhere := page_instead(visit, "code")) is not None:
            return see_other(elsewhere)
        news = {"again": "resent", "new": "renewed", "call": "called"}.get(request.parameters.get("sent", ""))
        return self._code_page(visit, **({"news": news} if news else {}))

    def take_code(self, request: Request, handle: str) -> Response:
        """Check the code."""
        visit = self._visits.find(request, handle)
        if (elsewhere := page_instead(visit, "code")) is not None:
            return see_other(elsewhere)
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

    def call(self, request: Request, handle: str) -> Response:
        """Have a code read out over the phone."""
        visit = self._visits.find(request, handle)
        if visit.login is None or not visit.can_be_called or not self._visits.is_genuine(visit):
            return see_other(f"/s/{handle}")
        return self._send(visit, "call")

    def _send(self, visit: Visit, news: str = "", *, first: bool = False) -> Response:
        first_page = self._phone_page if visit.login is not None and visit.login.registers else self._name_page
        address = visit.request.peer
        wish = CodeWish(visit.client.client_name, visit.language.tag, address, by_voice=news == "call")
        try:
            sent = self._login.send_code(visit.interaction, wish, visit.now)
        except Unavailable:
            return first_page(visit, code_is_down=True) if first else self._code_page(visit, carrier_is_down=True)
        if isinstance(sent, Paused):
            if first:
                return first_page(visit, problem="too_many", paused_until=sent.until, **self._another_way(visit))
            if self._is_between_two(visit, sent):  # the page shows that time by itself
                return see_other(f"/s/{visit.handle}/code")
            told = {"resend_is_paused": True} if visit.login and visit.login.challenge else {"problem": "too_many"}
            return self._code_page(visit, **told, paused_until=sent.until)
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

    def _code_page(self, visit: Visit, **context: object) -> Response:
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

    # ── proof by password ──

    def ask_password(self, request: Request, handle: str) -> Response:
        """C03."""
        visit = self._visits.find(request, handle)
        elsewhere = page_instead(visit, "password")
        return self._password_page(visit) if elsewhere is None else see_other(elsewhere)

    def take_password(self, request: Request, handle: str) -> Response:
        """Check the password."""
        visit = self._visits.find(request, handle)
        if (elsewhere := page_instead(visit, "password")) is not None:
            return see_other(elsewhere)
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
            change_url=None if visit.second else f"/s/{visit.handle}",
            masked_username=visit.masked_name(),
            other_ways=visit.other_ways("password"),
            **visit.why,
            **context,
        )

    # ── proof by the code of an app ──

    def ask_one_time_code(self, request: Request, handle: str) -> Response:
        """C05."""
        visit = self._visits.find(request, handle)
        if (elsewhere := page_instead(visit, "totp")) is not None:
            return see_other(elsewhere)
        return self._one_time_code_page(visit)

    def take_one_time_code(self, request: Request, handle: str) -> Response:
        """Check the code; who has no app is told the same as who typed a wrong one."""
        visit = self._visits.find(request, handle)
        if (elsewhere := page_instead(visit, "totp")) is not None:
            return see_other(elsewhere)
        code = "".join(request.form.get("code", "").split())
        if not self._visits.is_genuine(visit):
            return self._one_time_code_page(visit, is_stale=True)
        if not (code.isascii() and code.isdigit() and len(code) == 6):
            return self._one_time_code_page(visit, problem="malformed" if code else "empty")
        outcome = self._login.check_one_time_code(self._attempt(visit), code)
        problem = {"problem": "used"} if isinstance(outcome, Used) else self._problem(outcome)
        return self._one_time_code_page(visit, **problem) if problem else self._finish(visit, outcome)

    def _one_time_code_page(self, visit: Visit, **context: object) -> Response:
        urls = {"action": f"/s/{visit.handle}/totp", "ways_action": f"/s/{visit.handle}/ways"}
        return self._page(visit, "totp.html", other_ways=visit.other_ways("totp"), **urls, **visit.why, **context)

    # ── another way, or none ──

    def ask_way(self, request: Request, handle: str) -> Response:
        """C06."""
        visit = self._visits.find(request, handle)
        if visit.login is None:
            return see_other(f"/s/{handle}")
        if visit.login.registers:
            return see_other(f"/s/{handle}/code")
        first = page_of(visit.interaction) if visit.second else visit.ways[0]
        urls = {"action": f"/s/{handle}/ways", "back_url": None if first == "ways" else f"/s/{handle}/{first}"}
        return self._page(visit, "ways.html", ways=visit.open_ways, closed_ways=closed_ways(visit), **urls, **visit.why)

    def take_way(self, request: Request, handle: str) -> Response:
        """Go to the chosen way; choosing the code sends one unless one is under way."""
        visit = self._visits.find(request, handle)
        way = request.form.get("way", "")
        if visit.login is None or not self._visits.is_genuine(visit):
            return see_other(f"/s/{handle}")
        if way == "code" and visit.can_send_codes and way in visit.open_ways:
            return self._send(visit) if visit.login.challenge is None else see_other(f"/s/{handle}/code")
        return see_other(f"/s/{handle}/{way if way in visit.open_ways and way != 'code' else 'ways'}")

    def cancel(self, request: Request, handle: str) -> Response:
        """Back to the app without signing in (RFC 6749 §4.1.2.1)."""
        asked = self._visits.find(request, handle).interaction.request
        told = {"error": "access_denied", "error_description": "The person went back."}
        return self._responses.to_client(request, asked, told)

    # ── shared ──

    def _attempt(self, visit: Visit) -> Attempt:
        browser = Browser(
            device=device_name(visit.request.headers.get("user-agent")),
            unverified_cookie=self._services.cookies.read(visit.request.cookies, known_devices.COOKIE),
            language=visit.language.tag,
        )
        return Attempt(visit.interaction, visit.channel, visit.session, visit.now, browser)

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
            return self._errors.page(visit.request, outcome.status.value, refused)
        if isinstance(outcome, Gone):
            return see_other(f"/authorize/{self._visits.interactions.save(visit.interaction.without_login())}")
        if not isinstance(outcome, SignedIn):
            raise TypeError("an outcome without a page")
        handle = self._visits.interactions.save(outcome.interaction)
        seconds = None if outcome.session.is_shared_device else visit.channel.session_seconds
        cookies = [self._services.cookies.set("session", outcome.cookie, seconds)]
        if (known_by := outcome.device_cookie) is not None:
            cookies.insert(0, self._services.cookies.set(known_devices.COOKIE, known_by, known_devices.SECONDS))
        return see_other(f"/authorize/{handle}", *cookies)

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
        return TOO_MANY_TRIES
    if shown.get("code_is_down") or shown.get("carrier_is_down"):
        return NO_CARRIER
    return None
