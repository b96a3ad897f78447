"""How an authorization response travels to the client: the one place that renders it, always with `iss` (RFC 9207)."""

from collections.abc import Mapping
from urllib.parse import urlencode

from idp.http.response import Response, see_other


def authorization_response(redirect_uri: str, parameters: Mapping[str, str | None], issuer: str) -> Response:
    """The redirect that carries a code or an error in the query component (RFC 6749 §4.1.2).

    A query component that was registered is kept byte for byte; the redirect URI has no fragment by registration.
    """
    told = {name: value for name, value in parameters.items() if value is not None}
    separator = "&" if "?" in redirect_uri else "?"
    return see_other(f"{redirect_uri}{separator}{urlencode({**told, 'iss': issuer})}")
