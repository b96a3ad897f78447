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

RESPONSE_MODES = frozenset({"query", "form_post"})
"""OAuth 2.0 Multiple Response Type Encoding Practices §2.1; OAuth 2.0 Form Post Response Mode §2."""

_NEVER_QUOTED = re.compile(r"[A-Za-z0-9._~-]*", re.ASCII)
_CHANGED_BY_FORMS = frozenset("\r\n")
"""Forms turn either into both on their way, so `state` would not come back as it was sent."""


class Addressee(Protocol):
    """A verified request, or its refusal: both know where the answer goes and how it travels."""

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
    """Brings codes and errors to clients."""

    def __init__(self, html: Html, issuer: str) -> None:
        self._html = html
        self._issuer = issuer

    def to_client(self, request: Request, addressee: Addressee, told: Mapping[str, str | None]) -> Response:
        """The answer to `request`, by the response mode that was asked for; `state` and `iss` are added to `told`."""
        members = {**told, "state": addressee.state, "iss": self._issuer}
        present = {name: value for name, value in members.items() if value is not None}
        if addressee.response_mode == "form_post":
            return self._form(request, addressee.redirect_uri, present)
        return see_other(_with_query(addressee.redirect_uri, present))

    def _form(self, request: Request, redirect_uri: str, members: Mapping[str, str]) -> Response:
        """A page whose form takes the answer along (Form Post Response Mode §2); a script presses its button."""
        return self._html.page(
            request, "form_post.html", form_targets=(form_target(redirect_uri),), action=redirect_uri, members=members
        )


def response_mode_of(parameters: Parameters) -> str:
    """The response mode that the request asks for, where we can do it; raises `InvalidRequestError`."""
    mode = parameters.text("response_mode") or "query"
    if mode not in RESPONSE_MODES:
        raise InvalidRequestError("The response_mode is not supported.")
    if mode == "form_post":
        if urlsplit(parameters.get("redirect_uri", "")).scheme not in {"http", "https"}:
            raise InvalidRequestError("A form can be sent to a web address only.")
        if not _CHANGED_BY_FORMS.isdisjoint(parameters.get("state", "")):
            raise InvalidRequestError("A form cannot carry a state with line breaks.")
    return mode


def response_mode_of_refusal(parameters: Parameters) -> str:
    """How a refusal travels: as asked, where that is understood; else in the query, as for any code request."""
    try:
        parameters.refuse_doubled("response_mode", "state")
        return response_mode_of(parameters)
    except (Refused, InvalidRequestError):
        return "query"


def _with_query(redirect_uri: str, members: Mapping[str, str]) -> str:
    """A query component that was registered is kept byte for byte; the redirect URI has no fragment by registration."""
    query = "&".join(f"{name}={_quoted(value)}" for name, value in members.items())
    return f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{query}"


def _quoted(value: str) -> str:
    """Most values, a code above all, have nothing to quote."""
    return value if _NEVER_QUOTED.fullmatch(value) else quote_plus(value)
