"""The JWK Set document (RFC 7517 §5): public keys only, encoded once per change. Who fetches it is counted, for whoever rotates keys."""

import re
from functools import lru_cache

from idp.audit.usage import UsageCounts
from idp.events import Action
from idp.http.networks import neighbourhood_of
from idp.http.request import Request, peer_of
from idp.http.response import Response
from idp.services import Services

PATH = "/jwks"
MAX_AGE = 300
"""Seconds that apps may keep it; `keys.publish_ahead` must be longer."""
_PRODUCT = re.compile(r"[!-~]{1,40}", re.ASCII)


class JwksEndpoint:
    """Serves the published keys."""

    def __init__(self, services: Services, usage: UsageCounts) -> None:
        self._signer = services.signer
        self._usage = usage
        self._trusted = frozenset(services.settings.server.trusted_proxies)

    def __call__(self, request: Request) -> Response:
        """The JWK Set."""
        address, forwarded, agent = request.sender
        self._usage.count(Action.KEYS_FETCHED, fetcher(address, forwarded[-200:], agent[:41], self._trusted))
        return Response(
            200,
            (
                ("Content-Type", "application/jwk-set+json"),
                ("Cache-Control", f"public, max-age={MAX_AGE}"),
                ("Access-Control-Allow-Origin", "*"),
            ),
            self._signer.jwks(),
        )


@lru_cache(1024)
def fetcher(address: str, forwarded: str, unverified_agent: str, trusted: frozenset[str]) -> str:
    """How whoever fetches is called: their network, and the first word that their program calls itself."""
    peer = peer_of(address, forwarded, trusted)
    product = _PRODUCT.match(unverified_agent)
    return f"{neighbourhood_of(peer) or '-'} {product[0] if product else '-'}"
