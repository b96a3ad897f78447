"""P5: sessions by person, app and channel; ended one by one, or, once they were counted, many by two people."""

from typing import Any

from flask import Blueprint
from pydantic import ValidationError

from admin.console.acting import Acts
from admin.console.drafts import PATH as DRAFTS
from admin.console.entrance import HOME, Entrance, Officer
from admin.console.frame import Frame
from admin.operations.sessions import (
    END_SESSION,
    END_SESSIONS,
    SEARCH_SESSIONS,
    SearchSessions,
    SessionEnded,
    SessionList,
    SessionsEnded,
    SessionTold,
)
from admin.perform import Done, Drafted
from idp.clock import Instant
from idp.errors import Refused
from idp.http.device_name import device_words
from idp.http.html import look_of
from idp.http.languages import Language
from idp.http.request import Parameters, Request
from idp.http.response import Response, see_other
from idp.services import Services
from idp.sessions.csrf import Forms
from idp.web import routed

PATH = f"{HOME}/sessions"
_FIELDS = ("person", "client_id", "channel")


def blueprint(services: Services, frame: Frame, entrance: Entrance) -> Blueprint:
    """`/console/sessions`."""
    view, does = SessionPages(services, frame), SEARCH_SESSIONS.does
    return routed(
        "sessions",
        (PATH, "GET", entrance.guarded(view.search, does)),
        (PATH, "POST", entrance.guarded(view.act, does)),
    )


class SessionPages:
    """A search is an address that can be kept: people are in it by their uid alone."""

    def __init__(self, services: Services, frame: Frame) -> None:
        self._services = services
        self._frame = frame
        self._acts = Acts(services)
        self._forms = Forms(services)

    def search(self, request: Request, officer: Officer) -> Response:
        """Those that run; of a person also those that ended and live on in an app."""
        return self._page(request, officer, request.parameters)

    def act(self, request: Request, officer: Officer) -> Response:
        """End one; count those that are meant; propose to end them."""
        if not self._forms.is_genuine(request, PATH):
            return self._page(request, officer, request.form, problem="stale")
        form, act = request.form, request.form.get("act", "")
        if act == "count":
            tried = self._acts.try_out(officer, END_SESSIONS, form)
            if isinstance(tried, Refused):
                return self._page(request, officer, form, problem=tried.code)
            return self._page(request, officer, form, counted=SessionsEnded.model_validate_json(tried.answer))
        outcome = self._acts.do(officer, END_SESSIONS if act == "end_all" else END_SESSION, form)
        if isinstance(outcome, Refused):
            return self._page(request, officer, form, problem=outcome.code)
        if isinstance(outcome, Drafted):
            return see_other(f"{DRAFTS}/{outcome.draft.id}")
        return self._page(request, officer, form, ended=_ended(outcome) if act == "end" else None)

    def _page(self, request: Request, officer: Officer, asked: Parameters, **context: Any) -> Response:
        typed = {name: asked.get(name, "").strip() for name in _FIELDS}
        shown: dict[str, Any] = {"problem": None, "counted": None, "ended": None, **context}
        found = SessionList(sessions=[], next=None)
        try:
            found = self._acts.read(officer, SEARCH_SESSIONS, _wanted(asked), SessionList)
        except ValidationError:
            shown["problem"] = "invalid_request"
        except Refused as refused:
            shown["problem"] = "nobody" if refused.code == "not_found" else refused.code
        language = look_of(request).language
        return self._frame.page(
            request,
            officer,
            "sessions.html",
            sessions=[row_of(language, each) for each in found.sessions],
            channels=sorted(self._services.channels),
            typed=typed,
            query={name: value for name, value in typed.items() if value},
            following=found.next,
            action=PATH,
            csrf=self._forms.token(request, PATH),
            **shown,
        )


def row_of(language: Language, session: SessionTold) -> dict[str, Any]:
    """One session as a row of a table."""
    return {
        "id": session.session_id,
        "person": session.person,
        "device": device_words(language, session.device) if session.device else "",
        "channel": session.channel,
        "methods": " ".join(session.methods),
        "last_seen_at": language.date_and_time(Instant(session.last_seen_at)),
        "is_ended": session.ended_at is not None,
        "apps": ", ".join(session.apps),
        "offline_apps": ", ".join(session.offline_apps),
        "told": [(each.client_id, each.told) for each in session.told],
    }


def _ended(done: Done) -> list[tuple[str, str]]:
    return [(each.client_id, each.told) for each in SessionEnded.model_validate_json(done.answer).apps]


def _wanted(asked: Parameters) -> SearchSessions:
    fields = {name: value for name in (*_FIELDS, "before") if (value := asked.get(name, "").strip())}
    return SearchSessions.model_validate_strings(fields)
