"""What an authorization response brings, over each pair of stores: tokens that are there once they are told."""

from idp.app import Installation
from idp.clock import Instant
from idp.model.authorization import Grant
from idp.model.interaction import AuthorizationRequest
from idp.oauth.front_channel import FrontChannel
from idp.oauth.tokens import Order
from tests.idp.installed import NOW
from tests.idp.oauth.registered import CALLBACK, Registered, register, resolve


def asked(response_type: str) -> AuthorizationRequest:
    return AuthorizationRequest(
        client_id="app",
        redirect_uri=CALLBACK,
        response_type=response_type,
        response_mode="fragment",
        scope=("openid",),
    )


def order(registered: Registered) -> Order:
    session = registered.session
    grant = Grant(
        client_id="app",
        account_id=registered.account.id,
        session_id=session.id,
        sid=session.sid,
        sub="sub",
        scope=("openid",),
        auth_time=session.auth_time,
        acr="urn:yizheng:level:3",
        amr=("pwd",),
        nonce="n",
    )
    return Order(client=registered.client, scope=grant.scope, at=Instant(NOW), grant=grant, account=registered.account)


def test_a_token_of_the_front_channel_is_of_a_family_that_is_written_down(installation: Installation) -> None:
    """Mutations: a token without a family, which nobody could call back; two of one family."""
    registered = register(installation)
    server = registered.server
    channel = FrontChannel(server.codes, server.mint, server.recipients)
    families = set()
    for _ in range(2):
        with installation.services.begin() as unit_of_work:
            unit_of_work.sessions.join(registered.session.id, "app", Instant(NOW))
            told = channel.members(unit_of_work, asked("code id_token token"), order(registered))
            unit_of_work.commit()
        assert {"code", "id_token", "access_token", "token_type", "expires_in", "scope"} == set(told)
        assert all(isinstance(value, str) for value in told.values())
        with installation.services.begin() as unit_of_work:
            token = resolve(registered, unit_of_work, told["access_token"])
        assert token is not None
        assert token.standing is not None
        families.add(token.standing.authorization.id)
    assert len(families) == 2
