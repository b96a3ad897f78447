"""A1: the auditor searches the log, and goes from an event to its person, officer and app, and back."""

from datetime import date
from typing import Any

from flask import Blueprint
from pydantic import ValidationError

from admin.console.acting import Acts
from admin.console.entrance import HOME, Entrance, Officer
from admin.console.frame import Frame
from admin.operations.events import SEARCH_EVENTS, SHOW_EVENT, EventList, EventTold, OneEvent, SearchEvents
from idp.clock import Instant, in_china, midnight_in_china
from idp.errors import Refused
from idp.events import Action
from idp.http.html import look_of
from idp.http.request import Parameters, Request
from idp.http.response import Response, see_other
from idp.services import Services
from idp.web import routed

PATH = f"{HOME}/log"
_FIELDS = ("actor", "person", "action", "client_id", "since", "until")


def blueprint(services: Services, frame: Frame, entrance: Entrance) -> Blueprint:
    """`/console/log` and one event."""
    view = LogPages(services, frame)
    return routed(
        "log",
        (PATH, "GET", entrance.guarded(view.search, SEARCH_EVENTS.does)),
        (f"{PATH}/<int:event_id>", "GET", entrance.guarded(view.show, SHOW_EVENT.does)),
    )


class LogPages:
    """Nothing here changes anything; a search is an address that can be kept."""

    def __init__(self, services: Services, frame: Frame) -> None:
        self._frame = frame
        self._acts = Acts(services)

    def search(self, request: Request, officer: Officer) -> Response:
        """A page of what was written down."""
        typed = {name: request.parameters.get(name, "").strip() for name in _FIELDS}
        problem, found = None, EventList(events=[], next=None)
        try:
            found = self._acts.read(officer, SEARCH_EVENTS, _wanted(request.parameters), EventList)
        except (ValidationError, ValueError):
            problem = "invalid_request"
        except Refused as refused:
            problem = refused.code
        language = look_of(request).language
        return self._frame.page(
            request,
            officer,
            "log.html",
            events=[{**each.model_dump(), "time": language.date_and_time(Instant(each.at))} for each in found.events],
            actions=[action.value for action in Action],
            typed=typed,
            query={name: value for name, value in typed.items() if value},
            following=found.next,
            problem=problem,
        )

    def show(self, request: Request, officer: Officer, event_id: int) -> Response:
        """One event, whole."""
        try:
            found = self._acts.read(officer, SHOW_EVENT, OneEvent(event_id=event_id), EventTold)
        except (Refused, ValueError):
            return see_other(PATH)
        members: dict[str, Any] = found.model_dump()
        moment = in_china(Instant(found.at))
        return self._frame.page(
            request,
            officer,
            "event.html",
            event=found.model_dump(),
            members=[
                (name, str(value)) for name, value in members.items() if value not in (None, "", {}) and name != "data"
            ],
            data=[(name, _lines(value)) for name, value in found.data.items()],
            moment=moment.isoformat(),
        )


def _wanted(parameters: Parameters) -> SearchEvents:
    """Days are those of the city; `until` is the last one that is meant."""
    fields = {
        name: value
        for name in ("actor", "person", "action", "client_id", "before")
        if (value := parameters.get(name, "").strip())
    }
    for name, days in (("since", 0), ("until", 1)):
        if day := parameters.get(name, "").strip():
            fields[name] = str(midnight_in_china(date.fromisoformat(day)) + days * 86_400)
    return SearchEvents.model_validate_strings(fields)


def _lines(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]
