"""C10, its beginning: a person says name and number, looks at both again, and a register says whether they belong together."""

from dataclasses import replace
from datetime import date
from typing import Any

from flask import Blueprint

from idp.accounts.act import Act
from idp.accounts.face_choice import YOUNGEST
from idp.accounts.identifiers import document_in, masked
from idp.accounts.names import masked_name, parse_name
from idp.accounts.number_facts import born_by
from idp.accounts.tries import Paused
from idp.clock import after, date_in_china
from idp.http.error_page import NO_AUTHORITY, TOO_MANY_TRIES, support_code_for
from idp.http.html import Html, look_of
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.model.account import Identifier, IdentifierKind
from idp.model.session import Visitor
from idp.pages.account._acts import act_of
from idp.pages.account._entrance import AccountPage, Entrance
from idp.proofing.real_name import Draft, Named, NotNamed, RealName
from idp.services import Services
from idp.sessions.csrf import Forms
from idp.web import new_blueprint, page
from realnames.identifiers.age import age_on
from realnames.identifiers.refusal import IdentifierRefused, Reason

NAME = "/me/name"
WHO, NUMBER, CHECK, VERIFY, LATER, DONE = (
    f"{NAME}/{step}" for step in ("who", "number", "check", "verify", "later", "done")
)
_FOREIGNERS = frozenset({IdentifierKind.PERMANENT_RESIDENT_ID, IdentifierKind.PASSPORT})
"""Documents on which a name may stand in Latin letters."""


def blueprint(services: Services, html: Html) -> Blueprint:
    """The pages below `/me/name`; a fresh sign-in first."""
    pages, entrance, steps = new_blueprint("naming"), Entrance(services), NamingSteps(services, html)
    for rule, method, name, view in (
        (NAME, "GET", "offer", steps.offer),
        (WHO, "GET", "ask_name", steps.ask_name),
        (WHO, "POST", "take_name", steps.take_name),
        (NUMBER, "GET", "ask_number", steps.ask_number),
        (NUMBER, "POST", "take_number", steps.take_number),
        (CHECK, "GET", "check", steps.check),
        (CHECK, "POST", "confirm", steps.confirm),
        (LATER, "GET", "later", steps.later),
    ):
        guarded = page(entrance.guarded(steps.for_the_unverified(view), is_fresh=True))
        pages.add_url_rule(rule, name, guarded, methods=[method], provide_automatic_options=False)
    for method, name, view in (("GET", "ask_register", steps.ask_register), ("POST", "verify", steps.verify)):
        guarded = page(entrance.guarded(view, is_fresh=True))
        pages.add_url_rule(VERIFY, name, guarded, methods=[method], provide_automatic_options=False)
    done = page(entrance.guarded(steps.done))
    pages.add_url_rule(DONE, "done", done, methods=["GET"], provide_automatic_options=False)
    return pages


