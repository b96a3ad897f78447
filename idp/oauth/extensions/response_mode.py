"""How an authorization response travels to the client: the one place that renders it, always with `iss` (RFC 9207)."""

import re
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import quote_plus, urlsplit

from authlib.oauth2.rfc6749 import InvalidRequestError

from idp.errors import Refused
from idp.http.html import Html, form_target
from idp.http.request import Parameters, Request
from idp.http.response import Response, see_other
from idp.oauth.extensions.signed_response import SignedResponses
from idp.oauth.response_types import brings_tokens

_PLAIN = ("query", "fragment", "form_post")
"""OAuth 2.0 Multiple Response Type Encoding Practices §2.1; OAuth 2.0 Form Post Response Mode §2."""
_SIGNED = tuple(f"{mode}.jwt" for mode in _PLAIN)
"""The same with the answer in one signed `response` (JARM §2.3); `jwt` alone is the usual one of the response type."""
RESPONSE_MODES = (*_PLAIN, "jwt", *_SIGNED)

_NEVER_QUOTED = re.compile(r"[A-Za-z0-9._~-]*", re.ASCII)
_CHANGED_BY_FORMS = frozenset("\r\n")
"""Forms turn either into both on their way, so `state` would not come back as it was sent."""


class Addressee(Protocol):
    """A verified request, or its refusal: both know where the answer goes and how it travels."""

    @property
    def client_id(self) -> str:
        """Whom the answer is for."""

    @property
    def redirect_uri(self) -> str:
        """Registered for the client, and exactly as sent."""

    @property
    def state(self) -> str | None:
        """As sent, or None."""

    @property
    def response_mode(self) -> str:
        """One of `RESPONSE_MODES`."""


class AuthorizationResponses:
    """Brings codes, tokens and errors to clients."""

    def __init__(self, html: Html, issuer: str, signed: SignedResponses) -> None:
        self._html = html
        self._issuer = issuer
        self._signed = signed

    def to_client(self, request: Request, addressee: Addressee, told: Mapping[str, str | None]) -> Response:
        """The answer to `request`, by the response mode that was asked for; `state` and `iss` are added to `told`."""
        members = {**told, "state": addressee.state, "iss": self._issuer}
        present = {name: value for name, value in members.items() if value is not None}
        way, _, signed = addressee.response_mode.partition(".")
        if signed:
            present = {"response": self._signed.write(addressee.client_id, present)}
        if way == "form_post":
            return self._form(request, addressee.redirect_uri, present)
        return see_other(_with_members(addressee.redirect_uri, "#" if way == "fragment" else "?", present))

    def _form(self, request: Request, redirect_uri: str, members: Mapping[str, str]) -> Response:
        """A page whose form takes the answer along (Form Post Response Mode §2); a script presses its button."""
        return self._html.page(
            request, "form_post.html", form_targets=(form_target(redirect_uri),), action=redirect_uri, members=members
        )


def response_mode_of(parameters: Parameters) -> str:
    """The response mode that the request asks for, where we can do it; raises `InvalidRequestError`."""
    usual = usual_mode_of(parameters)
    mode = parameters.text("response_mode") or usual
    if mode == "jwt":
        mode = f"{usual}.jwt"
    if mode not in RESPONSE_MODES:
        raise InvalidRequestError("The response_mode is not supported.")
    way = mode.partition(".")[0]
    if way == "query" and usual != "query":
        raise InvalidRequestError("Tokens never travel in a query.")
    if way == "form_post":
        if urlsplit(parameters.get("redirect_uri", "")).scheme not in {"http", "https"}:
            raise InvalidRequestError("A form can be sent to a web address only.")
        if mode == "form_post" and not _CHANGED_BY_FORMS.isdisjoint(parameters.get("state", "")):
            raise InvalidRequestError("A form cannot carry a state with line breaks.")
    return mode


def usual_mode_of(parameters: Parameters) -> str:
    """How an answer travels when nothing else is asked for (Multiple Response Type Encoding Practices §5)."""
    return "fragment" if brings_tokens(parameters.get("response_type", "")) else "query"


def response_mode_of_refusal(parameters: Parameters) -> str:
    """How a refusal travels: as asked, where that is understood; else as usual for what was asked for."""
    try:
        parameters.refuse_doubled("response_mode", "state", "response_type")
        return response_mode_of(parameters)
    except (Refused, InvalidRequestError):
        return usual_mode_of(parameters)


def _with_members(redirect_uri: str, mark: str, members: Mapping[str, str]) -> str:
    """A query component that was registered is kept byte for byte; the redirect URI has no fragment by registration."""
    text = "&".join(f"{name}={_quoted(value)}" for name, value in members.items())
    return f"{redirect_uri}{'&' if mark in redirect_uri else mark}{text}"


def _quoted(value: str) -> str:
    """Most values, a code above all, have nothing to quote."""
    return value if _NEVER_QUOTED.fullmatch(value) else quote_plus(value)
