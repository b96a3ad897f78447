"""C01, the first page of a sign-in: who the person is."""

from flask import Blueprint

from idp.http.error_page import ErrorPages
from idp.http.html import Html
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.interaction.known_here import PersonHere, people_here
from idp.interaction.who import Who
from idp.pages.sign_in.message_code import MessageCodeStep
from idp.pages.sign_in.step import Step
from idp.pages.sign_in.visit import Visit
from idp.services import Services
from idp.sessions import known_devices
from idp.sessions.known_devices import KnownDevices
from idp.web import routed
from realnames.identifiers.refusal import IdentifierRefused


def blueprint(services: Services, html: Html, errors: ErrorPages) -> Blueprint:
    """The page `/s/<handle>`."""
    step = NameStep(services, html, errors)
    return routed(
        "name",
        ("/s/<handle>", "GET", step.ask),
        ("/s/<handle>", "POST", step.take),
    )


class NameStep(Step):
    """Takes down who the person says to be; it tells nobody whether there is such an account (threat G01)."""

    def __init__(self, services: Services, html: Html, errors: ErrorPages) -> None:
        super().__init__(services, html, errors)
        self._who = Who(services)
        self._codes = MessageCodeStep(services, html, errors)

    def ask(self, request: Request, handle: str) -> Response:
        """C01; who has signed in since, in another tab or before going back, may not need it any more."""
        visit = self._visits.find(request, handle)
        if visit.session is not None and "again" not in request.parameters:
            return see_other(f"/authorize/{handle}")  # the one door decides; when it asks again, it says so
        is_free = "other" not in request.parameters and not visit.interaction.request.login_hint
        people = self._people(visit) if is_free else []
        return self._known(visit, people) if people else self._shown(visit)

    def take(self, request: Request, handle: str) -> Response:
        """Take the name, then go to the proof that was chosen."""
        visit = self._visits.find(request, handle)
        form = request.form
        typed = form.get("username", "").strip()
        if "forget" in form or ("as" in form and not typed):
            return self._take_known(visit, form.get("as"))
        if not self._visits.is_genuine(visit):
            return self._shown(visit, is_stale=True, username=typed)
        is_shared = form.get("shared") == "1"
        try:
            named = self._who.name(visit.interaction, typed, visit.now, is_shared_device=is_shared)
        except IdentifierRefused:
            problem = "malformed" if typed else "empty"
            return self._shown(visit, problem=problem, username=typed[:64], is_shared=is_shared)
        handle = self._visits.interactions.save(named)
        if form.get("way", visit.ways[0]) == "code" and visit.can_send_codes:
            return self._codes.send(self._visits.find(request, handle), first_page=self._shown)
        return see_other(f"/s/{handle}/password")

    # ── who is known on this browser ──

    def _people(self, visit: Visit) -> list[PersonHere]:
        cookie = self._device_cookie(visit)
        if cookie is None:
            return []
        with self._services.begin() as unit_of_work:
            return people_here(self._services, unit_of_work, cookie, visit.now)

    def _take_known(self, visit: Visit, uid: str | None) -> Response:
        """On to the proof that this person gave here the last time; or forget everybody on this browser."""
        people = self._people(visit)
        if not self._visits.is_genuine(visit):
            return self._known(visit, people, is_stale=True) if people else self._shown(visit, is_stale=True)
        if uid is None:
            self._forget_everybody(visit)
            return see_other(_form_url(visit), self._services.cookies.forget(known_devices.COOKIE))
        person = next((each for each in people if each.uid == uid), None)
        if person is None:  # forgotten in another tab
            return see_other(_form_url(visit))
        is_shared = visit.request.form.get("shared") == "1"
        handle = self._visits.interactions.save(
            self._who.name_again(visit.interaction, person, is_shared_device=is_shared)
        )
        way = _way_of(visit, person)
        if way == "code":
            return self._codes.send(self._visits.find(visit.request, handle))
        return see_other(f"/s/{handle}/{way}")

    def _forget_everybody(self, visit: Visit) -> None:
        with self._services.begin() as unit_of_work:
            KnownDevices(self._services).forget_here(unit_of_work, self._device_cookie(visit), visit.now)
            unit_of_work.commit()

    def _known(self, visit: Visit, people: list[PersonHere], **context: object) -> Response:
        if visit.session is not None:
            context["reason"] = "again"
        urls = {"action": f"/s/{visit.handle}", "ways": visit.ways}
        shown = [{"uid": each.uid, "label": each.label, "way": _way_of(visit, each)} for each in people]
        return self._page(visit, "known.html", people=shown, **urls, **context)

    # ── who types a number ──

    def _shown(self, visit: Visit, **context: object) -> Response:
        if visit.session is not None:
            context.setdefault("reason", "again")
        hint = visit.interaction.request.login_hint or ""
        if visit.login is not None:
            context.setdefault("is_shared", visit.login.is_shared_device)
        context.setdefault("username", hint[:64])
        register_url = f"/s/{visit.handle}/register?again=1" if visit.can_send_codes else None
        passkey_url = f"/s/{visit.handle}/passkey" if visit.can_use_passkeys else None
        card_url = f"/s/{visit.handle}/card" if visit.can_use_cards else None
        urls = {"action": f"/s/{visit.handle}", "register_url": register_url, "passkey_url": passkey_url}
        urls["card_url"] = card_url
        return self._page(visit, "sign_in.html", ways=visit.ways, **urls, **context)


def _form_url(visit: Visit) -> str:
    return f"/s/{visit.handle}?again=1&other=1"


def _way_of(visit: Visit, person: PersonHere) -> str:
    """How the person goes on: as the last time, where that works here and now."""
    return person.way if person.way in visit.all_ways else visit.ways[0]
