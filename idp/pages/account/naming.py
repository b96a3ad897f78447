"""C10, its beginning: a person without a name says name and number, looks at both again, and is at level two."""

from dataclasses import replace
from typing import Any

from flask import Blueprint

from idp.accounts.naming import Draft, Named, Naming, NotNamed
from idp.accounts.tries import Paused
from idp.clock import after, date_in_china
from idp.http.error_page import TOO_MANY_TRIES, support_code_for
from idp.http.html import Html, look_of
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.model.session import Visitor
from idp.pages.account._acts import act_of
from idp.pages.account._entrance import AccountPage, Entrance
from idp.services import Services
from idp.sessions.csrf import Forms
from idp.web import new_blueprint, page
from realnames.identifiers.citizen_id import parse_citizen_id
from realnames.identifiers.person_name import parse_person_name
from realnames.identifiers.refusal import IdentifierRefused, Reason

NAME = "/me/name"
WHO, NUMBER, CHECK, LATER, DONE = (f"{NAME}/{step}" for step in ("who", "number", "check", "later", "done"))
_AT_HALL = {
    Reason.FOREIGNER_NAME: "foreigner",
    Reason.PRIVATE_USE: "rare",
    Reason.FOREIGN_CARD_NOT_CITIZEN: "foreigner",
}
"""Names and numbers that are right and that only the hall can write down yet."""


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
        guarded = page(entrance.guarded(steps.for_the_nameless(view), is_fresh=True))
        pages.add_url_rule(rule, name, guarded, methods=[method], provide_automatic_options=False)
    done = page(entrance.guarded(steps.done))
    pages.add_url_rule(DONE, "done", done, methods=["GET"], provide_automatic_options=False)
    return pages


class NamingSteps:
    """Why, name, number, look again."""

    def __init__(self, services: Services, html: Html) -> None:
        self._services = services
        self._html = html
        self._forms = Forms(services)
        self._naming = Naming(services)

    def for_the_nameless(self, view: AccountPage) -> AccountPage:
        """Whoever has a name already sees it, and where it is corrected."""

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
            name = parse_person_name(typed).canonical
        except IdentifierRefused as refused:
            problem = _AT_HALL.get(refused.reason, "malformed") if typed else "empty"
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
        try:
            number = parse_citizen_id(typed, today=date_in_china(now), sandbox=is_sandbox).number
        except IdentifierRefused as refused:
            problem = _AT_HALL.get(refused.reason, "malformed") if typed else "empty"
            return self._field_page(request, visitor, "number", typed[:40], problem=problem)
        self._naming.keep(visitor, replace(self._naming.draft(visitor), number=number))
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
        match self._naming.confirm(act, draft):
            case Named():
                return see_other(draft.back or DONE)
            case NotNamed():
                return self._page(request, visitor, "name_refused.html", number_url=NUMBER)
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
        """Level two."""
        return self._html.page(
            request,
            "name_done.html",
            back_url="/me",
            level=2 if visitor.account.proofed(self._services.clock()).level else 1,
        )

    def _check_page(self, request: Request, visitor: Visitor, draft: Draft, **context: Any) -> Response:
        if not draft.name:
            return see_other(WHO)
        if not draft.number:
            return see_other(NUMBER)
        number = " ".join((draft.number[:6], draft.number[6:14], draft.number[14:]))
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
        }
        return self._html.page(request, template, **frame, **context)

    def _is_genuine(self, request: Request, visitor: Visitor) -> bool:
        return self._forms.is_genuine(request, _subject(visitor))


def _subject(visitor: Visitor) -> str:
    return f"{NAME}\n{visitor.session.id}"
