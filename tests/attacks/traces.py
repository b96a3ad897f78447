"""Assertion 2 of threats §0: what an answer must have left in the log of events, read off the answer itself.

One table over doors; whoever adds a door adds a row. A refusal leaves one count or event with the very outcome that the
asker was told; a success leaves its audit event; a row without an action says why nothing is written down. What cannot
be read off an answer (a wrong password, the end of a session) a test states by `Target.expects`.
"""

import base64
import json
import re
from collections import Counter
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

import httpx

from idp.events import Action
from idp.model.client import TOKEN_EXCHANGE
from tests.attacks.answers import error_of, gives_session, is_of_the_front
from tests.attacks.pages import Page

Traces = Counter[tuple[Action, str]]


@dataclass(frozen=True)
class Door:
    """What a refusal at this door is written down as; without an action, why none is."""

    refused: Action | None
    why_none: str = ""


_PAGE = "a page that is refused changes nothing and tells nothing; what is tried on it is an event of its own"
_DOCUMENT = "the same bytes for everybody"

DOORS = {
    "/authorize": Door(Action.AUTHORIZATION_REFUSED),
    "/par": Door(Action.AUTHORIZATION_REFUSED),
    "/clients": Door(Action.REGISTRATION_REFUSED),
    "/token": Door(Action.TOKEN_REFUSED),
    "/introspect": Door(Action.INTROSPECTION_REFUSED),
    "/revoke": Door(Action.REVOCATION_REFUSED),
    "/logout": Door(Action.SIGN_OUT_REFUSED),
    "/userinfo": Door(None, "a bearer that opens nothing is a line in the log and a number in the metrics"),
    "/id_match": Door(None, "as at userinfo; comparing too often is an event that no answer to one request tells"),
    "/signed-out": Door(None, _PAGE),
    "/freeze": Door(None, _PAGE),
    "/recover": Door(None, _PAGE),
    "/s": Door(None, _PAGE),
    "/me": Door(None, _PAGE),
    "/console": Door(None, _PAGE),
    "/api": Door(None, "a call without a living token is a line in the log and in the metrics"),
    "/": Door(None, _PAGE),
    "/display": Door(None, _PAGE),
    "/help": Door(None, _PAGE),
    "/privacy": Door(None, _PAGE),
    "/accessibility": Door(None, _PAGE),
    "/status": Door(None, _PAGE),
    "/jwks": Door(None, _DOCUMENT),
    "/logos": Door(None, _DOCUMENT),
    "/static": Door(None, _DOCUMENT),
    "/.well-known": Door(None, _DOCUMENT),
    "/carriers/sms_http/reports": Door(None, "a gateway without its token is a line in the log and in the metrics"),
    "/nowhere": Door(None, "a path that nobody serves"),
}

UNWATCHED = frozenset(
    {
        Action.ACCOUNT_IMPORTED,
        Action.CLIENT_SAVED,
        Action.CLIENT_DISABLED,
        Action.CLIENT_ENABLED,
        Action.CLIENT_REGISTERED_ITSELF,
        Action.CLIENT_CHANGED_ITSELF,
        Action.CLIENT_ENDED_ITSELF,
        Action.KEY_GENERATED,
        Action.KEY_ACTIVATED,
        Action.KEY_RETIRED,
        Action.MESSAGE_DELIVERED,
        Action.MESSAGE_ABANDONED,
        Action.MESSAGE_REPORTED,
        Action.CODE_SENT,
        Action.CLAIMS_RELEASED,
    }
)
"""What the bench itself or the worker does, and what happens alike for those whom nobody knows."""


