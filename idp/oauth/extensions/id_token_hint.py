"""Whom a client means: `id_token_hint` and a `sub` asked for by value (OpenID Connect Core §3.1.2.1, §3.1.2.2, §5.5.1)."""

from collections.abc import Mapping
from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError

from idp.http.request import Parameters
from idp.ports import Signer

_DOTS_OF_JWE = 4
"""RFC 7516 §7.1. Nothing is encrypted for us, so only its client can read it (§3.1.2.1)."""


def subjects_of(
    parameters: Parameters, claims: Mapping[str, Any], issuer: str, signer: Signer
) -> tuple[str, ...] | None:
    """The `sub` values of which the person must have one; None: anybody may sign in. Raises `InvalidRequestError`."""
    hint = parameters.text("id_token_hint")
    hinted = None if hint is None else _subject_of_hint(hint, parameters["client_id"], issuer, signer)
    by_value = _subjects_by_value(claims)
    if hinted is None:
        return by_value
    return (hinted,) if by_value is None or hinted in by_value else ()


def _subject_of_hint(unverified_hint: str, client_id: str, issuer: str, signer: Signer) -> str:
    """The person whom an id_token of ours to this very client names; an expired one still names them.

    §3.1.2.2 has us validate that we issued it, and forbids tokens for another person than it names. A hint that we
    cannot read names nobody we know, so no sign-in could honour it, and passing over it might give tokens for somebody
    else: the request is malformed (`invalid_request`), which the client can mend by asking without a hint.
    """
    if unverified_hint.count(".") == _DOTS_OF_JWE:
        raise InvalidRequestError("The id_token_hint is encrypted; send the signed id_token that is in it.")
    claims = signer.verify(unverified_hint, "JWT")
    audience = None if claims is None else claims.get("aud")
    is_for_client = client_id in audience if isinstance(audience, list) else audience == client_id
    # What else we sign for a client and a person, as userinfo, has no `exp`.
    is_id_token = claims is not None and claims.get("iss") == issuer and "exp" in claims
    if claims is None or not (is_id_token and is_for_client and isinstance(claims.get("sub"), str)):
        raise InvalidRequestError("The id_token_hint is not an id_token that we issued to this client.")
    return str(claims["sub"])


def _subjects_by_value(claims: Mapping[str, Any]) -> tuple[str, ...] | None:
    """`claims.id_token.sub` with `value` or `values`; what is not text is a person whom nobody is, never no demand."""
    request = claims.get("id_token", {}).get("sub")
    if not isinstance(request, dict) or not {"value", "values"} & set(request):
        return None
    values = request["values"] if "values" in request else [request["value"]]
    return tuple(map(str, values if isinstance(values, list) else [values]))
