"""Fills the port of our own access tokens."""

from idp.clock import Instant
from idp.oauth.access_tokens import AccessTokens
from idp.ports import Bearer, UnitOfWork
from idp.services import Services


class OwnBearerTokens:
    """Implements `ports.BearerTokens`."""

    def __init__(self, services: Services) -> None:
        self._tokens = AccessTokens(services.settings.issuer, services.signer, services.cipher)

    def read(self, unit_of_work: UnitOfWork, unverified_token: str, audience: str, now: Instant) -> Bearer | None:
        """Who holds it."""
        token = self._tokens.resolve(unit_of_work, unverified_token, now)
        if token is None or token.audience != audience:
            return None
        if token.standing is None:
            return Bearer(client_id=token.client_id, scope=token.scope)
        grant = token.standing.authorization.grant
        return Bearer(
            client_id=token.client_id,
            scope=token.scope,
            account_id=grant.account_id,
            amr=grant.amr,
            auth_time=grant.auth_time,
        )
