"""What to do when something was not the person: out of everywhere, new ways to sign in, the hotline, the hall."""

from flask import Blueprint

from idp.accounts.waiting import cancel_waiting
from idp.http.html import Html, look_of
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.model.session import Visitor
from idp.pages.account._entrance import Entrance
from idp.pages.account._lines import Line, Lines
from idp.pages.account.activity import number_in
from idp.services import Services
from idp.sessions.csrf import Forms
from idp.sessions.end import end
from idp.sessions.known_devices import forget
from idp.sessions.living import living_of
from idp.web import new_blueprint, page

PATH = "/me/not-me"
OUT = f"{PATH}/sign-out"


def blueprint(services: Services, html: Html) -> Blueprint:
    """The pages `/me/not-me`, for everybody who is signed in, and `/me/not-me/sign-out`, for who has just signed in."""
    pages, entrance, not_me = new_blueprint("not_me"), Entrance(services), NotMePages(services, html)
    for path, method, view, is_fresh in (
        (PATH, "GET", not_me.advise, False),
        (OUT, "GET", not_me.ask, True),
        (OUT, "POST", not_me.take, True),
    ):
        guarded = page(entrance.guarded(view, is_fresh=is_fresh))
        pages.add_url_rule(path, view.__name__, guarded, methods=[method], provide_automatic_options=False)
    return pages


class NotMePages:
    """Advice first, since that needs no proof; what locks others out, by whoever has just proven who they are."""

    def __init__(self, services: Services, html: Html) -> None:
        self._services = services
        self._html = html
        self._forms = Forms(services)

    def advise(self, request: Request, visitor: Visitor) -> Response:
        """What to do, with the line that it is about (`event`), if that is one of the person's own."""
        is_done = request.parameters.get("done") == "1"
        line = self._line(request, visitor)
        return self._html.page(request, "not_me.html", line=line, is_done=is_done)

    def ask(self, request: Request, _visitor: Visitor) -> Response:
        """Before everybody is signed out."""
        return self._page(request)

    def take(self, request: Request, visitor: Visitor) -> Response:
        """End every session but this one, in which somebody has just proven that they are the person; forget every browser."""
        if not self._forms.is_genuine(request, OUT):
            return self._page(request, is_stale=True)
        now = self._services.clock()
        with self._services.begin() as unit_of_work:
            for session in living_of(unit_of_work, visitor.account.id, self._services.channels, now):
                if session.id != visitor.session.id:
                    end(unit_of_work, session, now)
            forget(unit_of_work, visitor, None, now)
            cancel_waiting(unit_of_work, visitor.account.id, now)
            unit_of_work.commit()
        return see_other(f"{PATH}?done=1")

    def _page(self, request: Request, *, is_stale: bool = False) -> Response:
        token = self._forms.token(request, OUT)
        return self._html.page(request, "not_me_sign_out.html", form_action=OUT, csrf=token, is_stale=is_stale)

    def _line(self, request: Request, visitor: Visitor) -> Line | None:
        event_id = number_in(request, "event")
        if event_id is None:
            return None
        with self._services.begin() as unit_of_work:
            found = unit_of_work.events.of_person(visitor.account.id, before=event_id + 1, limit=1)
            lines = Lines(self._services, unit_of_work.clients, look_of(request).language)
            return lines.line(found[0]) if found and found[0].id == event_id else None
