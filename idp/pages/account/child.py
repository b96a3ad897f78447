"""C21, minors: a guardian enters a child, and the population register says whether that is so."""

from typing import Any

from flask import Blueprint

from idp.accounts import guardians
from idp.accounts.guardians import Child, Entrusted, NotTheirs, OfAge
from idp.accounts.names import parse_name
from idp.accounts.source_budget import Down, NotNow
from idp.clock import date_in_china
from idp.errors import Refused
from idp.http.error_page import NO_AUTHORITY, support_code_for
from idp.http.html import Html, look_of
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.model.policy import Proofing
from idp.model.session import Visitor
from idp.pages.account._acts import act_of
from idp.pages.account._entrance import Entrance
from idp.pages.account.delegations import PATH as DELEGATIONS
from idp.services import Services
from idp.sessions.csrf import Forms
from idp.web import new_blueprint, page
from realnames.identifiers.citizen_id import CitizenId, parse_citizen_id
from realnames.identifiers.refusal import IdentifierRefused

PATH = f"{DELEGATIONS}/child"


def blueprint(services: Services, html: Html) -> Blueprint:
    """A fresh sign-in first, by two kinds of proof from who has two."""
    pages, entrance, views = new_blueprint("child"), Entrance(services), ChildPage(services, html)
    for method, view in (("GET", views.ask), ("POST", views.take)):
        guarded = page(entrance.guarded(view, is_fresh=True, is_strong=True))
        pages.add_url_rule(PATH, view.__name__, guarded, methods=[method], provide_automatic_options=False)
    return pages


class ChildPage:
    """Name and number of the child; nothing of the register's comes back but yes or no."""

    def __init__(self, services: Services, html: Html) -> None:
        self._services = services
        self._html = html
        self._forms = Forms(services)

    def ask(self, request: Request, visitor: Visitor) -> Response:
        """The form."""
        return self._page(request, visitor)

    def take(self, request: Request, visitor: Visitor) -> Response:
        """Ask the register."""
        typed = {name: request.form.get(name, "").strip()[:100] for name in ("name", "number")}
        if not self._forms.is_genuine(request, self._subject(visitor)):
            return self._page(request, visitor, **typed, is_stale=True)
        try:
            name = parse_name(typed["name"], may_be_latin=True)
        except IdentifierRefused:
            return self._wrong(request, visitor, typed, "name")
        try:
            number = self._number(typed["number"])
        except IdentifierRefused:
            return self._wrong(request, visitor, typed, "number")
        act = act_of(self._services, request, visitor)
        try:
            outcome = guardians.enter(self._services, act, Child(name=name, number=number))
        except Refused as refused:
            if refused.code != "level_too_low":
                raise
            return self._page(request, visitor, **typed, problem="level")
        return self._answered(request, visitor, typed, outcome)

    def _answered(
        self,
        request: Request,
        visitor: Visitor,
        typed: dict[str, str],
        outcome: Entrusted | OfAge | NotTheirs | Down | NotNow,
    ) -> Response:
        match outcome:
            case Entrusted():
                return see_other(f"{DELEGATIONS}?done=child")
            case OfAge():
                return self._page(request, visitor, **typed, problem="of_age")
            case NotTheirs():
                return self._page(request, visitor, **typed, problem="not_yours")
            case Down():
                return self._page(
                    request, visitor, **typed, problem="down", support_code=support_code_for(NO_AUTHORITY)
                )
            case NotNow(until=until):
                retry_at = look_of(request).language.date_and_time(until)
                return self._page(request, visitor, **typed, problem="later", retry_at=retry_at)

    def _number(self, typed: str) -> CitizenId:
        is_sandbox = self._services.settings.sandbox.enabled
        return parse_citizen_id(typed, today=date_in_china(self._services.clock()), sandbox=is_sandbox)

    def _wrong(self, request: Request, visitor: Visitor, typed: dict[str, str], field: str) -> Response:
        problem = "malformed" if typed[field] else "empty"
        return self._page(request, visitor, **typed, field=field, problem=problem)

    def _subject(self, visitor: Visitor) -> str:
        return f"{PATH}\n{visitor.session.id}"

    def _page(self, request: Request, visitor: Visitor, **context: Any) -> Response:
        return self._html.page(
            request,
            "child.html",
            action=PATH,
            back_url=DELEGATIONS,
            csrf=self._forms.token(request, self._subject(visitor)),
            may_prove=visitor.account.proofed(self._services.clock()).level < Proofing.P3,
            **context,
        )
