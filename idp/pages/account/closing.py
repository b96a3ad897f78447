"""C24, close: what it means, one button, and fifteen days to think again."""

from flask import Blueprint

from idp.accounts import closing
from idp.accounts.handing_over import left_behind
from idp.errors import Refused
from idp.http.html import Html, look_of
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.model.session import Visitor
from idp.pages.account._acts import act_of
from idp.pages.account._entrance import Entrance
from idp.pages.account.organizations import PATH as ORGANIZATIONS
from idp.services import Services
from idp.sessions.csrf import Forms
from idp.web import new_blueprint, page

CLOSE, KEEP = "/me/data/close", "/me/data/keep"


def blueprint(services: Services, html: Html) -> Blueprint:
    """The page `/me/data/close`, behind a fresh sign-in; thinking again asks for none."""
    pages, entrance, view = new_blueprint("closing"), Entrance(services), ClosingPage(services, html)
    for rule, method, name, handler in (
        (CLOSE, "GET", "ask", entrance.guarded(view.ask, is_fresh=True)),
        (CLOSE, "POST", "take", entrance.guarded(view.take, is_fresh=True)),
        (KEEP, "GET", "back", entrance.guarded(view.back)),
        (KEEP, "POST", "keep", entrance.guarded(view.keep)),
    ):
        pages.add_url_rule(rule, name, page(handler), methods=[method], provide_automatic_options=False)
    return pages


def closes_on(request: Request, visitor: Visitor) -> str | None:
    """The day on which the account is closed, in words; None: nobody asked for that."""
    moment = visitor.account.closes_at
    return None if moment is None else str(look_of(request).language.date_and_time(moment))


def keep_subject(visitor: Visitor) -> str:
    """What the form that takes it back is bound to, wherever it stands."""
    return f"{KEEP}\n{visitor.session.id}"


class ClosingPage:
    """Closing, and keeping."""

    def __init__(self, services: Services, html: Html) -> None:
        self._services = services
        self._html = html
        self._forms = Forms(services)

    def ask(self, request: Request, visitor: Visitor) -> Response:
        """What will happen; or, once asked for, when."""
        return self._page(request, visitor, is_stale=False)

    def take(self, request: Request, visitor: Visitor) -> Response:
        """Close it in fifteen days."""
        if not self._forms.is_genuine(request, _subject(visitor)):
            return self._page(request, visitor, is_stale=True)
        try:
            closing.ask(self._services, act_of(self._services, request, visitor))
        except Refused as refused:
            if refused.code != "hand_over_first":
                raise
        return see_other(CLOSE)

    def keep(self, request: Request, visitor: Visitor) -> Response:
        """Think again."""
        if self._forms.is_genuine(request, keep_subject(visitor)):
            closing.keep(self._services, act_of(self._services, request, visitor))
            return see_other("/me/data?done=kept")
        return see_other("/me/data")

    def back(self, _request: Request, _visitor: Visitor) -> Response:
        """Who comes here by a link finds the button on the page of the data."""
        return see_other("/me/data")

    def _page(self, request: Request, visitor: Visitor, *, is_stale: bool) -> Response:
        day = closes_on(request, visitor)
        subject = _subject(visitor) if day is None else keep_subject(visitor)
        with self._services.begin() as unit_of_work:
            left = left_behind(unit_of_work, visitor.account.id, self._services.clock()) if day is None else ()
        return self._html.page(
            request,
            "closing.html",
            action=CLOSE if day is None else KEEP,
            back_url="/me/data",
            csrf=self._forms.token(request, subject),
            closes_on=day,
            left=[{"name": each.name, "url": f"{ORGANIZATIONS}/{each.uid}"} for each in left],
            days=closing.COOLING_OFF_DAYS,
            is_stale=is_stale,
        )


def _subject(visitor: Visitor) -> str:
    return f"{CLOSE}\n{visitor.session.id}"
