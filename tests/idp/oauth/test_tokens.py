"""Access tokens: opaque, good for what they were minted for, dead when anything behind them is."""

from collections.abc import Callable

import pytest

from idp.app import Installation
from idp.model.account import AccountStatus
from idp.oauth.access_tokens import LiveToken
from idp.ports import UnitOfWork
from tests.idp.installed import NOW, Moment
from tests.idp.oauth.registered import Registered, end_session, register, resolve


@pytest.fixture
def registered(installation: Installation) -> Registered:
    return register(installation)


def resolved(registered: Registered, token: str) -> LiveToken | None:
    with registered.installation.services.begin() as unit_of_work:
        return resolve(registered, unit_of_work, token)


def test_a_token_response_is_complete(registered: Registered) -> None:
    """RFC 6749 §5.1, OpenID Connect Core §3.1.3.3."""
    answer = registered.redeem(registered.code())
    assert (answer["token_type"], answer["expires_in"], answer["scope"]) == ("Bearer", 600, "openid profile")
    told = registered.installation.services.signer.verify(answer["id_token"], "JWT")
    assert told is not None
    assert (told["sub"], told["aud"], told["nonce"]) == ("sub-of-the-sector", "app", "n-0S6")
    assert told["at_hash"]
    token = resolved(registered, answer["access_token"])
    assert token is not None
    assert token.standing is not None
    assert (token.standing.account.id, token.scope) == (registered.account.id, ("openid", "profile"))


def test_without_openid_there_is_no_id_token(registered: Registered) -> None:
    assert "id_token" not in registered.redeem(registered.code(scope=("profile",)))


def test_no_other_text_is_the_token(registered: Registered) -> None:
    """Mutations: the id alone; a comparison that takes a beginning."""
    token = registered.redeem(registered.code())["access_token"]
    token_id, _, secret = token.partition(".")
    other_id, _, other_secret = registered.redeem(registered.code())["access_token"].partition(".")
    for text in (
        "", ".", token_id, f"{token_id}.", f".{secret}", f"{token_id}.{secret[:-1]}", f"{token}x", f" {token}",
        f"{other_id}.{secret}", f"{token_id}.{other_secret}", f"{'9' * 18}.{secret}", f"{'9' * 40}.{secret}",
        f"-{token}", f"١.{secret}", f"{token_id}.\ud800", f"{token_id}.\0", f"{token_id}.{secret * 99}", "中",
    ):  # fmt: skip
        assert resolved(registered, text) is None, text
    assert resolved(registered, token) is not None


def expire(_registered: Registered, _unit_of_work: UnitOfWork, clock: Moment) -> None:
    clock.pass_by(600)


def sign_out(registered: Registered, _unit_of_work: UnitOfWork, _clock: Moment) -> None:
    end_session(registered, NOW)


def freeze(registered: Registered, unit_of_work: UnitOfWork, _clock: Moment) -> None:
    unit_of_work.accounts.set_status(registered.account.id, AccountStatus.FROZEN)
    unit_of_work.commit()


def revoke(_registered: Registered, unit_of_work: UnitOfWork, _clock: Moment) -> None:
    token = unit_of_work.authorizations.access_token(1)
    assert token is not None
    assert token.standing is not None
    assert unit_of_work.authorizations.revoke(token.standing.authorization.id, NOW)
    unit_of_work.commit()


@pytest.mark.parametrize("happens", [expire, sign_out, freeze, revoke])
def test_a_token_dies_with_what_stands_behind_it(
    registered: Registered, clock: Moment, happens: Callable[[Registered, UnitOfWork, Moment], None]
) -> None:
    """Mutations: any of the four conditions left out."""
    token = registered.redeem(registered.code())["access_token"]
    clock.pass_by(599 if happens is not expire else 0)
    assert resolved(registered, token) is not None
    with registered.installation.services.begin() as unit_of_work:
        happens(registered, unit_of_work, clock)
    assert resolved(registered, token) is None
