"""P6: who acts for whom, of a person and of an organisation; each is stopped here at once, as the hotline does for who calls."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint
from pydantic import ValidationError

from admin.console.acting import Acts
from admin.console.entrance import HOME, Entrance, Officer
from admin.console.frame import Frame
from admin.console.people import PATH as PEOPLE
from admin.operations.mandates import (
    END_MANDATE,
    END_MANDATES,
    LIST_MANDATES,
    SHOW_ORGANIZATION,
    MandateList,
    MandateTold,
    OneOrganization,
    OrganizationTold,
)
from admin.operations.people import OnePerson
from idp.clock import Instant
from idp.errors import Refused
from idp.http.html import look_of
from idp.http.languages import Language
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.services import Services
from idp.sessions.csrf import Forms
from idp.web import routed

ORGANIZATIONS = f"{HOME}/organizations"


def blueprint(services: Services, frame: Frame, entrance: Entrance) -> Blueprint:
    """`/console/people/<uid>/mandates` and `/console/organizations`."""
    view, does = MandatePages(services, frame), LIST_MANDATES.does
    path = f"{PEOPLE}/<uid>/mandates"
    return routed(
        "mandates",
        (path, "GET", entrance.guarded(view.of_person, does)),
        (path, "POST", entrance.guarded(view.stop_of_person, does)),
        (ORGANIZATIONS, "GET", entrance.guarded(view.of_organization, SHOW_ORGANIZATION.does)),
        (ORGANIZATIONS, "POST", entrance.guarded(view.stop_of_organization, SHOW_ORGANIZATION.does)),
    )


class MandatePages:
    """Lists them, and stops them."""

    def __init__(self, services: Services, frame: Frame) -> None:
        self._frame = frame
        self._acts = Acts(services)
        self._forms = Forms(services)

    def of_person(self, request: Request, officer: Officer, uid: str, problem: str | None = None) -> Response:
        """On either side of which the person stands."""
        try:
            found = self._acts.read(officer, LIST_MANDATES, OnePerson(uid=uid), MandateList)
        except (Refused, ValueError):
            return see_other(PEOPLE)
        path = _path(uid)
        return self._frame.page(
            request,
            officer,
            "mandates.html",
            back_url=f"{PEOPLE}/{uid}",
            mandates=_rows(look_of(request).language, found.mandates),
            action=path,
            csrf=self._forms.token(request, path),
            problem=problem,
        )

    def stop_of_person(self, request: Request, officer: Officer, uid: str) -> Response:
        """One of them, named by the form."""
        if not self._forms.is_genuine(request, _path(uid)):
            return self.of_person(request, officer, uid, "stale")
        outcome = self._acts.do(officer, END_MANDATE, request.form)
        return (
            self.of_person(request, officer, uid, outcome.code)
            if isinstance(outcome, Refused)
            else see_other(_path(uid))
        )

    def of_organization(
        self, request: Request, officer: Officer, problem: str | None = None, typed: str | None = None
    ) -> Response:
        """The one whose code was typed, if somebody has entered it."""
        code = (request.parameters.get("code", "") if typed is None else typed).strip().upper()
        found, language = None, look_of(request).language
        if code:
            try:
                found = self._acts.read(officer, SHOW_ORGANIZATION, OneOrganization(code=code), OrganizationTold)
            except (Refused, ValidationError):
                problem = problem or "not_found"
        return self._frame.page(
            request,
            officer,
            "organizations.html",
            code=code[:40],
            organization=None if found is None else _words(language, found),
            mandates=[] if found is None else _rows(language, found.mandates),
            action=ORGANIZATIONS,
            csrf=self._forms.token(request, ORGANIZATIONS),
            problem=problem,
        )

    def stop_of_organization(self, request: Request, officer: Officer) -> Response:
        """One of its mandates, or all."""
        code = request.form.get("code", "")
        if not self._forms.is_genuine(request, ORGANIZATIONS):
            return self.of_organization(request, officer, "stale", code)
        operation = END_MANDATES if request.form.get("act") == "end_all" else END_MANDATE
        outcome = self._acts.do(officer, operation, request.form)
        problem = outcome.code if isinstance(outcome, Refused) else None
        return self.of_organization(request, officer, problem, code)


def _path(uid: str) -> str:
    return f"{PEOPLE}/{uid}/mandates"


def _words(language: Language, told: OrganizationTold) -> dict[str, Any]:
    moments = {name: getattr(told, name) for name in ("checked_at", "changed_at")}
    words = {name: language.date_and_time(Instant(at)) if at else "" for name, at in moments.items()}
    return {**told.model_dump(), **words}


def _rows(language: Language, mandates: Sequence[MandateTold]) -> list[dict[str, Any]]:
    return [_row(language, each) for each in mandates]


def _row(language: Language, told: MandateTold) -> dict[str, Any]:
    """Moments in words, or empty; `services` as one text each, None for all that may be done for others."""
    names = ("granted_at", "accepted_at", "valid_until", "used_at", "ended_at")
    moments = {name: getattr(told, name) for name in names}
    words = {name: language.date_and_time(Instant(at)) if at else "" for name, at in moments.items()}
    services = told.services and [
        each.client_id if each.matters is None else f"{each.client_id}: {' '.join(each.matters)}"
        for each in told.services
    ]
    return {**told.model_dump(), **words, "services": services}
