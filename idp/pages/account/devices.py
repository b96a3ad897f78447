"""C19: where the person is signed in, and the way out of each place."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint

from idp.http.device_name import device_words
from idp.http.html import Html, look_of
from idp.http.languages import Language
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.model.session import Session, Visitor
from idp.pages.account._entrance import Entrance
from idp.pages.account._forms import Forms
from idp.pages.account._words import channel_words, device_icon
from idp.services import Services
from idp.sessions.end import end
from idp.sessions.living import living_of
from idp.web import new_blueprint, page

PATH = "/me/devices"
SIGNED_OUT = "/signed-out"
_DONE = ("one", "others")


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

    def show(self, request: Request, visitor: Visitor) -> Response:
        """Every device, this one first."""
        done = request.parameters.get("done", "")
        return self._page(request, visitor, done=done if done in _DONE else None)

    def take(self, request: Request, visitor: Visitor) -> Response:
        """Sign out one (`device` is its `sid`), all others, or all; a device of another person is none of these."""
        if not self._forms.is_genuine(request, PATH):
            return self._page(request, visitor, is_stale=True)
        action = request.form.get("action", "")
        now = self._services.clock()
        with self._services.begin() as unit_of_work:
            living = living_of(unit_of_work, visitor.account.id, self._services.channels, now)
            ending = _meant(living, action, request.form.get("device", ""), visitor.session)
            for session in ending:
                end(unit_of_work, session, now)
            unit_of_work.commit()
        if any(session.id == visitor.session.id for session in ending):
            return see_other(SIGNED_OUT, self._services.cookies.forget("session"))
        return see_other(f"{PATH}?done={'one' if action == 'one' else 'others'}" if ending else PATH)

    def _page(self, request: Request, visitor: Visitor, **context: Any) -> Response:
        language = look_of(request).language
        with self._services.begin() as unit_of_work:
            now = self._services.clock()
            living = living_of(unit_of_work, visitor.account.id, self._services.channels, now)
        living.sort(key=lambda session: session.id != visitor.session.id)
        return self._html.page(
            request,
            "devices.html",
            devices=[shown(language, session, visitor.session) for session in living],
            others=sum(session.id != visitor.session.id for session in living),
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


def _meant(living: Sequence[Session], action: str, sid: str, current: Session) -> list[Session]:
    if action == "one":
        return [session for session in living if session.sid == sid]
    if action == "others":
        return [session for session in living if session.id != current.id]
    return list(living) if action == "all" else []
