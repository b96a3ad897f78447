"""A POST that another site's page made, brought to GET."""

from idp.errors import Refused
from idp.http.request import MAX_QUERY, Request
from idp.http.response import Response, see_other


def as_get(request: Request, path: str) -> Response:
    """The same request by GET: a cross-site POST comes without our Lax cookies, and with it nobody is signed in.

    Raises:
        Refused: when the parameters are no form, or more than an address can carry.
    """
    _ = request.form
    if len(request.body) > MAX_QUERY:
        raise Refused("invalid_request", "The parameters are too long.", status=413)
    if not request.body.isascii() or any(byte <= 32 or byte == 127 for byte in request.body):
        raise Refused("invalid_request", "The parameters are not form-encoded.")
    return see_other(f"{path}?{request.body.decode('ascii')}")
