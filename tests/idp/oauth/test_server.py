"""The authorization server: what it consumes before it mints."""

import pytest

from idp.app import Installation
from idp.errors import Refused
from idp.http.request import parse_form
from idp.model.account import AccountStatus
from tests.idp.installed import Moment
from tests.idp.oauth.registered import Registered, end_session, register


@pytest.fixture
def registered(installation: Installation) -> Registered:
    return register(installation)


def refusal_of(registered: Registered, code: str, /, **changes: str | None) -> tuple[str, int]:
    with pytest.raises(Refused) as caught:
        registered.redeem(code, **changes)
    return caught.value.code, caught.value.status


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"grant_type": None}, "invalid_request"),
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, "unauthorized_client"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"code": None}, "invalid_request"),
        ({"client_secret": "wrong"}, "invalid_request"),
        ({"client_id": "other"}, "invalid_request"),
    ],
)
def test_a_request_that_names_no_code_of_ours_burns_none(
    registered: Registered, change: dict[str, str | None], told: str
) -> None:
    code = registered.code()
    assert refusal_of(registered, code, **change)[0] == told
    assert registered.redeem(code)["access_token"]


def test_another_clients_code_is_unknown(registered: Registered) -> None:
    """Mutation: the code's client not compared with the one that authenticated."""
    code = registered.code(client_id="other")
    assert refusal_of(registered, code) == ("invalid_grant", 400)


def test_who_signed_out_or_was_frozen_gets_no_tokens(registered: Registered, clock: Moment) -> None:
    """Mutation: no gate between code and mint (threat J08)."""
    services = registered.installation.services
    frozen = registered.code()
    with services.begin() as unit_of_work:
        unit_of_work.accounts.move(registered.account.id, AccountStatus.ACTIVE, AccountStatus.FROZEN)
        unit_of_work.commit()
    assert refusal_of(registered, frozen) == ("invalid_grant", 400)
    with services.begin() as unit_of_work:
        unit_of_work.accounts.move(registered.account.id, AccountStatus.FROZEN, AccountStatus.ACTIVE)
        unit_of_work.commit()
    code = registered.code()
    end_session(registered, clock())
    assert refusal_of(registered, code) == ("invalid_grant", 400)


@pytest.mark.parametrize("query", ["code=x", "client_secret=x", "grant_type=authorization_code", "client_id=app"])
def test_nothing_of_a_token_request_stands_in_the_url(registered: Registered, query: str) -> None:
    """Mutation: query and body merged; secrets would be in every log on the way."""
    code = registered.code()
    form: dict[str, str | None] = {"grant_type": "authorization_code", "code": code}
    with pytest.raises(Refused, match="in the body"):
        registered.server.token_response(registered.token_request(form, query))


@pytest.mark.parametrize("name", ["grant_type", "code", "redirect_uri", "code_verifier", "client_id", "client_secret"])
def test_a_token_parameter_is_sent_once(registered: Registered, name: str) -> None:
    request = registered.token_request({"grant_type": "authorization_code"})
    request.__dict__["form"] = parse_form(f"grant_type=authorization_code&{name}=a&{name}=a".encode())
    with pytest.raises(Refused, match="once") as caught:
        registered.server.token_response(request)
    assert caught.value.code == "invalid_request"


def test_the_grants_are_those_of_discovery(registered: Registered) -> None:
    exchange = "urn:ietf:params:oauth:grant-type:token-exchange"
    assert registered.server.grant_types == ("authorization_code", "refresh_token", "client_credentials", exchange)
