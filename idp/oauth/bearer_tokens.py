"""Fills the port of our own access tokens."""

from idp.clock import Instant
from idp.http.access_token import in_header
from idp.http.request import Request
from idp.oauth.access_tokens import AccessTokens
from idp.oauth.possession import Possession
from idp.oauth.profiles import rules_of
from idp.ports import Bearer, UnitOfWork
from idp.services import Services


class OwnBearerTokens:
    """Implements `ports.BearerTokens`."""

    def __init__(self, services: Services, possession: Possession) -> None:
        self._possession = possession
        self._tokens = AccessTokens(services)

    def read(self, unit_of_work: UnitOfWork, request: Request, audience: str, now: Instant) -> Bearer | None:
        """Who holds it."""
        shown = in_header(request)
        token = None if shown is None else self._tokens.resolve(unit_of_work, shown[1], now)
        if shown is None or token is None or token.audience != audience:
            return None
        if token.act is not None or token.acting is not None:  # nobody acts for an officer (threat M03)
            return None
        client = unit_of_work.clients.get(token.client_id)
        if client is None or not self._possession.fits(request, shown, token.binding, rules_of(client)):
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
