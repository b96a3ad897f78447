"""Signing in and out: the browser's side of OpenID Connect Core 1.0 §3.1 and RP-Initiated Logout 1.0."""

import re
import secrets
from collections.abc import Mapping

from flask import Blueprint, abort, current_app, redirect, request, session
from werkzeug.wrappers import Response

from .identity_provider import IdentityProvider
from .refusal import IdentityProviderUnavailable, SignInRefused
from .sessions import MemorySessions

sign_in = Blueprint("sign_in", __name__)

# Core §3.1.2.6: what `prompt=none` answers when the person would have to be asked something.
_A_QUESTION_WOULD_BE_NEEDED = {
    "login_required",
    "interaction_required",
    "consent_required",
    "account_selection_required",
}
_MOST_PENDING = 20  # attempts one browser may have open, in all its tabs


@sign_in.get("/login")
def login() -> Response:
    """Send the person to sign in, and remember where they wanted to go."""
    return send_to_sign_in(silently=False, next_path=_own_path(request.args.get("next", "/")))


def send_to_sign_in(*, silently: bool, next_path: str = "/") -> Response:
    """The redirect to the identity provider; raises IdentityProviderUnavailable."""
    address, remembered = _identity_provider().ask(silently=silently)
    pending: dict[str, Mapping[str, str]] = session.setdefault("pending", {})
    for oldest in list(pending)[: len(pending) + 1 - _MOST_PENDING]:
        pending.pop(oldest, None)
    pending[remembered["state"]] = remembered | {"next": next_path, "silently": "yes" if silently else ""}
    return redirect(address)


@sign_in.get("/callback")
def callback() -> Response:
    """Take the answer of the identity provider; each of our questions is answered at most once."""
    answer = _single_values()
    remembered = session.get("pending", {}).pop(answer.get("state", ""), None)
    if remembered is None and "person" in session:
        return redirect("/")  # another tab was faster; its sign-in is as good as this one
    if remembered is None:
        raise SignInRefused("invalid_state", "this sign-in was not begun here, or is already over")
    _identity_provider().check_issuer(answer)
    if "error" in answer:
        return _no_sign_in(answer, was_silent=bool(remembered["silently"]))
    person = _identity_provider().redeem(answer.get("code", ""), remembered)
    session.begin_anew()  # type: ignore[attr-defined]
    session["person"] = person
    return redirect(remembered["next"])


@sign_in.post("/logout")
def logout() -> Response:
    """End our own session, then ask the identity provider to end its own."""
    base_url: str = current_app.extensions["configuration"].base_url
    if request.headers.get("Origin", base_url) != base_url:
        abort(403)
    person = session.get("person")
    session.begin_anew()  # type: ignore[attr-defined]
    if person is None:
        return redirect("/signed-out", 303)
    session["leaving"] = secrets.token_urlsafe(16)
    try:
        return redirect(_identity_provider().sign_out(person.id_token, session["leaving"]), 303)
    except (IdentityProviderUnavailable, KeyError):
        return redirect("/signed-out", 303)


@sign_in.post("/backchannel-logout")
def backchannel_logout() -> tuple[str, int]:
    """The identity provider tells us that a session ended (Back-Channel Logout 1.0 §2.5 to §2.8); nobody's browser asks.

    When its keys cannot be had, the answer is 503 and it tells us again.
    """
    try:
        ended = _identity_provider().logout_tokens.read(request.form.get("logout_token", ""))
    except SignInRefused as refusal:
        current_app.logger.warning("back-channel logout refused: %s", refusal.description)
        return refusal.code, 400
    if ended is not None:
        sessions = current_app.session_interface
        assert isinstance(sessions, MemorySessions)
        sessions.end(*ended)
    return "", 200


def _no_sign_in(answer: Mapping[str, str], *, was_silent: bool) -> Response:
    """A question nobody may ask silently leads back to our own front page; every other error is told."""
    if was_silent and answer["error"] in _A_QUESTION_WOULD_BE_NEEDED:
        session["was_asked_silently"] = True
        return redirect("/")
    raise SignInRefused(answer["error"], answer.get("error_description", ""))


def _single_values() -> dict[str, str]:
    """The parameters of an answer; none may stand twice (RFC 6749 §3.1)."""
    if any(len(values) > 1 for values in request.args.listvalues()):
        raise SignInRefused("invalid_response", "a parameter stands twice")
    return request.args.to_dict()


def _own_path(path: str) -> str:
    """A path of this app, or the front page: never another host, however a browser may read it."""
    return path if re.fullmatch(r"/(?!/)[!-\[\]-~]{0,500}", path) else "/"


def _identity_provider() -> IdentityProvider:
    provider: IdentityProvider = current_app.extensions["identity_provider"]
    return provider
