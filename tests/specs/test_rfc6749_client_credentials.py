"""RFC 6749 §4.4: a client that acts for itself."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.specs.relying_party import RelyingParty

MACHINE: dict[str, Any] = {
    "grant_types": ["client_credentials"],
    "redirect_uris": [],
    "post_logout_redirect_uris": [],
    "scope": "openid licence:read licence:write",
    "response_types": [],
    "accepts_mandates": [],
}
REQUEST = {"grant_type": "client_credentials"}


@pytest.fixture(scope="module")
def machine(register: Callable[..., RelyingParty]) -> RelyingParty:
    """A department's system."""
    return register(**MACHINE)


def test_the_answer_is_a_bearer_token_and_nothing_more(machine: RelyingParty) -> None:
    """§4.4.3: no refresh token; requirement 18: a positive whole number of seconds; requirement 5: no cache keeps it."""
    answer = machine.post("/token", REQUEST)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert set(told) == {"access_token", "token_type", "expires_in", "scope"}
    assert (told["token_type"], told["scope"]) == ("Bearer", "licence:read licence:write")
    assert isinstance(told["expires_in"], int)
    assert told["expires_in"] > 0


def test_it_is_nobodys_token_at_userinfo(machine: RelyingParty) -> None:
    """Threat E10: where a person is expected, a client is refused."""
    token = machine.post("/token", REQUEST).json()["access_token"]
    answer = machine.userinfo(token)
    assert (answer.status_code, answer.json()["error"]) == (403, "insufficient_scope")


def test_a_public_client_cannot_even_register_it(register: Callable[..., RelyingParty]) -> None:
    """§4.4: confidential clients only."""
    from idp.errors import Refused

    with pytest.raises(Refused, match="client_credentials"):
        register(**MACHINE, token_endpoint_auth_method="none", client_secret=None)


def test_another_grant_is_not_for_it(machine: RelyingParty) -> None:
    answer = machine.post("/token", {"grant_type": "refresh_token", "refresh_token": "1.0.x"})
    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")
