"""The officers' JSON API: what it needs loads with the first call, since most processes are never asked."""

from functools import cached_property
from typing import TYPE_CHECKING

from idp.http.request import Request
from idp.http.response import Response
from idp.oauth.bearer_tokens import OwnBearerTokens
from idp.oauth.possession import Possession
from idp.services import Services

if TYPE_CHECKING:
    from admin.api.surface import ApiSurface


class Api:
    """Everything below `/api`."""

    PATH = "/api"

    def __init__(self, services: Services, possession: Possession) -> None:
        self._services = services
        self._possession = possession

    def __call__(self, request: Request) -> Response:
        """Answer one call."""
        return self._surface(request)

    @cached_property
    def _surface(self) -> "ApiSurface":
        from admin.api.surface import ApiSurface

        return ApiSurface(self._services, OwnBearerTokens(self._services, self._possession))
