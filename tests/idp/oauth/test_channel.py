"""A channel binds its clients at both endpoints: what it does not allow is refused, whatever the request says."""

from dataclasses import replace

import pytest

from idp.app import Installation
from idp.errors import Refused, RefusedAtClient
from idp.model.channel import Channel
from idp.oauth.server import AuthorizationServer
from tests.idp.oauth.registered import Registered, register, server_over
from tests.idp.oauth.test_authorization_requests import parameters


@pytest.fixture
def registered(installation: Installation) -> Registered:
    return register(installation)


def over(registered: Registered, channels: dict[str, Channel]) -> AuthorizationServer:
    return server_over(replace(registered.installation.services, channels=channels))


def changed(registered: Registered, **changes: object) -> dict[str, Channel]:
    return {"website": replace(registered.installation.services.channels["website"], **changes)}  # type: ignore[arg-type]


@pytest.mark.parametrize("changes", [{"must_prove_itself": True}, {"grants": frozenset()}, None])
def test_the_code_flow_starts_only_where_the_channel_allows_it(
    registered: Registered, changes: dict[str, object] | None
) -> None:
    """Mutation: do not look at the channel at the authorization endpoint."""
    channels = {} if changes is None else changed(registered, **changes)
    with pytest.raises(RefusedAtClient) as caught:
        over(registered, channels).authorization_requests.read(parameters())
    assert caught.value.code == "unauthorized_client"


@pytest.mark.parametrize("is_known", [True, False])
def test_a_grant_the_channel_lost_redeems_nothing(registered: Registered, *, is_known: bool) -> None:
    """Mutation: do not look at the channel at the token endpoint."""
    channels = changed(registered, grants=frozenset({"refresh_token"})) if is_known else {}
    strict = replace(registered, server=over(registered, channels))
    with pytest.raises(Refused) as caught:
        strict.redeem(registered.code())
    assert caught.value.code == "unauthorized_client"
