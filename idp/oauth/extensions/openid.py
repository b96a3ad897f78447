"""The parameters that OpenID Connect adds to an authorization request (OpenID Connect Core §3.1.2.1), read strictly."""

import json
from collections.abc import Mapping
from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError, InvalidScopeError

from idp.oauth.extensions.verified_claims import refuse_what_is_no_request

PROMPTS = frozenset({"none", "login", "consent", "select_account", "create"})

MAX_TEXT = 2048
"""Characters of state and nonce that we carry; longer ones are refused, not cut."""
MAX_CLAIMS = 8192
MAX_DEPTH = 16
"""Objects and arrays inside each other in `claims`; whoever carries them on walks them by recursion."""


class OpenIDParameters:
    """Checks the OpenID Connect parameters of a code request."""

    def __call__(self, grant: Any) -> None:
        """Attach to the grant (Authlib's way to extend one)."""
        grant.register_hook("after_validate_authorization_request_payload", self.validate)

    def validate(self, grant: Any, _redirect_uri: str) -> None:
        """Refuse what we cannot honour; what we do not know is ignored."""
        data: Mapping[str, str] = grant.request.payload.data
        if "id_token" in data["response_type"].split():
            if "openid" not in data.get("scope", "").split():
                raise InvalidScopeError("An id_token needs the scope openid.")
            if not data.get("nonce"):  # it comes through the browser (OpenID Connect Core §3.2.2.1, §3.3.2.11)
                raise InvalidRequestError("Send a nonce with this response_type.")
        for name in ("state", "nonce", "login_hint", "acr_values", "ui_locales"):
            if len(data.get(name, "")) > MAX_TEXT:
                raise InvalidRequestError(f"The parameter {name} is too long.")
        prompts_of(data)
        max_age_of(data)
        claims_of(data)


def prompts_of(data: Mapping[str, str]) -> tuple[str, ...]:
    """`prompt` as a list; `none` stands alone."""
    prompts = tuple(dict.fromkeys(data.get("prompt", "").split()))
    if not PROMPTS.issuperset(prompts):
        raise InvalidRequestError("The prompt is not one of none, login, consent, select_account, create.")
    if "none" in prompts and len(prompts) > 1:
        raise InvalidRequestError("prompt=none stands alone.")
    return prompts


def max_age_of(data: Mapping[str, str]) -> int | None:
    """`max_age` in seconds."""
    text = data.get("max_age", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise InvalidRequestError("The max_age is a number of seconds.")
    return int(text)


def claims_of(data: Mapping[str, str]) -> Mapping[str, Any]:
    """The `claims` parameter (OpenID Connect Core §5.5), bounded before it is parsed."""
    text = data.get("claims", "")
    if not text:
        return {}
    try:
        claims = json.loads(text) if len(text) <= MAX_CLAIMS else None
        # NaN, 1e999 and "\ud800" are read as JSON, and can be written nowhere.
        json.dumps(claims, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        claims = None
    if not isinstance(claims, dict) or not _is_shallow(claims):
        raise InvalidRequestError("The claims parameter is not a JSON object that we can carry.")
    if not all(isinstance(claims.get(at, {}), dict) for at in ("id_token", "userinfo")):
        raise InvalidRequestError("The claims parameter is not a claims request (OpenID Connect Core 5.5).")
    refuse_what_is_no_request(claims)
    return claims


def essential_acr_of(claims: Mapping[str, Any]) -> tuple[str, ...]:
    """The levels of which one is essential (`claims.id_token.acr`, OpenID Connect Core §5.5.1.1).

    What is not text stays in as a level that nobody reaches: a broken demand is never no demand.
    """
    request = claims.get("id_token", {}).get("acr")
    if not isinstance(request, dict) or request.get("essential") is not True:
        return ()
    values = request.get("values", [request["value"]] if "value" in request else [])
    return tuple(map(str, values if isinstance(values, list) else [values]))


def voluntary_acr_of(claims: Mapping[str, Any]) -> tuple[str, ...]:
    """The levels that are wished for by `claims.id_token.acr`: the same as `acr_values` (OpenID Connect Core §5.5.1.1)."""
    request = claims.get("id_token", {}).get("acr")
    if not isinstance(request, dict) or request.get("essential") is True:
        return ()
    values = request.get("values", [request.get("value")])
    return tuple(value for value in values if isinstance(value, str)) if isinstance(values, list) else ()


def _is_shallow(value: object, levels: int = MAX_DEPTH) -> bool:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels >= 0 and all(_is_shallow(each, levels - 1) for each in inside)
