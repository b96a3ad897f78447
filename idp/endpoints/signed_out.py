"""C25: what the apps of a session know of its end, for the browser that has just ended it.

The page asks again by itself while an app is being told: every two seconds without scripts, more quietly with them. It
looks again a few times only, and the browser may look for a few minutes: whoever uses the computer next sees nothing.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from idp.clock import Instant, after
from idp.http.html import Html, look_of
from idp.http.request import Request
from idp.http.response import Response, json_response
from idp.jose import base64url, from_base64url
from idp.model.client import Client
from idp.model.session import Told
from idp.services import Services

PATH = "/signed-out"
LOOKS = 8
"""How often the page asks again; then it says what it knows."""
SECONDS = 180
_COOKIE = "signed_out"
_PURPOSE = "signed_out"


@dataclass(frozen=True, slots=True)
class App:
    """One app on the page; `address` is where a person may sign out by hand."""

    name: str
    address: str | None
    told: Told


@dataclass(frozen=True, slots=True)
class Known:
    """What the cookie says: which session ended, and the app the person came from."""

    session_id: int
    client_id: str | None


def remember(services: Services, session_id: int, client_id: str | None, at: Instant) -> tuple[str, str]:
    """The Set-Cookie header by which this browser, and no other, may ask about the session that it ended."""
    sealed = services.cipher.seal(_PURPOSE, json.dumps([session_id, client_id, at]).encode())
    return services.cookies.set(_COOKIE, base64url(sealed), SECONDS)


def page(
    html: Html, request: Request, client: Client | None, apps: Sequence[App] = (), next_look: int | None = None
) -> Response:
    """The page that says that it is over."""
    home = client.client_uri if client else None
    summary, count = _summary(apps)
    return html.page(
        request,
        "logged_out.html",
        client_name=client.client_name if client and home else None,
        back_url=home,
        apps=apps,
        summary=summary,
        count=count,
        next_look=None if next_look is None else f"{PATH}?look={next_look}",
    )


class SignedOutEndpoint:
    """Serves the page, and its news as JSON for the script on it."""

    def __init__(self, services: Services, html: Html) -> None:
        self._services = services
        self._html = html

    def __call__(self, request: Request) -> Response:
        """By GET; without the cookie of `remember`, only that nobody is signed in."""
        known = self._known(request)
        if known is None:
            return page(self._html, request, None)
        look = _look(request)
        apps, client = self._apps(known, is_last=look >= LOOKS)
        is_over = not any(app.told is Told.ON_ITS_WAY for app in apps)
        if "application/json" in request.headers.get("accept", ""):
            return _news(request, apps, is_over=is_over)
        return page(self._html, request, client, apps, None if is_over else look + 1)

    def _known(self, request: Request) -> Known | None:
        jar = self._services.cookies
        if jar.read(request.cookies, "session") is not None:  # somebody has signed in since: it may be another person
            return None
        cookie = jar.read(request.cookies, _COOKIE) or ""
        try:
            sealed = from_base64url(cookie)
        except ValueError:
            return None
        opened = self._services.cipher.open(_PURPOSE, sealed)
        if opened is None:
            return None
        session_id, client_id, at = json.loads(opened)
        return Known(session_id, client_id) if self._services.clock() < after(at, SECONDS) else None

    def _apps(self, known: Known, *, is_last: bool) -> tuple[Sequence[App], Client | None]:
        """The apps of the session, and the one the person came from; after the last look nobody waits any longer."""
        apps = []
        with self._services.begin() as unit_of_work:
            for each in unit_of_work.sessions.told(known.session_id):
                client = unit_of_work.clients.get(each.client_id)
                if client is not None:
                    apps.append(App(client.client_name, client.client_uri, each.told))
            came_from = None if known.client_id is None else unit_of_work.clients.get(known.client_id)
        if is_last:
            apps = [replace(app, told=Told.NOT_REACHED) if app.told is Told.ON_ITS_WAY else app for app in apps]
        return apps, came_from


def _look(request: Request) -> int:
    """How often this page has asked already; whoever writes nonsense there has seen enough."""
    text = request.parameters.get("look", "0")
    return int(text) if len(text) < 3 and text.isascii() and text.isdigit() else LOOKS


def _news(request: Request, apps: Sequence[App], *, is_over: bool) -> Response:
    """What the script on the page shows."""
    summary, count = _summary(apps)
    words = str(look_of(request).language.text(f"logged_out.{summary}", count=count)) if summary else ""
    news = {"apps": [app.told for app in apps], "summary": words, "is_over": is_over}
    return json_response(200, news, ("Vary", "Cookie, Accept, Accept-Language"))


def _summary(apps: Sequence[App]) -> tuple[str | None, int]:
    """What is said of all apps together, and of how many; None without any."""
    under_way = sum(app.told is Told.ON_ITS_WAY for app in apps)
    still_open = sum(app.told in {Told.NOT_REACHED, Told.NOT_TOLD} for app in apps)
    if under_way:
        return "under_way", under_way
    if still_open:
        return "some_open", still_open
    return ("all_heard", len(apps)) if apps else (None, 0)
