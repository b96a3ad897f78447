"""The library's addresses: its shelves, and the five that signing in and out needs."""

import re
import secrets
import sys
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

from . import pages
from .licences import licences_of
from .logout_token import SeenTokens
from .relying_party import Holder, NoAnswer, Question, Refused, RelyingParty
from .sessions import Cupboard
from .settings import Settings
from .web import Request, Response, see_other

if TYPE_CHECKING:
    from collections.abc import Callable

SESSION: Final = "licence_session"  # names somebody signed in
SIGNING_IN: Final = "licence_signing_in"  # ties the questions asked for a browser to that browser
ASKED: Final = "licence_asked"  # for a moment: this browser was just asked silently, do not ask again
LEAVING: Final = "licence_leaving"  # the state sent along when signing out

# Core §3.1.2.6: what `prompt=none` answers when the person would have to be asked something.
WOULD_ASK: Final = {"login_required", "interaction_required", "consent_required", "account_selection_required"}

ALWAYS: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
)


class LicenceLibrary:
    """Answers every request; all it remembers is in its two cupboards."""

    def __init__(self, settings: Settings) -> None:
        self._base_url = settings.base_url
        issuer = urlsplit(settings.issuer)
        # Forms lead here and, signing out, on to the identity provider; nothing is scripted, framed or fetched elsewhere.
        self._content_security_policy = (
            "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
            f"form-action 'self' {issuer.scheme}://{issuer.netloc}"
        )
        self._relying_party = RelyingParty(settings)
        self._questions: Cupboard[tuple[str, Question]] = Cupboard(seconds=24 * 3600, most=10_000)
        self._holders: Cupboard[Holder] = Cupboard(seconds=8 * 3600, most=10_000)
        self._seen = SeenTokens()
        self._routes: dict[tuple[str, str], Callable[[Request], Response]] = {
            ("GET", "/"): self.shelf,
            ("GET", "/login"): self.log_in,
            ("GET", "/callback"): self.callback,
            ("POST", "/logout"): self.log_out,
            ("POST", "/backchannel-logout"): self.backchannel_logout,
            ("GET", "/signed-out"): self.signed_out,
            ("GET", "/health"): lambda _: Response("ok", content_type="text/plain"),
            ("GET", "/style.css"): lambda _: _static("style.css", "text/css; charset=utf-8"),
            ("GET", "/icon.svg"): lambda _: _static("icon.svg", "image/svg+xml"),
        }

    def __call__(self, request: Request) -> Response:
        """The response to one request, with the headers every page carries."""
        response = self._lead_home(request) or self._answer(request)
        response.headers += [("Content-Security-Policy", self._content_security_policy), *ALWAYS]
        return response

    def shelf(self, request: Request) -> Response:
        """A holder's licences. Somebody unknown is first looked up at the identity provider without a question, once."""
        if holder := self._holder(request):
            return Response(pages.shelf(holder, licences_of(holder.shelf)))
        if ASKED in request.cookies:
            return Response(pages.front_page()).set_cookie(ASKED, "", seconds=0)
        try:
            return self._ask(request, Question("/", is_silent=True))
        except NoAnswer as reason:
            _tell_operator(reason)
            return Response(pages.front_page("temporarily_unavailable: Yizheng did not answer, please try again soon"))

    def licence(self, request: Request) -> Response:
        """One licence of the holder; somebody unknown signs in first and comes back."""
        holder = self._holder(request)
        if holder is None:
            return see_other(f"/login?next={quote(request.path)}")
        kind = request.path.removeprefix("/licences/")
        for licence in licences_of(holder.shelf):
            if licence.kind == kind:
                return Response(pages.licence_page(holder, licence))
        return Response(pages.missing_page(), HTTPStatus.NOT_FOUND)

    def log_in(self, request: Request) -> Response:
        """Send the person to sign in; where they wanted to go is remembered when it is a path of ours."""
        path = request.parameter("next") or "/"
        # One slash, then printable ASCII without a backslash: no browser reads another host into that.
        is_ours = re.fullmatch(r"/(?!/)[!-\[\]-~]{0,500}", path)
        return self._ask(request, Question(path if is_ours else "/", is_silent=False))

    def callback(self, request: Request) -> Response:
        """The identity provider's answer; each question is answered once, and by the browser it was asked for."""
        asked_for, question = self._questions.take(request.parameter("state") or "") or ("", None)
        if question is None and self._holder(request):
            return see_other("/")  # answered before, by this browser or another: whoever is signed in here stays so
        if question is None or asked_for != request.cookies.get(SIGNING_IN):
            raise Refused("invalid_state", "this sign-in was not begun here, or is already over")
        if any(len(values) > 1 for values in request.query.values()):
            raise Refused("invalid_response", "a parameter stands twice")
        self._relying_party.check_issuer(request.parameter("iss"))
        if error := request.parameter("error"):
            if question.is_silent and error in WOULD_ASK:
                return see_other("/").set_cookie(ASKED, "1", seconds=30)
            raise Refused(error, request.parameter("error_description") or "")
        holder = self._relying_party.redeem(request.parameter("code") or "", question)
        self._holders.take(request.cookies.get(SESSION, ""))  # whoever was signed in before
        return self._with_cookie(see_other(question.next_path), SESSION, self._holders.put(holder))

    def log_out(self, request: Request) -> Response:
        """End our session, then ask the identity provider to end its own."""
        if request.origin not in {None, self._base_url}:
            return Response(pages.missing_page(), HTTPStatus.FORBIDDEN)
        holder = self._holders.take(request.cookies.get(SESSION, ""))
        address = "/signed-out"
        state = secrets.token_urlsafe(16)
        if holder is not None:
            try:
                address = self._relying_party.end_session_request(holder.id_token, state)
            except NoAnswer as reason:
                _tell_operator(reason)
        leaving = see_other(address).set_cookie(SESSION, "", seconds=0)
        return self._with_cookie(leaving, LEAVING, state)

    def backchannel_logout(self, request: Request) -> Response:
        """The identity provider says that a session ended; no browser asks (Back-Channel Logout 1.0 §2.5 to §2.8).

        A token that was heard before is no error: our answer may have been lost, and there is nothing left to do.
        """
        values = request.form.get("logout_token", [])
        try:
            ended = self._relying_party.ended_session(values[0] if len(values) == 1 else "")
        except Refused as refusal:
            _tell_operator(refusal)
            return Response(refusal.code, HTTPStatus.BAD_REQUEST, "text/plain")
        if self._seen.is_new(ended.jti):
            self._holders.discard(lambda holder: ended.covers(holder.sid, holder.subject))
        return Response(content_type="text/plain")

    def signed_out(self, request: Request) -> Response:
        """Where signing out ends; only the state we sent shows that the identity provider has heard of it."""
        is_heard = LEAVING in request.cookies and request.parameter("state") == request.cookies[LEAVING]
        return Response(pages.signed_out_page(is_heard=is_heard)).set_cookie(LEAVING, "", seconds=0)

    def _answer(self, request: Request) -> Response:
        is_licence = request.method == "GET" and request.path.startswith("/licences/")
        route = self.licence if is_licence else self._routes.get((request.method, request.path))
        if route is None:
            return Response(pages.missing_page(), HTTPStatus.NOT_FOUND)
        try:
            return route(request)
        except Refused as refusal:
            _tell_operator(refusal)
            error = f"{refusal.code}: {refusal.sentence}" if refusal.sentence else refusal.code
            return Response(pages.refusal_page(error), HTTPStatus.BAD_REQUEST)
        except NoAnswer as reason:
            _tell_operator(reason)
            error = "temporarily_unavailable: Yizheng did not answer, please try again soon"
            return Response(pages.refusal_page(error), HTTPStatus.SERVICE_UNAVAILABLE)

    def _ask(self, request: Request, question: Question) -> Response:
        """The redirect to the identity provider, and a cookie that ties the answer to this browser."""
        browser = request.cookies.get(SIGNING_IN) or secrets.token_urlsafe(32)
        address = self._relying_party.authorization_request(question, self._questions.put((browser, question)))
        response = see_other(address)
        return response if SIGNING_IN in request.cookies else self._with_cookie(response, SIGNING_IN, browser)

    def _holder(self, request: Request) -> Holder | None:
        return self._holders.look(request.cookies.get(SESSION, ""))

    def _with_cookie(self, response: Response, name: str, value: str) -> Response:
        return response.set_cookie(name, value, secure=self._base_url.startswith("https:"))

    def _lead_home(self, request: Request) -> Response | None:
        """Cookies and the callback belong to one name of this machine: visitors who used another are led to it.

        The identity provider brings no cookies, and may know us by an address inside the network.
        """
        if request.host == urlsplit(self._base_url).netloc or request.path == "/backchannel-logout":
            return None
        return see_other(self._base_url + quote(request.path, encoding="latin-1"))


def _static(name: str, content_type: str) -> Response:
    return Response((pages.STATIC / name).read_text(encoding="utf-8"), content_type=content_type)


def _tell_operator(trouble: Exception) -> None:
    """One line without any value of a person, a code or a token."""
    print(f"licence library: {type(trouble).__name__}: {trouble}", file=sys.stderr, flush=True)
