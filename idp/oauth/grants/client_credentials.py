"""The client credentials grant (RFC 6749 §4.4): a client that acts for itself, never for a person."""

from authlib.oauth2.rfc6749 import InvalidScopeError, UnauthorizedClientError
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant as AuthlibClientCredentialsGrant

from idp.clock import Instant
from idp.events import Action
from idp.model.authorization import SCOPES
from idp.oauth.grants._grant import TokenGrant
from idp.oauth.tokens import Order
from idp.ports import UnitOfWork


class ClientCredentialsGrant(TokenGrant, AuthlibClientCredentialsGrant):
    """Authenticated clients get a token for the scopes of resources; the scopes that speak of a person mean nothing."""

    def validate_token_request(self) -> None:
        """RFC 6749 §4.4.2: the client has authenticated itself, and registered this grant."""
        client = self.authenticate_token_endpoint_client()
        if not client.model.is_confidential or not client.check_grant_type(self.GRANT_TYPE):
            raise UnauthorizedClientError("The client did not register this grant.")
        self.request.client = client

    def order(self, _unit_of_work: UnitOfWork, now: Instant) -> Order:
        """What was asked is cut down to what is registered (RFC 6749 §3.3)."""
        client = self.request.client.model
        registered = tuple(name for name in client.scope if name not in SCOPES)
        asked = self.request.form.get("scope", "").split()
        scope = tuple(name for name in dict.fromkeys(asked) if name in registered) if asked else registered
        if asked and not scope:
            raise InvalidScopeError("None of the scopes asked for is registered for this client.")
        return Order(client=client, scope=scope, at=now)

    def consume(self, _unit_of_work: UnitOfWork, order: Order) -> None:
        """Nothing is consumed; what machines fetch for themselves is counted, not written down one by one."""
        self.server.usage.count(Action.TOKEN_ISSUED, order.client.client_id)
