"""C24, correct: a new phone or mail address, which counts once the code that was sent to it is typed."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint

from idp.accounts.contact import Changed, ContactChange, PendingChange, Taken
from idp.accounts.identifiers import masked
from idp.accounts.message_budget import RESEND_SECONDS
from idp.accounts.tries import Expired, Paused, Wrong
from idp.clock import Instant, after
from idp.errors import Unavailable
from idp.http.error_page import NO_CARRIER, TOO_MANY_TRIES, support_code_for
from idp.http.html import Html, look_of
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.model.account import Identifier, IdentifierKind
from idp.model.policy import Method
from idp.model.session import Visitor
from idp.pages.account._acts import act_of
from idp.pages.account._entrance import Entrance
from idp.services import Services
from idp.sessions.csrf import Forms
from idp.web import new_blueprint, page
from realnames.identifiers.email import parse_email
from realnames.identifiers.phone import parse_phone
from realnames.identifiers.refusal import IdentifierRefused

PHONE, MAIL = "/me/data/phone", "/me/data/mail"
DATA = "/me/data"
_METHOD = {IdentifierKind.PHONE: Method.MESSAGE_CODE, IdentifierKind.EMAIL: Method.MAIL_CODE}


@dataclass(frozen=True, slots=True)
class Contact:
    """One of the two things a person is reached by, and where its pages are; `is_lost`: the one that is there is gone."""

    kind: IdentifierKind
    path: str
    word: str
    is_lost: bool = False

    def canonical(self, typed: str) -> str:
        """What was typed, as it is stored; raises `IdentifierRefused`."""
        is_phone = self.kind is IdentifierKind.PHONE
        return parse_phone(typed).e164 if is_phone else parse_email(typed).address

    def masked(self, value: str) -> str:
        """A stored value as its holder may see it."""
        return masked(Identifier(self.kind, value))


_PHONE = Contact(IdentifierKind.PHONE, PHONE, "phone")
_MAIL = Contact(IdentifierKind.EMAIL, MAIL, "mail")


def blueprint(services: Services, html: Html) -> Blueprint:
    """The pages below `/me/data/phone` and `/me/data/mail`; a fresh sign-in first, by two kinds of proof from who has two.

    Codes go to the new phone from then on: who could change it by one proof could make themselves the second (threat H05).
    """
    pages, entrance = new_blueprint("contact"), Entrance(services)
    for contact in (_PHONE, _MAIL):
        steps = ContactSteps(services, html, contact, ContactChange(services))
        for rule, method, view in (
            (contact.path, "GET", steps.ask),
            (contact.path, "POST", steps.take),
            (f"{contact.path}/code", "GET", steps.ask_code),
            (f"{contact.path}/code", "POST", steps.take_code),
        ):
            name = f"{contact.word}_{view.__name__}"
            guarded = page(entrance.guarded(view, is_fresh=True, is_strong=True))
            pages.add_url_rule(rule, name, guarded, methods=[method], provide_automatic_options=False)
    return pages


class ContactSteps:
    """The new one, then its code."""

    def __init__(self, services: Services, html: Html, contact: Contact, change: ContactChange) -> None:
        self._services = services
        self._html = html
        self._contact = contact
        self._forms = Forms(services)
        self._change = change

    def ask(self, request: Request, visitor: Visitor) -> Response:
        """Which one it is from now on."""
        return self._page(request, visitor)

    def take(self, request: Request, visitor: Visitor) -> Response:
        """Send a code to it; or forget the mail address."""
        typed = request.form.get("contact", "").strip()
        if not self._forms.is_genuine(request, self._subject(visitor)):
            return self._page(request, visitor, is_stale=True, typed=typed[:254])
        if self._contact.kind is IdentifierKind.EMAIL and request.form.get("action") == "remove":
            self._change.remove_mail(act_of(self._services, request, visitor))
            return see_other(f"{DATA}?done=mail_removed")
        try:
            value = self._contact.canonical(typed)
        except IdentifierRefused:
            return self._page(request, visitor, problem="malformed" if typed else "empty", typed=typed[:254])
        if value == self._current(visitor):
            return self._page(request, visitor, problem="same", typed=typed[:254])
        return self._send(request, visitor, Identifier(self._contact.kind, value))

    def ask_code(self, request: Request, visitor: Visitor) -> Response:
        """The code that was sent to the new one."""
        pending = self._change.pending(visitor, self._contact.kind)
        if pending is None:
            return see_other(self._contact.path)
        news = {"again": "resent", "new": "renewed"}.get(request.parameters.get("sent", ""))
        return self._code_page(request, visitor, pending, **({"news": news} if news else {}))

    def take_code(self, request: Request, visitor: Visitor) -> Response:
        """Check the code, or send another one."""
        pending = self._change.pending(visitor, self._contact.kind)
        if pending is None:
            return see_other(self._contact.path)
        if not self._forms.is_genuine(request, self._subject(visitor)):
            return self._code_page(request, visitor, pending, is_stale=True)
        if request.form.get("resend") == "1":
            return self._send(request, visitor, Identifier(self._contact.kind, pending.value), "again")
        code = "".join(request.form.get("code", "").split())
        if not (code.isascii() and code.isdigit() and len(code) == 6):
            return self._code_page(request, visitor, pending, problem="malformed" if code else "empty")
        return self._confirmed(request, visitor, pending, code)

    def _confirmed(self, request: Request, visitor: Visitor, pending: PendingChange, code: str) -> Response:
        new = Identifier(self._contact.kind, pending.value)
        match self._change.confirm(act_of(self._services, request, visitor), new, pending, code):
            case Changed():
                return see_other(f"{DATA}?done={'phone_waits' if self._contact.is_lost else self._contact.word}")
            case Taken():
                return self._taken_page(request, pending)
            case Expired():
                return self._send(request, visitor, new, "new")
            case Paused(until=until):
                return self._code_page(request, visitor, pending, problem="too_many", paused_until=until)
            case Wrong(tries_left=left):
                return self._code_page(request, visitor, pending, problem="wrong", tries_left=left)

    def _send(self, request: Request, visitor: Visitor, new: Identifier, news: str = "") -> Response:
        try:
            sent = self._change.start(act_of(self._services, request, visitor), new, request.peer)
        except Unavailable:
            return self._page(request, visitor, is_down=True)
        if isinstance(sent, Paused):
            return self._page(request, visitor, problem="too_many", paused_until=sent.until)
        return see_other(f"{self._contact.path}/code" + (f"?sent={news}" if news else ""))

    def _subject(self, visitor: Visitor) -> str:
        """What a form is bound to: both pages, and the session, so that nobody sends what another person left open."""
        return f"{self._contact.path}\n{visitor.session.id}"

    def _current(self, visitor: Visitor) -> str | None:
        with self._services.begin() as unit_of_work:
            stored = unit_of_work.accounts.attributes(visitor.account.id)
        return stored.phone if self._contact.kind is IdentifierKind.PHONE else stored.email

    def _page(self, request: Request, visitor: Visitor, **context: object) -> Response:
        current = self._current(visitor)
        context.setdefault("is_down", _METHOD[self._contact.kind] not in self._services.methods)
        if self._contact.is_lost:
            ripe_at = after(self._services.clock(), self._services.settings.recovery.lost_phone_seconds)
            context["waits_until"] = look_of(request).language.date_and_time(ripe_at)
        return self._rendered(
            request,
            "contact.html",
            csrf=self._forms.token(request, self._subject(visitor)),
            current=None if current is None else self._contact.masked(current),
            **context,
        )

    def _code_page(self, request: Request, visitor: Visitor, pending: PendingChange, **context: object) -> Response:
        free_at = after(pending.sent_at, RESEND_SECONDS)
        if self._services.clock() < free_at:
            context["resend_after"] = look_of(request).language.time_of_day(after(free_at, 59))
        return self._rendered(
            request,
            "contact_code.html",
            csrf=self._forms.token(request, self._subject(visitor)),
            sent_to=self._contact.masked(pending.value),
            **context,
        )

    def _taken_page(self, request: Request, pending: PendingChange) -> Response:
        return self._rendered(request, "contact_taken.html", sent_to=self._contact.masked(pending.value))

    def _rendered(self, request: Request, template: str, **context: object) -> Response:
        shown: dict[str, Any] = {
            "kind": self._contact.word,
            "is_lost": self._contact.is_lost,
            "action": self._contact.path,
            "back_url": DATA,
            **context,
        }
        paused_until = shown.pop("paused_until", None)
        if shown.get("is_down"):
            shown["support_code"] = support_code_for(NO_CARRIER)
        if not isinstance(paused_until, int):
            return self._html.page(request, template, **shown)
        shown["support_code"] = support_code_for(TOO_MANY_TRIES)
        shown["retry_at"] = look_of(request).language.time_of_day(after(Instant(paused_until), 59))
        response = self._html.page(request, template, status=429, **shown)
        return response.with_headers(("Retry-After", str(max(1, paused_until - self._services.clock()))))
