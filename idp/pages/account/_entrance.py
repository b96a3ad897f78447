"""Whoever comes to the account pages is signed in first, on the same way as for any app.

The account is an app of ours: its request goes through the one door, so that single sign-on, step-up and `max_age` hold
for it as for everybody else. The code it is given stays unused and dies in a minute: the session is what was wanted.
"""

from collections.abc import Callable
from urllib.parse import urlencode

from idp.accounts.held import held_by
from idp.clock import Instant, after
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.http.return_path import local_path
from idp.interaction.handles import Interactions, begin
from idp.interaction.second_proof import NO_CLIMB, ask_second, methods_left, page_of
from idp.jose import base64url
from idp.model.client import ACCOUNT_CLIENT, Client, ClientStatus, Profile
from idp.model.interaction import AuthorizationRequest
from idp.model.policy import NEVER_ALONE
from idp.model.session import Visitor
from idp.registration.register import register
from idp.services import Services
from idp.sessions.resume import resume

SIGNED_IN = "/me/signed-in"
FRESH_SECONDS = 600
"""How old a sign-in may be before something that cannot be taken back."""
_FRESH = {"max_age": str(FRESH_SECONDS)}

AccountPage = Callable[..., Response]
"""A handler that is given the request, its visitor and the parts of its path."""


class Entrance:
    """Lets people who are signed in through, and leads the others to the sign-in and back."""

    def __init__(self, services: Services) -> None:
        self._services = services

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
        wanted = local_path(request.parameters.get("state", ""))
        is_ours = wanted == "/me" or wanted.startswith(("/me/", "/me?"))
        return see_other(wanted if is_ours and not wanted.startswith(SIGNED_IN) else "/me")

    def _lead_in(self, request: Request, now: Instant, **asked_beside: str) -> Response:
        self._register(now)
        asked = {
            "client_id": ACCOUNT_CLIENT,
            "redirect_uri": self._redirect_uri,
            "response_type": "code",
            "scope": "openid",
            "state": _wanted(request),
            "code_challenge": self._challenge,
            "code_challenge_method": "S256",
            **asked_beside,
        }
        return see_other(f"/authorize?{urlencode(asked)}")

    def _second_proof(self, request: Request, visitor: Visitor, now: Instant) -> Response | None:
        """The page of the second proof, in an interaction as the door would have begun it; None: none is missing."""
        services, browser = self._services, self._services.cookies.read(request.cookies, "browser")
        with services.begin() as unit_of_work:
            held = held_by(services, unit_of_work, visitor.account.id)
        methods = methods_left(visitor.session, held, services.channels[visitor.session.channel])
        if NEVER_ALONE.issuperset(methods):
            return None
        if browser is None:
            return self._lead_in(request, now, **_FRESH)
        self._register(now)
        begun = begin(self._asked(request), browser, now)
        asking = ask_second(begun, visitor.session, held, methods, NO_CLIMB)
        handle = Interactions(services.ephemeral, services.cipher, services.clock).save(asking)
        return see_other(f"/s/{handle}/{page_of(asking)}")

    def _asked(self, request: Request) -> AuthorizationRequest:
        return AuthorizationRequest(
            client_id=ACCOUNT_CLIENT,
            redirect_uri=self._redirect_uri,
            response_type="code",
            response_mode="query",
            scope=("openid",),
            state=_wanted(request),
            code_challenge=self._challenge,
        )

    @property
    def _challenge(self) -> str:
        """Of no verifier that anybody knows, so that the code is good for nothing (RFC 7636 §4.6)."""
        return base64url(self._services.cipher.tag("account", b"challenge"))

    @property
    def _redirect_uri(self) -> str:
        return f"{self._services.settings.issuer}{SIGNED_IN}"

    def _register(self, now: Instant) -> None:
        """Write the app down when it is not there, or was for another address."""
        with self._services.begin() as unit_of_work:
            known = unit_of_work.clients.get(ACCOUNT_CLIENT)
            if known is not None and known.redirect_uris == (self._redirect_uri,):
                return
            register(unit_of_work, [_account(self._redirect_uri)], now)
            unit_of_work.commit()


def _wanted(request: Request) -> str:
    """The page to come back to; that of a form is the page it stands on."""
    is_page = request.method in {"GET", "HEAD"} and request.query
    return local_path(f"{request.path}?{request.query}" if is_page else request.path)


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
