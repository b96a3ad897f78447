"""C24, take along: all that is held of the person, to read, to print and as a file; a fresh sign-in first."""

from datetime import datetime
from types import SimpleNamespace
from typing import Any

from flask import Blueprint
from pydantic_core import to_json

from idp.accounts import export
from idp.clock import Instant, date_in_china
from idp.http.device_name import device_words
from idp.http.html import Html, look_of
from idp.http.request import Request
from idp.http.response import NO_STORE, Response, see_other
from idp.model.policy import Level
from idp.model.session import Visitor
from idp.pages.account._acts import act_of
from idp.pages.account._entrance import Entrance
from idp.pages.account._words import channel_words, scope_words
from idp.services import Services
from idp.sessions.csrf import Forms
from idp.web import new_blueprint, page

EXPORT, FILE = "/me/data/export", "/me/data/export.json"
DATA = "/me/data"
_SHOWN = 200
"""Sign-ins on the page; the file has all of them."""
_HIDDEN = frozenset({"made_at_seconds"})


def blueprint(services: Services, html: Html) -> Blueprint:
    """The page `/me/data/export` and its file."""
    pages, entrance, view = new_blueprint("export"), Entrance(services), ExportPage(services, html)
    for rule, method, handler in ((EXPORT, "GET", view.show), (EXPORT, "POST", view.ask), (FILE, "GET", view.download)):
        guarded = page(entrance.guarded(handler, is_fresh=True))
        pages.add_url_rule(rule, handler.__name__, guarded, methods=[method], provide_automatic_options=False)
    return pages


def export_subject(visitor: Visitor) -> str:
    """What the form that asks for one is bound to."""
    return f"{EXPORT}\n{visitor.session.id}"


def is_held_back(services: Services, visitor: Visitor) -> bool:
    """Whether the account is held at a level after a new start: all that is known of a person is not given away then."""
    return visitor.account.ceiling_at(services.clock()) < Level.FIVE


class ExportPage:
    """Asking for it, reading it, taking it along."""

    def __init__(self, services: Services, html: Html) -> None:
        self._services = services
        self._html = html
        self._forms = Forms(services)

    def ask(self, request: Request, visitor: Visitor) -> Response:
        """Have one made."""
        if is_held_back(self._services, visitor):
            return see_other(DATA)
        if not self._forms.is_genuine(request, export_subject(visitor)):
            return see_other(f"{DATA}?done=stale")
        export.ask(self._services, act_of(self._services, request, visitor))
        return see_other(DATA)

    def show(self, request: Request, visitor: Visitor) -> Response:
        """To read and to print."""
        found = None if is_held_back(self._services, visitor) else export.ready(self._services, visitor.account.id)
        if found is None:
            return see_other(DATA)
        export.note_download(self._services, act_of(self._services, request, visitor), found)
        content = found.content
        return self._html.page(
            request,
            "export.html",
            file_url=FILE,
            made_at=_words(request, content["made_at"]),
            until=str(look_of(request).language.date_and_time(found.until)),
            is_complete=content["is_complete"],
            facts=_facts(request, content),
            sessions=[_session_line(request, line) for line in content["sessions"][:_SHOWN]],
            consents=[_consent_line(request, line) for line in content["consents"]],
            counts={name: len(content[name]) for name in ("sessions", "consents", "authorizations", "events")},
        )

    def download(self, request: Request, visitor: Visitor) -> Response:
        """The file (docs/reference/export.md)."""
        found = None if is_held_back(self._services, visitor) else export.ready(self._services, visitor.account.id)
        if found is None:
            return see_other(DATA)
        export.note_download(self._services, act_of(self._services, request, visitor), found)
        day = date_in_china(Instant(found.content["made_at_seconds"])).isoformat()
        content = {name: value for name, value in found.content.items() if name not in _HIDDEN}
        headers = (
            ("Content-Type", "application/json"),
            ("Content-Disposition", f'attachment; filename="yizheng-{day}.json"'),
            ("X-Content-Type-Options", "nosniff"),
            *NO_STORE,
        )
        return Response(200, headers, to_json(content, indent=2))


def _words(request: Request, moment: str | None) -> str:
    if moment is None:
        return ""
    return str(look_of(request).language.date_and_time(Instant(int(datetime.fromisoformat(moment).timestamp()))))


def _facts(request: Request, content: dict[str, Any]) -> list[tuple[str, str, bool]]:
    """Word, value, and whether it counts now."""
    names = [("name", held["name"], held["until"] is None) for held in content["names"]]
    numbers = [(held["kind"], held["value"], held["until"] is None) for held in content["identifiers"]]
    methods = [(f"method_{held['kind']}", _words(request, held["added_at"]), True) for held in content["methods"]]
    return [*names, *numbers, *methods]


def _session_line(request: Request, line: dict[str, Any]) -> SimpleNamespace:
    language = look_of(request).language
    return SimpleNamespace(
        name=device_words(language, line["device"]),
        channel=channel_words(language, line["channel"]),
        began=_words(request, line["signed_in_at"]),
        ended=_words(request, line["ended_at"]),
    )


def _consent_line(request: Request, line: dict[str, Any]) -> SimpleNamespace:
    return SimpleNamespace(
        name=line["client_name"] or line["client_id"],
        what=scope_words(look_of(request).language, line["scope"]),
        since=_words(request, line["given_at"]),
    )
