"""The cookie by which a browser that has just ended its session, and no other, may ask who knows of it."""

import json
from dataclasses import dataclass

from idp.clock import Instant, after
from idp.http.request import Request
from idp.jose import base64url, from_base64url
from idp.services import Services

PATH = "/signed-out"
"""The page that it is for."""
SECONDS = 180
_COOKIE = "signed_out"
_PURPOSE = "signed_out"


@dataclass(frozen=True, slots=True)
class JustEnded:
    """What the cookie says: which session ended, and the app the person came from."""

    session_id: int
    client_id: str | None


def remember(services: Services, session_id: int, client_id: str | None, at: Instant) -> tuple[str, str]:
    """The Set-Cookie header."""
    sealed = services.cipher.seal(_PURPOSE, json.dumps([session_id, client_id, at]).encode())
    return services.cookies.set(_COOKIE, base64url(sealed), SECONDS)


def just_ended(services: Services, request: Request) -> JustEnded | None:
    """What this browser may know; None: nothing."""
    jar = services.cookies
    if jar.read(request.cookies, "session") is not None:  # somebody has signed in since: it may be another person
        return None
    cookie = jar.read(request.cookies, _COOKIE) or ""
    try:
        sealed = from_base64url(cookie)
    except ValueError:
        return None
    opened = services.cipher.open(_PURPOSE, sealed)
    if opened is None:
        return None
    session_id, client_id, at = json.loads(opened)
    return JustEnded(session_id, client_id) if services.clock() < after(at, SECONDS) else None
