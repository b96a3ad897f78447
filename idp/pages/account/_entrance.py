"""Whoever comes to the account pages is signed in first, on the same way as for any app.

Only with an account of their own: what a work account is opened by, no page for citizens changes.
"""

from collections.abc import Callable

from idp.accounts.held import held_by
from idp.clock import Instant, after
from idp.http.cookies import BROWSER_COOKIE
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.interaction.handles import Interactions, begin
from idp.interaction.second_proof import NO_CLIMB, ask_second, methods_left, page_of
from idp.model.account import AccountKind
from idp.model.client import ACCOUNT_CLIENT, Client, ClientStatus, Profile
from idp.model.policy import NEVER_ALONE
from idp.model.session import Visitor
from idp.registration.own_app import OwnApp, back_to, wanted_by
from idp.services import Services
from idp.sessions.resume import resume

SIGNED_IN = "/me/signed-in"
CONSOLE = "/console"
"""Where work accounts belong."""
FRESH_SECONDS = 600
"""How old a sign-in may be before something that cannot be taken back."""
_FRESH = {"max_age": str(FRESH_SECONDS)}

AccountPage = Callable[..., Response]
"""A handler that is given the request, its visitor and the parts of its path."""


class Entrance:
    """Lets people who are signed in through, and leads the others to the sign-in and back."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._app = OwnApp(services, _account(f"{services.settings.issuer}{SIGNED_IN}"))

    def guarded(
        self, handler: AccountPage, *, is_fresh: bool = False, is_strong: bool = False
    ) -> Callable[..., Response]:
        """The handler behind the entrance; `is_fresh` wants a sign-in of the last ten minutes.

        `is_strong` wants proofs of two kinds from who has two: who holds a phone alone, or knows a password alone, must
        not be able to make themselves the other one (threat H05).

        A form that was sent too late leads to its page by way of the sign-in; what was typed is lost then.
        """

        def view(request: Request, **arguments: object) -> Response:
            now = self._services.clock()
            visitor = self.visitor(request, now)
            if visitor is not None and visitor.account.kind is AccountKind.WORK:
                return see_other(CONSOLE)
            if visitor is None or (is_fresh and now > after(visitor.session.auth_time, FRESH_SECONDS)):
                return self._lead_in(request, now, **(_FRESH if is_fresh else {}))
            if is_strong and (step := self._second_proof(request, visitor, now)) is not None:
                return step
            return handler(request, visitor, **arguments)

        return view

    def visitor(self, request: Request, now: Instant) -> Visitor | None:
        """Who is signed in on this browser."""
        cookie = self._services.cookies.read(request.cookies, "session")
        with self._services.begin() as unit_of_work:
            return resume(unit_of_work, cookie, self._services.channels, now)

    def afresh(self, request: Request) -> Response:
        """To the sign-in, whoever is signed in here: a slip of paper sends people, perhaps to a computer that many use."""
        return self._lead_in(request, self._services.clock(), prompt="login")

    @staticmethod
    def back(request: Request) -> Response:
        """Where the door sends people when they are signed in: on to the page that they wanted."""
        return see_other(back_to(request, "/me", SIGNED_IN))

    def _lead_in(self, request: Request, now: Instant, **asked_beside: str) -> Response:
        return see_other(self._app.lead_in(wanted_by(request), now, asked_beside))

    def _second_proof(self, request: Request, visitor: Visitor, now: Instant) -> Response | None:
        """The page of the second proof, in an interaction as the door would have begun it; None: none is missing."""
        services, browser = self._services, self._services.cookies.read(request.cookies, BROWSER_COOKIE)
        with services.begin() as unit_of_work:
            held = held_by(services, unit_of_work, visitor.account.id)
        methods = methods_left(visitor.session, held, services.channels[visitor.session.channel])
        if NEVER_ALONE.issuperset(methods):
            return None
        if browser is None:
            return self._lead_in(request, now, **_FRESH)
        self._app.register(now)
        begun = begin(self._app.request(wanted_by(request)), browser, now)
        asking = ask_second(begun, visitor.session, held, methods, NO_CLIMB)
        handle = Interactions(services.ephemeral, services.cipher, services.clock).save(asking)
        return see_other(f"/s/{handle}/{page_of(asking)}")


def _account(redirect_uri: str) -> Client:
    return Client(
        client_id=ACCOUNT_CLIENT,
        client_name="我的账号",
        channel="website",
        profile=Profile.GOV_STANDARD,
        status=ClientStatus.ACTIVE,
        sector="account",
        redirect_uris=(redirect_uri,),
        token_endpoint_auth_method="none",
        id_token_signed_response_alg="ES256",
        asks_consent=False,
    )
