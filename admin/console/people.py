"""P6: a person is found by what they hold or by name and birth year, seen masked, uncovered one thing at a time, stopped and let go on."""

from typing import Any

from flask import Blueprint

from admin.console.acting import Acts
from admin.console.drafts import PATH as DRAFTS
from admin.console.entrance import HOME, Entrance, Officer
from admin.console.frame import Frame
from admin.console.sessions import row_of
from admin.operations.people import (
    CLOSE,
    EMPLOY,
    FIND_PERSON,
    FREEZE,
    REVEAL,
    SHOW_PERSON,
    UNFREEZE,
    FoundPerson,
    Member,
    OnePerson,
    PersonTold,
    Revealed,
    Why,
)
from admin.operations.people_search import SEARCH_PEOPLE, NamesakeList
from admin.operations.recovery import ISSUE_SLIP
from admin.operations.sessions import END_SESSION, SEARCH_SESSIONS, SearchSessions, SessionList
from admin.perform import Done, Drafted
from idp.accounts.status import Reason
from idp.clock import Instant
from idp.errors import Refused
from idp.http.html import look_of
from idp.http.languages import Language
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.services import Services
from idp.sessions.csrf import Forms
from idp.web import routed

PATH = f"{HOME}/people"
ACTS = {
    "freeze": FREEZE,
    "unfreeze": UNFREEZE,
    "close": CLOSE,
    "employ": EMPLOY,
    "slip": ISSUE_SLIP,
    "reveal": REVEAL,
    "end": END_SESSION,
}
TYPED = ("name", "birth_year")
_MOMENTS = ("proofed_at", "staff_since", "created_at", "capped_until")
SHOWN = (
    *("level", "proofing", "proofed_at", "name", "documents", "phone", "email", "methods", "created_at"),
    *("staff_since", "capped_until", "unusual", "sectors"),
)


def blueprint(services: Services, frame: Frame, entrance: Entrance) -> Blueprint:
    """`/console/people` and one of them."""
    view, does = PersonPages(services, frame), FIND_PERSON.does
    return routed(
        "people",
        (PATH, "GET", entrance.guarded(view.ask, does)),
        (PATH, "POST", entrance.guarded(view.find, does)),
        (f"{PATH}/<uid>", "GET", entrance.guarded(view.show, does)),
        (f"{PATH}/<uid>", "POST", entrance.guarded(view.act, does)),
    )


class PersonPages:
    """The person reads each look at themselves, and each page says so."""

    def __init__(self, services: Services, frame: Frame) -> None:
        self._frame = frame
        self._highest = services.settings.recovery.slip_level
        self._acts = Acts(services)
        self._forms = Forms(services)

    def ask(self, request: Request, officer: Officer, problem: str | None = None, **context: Any) -> Response:
        """Whom are you looking for? Above the forms stands who has the name that was typed."""
        return self._frame.page(
            request,
            officer,
            "find_person.html",
            action=PATH,
            csrf=self._forms.token(request, PATH),
            problem=problem,
            **{"typed": dict.fromkeys(TYPED, ""), "found": None, **context},
        )

    def find(self, request: Request, officer: Officer) -> Response:
        """To the page of whoever holds it; number and name stay in the form, out of every address."""
        if not self._forms.is_genuine(request, PATH):
            return self.ask(request, officer, "stale")
        if "name" in request.form:
            return self._search(request, officer)
        outcome = self._acts.do(officer, FIND_PERSON, request.form)
        if isinstance(outcome, Refused):
            return self.ask(request, officer, outcome.code)
        assert isinstance(outcome, Done)  # nothing that is read waits for a second person
        return see_other(f"{PATH}/{FoundPerson.model_validate_json(outcome.answer).uid}")

    def _search(self, request: Request, officer: Officer) -> Response:
        """A page of those who have the name and the year."""
        typed = {name: request.form.get(name, "") for name in TYPED}
        outcome = self._acts.do(officer, SEARCH_PEOPLE, request.form)
        if isinstance(outcome, Refused):
            problem = "whole_name" if outcome.code == "invalid_request" else outcome.code
            return self.ask(request, officer, problem, typed=typed)
        assert isinstance(outcome, Done)  # nothing that is read waits for a second person
        return self.ask(request, officer, typed=typed, found=NamesakeList.model_validate_json(outcome.answer))

    def show(self, request: Request, officer: Officer, uid: str, **context: Any) -> Response:
        """Masked, with the sessions, those that live on in an app among them."""
        try:
            person = self._acts.read(officer, SHOW_PERSON, OnePerson(uid=uid), PersonTold).person
            found = self._acts.read(officer, SEARCH_SESSIONS, SearchSessions(person=uid), SessionList)
        except (Refused, ValueError):
            return see_other(PATH)
        language, path = look_of(request).language, f"{PATH}/{uid}"
        shown = {"problem": None, "revealed": None, **context}
        return self._frame.page(
            request,
            officer,
            "person.html",
            uid=uid,
            account_status=person["status"],
            title_name=person["name"] or uid,
            facts=[(name, _words(language, name, person[name])) for name in SHOWN if person[name]],
            sessions=[row_of(language, each) for each in found.sessions],
            members=[member.value for member in Member],
            whys=[why.value for why in Why],
            reasons=[reason.value for reason in Reason],
            is_staff=person["staff_since"] is not None,
            slip_levels=list(range(self._highest, 0, -1)),
            action=path,
            csrf=self._forms.token(request, path),
            **shown,
        )

    def act(self, request: Request, officer: Officer, uid: str) -> Response:
        """Uncover one thing, stop the account or let it go on, end a session."""
        path = f"{PATH}/{uid}"
        operation = ACTS.get(request.form.get("act", ""))
        if operation is None or not self._forms.is_genuine(request, path):
            return self.show(request, officer, uid, problem="stale")
        named = {"session_id": request.form.get("session_id", "")} if operation is END_SESSION else {"uid": uid}
        outcome = self._acts.do(officer, operation, request.form, **named)
        if isinstance(outcome, Refused):
            return self.show(request, officer, uid, problem=outcome.code)
        if isinstance(outcome, Drafted):
            return see_other(f"{DRAFTS}/{outcome.draft.id}")
        if operation is REVEAL:
            values = Revealed.model_validate_json(outcome.answer).values
            return self.show(request, officer, uid, revealed={"member": request.form["member"], "values": values})
        return see_other(path)


def _words(language: Language, name: str, value: Any) -> str:
    if name in _MOMENTS:
        return str(language.date_and_time(Instant(value)))
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
