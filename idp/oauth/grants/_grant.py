"""The steps that every grant shares and cannot forget."""

from abc import abstractmethod
from typing import Any

from authlib.oauth2.rfc6749 import BaseGrant, InvalidGrantError, TokenEndpointMixin, UnauthorizedClientError

from idp.clock import Instant
from idp.events import Action, Event, Kind
from idp.model.account import Account, AccountStatus
from idp.model.authorization import Authorization, Grant
from idp.oauth.request import OAuthRequest
from idp.ports import UnitOfWork


class TokenGrant(BaseGrant, TokenEndpointMixin):
    """A way to obtain tokens: a subclass validates its own parameters and says how it redeems.

    The server calls `validate_token_request` (who, what), then `tokens` (consume, gate, mint), then commits.
    """

    request: OAuthRequest
    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")

    @abstractmethod
    def redeem(self, unit_of_work: UnitOfWork, now: Instant) -> Authorization:
        """Consume what was presented, once across all processes; raise when it was consumed before."""

    def tokens(self, unit_of_work: UnitOfWork, now: Instant) -> dict[str, Any]:
        """Redeem, ask whether this subject may get tokens now, and mint."""
        client = self.request.client.model
        channel = self.server.channels.get(client.channel)
        if channel is None or self.GRANT_TYPE not in channel.grants:
            raise UnauthorizedClientError("The channel of this client does not allow this grant.")
        authorization = self.redeem(unit_of_work, now)
        account = self.subject_that_may_have_tokens(unit_of_work, authorization.grant, now)
        unit_of_work.events.record(
            Event(
                kind=Kind.AUDIT,
                action=Action.TOKEN_ISSUED,
                at=now,
                account_id=account.id,
                client_id=client.client_id,
                session_id=authorization.grant.session_id,
                channel=client.channel,
                data={"grant": self.GRANT_TYPE, "scope": list(authorization.grant.scope)},
            )
        )
        response: dict[str, Any] = self.server.mint.issue(unit_of_work, authorization, client, account, now)
        return response

    def subject_that_may_have_tokens(self, unit_of_work: UnitOfWork, grant: Grant, now: Instant) -> Account:
        """The gate at redemption: the person is active and the session that allowed it still lives (threat J08)."""
        account = unit_of_work.accounts.get(grant.account_id)
        session = unit_of_work.sessions.get(grant.session_id)
        if account is None or account.status is not AccountStatus.ACTIVE:
            raise InvalidGrantError("The person may not sign in now.")
        if session is None or session.ended_at is not None or now >= session.expires_at:
            raise InvalidGrantError("The session has ended.")
        return account
