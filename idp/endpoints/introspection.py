"""The introspection endpoint (RFC 7662)."""

from collections.abc import Mapping
from typing import Any

from idp.audit import refusals
from idp.audit.usage import UsageCounts
from idp.endpoints import _client_request
from idp.errors import Refused, Unavailable
from idp.events import Action
from idp.http.request import Request
from idp.http.response import NO_STORE, Response, json_response
from idp.model.client import Client
from idp.oauth.client_authentication import ClientRefused
from idp.oauth.introspection import Introspection
from idp.oauth.profiles import algorithm_for
from idp.oauth.server import AuthorizationServer
from idp.services import Services

PATH = "/introspect"
_MEDIA_TYPE = "application/token-introspection+jwt"
_SIGNED = (("Content-Type", _MEDIA_TYPE), *NO_STORE)


class IntrospectionEndpoint:
    """Tells authenticated clients whether a token of theirs works, and protected resources what a token is worth."""

    def __init__(self, services: Services, server: AuthorizationServer, usage: UsageCounts) -> None:
        self._services = services
        self._server = server
        self._usage = usage
        self._introspection = Introspection(services)

    def __call__(self, request: Request) -> Response:
        """The answer of RFC 7662 §2.2, or a refusal (§2.3)."""
        try:
            with self._services.begin() as unit_of_work:
                caller, token = _client_request.read(request, self._server, unit_of_work)
                if not caller.is_confidential:
                    raise ClientRefused("a public client cannot introspect")
                told = self._introspection.of(unit_of_work, token, caller, self._services.clock())
                unit_of_work.commit()  # of the `sub` of a sector that the resource was given after the token
        except Unavailable:
            raise
        except Refused as refused:
            refusals.note(self._services, Action.INTROSPECTION_REFUSED, refused, request.peer)
            return _client_request.refusal(refused)
        self._usage.count(Action.TOKEN_INTROSPECTED, caller.client_id)
        return self._signed(caller, told) if _wants_signed(request) else json_response(200, told)

    def _signed(self, caller: Client, told: Mapping[str, Any]) -> Response:
        """The answer that its receiver can show to others (RFC 9701 §5)."""
        settings = self._services.settings
        claims = {
            "iss": settings.issuer,
            "aud": caller.client_id,
            "iat": self._services.clock(),
            "token_introspection": told,
        }
        alg = algorithm_for(caller, caller.introspection_signed_response_alg)
        return Response(200, _SIGNED, self._services.signer.sign(claims, alg, "token-introspection+jwt").encode())


def _wants_signed(request: Request) -> bool:
    """§4: asked for by Accept."""
    accepted = request.headers.get("accept", "")
    return "+" in accepted and _MEDIA_TYPE in {each.partition(";")[0].strip().lower() for each in accepted.split(",")}
