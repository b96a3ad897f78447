"""Whoever comes to the console holds a role, has proven it by a passkey, and has not been away for a quarter of an hour.

All of it is looked up anew for each request: whose role was taken away is refused at the next click (threat M13).
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from admin.console.strangers import Strangers
from admin.permissions import FRESH_SECONDS, IDLE_SECONDS
from idp.accounts.work_account import proves_work
from idp.clock import Instant, after
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.model.account import AccountKind
from idp.model.client import CONSOLE_CLIENT, Client, ClientStatus, Profile
from idp.model.office import OFFICERS, Appointment, Role
from idp.model.session import Session, Visitor
from idp.registration.own_app import OwnApp, back_to, wanted_by
from idp.services import Services
from idp.sessions.resume import resume

HOME = "/console"
SIGNED_IN = f"{HOME}/signed-in"


@dataclass(frozen=True, slots=True)
class Officer:
    """Whoever is at the console, and the role they hold."""

    visitor: Visitor
    appointment: Appointment


ConsolePage = Callable[..., Response]
"""A handler that is given the request, its officer and the parts of its path."""


class Entrance:
    """Lets those who hold a role through, and leads the others to the sign-in, or tells them that this is not for them."""

    def __init__(self, services: Services, strangers: Strangers) -> None:
        self._services = services
        self._strangers = strangers
        self._app = OwnApp(services, _console(f"{services.settings.issuer}{SIGNED_IN}"))

    def guarded(
        self, handler: ConsolePage, roles: Collection[Role] = OFFICERS, *, is_fresh: bool = False
    ) -> Callable[..., Response]:
        """The handler for whoever holds one of these roles; `is_fresh` wants a sign-in of the last five minutes."""

        def view(request: Request, **arguments: object) -> Response:
            now, services = self._services.clock(), self._services
            cookie = services.cookies.read(request.cookies, "session")
            with services.begin() as unit_of_work:
                visitor = resume(unit_of_work, cookie, services.channels, now)
                held = None if visitor is None else unit_of_work.appointments.of(visitor.account.id)
            if visitor is not None and (visitor.account.kind is not AccountKind.WORK or held is None):
                return self._strangers.without_role(request)
            if visitor is None or held is None or not self._is_awake(visitor.session, now):
                return self._lead_in(request, now, {"max_age": str(IDLE_SECONDS)})
            if held.role not in roles:
                return self._strangers.of_another_role(request, held.role)
            if not proves_work(self._services, visitor.session.methods):
                return self._lead_in(request, now, {"prompt": "login"})
            if is_fresh and now > after(visitor.session.auth_time, FRESH_SECONDS):
                return self._lead_in(request, now, {"max_age": str(FRESH_SECONDS)})
            return handler(request, Officer(visitor, held), **arguments)

        return view

    @staticmethod
    def back(request: Request) -> Response:
        """Where the door sends people when they are signed in: on to the page that they wanted."""
        return see_other(back_to(request, HOME, SIGNED_IN))

    def sign_in(self, request: Request) -> Response:
        """To the sign-in, whoever is signed in here: perhaps with an account of their own."""
        del request
        return see_other(self._app.lead_in(HOME, self._services.clock(), {"prompt": "login"}))

    def _lead_in(self, request: Request, now: Instant, asked: Mapping[str, str]) -> Response:
        return see_other(self._app.lead_in(wanted_by(request), now, asked))

    def _is_awake(self, session: Session, now: Instant) -> bool:
        """Whether they signed in or did something within the quarter of an hour; a lost mark costs a sign-in."""
        ephemeral, mark = self._services.ephemeral, f"console:{session.sid}"
        last = max(Instant(int(ephemeral.get(mark) or 0)), session.auth_time)
        if now > after(last, IDLE_SECONDS):
            return False
        ephemeral.put(mark, str(now).encode(), IDLE_SECONDS)
        return True


def _console(redirect_uri: str) -> Client:
    return Client(
        client_id=CONSOLE_CLIENT,
        client_name="管理台",
        channel="website",
        profile=Profile.GOV_STANDARD,
        status=ClientStatus.ACTIVE,
        sector="console",
        redirect_uris=(redirect_uri,),
        token_endpoint_auth_method="none",
        id_token_signed_response_alg="ES256",
        asks_consent=False,
        signs_in_staff=True,
    )
