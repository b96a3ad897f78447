"""The userinfo endpoint (OpenID Connect Core §5.3): GET or POST with a bearer token (RFC 6750)."""

from idp.errors import Refused
from idp.http.request import FORM, Request
from idp.http.response import Response, json_response
from idp.oauth import claims
from idp.oauth.tokens import resolve
from idp.services import Services

PATH = "/userinfo"


class UserinfoEndpoint:
    """Tells the holder of an access token what its scope releases."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def __call__(self, request: Request) -> Response:
        """The claims as JSON, or a challenge."""
        try:
            bearer = _bearer(request)
        except Refused as refused:
            return _challenge(refused.status, refused.code, refused.public)
        if bearer is None:
            return json_response(401, {"error": "invalid_request"}, ("WWW-Authenticate", "Bearer"))
        with self._services.begin() as unit_of_work:
            token = resolve(unit_of_work, bearer, self._services.clock())
            if token is None:
                return _challenge(401, "invalid_token", "The access token is unknown, expired or revoked.")
            if "openid" not in token.scope:
                return _challenge(403, "insufficient_scope", "The access token lacks the scope openid.")
            attributes = unit_of_work.accounts.attributes(token.grant.account_id)
        return json_response(200, claims.userinfo(token.grant.sub, token.scope, attributes))


def _bearer(request: Request) -> str | None:
    """The token from the header or the form body (RFC 6750 §2.1, §2.2); never from the query, which is logged."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    in_header = token.strip() if scheme.lower() == "bearer" else None
    in_body = None
    if request.method == "POST" and request.headers.get("content-type", "").startswith(FORM):
        request.form.refuse_doubled("access_token")
        in_body = request.form.text("access_token")
    if in_header and in_body:
        raise Refused("invalid_request", "Present the access token in one way only.")
    return in_header or in_body


def _challenge(status: int, error: str, description: str) -> Response:
    challenge = f'Bearer error="{error}", error_description="{description}"'
    return json_response(status, {"error": error, "error_description": description}, ("WWW-Authenticate", challenge))
