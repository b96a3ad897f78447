"""Authorization requests that come signed (RFC 9101, OpenID Connect Core §6): by value, or by an address of the client's.

What is not inside the object was not asked: parameters beside it are passed over (RFC 9101 §5), so that nobody on the way
adds any.
"""

import json
import threading
from collections.abc import Mapping
from typing import Any

from idp.clock import Clock, Instant, after
from idp.errors import Refused, Unavailable
from idp.fetch import Fetcher, FetchRefused
from idp.http.request import Parameters
from idp.jose import MAX_FOREIGN_TOKEN, ForeignToken, read_foreign
from idp.model.client import Client, Profile
from idp.oauth.client_assertion import instant_of, is_same
from idp.oauth.client_keys import ClientKeys
from idp.oauth.profiles import Rules, rules_of
from idp.oauth.used_once import LEEWAY

LONGEST = 3600
"""Seconds between `nbf` and `exp` of an object of `gov-high` (FAPI 2.0 Message Signing §5.3.1)."""

_TYPES = frozenset({"", "jwt", "oauth-authz-req+jwt"})
_OF_THE_OBJECT = frozenset({"iss", "aud", "exp", "iat", "nbf", "jti"})
_NEVER_INSIDE = frozenset({"request", "request_uri", "sub"})
"""RFC 9101 §4 forbids the first two; `sub` makes it look like a client assertion (§10.8)."""


class RequestObjects:
    """Reads them.

    Args:
        keys: with which clients sign.
        at_once: how many may be fetched at the same time in this process.
    """

    def __init__(self, issuer: str, fetcher: Fetcher, clock: Clock, keys: ClientKeys, *, at_once: int) -> None:
        self._issuer = issuer
        self._fetcher = fetcher
        self._clock = clock
        self._keys = keys
        self._at_once = threading.BoundedSemaphore(at_once)

    def parameters(self, sent: Parameters, client: Client) -> Parameters:
        """What this client asks for inside the object that was sent by value or by address.

        Raises:
            Refused: `invalid_request_object`, `invalid_request_uri`, `request_uri_not_supported`, `invalid_request`.
        """
        if sent.text("request") is not None and sent.text("request_uri") is not None:
            raise Refused("invalid_request", "Send request or request_uri, not both.")
        unverified = sent.text("request") or self._fetched(sent["request_uri"], client)
        token = read_foreign(unverified)
        if token is None:
            raise _invalid("It is not a signed JWT that we read.")
        rules = rules_of(client)
        if (fault := self._fault(token, client, rules)) is not None:
            raise _invalid(fault)
        if not token.is_signed_by(self._keys.fit_for(token, client)):
            raise _invalid("Its signature is not one of the client's.")
        return _parameters(token.unverified_claims, client)

    def _fault(self, token: ForeignToken, client: Client, rules: Rules) -> str | None:
        claims, now = token.unverified_claims, self._clock()
        if token.unverified_header.get("typ", "").lower().removeprefix("application/") not in _TYPES:
            return "Its typ is that of another token."
        if token.alg not in rules.client_algorithms or not is_same(client.request_object_signing_alg, token.alg):
            return "The client does not sign by this algorithm."
        if not _NEVER_INSIDE.isdisjoint(claims):
            return "It holds a member that a request object must not have (RFC 9101 sections 4 and 10.8)."
        named = claims.get("aud")
        is_for_us = self._issuer in named if isinstance(named, list) else named == self._issuer
        is_lax = client.profile is Profile.LEGACY
        if not is_for_us and not (is_lax and named is None):
            return "Its aud is not this issuer."
        if claims.get("iss") != client.client_id and not (is_lax and "iss" not in claims):
            return "Its iss is not the client_id."
        return _fault_in_time(claims, now, rules, is_lax=is_lax)

    def _fetched(self, address: str, client: Client) -> str:
        """Only what was registered is fetched (threat N01)."""
        place = address.partition("#")[0]
        if place not in client.request_uris:
            raise Refused("invalid_request_uri", "The request_uri is not registered.")
        if not self._at_once.acquire(blocking=False):
            raise Unavailable("Too many requests are fetched; try again.", retry_after=1)
        try:
            answer = self._fetcher.get(place, {"Accept": "application/oauth-authz-req+jwt, application/jwt"})
        except FetchRefused as refused:
            raise Refused(
                "invalid_request_uri", "The request_uri could not be fetched.", detail=refused.detail
            ) from None
        finally:
            self._at_once.release()
        if answer.status != 200 or len(answer.body) > MAX_FOREIGN_TOKEN:
            raise Refused("invalid_request_uri", "At the request_uri there is no request object.")
        return answer.body.decode("ascii", "replace").strip()


def _fault_in_time(claims: Mapping[str, Any], now: Instant, rules: Rules, *, is_lax: bool) -> str | None:
    expires_at, begins_at = instant_of(claims.get("exp")), instant_of(claims.get("nbf"))
    if any(name in claims and instant_of(claims[name]) is None for name in ("exp", "nbf", "iat")):
        return "One of its times is no time."
    if expires_at is None and not is_lax:
        return "It has no exp."
    if rules.names_issuer_alone:
        if begins_at is None:
            return "It has no nbf."
        if expires_at is not None and expires_at > after(begins_at, LONGEST):
            return "Between its nbf and its exp lies more than an hour."
    if expires_at is not None and now >= after(expires_at, LEEWAY):
        return "It has expired."
    # FAPI 2.0 §5.3.2.1 asks it of iat, too; JWT alone does not (RFC 7519 §4.1.6).
    issued_at = instant_of(claims.get("iat")) if rules.names_issuer_alone else None
    begun = (at for at in (begins_at, issued_at) if at is not None)
    return "It begins in the future." if any(now < after(at, -LEEWAY) for at in begun) else None


def _parameters(claims: Mapping[str, Any], client: Client) -> Parameters:
    """The members as a form would send them (RFC 9101 §4: numbers and objects stand as JSON)."""
    parameters = Parameters()
    for name, value in claims.items():
        if name in _OF_THE_OBJECT or value is None:
            continue
        if name == "resource" and isinstance(value, list):  # the one parameter that may be sent more than once
            texts = tuple(map(str, value))
            parameters.repeated, parameters.doubled = {name: texts}, frozenset({name})
            value = texts[0] if texts else ""  # noqa: PLW2901 - the first stands where one is read
        parameters[name] = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if parameters.setdefault("client_id", client.client_id) != client.client_id:
        raise _invalid("Its client_id is another one.")
    if not all(_can_be_sent(text) for text in (*parameters, *parameters.values(), *parameters.all_of("resource"))):
        raise _invalid("It contains a character that no parameter may have.")
    return parameters


def _can_be_sent(text: str) -> bool:
    """JSON may name halves of characters, which no form can carry; and NUL."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def _invalid(what: str) -> Refused:
    return Refused("invalid_request_object", f"The request object is refused. {what}")