def traces_of(answer: httpx.Response, id_tokens: frozenset[str] = frozenset()) -> Traces:
    """The events and counts that this answer tells of; `id_tokens` are those that were really issued here."""
    path, form = _path(answer), _form(answer)
    found: Traces = Counter()
    if is_of_the_front(answer) or answer.status_code in {405, 503}:
        return found  # nginx or the router refused it, or the store is away: nobody looked at what it asks
    refused = _door(path).refused
    if refused is not None and (error := _error(answer, path)):
        found[refused, error] += 1
    if gives_session(answer):
        found[Action.SIGNED_IN, "ok"] += 1
    if {"code", "id_token", "access_token"} & _told(answer).keys() and path.startswith("/authorize"):
        found[Action.AUTHORIZED, "ok"] += 1
    if path == "/token" and answer.status_code == 200:
        found.update(_of_grant(form.get("grant_type", [""])[0]))
    if path.endswith("/consent") and _is_post_with_session(answer) and answer.status_code == 303:
        found[Action.CONSENT_GIVEN if form.get("action") == ["allow"] else Action.CONSENT_REFUSED, "ok"] += 1
    if path == "/logout" and _is_forged_hint(answer, id_tokens):
        found[Action.SIGN_OUT_REFUSED, "invalid_request"] += 1
    return found


def _of_grant(grant_type: str) -> Traces:
    """A client's own tokens are nobody's, and every call of a machine takes one."""
    if grant_type == "client_credentials":
        return Counter()
    return Counter({(Action.TOKEN_EXCHANGED if grant_type == TOKEN_EXCHANGE else Action.TOKEN_ISSUED, "ok"): 1})


def _is_forged_hint(answer: httpx.Response, id_tokens: frozenset[str]) -> bool:
    """Whether a hint came that is not ours, and was let go by: the page then asks, or says that nobody is signed in."""
    if answer.status_code != 200 and answer.headers.get("location") != "/signed-out":
        return False
    asked = _form(answer) if answer.request.method == "POST" else parse_qs(_query(answer))
    hints = set(asked.get("id_token_hint", []))
    return bool(hints) and not hints & id_tokens


def _door(path: str) -> Door:
    """Protocol endpoints are one path each; only the one door has a handle behind it."""
    if "//" in path:
        return DOORS["/nowhere"]
    if path in DOORS:
        return DOORS[path]
    begins = "/" + path[1:].partition("/")[0]
    is_exact = begins in (path, "/authorize")
    return DOORS.get(begins, DOORS["/nowhere"]) if is_exact else DOORS["/nowhere"]


def _path(answer: httpx.Response) -> str:
    raw: bytes | None = answer.request.extensions.get("raw_target")
    if raw is None:
        return answer.request.url.path
    # As the server reads it, also when it is a whole URL (RFC 9112 §3.2.2).
    return unquote(re.sub(r"^https?://[^/?]*", "", raw.decode("latin-1")).partition("?")[0])


def _is_post_with_session(answer: httpx.Response) -> bool:
    """Without a session there is nobody who could consent, and the one door asks who it is."""
    raw: bytes | None = answer.request.extensions.get("raw_headers")
    headers = answer.request.headers.get("cookie", "").encode() if raw is None else raw
    return answer.request.method == "POST" and b"session=" in headers


def _query(answer: httpx.Response) -> str:
    raw: bytes | None = answer.request.extensions.get("raw_target")
    target = answer.request.url.raw_path if raw is None else raw
    return target.decode("latin-1").partition("?")[2]


def _form(answer: httpx.Response) -> dict[str, list[str]]:
    body: bytes = answer.request.extensions.get("raw_body") or answer.request.content
    return parse_qs(body.decode("latin-1")) if len(body) < 70_000 else {}


def _told(answer: httpx.Response) -> dict[str, list[str]]:
    if "data-send" in answer.text and "location" not in answer.headers:  # response_mode=form_post
        return _opened({name: [value] for form in Page(answer.text).forms for name, value in form.hidden.items()})
    location = str(answer.headers.get("location", "/"))
    parts = urlsplit(location)
    return {} if location.startswith("/") else _opened(parse_qs(parts.fragment or parts.query))


def _opened(told: dict[str, list[str]]) -> dict[str, list[str]]:
    """What stands in a signed answer (JARM)."""
    if "response" not in told:
        return told
    payload = told["response"][0].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return {name: [value] for name, value in claims.items()}


def _error(answer: httpx.Response, path: str) -> str:
    """The error that the asker was told: by redirect at the client, else by a status of 4xx."""
    if "location" in answer.headers or _told(answer):
        return _told(answer).get("error", [""])[0] if path.startswith("/authorize") else ""
    return error_of(answer) if answer.status_code >= 400 else ""
