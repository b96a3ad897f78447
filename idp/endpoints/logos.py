"""Logos of apps, from our own origin (OpenID Connect Registration §2): nobody's page is told who looks at a sign-in."""

from idp.errors import Refused
from idp.http.request import Request
from idp.http.response import Response
from idp.services import Services

PATH = "/logos"
_HEADERS = (
    ("Cache-Control", "public, max-age=31536000, immutable"),
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "default-src 'none'; sandbox"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)


class LogosEndpoint:
    """Serves each under a name that is the digest of what it is, so that it never changes."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def __call__(self, request: Request) -> Response:
        """The picture."""
        with self._services.begin() as unit_of_work:
            logo = unit_of_work.logos.get(request.path.removeprefix(f"{PATH}/"))
        if logo is None:
            raise Refused("not_found", "There is no such picture.", status=404)
        return Response(200, (("Content-Type", logo.media_type), *_HEADERS), logo.content)
