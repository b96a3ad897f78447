"""C19: where the person is signed in and which browsers know them, and the way out of each."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint

from idp.clock import Instant
from idp.http.device_name import device_words
from idp.http.html import Html, look_of
from idp.http.languages import Language
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.model.known_device import KnownDevice
from idp.model.numbered_secret import MAX_DIGITS
from idp.model.session import Session, Visitor
from idp.pages.account._entrance import Entrance
from idp.pages.account._words import channel_words, device_icon
from idp.services import Services
from idp.sessions.csrf import Forms
from idp.sessions.end import end
from idp.sessions.just_ended import PATH as SIGNED_OUT
from idp.sessions.just_ended import remember
from idp.sessions.known_devices import COOKIE, KnownDevices, forget
from idp.sessions.living import living_of
from idp.web import new_blueprint, page

PATH = "/me/devices"
_DONE = ("one", "others", "forgotten", "all_forgotten")


def blueprint(services: Services, html: Html) -> Blueprint:
    """The page `/me/devices`."""
    pages, entrance, devices = new_blueprint("devices"), Entrance(services), DevicePages(services, html)
    for method, view in (("GET", devices.show), ("POST", devices.take)):
        guarded = page(entrance.guarded(view))
        pages.add_url_rule(PATH, view.__name__, guarded, methods=[method], provide_automatic_options=False)
    return pages


class DevicePages:
    """Shows living sessions, and ends them so that their apps hear of it."""

    def __init__(self, services: Services, html: Html) -> None:
        self._services = services
        self._html = html
        self._forms = Forms(services)
        self._known = KnownDevices(services)

    def show(self, request: Request, visitor: Visitor) -> Response:
        """Every device, this one first."""
        done = request.parameters.get("done", "")
        return self._page(request, visitor, done=done if done in _DONE else None)

    def take(self, request: Request, visitor: Visitor) -> Response:
        """Sign out one (`device` is its `sid`), all others, or all; a device of another person is none of these.

        Or have us forget a browser (`known` is its number), or all of them; out of everywhere forgets all of them, too.
        """
        if not self._forms.is_genuine(request, PATH):
            return self._page(request, visitor, is_stale=True)
        action = request.form.get("action", "")
        now = self._services.clock()
        if action in {"forget", "forget_all"}:
            return self._forget(
                visitor, None if action == "forget_all" else _number(request.form.get("known", "")), now
            )
        with self._services.begin() as unit_of_work:
            living = living_of(unit_of_work, visitor.account.id, self._services.channels, now)
            ending = _meant(living, action, request.form.get("device", ""), visitor.session)
            for session in ending:
                end(unit_of_work, session, now)
            if action == "all":
                forget(unit_of_work, visitor, None, now)
            unit_of_work.commit()
        if any(session.id == visitor.session.id for session in ending):
            cookie = remember(self._services, visitor.session.id, None, now)
            return see_other(SIGNED_OUT, cookie, self._services.cookies.forget("session"))
        return see_other(f"{PATH}?done={'one' if action == 'one' else 'others'}" if ending else PATH)

    def _forget(self, visitor: Visitor, device_id: int | None, now: Instant) -> Response:
        with self._services.begin() as unit_of_work:
            forgotten = forget(unit_of_work, visitor, device_id, now)
            unit_of_work.commit()
        if not forgotten:
            return see_other(PATH)
        return see_other(f"{PATH}?done={'all_forgotten' if device_id is None else 'forgotten'}")

    def _page(self, request: Request, visitor: Visitor, **context: Any) -> Response:
        language = look_of(request).language
        with self._services.begin() as unit_of_work:
            now = self._services.clock()
            living = living_of(unit_of_work, visitor.account.id, self._services.channels, now)
            known = self._known.listed(unit_of_work, visitor.account.id, now)
            cookie = self._services.cookies.read(request.cookies, COOKIE)
            here = self._known.find(unit_of_work, cookie, visitor.account.id, now)
        living.sort(key=lambda session: session.id != visitor.session.id)
        return self._html.page(
            request,
            "devices.html",
            devices=[shown(language, session, visitor.session) for session in living],
            others=sum(session.id != visitor.session.id for session in living),
            known=[_known(language, each, here) for each in known],
            csrf=self._forms.token(request, PATH),
            **({"done": None} | context),
        )


def shown(language: Language, session: Session, current: Session) -> dict[str, Any]:
    """A session as a row of a page."""
    return {
        "sid": session.sid,
        "name": device_words(language, session.device),
        "icon": device_icon(session.device),
        "channel": channel_words(language, session.channel),
        "signed_in_at": language.date_and_time(session.auth_time),
        "last_seen_at": language.date_and_time(session.last_seen_at),
        "is_this": session.id == current.id,
        "is_shared": session.is_shared_device,
    }


def _known(language: Language, known: KnownDevice, here: KnownDevice | None) -> dict[str, Any]:
    return {
        "id": known.id,
        "name": device_words(language, known.device),
        "icon": device_icon(known.device),
        "first_seen_at": language.date_and_time(known.first_seen_at),
        "last_seen_at": language.date_and_time(known.last_seen_at),
        "is_this": here is not None and known.id == here.id,
    }


def _number(written: str) -> int:
    """Zero, which is nobody's, for what is no number."""
    return int(written) if written.isascii() and written.isdigit() and len(written) <= MAX_DIGITS else 0


def _meant(living: Sequence[Session], action: str, sid: str, current: Session) -> list[Session]:
    if action == "one":
        return [session for session in living if session.sid == sid]
    if action == "others":
        return [session for session in living if session.id != current.id]
    return list(living) if action == "all" else []
