"""A code that comes a second time, at the moment when the first redemption is not yet committed."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from idp.app import Installation
from idp.errors import Refused
from idp.oauth.tokens import Draft, Order
from idp.ports import UnitOfWork
from tests.idp.oauth.registered import Registered, register, resolve


def test_a_replay_in_the_midst_of_the_redemption_kills_the_family(
    installation_on_each_store: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threat O01: whoever comes second finds no family yet, leaves word, and the first one finds it after its commit.

    Mutation: `committed` does nothing.
    """
    registered = register(installation_on_each_store)
    code = registered.code()
    draft = registered.server.mint.draft
    told: list[str] = []

    def replay_first(unit_of_work: UnitOfWork, order: Order) -> Draft:
        monkeypatch.undo()
        with ThreadPoolExecutor(1) as elsewhere:
            told.append(elsewhere.submit(refusal_of, registered, code).result(20))
        return draft(unit_of_work, order)

    monkeypatch.setattr(registered.server.mint, "draft", replay_first)
    answer = registered.redeem(code)
    assert told == ["invalid_grant"]
    with installation_on_each_store.services.begin() as unit_of_work:
        assert resolve(registered, unit_of_work, answer["access_token"]) is None
    refresh = registered.token_request({"grant_type": "refresh_token", "refresh_token": answer["refresh_token"]})
    with pytest.raises(Refused, match="invalid_grant"):
        registered.server.token_response(refresh)


def test_without_a_replay_the_family_lives(installation_on_each_store: Installation) -> None:
    registered = register(installation_on_each_store)
    answer = registered.redeem(registered.code())
    with installation_on_each_store.services.begin() as unit_of_work:
        assert resolve(registered, unit_of_work, answer["access_token"]) is not None


def refusal_of(registered: Registered, code: str) -> str:
    with pytest.raises(Refused) as refused:
        registered.redeem(code)
    return refused.value.code
