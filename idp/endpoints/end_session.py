"""RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0): only a valid hint signs out without asking."""

from collections.abc import Mapping
from urllib.parse import urlencode

from idp.endpoints.authorization import BROWSER_COOKIE
from idp.errors import Refused
from idp.http.error_page import ErrorPages
from idp.http.html import Html
from idp.http.request import Parameters, Request
from idp.http.response import Response, see_other
from idp.model.client import Client
from idp.model.session import Session
from idp.ports import UnitOfWork
from idp.services import Services
from idp.sessions import csrf
from idp.sessions.end import end
from idp.sessions.resume import resume

PATH = "/logout"
PARAMETERS = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales", "logout_hint")


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
            return self._errors.page(request, "request", refused)

    def _respond(self, request: Request) -> Response:
        parameters = request.form if request.method == "POST" else request.parameters
        parameters.refuse_doubled(*PARAMETERS)
        now = self._services.clock()
        with self._services.begin() as unit_of_work:
            cookie = self._services.cookies.read(request.cookies, "session")
            session = resume(unit_of_work, cookie, self._services.channels, now)
            hint = self._verified_hint(parameters.get("id_token_hint", ""))
            client = self._client(unit_of_work, parameters, hint)
            back = _back(client, parameters) if hint is not None else None
            if "action" in parameters:
                return self._answered(request, unit_of_work, parameters, session)
            if session is not None and (hint is None or hint.get("sid") != session.sid):
                return self._confirmation(request, client)
            return self._signed_out(request, unit_of_work, session, client, back)

    def _verified_hint(self, unverified_hint: str) -> Mapping[str, object] | None:
        """The claims of an id_token of ours; an expired one is still a hint (RP-Initiated Logout §2)."""
        claims = self._services.signer.verify(unverified_hint, "JWT") if unverified_hint else None
        if claims is None or claims.get("iss") != self._services.settings.issuer:
            return None
        return claims

    def _client(
        self, unit_of_work: UnitOfWork, parameters: Parameters, hint: Mapping[str, object] | None
    ) -> Client | None:
        if hint is None:
            return None
        client_id = str(hint.get("aud", ""))
        if parameters.get("client_id", client_id) != client_id:
            raise Refused("invalid_request", "The client_id is not the one the id_token_hint was issued to.")
        return unit_of_work.clients.get(client_id)

    def _answered(
        self, request: Request, unit_of_work: UnitOfWork, parameters: Parameters, session: Session | None
    ) -> Response:
        browser = self._services.cookies.read(request.cookies, BROWSER_COOKIE) or ""
        if not csrf.matches(self._services.cipher, browser, PATH, parameters.get("csrf", "")):
            return self._confirmation(request, None)
        if parameters["action"] == "stay":
            return self._html.page(request, "logout_stopped.html", client_name=None, back_url=None)
        return self._signed_out(request, unit_of_work, session, None, None)

    def _confirmation(self, request: Request, client: Client | None) -> Response:
        browser = self._services.cookies.read(request.cookies, BROWSER_COOKIE) or ""
        return self._html.page(
            request,
            "logout.html",
            form_action=PATH,
            csrf=csrf.token(self._services.cipher, browser, PATH),
            client_name=client.client_name if client else None,
        )

    def _signed_out(
        self,
        request: Request,
        unit_of_work: UnitOfWork,
        session: Session | None,
        client: Client | None,
        back: str | None,
    ) -> Response:
        if session is not None:
            end(unit_of_work, session, self._services.clock())
            unit_of_work.commit()
        if back is not None:
            response = see_other(back)
        else:
            home = client.client_uri if client else None
            name = client.client_name if client and home else None
            response = self._html.page(request, "logged_out.html", client_name=name, back_url=home)
        return response.with_headers(self._services.cookies.forget("session"))


def _back(client: Client | None, parameters: Parameters) -> str | None:
    """Where to go afterwards: an address registered for exactly this, with `state` and nothing else."""
    address = parameters.get("post_logout_redirect_uri", "")
    if client is None or address not in client.post_logout_redirect_uris:
        return None
    state = parameters.get("state")
    if state is None:
        return address
    return f"{address}{'&' if '?' in address else '?'}{urlencode({'state': state})}"
