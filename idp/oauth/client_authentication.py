"""Who is calling: one method presented, equal to the registered one, one comparison, one refusal (RFC 6749 §2.3)."""

import hashlib
import hmac
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote_plus

from idp.errors import Refused
from idp.http.request import Request
from idp.model.client import Client, ClientStatus

METHODS = ("client_secret_basic", "client_secret_post", "none")
"""What this server accepts at its token endpoint."""

_ASSERTION = {"client_assertion", "client_assertion_type"}
_IN_THE_BODY = {"client_secret", *_ASSERTION}
_NOBODY = (b"\0" * 32,)
MAX_SECRET = 1024
MAX_CLIENT_ID = 255


class ClientRefused(Refused):
    """`invalid_client`, always in the same words, so that nobody learns which client ids exist (threats E01, T6)."""

    def __init__(self, detail: str) -> None:
        super().__init__("invalid_client", "The client could not be authenticated.", status=401, detail=detail)


@dataclass(frozen=True, slots=True)
class _Presented:
    method: str
    client_id: str
    secret: str = ""


def authenticate(request: Request, form: Mapping[str, str], look_up: Callable[[str], Client | None]) -> Client:
    """The client that made the request; raises `ClientRefused`, or `invalid_request` for two methods at once."""
    presented = _presented(request, form)
    client = look_up(presented.client_id) if 0 < len(presented.client_id) <= MAX_CLIENT_ID else None
    digests = client.secret_digests if client is not None and client.is_confidential else ()
    matches = _secret_matches(presented.secret, digests)
    if client is None or client.status is not ClientStatus.ACTIVE:
        raise ClientRefused("no such active client")
    if client.token_endpoint_auth_method != presented.method:
        raise ClientRefused(f"registered for {client.token_endpoint_auth_method}, came with {presented.method}")
    if client.is_confidential and not matches:
        raise ClientRefused("wrong secret")
    return client


def _presented(request: Request, form: Mapping[str, str]) -> _Presented:
    authorization = request.headers.get("authorization", "")
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() == "basic":
        client_id, secret = _basic(credentials)
        if not form.keys().isdisjoint(_IN_THE_BODY) or form.get("client_id", client_id) != client_id:
            raise Refused("invalid_request", "Authenticate the client in one way only.")
        return _Presented("client_secret_basic", client_id, secret)
    if not form.keys().isdisjoint(_ASSERTION):
        raise ClientRefused("client assertions are not accepted")
    if "client_secret" in form:
        return _Presented("client_secret_post", form.get("client_id", ""), form["client_secret"])
    return _Presented("none", form.get("client_id", ""))


def _basic(credentials: str) -> tuple[str, str]:
    """RFC 6749 §2.3.1: both parts are form-encoded before they are joined by a colon and base64-encoded."""
    try:
        client_id, colon, secret = b64decode(credentials, validate=True).decode("utf-8").partition(":")
        decoded = unquote_plus(client_id, errors="strict"), unquote_plus(secret, errors="strict")
    except (Base64Error, ValueError):
        raise ClientRefused("malformed Basic credentials") from None
    if not colon:
        raise ClientRefused("malformed Basic credentials")
    return decoded


def _secret_matches(secret: str, digests: tuple[bytes, ...]) -> bool:
    """Compare with every valid secret in constant time; an unknown client costs the same."""
    if len(secret) > MAX_SECRET:
        return False
    presented = hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
    matches = [hmac.compare_digest(presented, digest) for digest in digests or _NOBODY]
    return bool(digests) and any(matches)


def digest_of(secret: str) -> bytes:
    """How a client secret is stored: server-made secrets have 256 bits, so a fast digest is enough."""
    return hashlib.sha256(secret.encode()).digest()
