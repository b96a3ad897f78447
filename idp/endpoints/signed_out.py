"""C25: what the apps of a session know of its end, for the browser that has just ended it.

The page asks again by itself while an app is being told: every two seconds without scripts, more quietly with them. It
looks again a few times only, and the browser may look for a few minutes: whoever uses the computer next sees nothing.

Apps that want to hear of it in the browser are loaded in frames that nobody sees (OpenID Connect Front-Channel Logout
1.0 §2); what became of that is not ours to know, so the page says nothing of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from idp.http.html import Html, look_of
from idp.http.request import Request
from idp.http.response import Response, json_response
from idp.model.client import Client
from idp.model.session import Told
from idp.ports import UnitOfWork
from idp.services import Services
from idp.sessions import frontchannel_logout
from idp.sessions.just_ended import PATH, JustEnded, just_ended

LOOKS = 8
"""How often the page asks again; then it says what it knows."""


@dataclass(frozen=True, slots=True)
class App:
    """One app on the page; `address` is where a person may sign out by hand."""

    name: str
    address: str | None
    told: Told


@dataclass(frozen=True, slots=True)
class End:
    """What the page tells of an end.

    Attributes:
        client: the app that the person came from.
        apps: what each app knows.
        frames: the addresses at which apps hear of it in this browser.
        next_look: how often the page will have asked when it asks again; None: it asks no more.
    """

    client: Client | None = None
    apps: Sequence[App] = ()
    frames: Sequence[str] = ()
    next_look: int | None = None


def page(html: Html, request: Request, end: End) -> Response:
    """The page that says that it is over."""
    client = end.client
    home = client.client_uri if client else None
    summary, count = _summary(end.apps)
    return html.page_with_frames(
        request,
        "logged_out.html",
        end.frames,
        client_name=client.client_name if client and home else None,
        back_url=home,
        apps=end.apps,
        summary=summary,
        count=count,
        next_look=None if end.next_look is None else f"{PATH}?look={end.next_look}",
        is_going_on=False,
    )


def passing(html: Html, request: Request, client: Client, frames: Sequence[str], back: str) -> Response:
    """The same on the way back to the app: a redirect would be gone before a frame has loaded.

    A script goes on; without scripts the person presses the button.
    """
    return html.page_with_frames(
        request,
        "logged_out.html",
        frames,
        client_name=client.client_name,
        back_url=back,
        apps=(),
        summary=None,
        count=0,
        next_look=None,
        is_going_on=True,
    )


class SignedOutEndpoint:
    """Serves the page, and its news as JSON for the script on it."""

    def __init__(self, services: Services, html: Html) -> None:
        self._services = services
        self._html = html

    def __call__(self, request: Request) -> Response:
        """By GET; without the cookie of `just_ended`, only that nobody is signed in."""
        known = just_ended(self._services, request)
        if known is None:
            return page(self._html, request, End())
        look = _look(request)
        end = self._end(known, look)
        if "application/json" in request.headers.get("accept", ""):
            return _news(request, end.apps, is_over=end.next_look is None)
        return page(self._html, request, end)

    def _end(self, known: JustEnded, look: int) -> End:
        """The apps of the session, and the one the person came from; after the last look nobody waits any longer."""
        apps, clients = [], []
        with self._services.begin() as unit_of_work:
            for each in unit_of_work.sessions.told(known.session_id):
                client = unit_of_work.clients.get(each.client_id)
                if client is not None:
                    clients.append(client)
                    apps.append(App(client.client_name, client.client_uri, each.told))
            came_from = None if known.client_id is None else unit_of_work.clients.get(known.client_id)
            frames = self._frames(unit_of_work, known, clients) if look == 0 else ()
        if look >= LOOKS:
            apps = [replace(app, told=Told.NOT_REACHED) if app.told is Told.ON_ITS_WAY else app for app in apps]
        is_over = not any(app.told is Told.ON_ITS_WAY for app in apps)
        return End(came_from, apps, frames, None if is_over else look + 1)

    def _frames(self, unit_of_work: UnitOfWork, known: JustEnded, clients: Sequence[Client]) -> Sequence[str]:
        """Where the apps that registered an address hear of it, for a session that has really ended."""
        if all(client.frontchannel_logout_uri is None for client in clients):
            return ()
        session = unit_of_work.sessions.get(known.session_id)
        if session is None or session.ended_at is None:
            return ()
        return frontchannel_logout.addresses(clients, self._services.settings.issuer, session.sid)


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