class NamingSteps:
    """Why, name, number, look again."""

    def __init__(self, services: Services, html: Html) -> None:
        self._services = services
        self._html = html
        self._forms = Forms(services)
        self._naming = RealName(services)

    def for_the_unverified(self, view: AccountPage) -> AccountPage:
        """Whoever has a verified name sees it, and where it is corrected."""

        def guarded(request: Request, visitor: Visitor) -> Response:
            return view(request, visitor) if self._naming.is_open_to(visitor) else see_other("/me/data")

        return guarded

    def offer(self, request: Request, visitor: Visitor) -> Response:
        """What it is for, what is kept, and that it can wait."""
        return self._page(request, visitor, "name_offer.html", next_url=WHO)

    def ask_name(self, request: Request, visitor: Visitor) -> Response:
        """The name."""
        return self._field_page(request, visitor, "name", self._naming.draft(visitor).name)

    def take_name(self, request: Request, visitor: Visitor) -> Response:
        """Remember the name."""
        typed = request.form.get("name", "").strip()
        if not self._is_genuine(request, visitor):
            return self._field_page(request, visitor, "name", typed[:100], is_stale=True)
        try:
            name = parse_name(typed, may_be_latin=True)
        except IdentifierRefused as refused:
            problem = "rare" if refused.reason is Reason.PRIVATE_USE else "malformed" if typed else "empty"
            return self._field_page(request, visitor, "name", typed[:100], problem=problem)
        draft = self._naming.draft(visitor)
        self._naming.keep(visitor, replace(draft, name=name))
        return see_other(CHECK if draft.number else NUMBER)

    def ask_number(self, request: Request, visitor: Visitor) -> Response:
        """The number."""
        draft = self._naming.draft(visitor)
        return self._field_page(request, visitor, "number", draft.number) if draft.name else see_other(WHO)

    def take_number(self, request: Request, visitor: Visitor) -> Response:
        """Remember the number."""
        typed = request.form.get("number", "").strip()
        if not self._is_genuine(request, visitor):
            return self._field_page(request, visitor, "number", typed[:40], is_stale=True)
        now, is_sandbox = self._services.clock(), self._services.settings.sandbox.enabled
        draft = self._naming.draft(visitor)
        try:
            document = document_in(typed, today=date_in_china(now), sandbox=is_sandbox)
        except IdentifierRefused:
            return self._field_page(request, visitor, "number", typed[:40], problem="malformed" if typed else "empty")
        if draft.name.isascii() and document.kind not in _FOREIGNERS:
            return self._field_page(request, visitor, "number", typed[:40], problem="latin_name")
        if _is_child(document, date_in_china(now)):
            return self._page(request, visitor, "name_child.html", number_url=NUMBER)
        self._naming.keep(visitor, replace(draft, kind=document.kind, number=document.value))
        return see_other(CHECK)

    def check(self, request: Request, visitor: Visitor) -> Response:
        """Look at both again."""
        return self._check_page(request, visitor, self._naming.draft(visitor))

    def confirm(self, request: Request, visitor: Visitor) -> Response:
        """Write both down."""
        draft = self._naming.draft(visitor)
        if not self._is_genuine(request, visitor):
            return self._check_page(request, visitor, draft, is_stale=True)
        if not (draft.name and draft.number):
            return see_other(NAME)
        act = act_of(self._services, request, visitor)
        return self._answered(request, act, draft, self._naming.confirm(act, draft))

    def ask_register(self, request: Request, visitor: Visitor) -> Response:
        """Name and number are said, and nobody could be asked about them then: with the same link they are asked now."""
        return self._verify_page(request, visitor) if self._naming.waits(visitor) else see_other(DONE)

    def verify(self, request: Request, visitor: Visitor) -> Response:
        """Ask now."""
        if not self._naming.waits(visitor):
            return see_other(DONE)
        if not self._is_genuine(request, visitor):
            return self._verify_page(request, visitor, is_stale=True)
        act = act_of(self._services, request, visitor)
        outcome = self._naming.verify(act)
        if isinstance(outcome, Named) and outcome.waits:
            if outcome.is_over_for_today:
                return self._verify_page(request, visitor, news="limit")
            return self._verify_page(request, visitor, news="down", support_code=support_code_for(NO_AUTHORITY))
        return self._answered(request, act, self._naming.draft(visitor), outcome)

    def _answered(self, request: Request, act: Act, draft: Draft, outcome: Named | NotNamed | Paused) -> Response:
        visitor = act.visitor
        match outcome:
            case Named(waits=True):
                left = replace(draft, name="", number="")
                self._naming.keep(visitor, left)
                return see_other(DONE)
            case Named():
                return see_other(draft.back or DONE)
            case NotNamed():
                again = NUMBER if self._naming.is_open_to(visitor) else None
                return self._page(request, visitor, "name_refused.html", number_url=again)
            case Paused(until=until):
                retry_at = look_of(request).language.time_of_day(after(until, 59))
                shown = {"support_code": support_code_for(TOO_MANY_TRIES)}
                response = self._page(request, visitor, "name_refused.html", status=429, retry_at=retry_at, **shown)
                return response.with_headers(("Retry-After", str(max(1, until - act.at))))

    def later(self, _request: Request, visitor: Visitor) -> Response:
        """Not now."""
        back = self._naming.draft(visitor).back
        self._naming.forget(visitor)
        return see_other(back or "/me")

    def done(self, request: Request, visitor: Visitor) -> Response:
        """What it made of the account; of whom the register could not be asked, with the way to do that later."""
        proofing = visitor.account.proofed(self._services.clock()).level
        draft = self._naming.draft(visitor)
        return self._html.page(
            request,
            "name_done.html",
            back_url=draft.back or "/me",
            client_name=draft.client_name if draft.back else None,
            level=min(int(proofing), 2) + 1,
            verify_url=VERIFY if self._naming.waits(visitor) else None,
        )

    def _verify_page(self, request: Request, visitor: Visitor, **context: Any) -> Response:
        with self._services.begin() as unit_of_work:
            stored = unit_of_work.accounts.attributes(visitor.account.id)
        return self._page(
            request,
            visitor,
            "name_verify.html",
            action=VERIFY,
            masked_name=masked_name(stored.name or ""),
            masked_numbers=[masked(each) for each in stored.documents],
            **context,
        )

    def _check_page(self, request: Request, visitor: Visitor, draft: Draft, **context: Any) -> Response:
        if not draft.name:
            return see_other(WHO)
        if not draft.number:
            return see_other(NUMBER)
        number = " ".join(filter(None, (draft.number[:6], draft.number[6:14], draft.number[14:])))
        shown = {"name": draft.name, "number": number, "who_url": WHO, "number_url": NUMBER, "action": CHECK, **context}
        return self._page(request, visitor, "name_check.html", **shown)

    def _field_page(self, request: Request, visitor: Visitor, kind: str, typed: str, **context: Any) -> Response:
        shown = {"kind": kind, "typed": typed, "action": WHO if kind == "name" else NUMBER, **context}
        return self._page(request, visitor, "name_field.html", **shown)

    def _page(self, request: Request, visitor: Visitor, template: str, **context: Any) -> Response:
        draft = self._naming.draft(visitor)
        token = self._forms.token(request, _subject(visitor))
        frame: dict[str, Any] = {
            "csrf": token,
            "client_name": draft.client_name,
            "cancel_url": LATER,
            "later_url": LATER,
            "form_targets": draft.form_targets,
            "level": 2 if self._services.sources.population is None else 3,
            "register": self._register(request),
            "with_phone": self._services.settings.proofing.with_phone,
        }
        return self._html.page(request, template, **frame, **context)

    def _register(self, request: Request) -> str:
        """The name of who is asked whether name and number belong together; empty: nobody is."""
        register = self._services.sources.population
        return look_of(request).language.of({} if register is None else register.names)

    def _is_genuine(self, request: Request, visitor: Visitor) -> bool:
        return self._forms.is_genuine(request, _subject(visitor))


def _is_child(document: Identifier, today: date) -> bool:
    """Whether a guardian has to consent (PIPL Art. 31); numbers that tell no birth date say no."""
    born = born_by(document)
    return born is not None and age_on(born, today) < YOUNGEST


def _subject(visitor: Visitor) -> str:
    return f"{NAME}\n{visitor.session.id}"
