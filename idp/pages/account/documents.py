"""The documents that a person is known by, and one more: a passport, a renewed card, a permit."""

from typing import Any

from flask import Blueprint

from idp.accounts.identifiers import document_in, masked
from idp.accounts.tries import Paused
from idp.clock import Instant, after, date_in_china
from idp.http.error_page import NO_AUTHORITY, TOO_MANY_TRIES, support_code_for
from idp.http.html import Html, look_of
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.model.account import Identifier
from idp.model.session import Visitor
from idp.pages.account._acts import act_of
from idp.pages.account._entrance import Entrance
from idp.proofing.documents import Documents, NotAdded
from idp.services import Services
from idp.sessions.csrf import Forms
from idp.web import new_blueprint, page
from realnames.identifiers.refusal import IdentifierRefused

PATH = "/me/data/documents"
_ADDED = f"{PATH}?done=added"


def blueprint(services: Services, html: Html) -> Blueprint:
    """The page `/me/data/documents`; a fresh sign-in with two proofs first, since a document opens the account."""
    pages, entrance, view = new_blueprint("documents"), Entrance(services), DocumentPages(services, html)
    for method, name, handler in (("GET", "show", view.show), ("POST", "add", view.add)):
        guarded = page(entrance.guarded(handler, is_fresh=True, is_strong=True))
        pages.add_url_rule(PATH, name, guarded, methods=[method], provide_automatic_options=False)
    return pages


class DocumentPages:
    """What counts now, and a form for one more."""

    def __init__(self, services: Services, html: Html) -> None:
        self._services = services
        self._html = html
        self._forms = Forms(services)
        self._documents = Documents(services)

    def show(self, request: Request, visitor: Visitor) -> Response:
        """Masked, with the form."""
        return self._page(request, visitor, news="added" if request.parameters.get("done") == "added" else None)

    def add(self, request: Request, visitor: Visitor) -> Response:
        """Have one more verified."""
        if not self._documents.is_open_to(visitor):
            return see_other(PATH)
        typed = request.form.get("number", "").strip()
        if not self._forms.is_genuine(request, self._subject(visitor)):
            return self._page(request, visitor, typed=typed[:40], is_stale=True)
        document = self._document_in(typed)
        if document is None or document in self._documents.of(visitor):
            problem = "known" if document is not None else "malformed" if typed else "empty"
            return self._page(request, visitor, typed=typed[:40], problem=problem)
        act = act_of(self._services, request, visitor)
        outcome = self._documents.add(act, document)
        if isinstance(outcome, Paused):
            return self._paused(request, visitor, outcome.until, act.at)
        return self._not_added(request, visitor, outcome.why) if isinstance(outcome, NotAdded) else see_other(_ADDED)

    def _not_added(self, request: Request, visitor: Visitor, why: str) -> Response:
        code = {"support_code": support_code_for(NO_AUTHORITY)} if why == "down" else {}
        return self._page(request, visitor, news=why, **code)

    def _document_in(self, typed: str) -> Identifier | None:
        """A document in any spelling; None: it is none, or a phone."""
        now, is_sandbox = self._services.clock(), self._services.settings.sandbox.enabled
        try:
            return document_in(typed, today=date_in_china(now), sandbox=is_sandbox)
        except IdentifierRefused:
            return None

    def _paused(self, request: Request, visitor: Visitor, until: Instant, now: Instant) -> Response:
        shown = {
            "retry_at": look_of(request).language.time_of_day(after(until, 59)),
            "support_code": support_code_for(TOO_MANY_TRIES),
        }
        response = self._page(request, visitor, status=429, **shown)
        return response.with_headers(("Retry-After", str(max(1, until - now))))

    def _page(self, request: Request, visitor: Visitor, **context: Any) -> Response:
        held = self._documents.of(visitor)
        shown: dict[str, Any] = {
            "documents": [(each.kind.value, masked(each)) for each in held],
            "is_open": self._documents.is_open_to(visitor),
            "action": PATH,
            "csrf": self._forms.token(request, self._subject(visitor)),
            "typed": "",
            "news": None,
        }
        return self._html.page(request, "documents.html", **{**shown, **context})

    def _subject(self, visitor: Visitor) -> str:
        return f"{PATH}\n{visitor.session.id}"
