"""RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0): only a valid hint signs out without asking."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from idp.audit import refusals
from idp.endpoints import signed_out
from idp.endpoints._as_get import as_get
from idp.endpoints.signed_out import End
from idp.errors import Refused
from idp.events import Action
from idp.http.cookies import BROWSER_COOKIE
from idp.http.error_page import ErrorPages
from idp.http.html import APP_LANGUAGE, Html
from idp.http.languages import first_offered
from idp.http.request import Parameters, Request
from idp.http.response import Response, see_other
from idp.model.client import Client, ClientStatus
from idp.model.session import Session
from idp.ports import UnitOfWork
from idp.services import Services
from idp.sessions import csrf, frontchannel_logout, just_ended
from idp.sessions.end import end
from idp.sessions.resume import resume

PATH = "/logout"
PARAMETERS = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales", "logout_hint")


@dataclass(frozen=True, slots=True)
class _Wish:
    """A request to sign out.

    Attributes:
        session: the living one of this browser.
        client: the app whose id_token came along as a hint, and is one of ours; None: nobody's word counts.
        is_hint_of_session: whether that id_token was issued in this very session.
    """

    request: Request
    parameters: Parameters
    session: Session | None
    client: Client | None
    is_hint_of_session: bool


class EndSessionEndpoint:
    """Ends the session of this browser."""

    def __init__(self, services: Services, html: Html, errors: ErrorPages) -> None:
        self._services = services
        self._html = html
        self._errors = errors

    def __call__(self, request: Request) -> Response:
        """From an app: by GET or POST with a hint. From our own pages: by POST with the token of this browser."""
        try:
            return self._respond(request)
        except Refused as refused:
            refusals.note(self._services, Action.SIGN_OUT_REFUSED, refused, request.peer)
            return self._errors.page(request, "request", refused)

    def _respond(self, request: Request) -> Response:
        parameters = request.form if request.method == "POST" else request.parameters
        parameters.refuse_doubled(*PARAMETERS)
        jar = self._services.cookies
        is_without_session = jar.read(request.cookies, "session") is None
        if request.method == "POST" and is_without_session and "action" not in parameters:
            return as_get(request, PATH)  # else an app's POST would leave the session alive that it was to end
        cookies = []
        if language := _wanted(parameters):
            cookies.append(jar.remember(APP_LANGUAGE, language, None))
            request = _in_language(request, language)
        with self._services.begin() as unit_of_work:
            wish = self._wish(request, parameters, unit_of_work)
            return self._decide(unit_of_work, wish).with_headers(*cookies)

    def _wish(self, request: Request, parameters: Parameters, unit_of_work: UnitOfWork) -> _Wish:
        cookie = self._services.cookies.read(request.cookies, "session")
        visitor = resume(unit_of_work, cookie, self._services.channels, self._services.clock())
        session = None if visitor is None else visitor.session
        hint = self._verified_hint(request, parameters.get("id_token_hint", ""))
        client = None if hint is None else _issued_to(unit_of_work, parameters, hint)
        is_of_session = client is not None and session is not None and hint is not None and hint["sid"] == session.sid
        return _Wish(request, parameters, session, client, is_of_session)

    def _verified_hint(self, request: Request, unverified_hint: str) -> Mapping[str, object] | None:
        """The claims of an id_token of ours; an expired one is still a hint (RP-Initiated Logout §2)."""
        if not unverified_hint:
            return None
        claims = self._services.signer.verify(unverified_hint, "JWT")
        if claims is not None and claims.get("iss") == self._services.settings.issuer and "sid" in claims:
            return claims
        forged = Refused("invalid_request", "The id_token_hint is not an id_token of this issuer.")
        refusals.note(self._services, Action.SIGN_OUT_REFUSED, forged, request.peer)
        return None

    def _decide(self, unit_of_work: UnitOfWork, wish: _Wish) -> Response:
        if wish.request.method == "POST" and "action" in wish.parameters:  # an address never acts (threat F03)
            return self._answered(unit_of_work, wish)
        if wish.session is not None and not wish.is_hint_of_session:
            return self._confirmation(wish, wish.client)
        return self._signed_out(unit_of_work, wish, wish.client, _back(wish.client, wish.parameters))

    def _answered(self, unit_of_work: UnitOfWork, wish: _Wish) -> Response:
        """What the person chose on our page; the token binds it to this browser and to the app that asked."""
        client_id = wish.parameters.text("client_id")
        if not csrf.matches(
            self._services.cipher, self._browser(wish), _subject(client_id), wish.parameters.get("csrf", "")
        ):
            return self._confirmation(wish, None)
        client = None if client_id is None else unit_of_work.clients.get(client_id)
        if wish.parameters["action"] == "stay":
            home = client.client_uri if client else None
            name = client.client_name if client and home else None
            return self._html.page(wish.request, "logout_stopped.html", client_name=name, back_url=home)
        return self._signed_out(unit_of_work, wish, client, None)

    def _confirmation(self, wish: _Wish, client: Client | None) -> Response:
        client_id = client.client_id if client else None
        return self._html.page(
            wish.request,
            "logout.html",
            form_action=PATH,
            csrf=csrf.token(self._services.cipher, self._browser(wish), _subject(client_id)),
            client_id=client_id,
            client_name=client.client_name if client else None,
        )

    def _signed_out(self, unit_of_work: UnitOfWork, wish: _Wish, client: Client | None, back: str | None) -> Response:
        """End the session; its apps are promised to be told in the same transaction, and hear while we answer."""
        jar, now = self._services.cookies, self._services.clock()
        if wish.session is not None:
            end(unit_of_work, wish.session, now)
            unit_of_work.commit()
        if client is not None and back is not None:
            response = self._back_to(unit_of_work, wish, client, back)
        elif wish.session is not None:
            cookie = just_ended.remember(self._services, wish.session.id, client.client_id if client else None, now)
            response = see_other(just_ended.PATH, cookie)
        else:
            response = signed_out.page(self._html, wish.request, End(client))
        return response.with_headers(jar.forget("session"))

    def _back_to(self, unit_of_work: UnitOfWork, wish: _Wish, client: Client, back: str) -> Response:
        """Straight back, unless some app of the session hears of its end in this browser (Front-Channel Logout §2)."""
        frames: tuple[str, ...] = ()
        if wish.session is not None:
            frames = frontchannel_logout.addresses_of(unit_of_work, wish.session, self._services.settings.issuer)
        return signed_out.passing(self._html, wish.request, client, frames, back) if frames else see_other(back)

    def _browser(self, wish: _Wish) -> str:
        return self._services.cookies.read(wish.request.cookies, BROWSER_COOKIE) or ""


def _issued_to(unit_of_work: UnitOfWork, parameters: Parameters, hint: Mapping[str, object]) -> Client | None:
    """The app that the hint was issued to; None when it is switched off, so that its word counts for nothing."""
    client_id = str(hint.get("aud", ""))
    if parameters.get("client_id", client_id) != client_id:
        raise Refused("invalid_request", "The client_id is not the one the id_token_hint was issued to.")
    client = unit_of_work.clients.get(client_id)
    return client if client is not None and client.status is ClientStatus.ACTIVE else None


def _subject(client_id: str | None) -> str:
    """What a token of the confirmation page is bound to, beside the browser."""
    return PATH if client_id is None else f"{PATH}\n{client_id}"


def _back(client: Client | None, parameters: Parameters) -> str | None:
    """Where to go afterwards: an address registered for exactly this, with `state` and nothing else."""
    address = parameters.get("post_logout_redirect_uri", "")
    if client is None or address not in client.post_logout_redirect_uris:
        return None
    state = parameters.get("state")
    if state is None:
        return address
    return f"{address}{'&' if '?' in address else '?'}{urlencode({'state': state})}"


def _wanted(parameters: Parameters) -> str | None:
    """The first language of `ui_locales` that we speak, as its tag."""
    language = first_offered(parameters.get("ui_locales", "").split())
    return language.tag if language else None


def _in_language(request: Request, language: str) -> Request:
    """The same request from a browser that was told this language before."""
    told = [
        pair for pair in request.headers.get("cookie", "").split(";") if pair.strip().partition("=")[0] != APP_LANGUAGE
    ]
    cookie = "; ".join([*filter(None, told), f"{APP_LANGUAGE}={language}"])
    return replace(request, headers={**request.headers, "cookie": cookie})
