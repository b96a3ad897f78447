"""A request that an authenticated client makes about a token: introspection and revocation begin alike."""

from idp.errors import Refused, TooOften
from idp.http.request import Request
from idp.http.response import Response, json_response
from idp.model.client import Client
from idp.oauth.client_authentication import TooManyFailures
from idp.oauth.extensions.dpop import Nonces
from idp.oauth.server import AuthorizationServer
from idp.ports import UnitOfWork

PARAMETERS = ("token", "token_type_hint", "client_id", "client_secret", "client_assertion", "client_assertion_type")


def read(request: Request, server: AuthorizationServer, unit_of_work: UnitOfWork) -> tuple[Client, str]:
    """Who asks, and about which token (RFC 7009 §2.1, RFC 7662 §2.1); `token_type_hint` only ever saved a look-up."""
    form = request.form
    form.refuse_doubled(*PARAMETERS)
    if request.query and not request.parameters.keys().isdisjoint(PARAMETERS):
        raise Refused("invalid_request", "Send the parameters in the body, never in the URL.")
    client = server.authenticated(request, unit_of_work)
    token = form.text("token")
    if token is None:
        raise Refused("invalid_request", "Send the token.")
    return client, token


def refusal(refused: Refused) -> Response:
    """The refusal of RFC 6749 §5.2."""
    told = {"error": refused.code, "error_description": refused.public}
    if refused.status == 401:
        return json_response(401, told, ("WWW-Authenticate", 'Basic realm="token"'))
    if isinstance(refused, TooManyFailures | TooOften):
        return json_response(refused.status, told, ("Retry-After", str(refused.retry_after)))
    return json_response(refused.status, told)


def with_nonce(request: Request, response: Response, nonces: Nonces) -> Response:
    """The answer to a request with a DPoP proof tells the nonce for the next one (RFC 9449 §8.2)."""
    return response.with_headers(("DPoP-Nonce", nonces.current())) if "dpop" in request.headers else response
