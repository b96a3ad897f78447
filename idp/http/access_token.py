"""How an access token comes with a request (RFC 6750 §2, RFC 9449 §7.1), and where its resource tells all else (RFC 9728)."""

from idp.errors import Refused
from idp.http.request import FORM, Request

RESOURCE_METADATA = "/.well-known/oauth-protected-resource"
"""Before the path of a resource: what clients must know of it (RFC 9728 §3.1)."""
SCHEMES = {"bearer": "Bearer", "dpop": "DPoP"}
"""As they are compared, and as challenges write them."""


def in_header(request: Request) -> tuple[str, str] | None:
    """Scheme and token of the header; None: there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    value = token.strip() if scheme.lower() in SCHEMES else ""
    return (scheme.lower(), value) if value else None


def presented(request: Request) -> tuple[str, str] | None:
    """Scheme and token, from the header or the form body; never from the query, which is logged. None: there is none.

    Raises:
        Refused: there are two.
    """
    shown, in_body = in_header(request), None
    if request.method == "POST" and request.headers.get("content-type", "").startswith(FORM):
        request.form.refuse_doubled("access_token")
        in_body = request.form.text("access_token")
    if shown and in_body:
        raise Refused("invalid_request", "Present the access token in one way only.")
    return shown or (("bearer", in_body) if in_body else None)


def where_metadata_is(issuer: str, path: str) -> str:
    """The parameter of a challenge that leads there (RFC 9728 §5.1)."""
    return f'resource_metadata="{issuer}{RESOURCE_METADATA}{path}"'
