"""Access tokens: opaque, good for what they were minted for, dead when anything behind them is."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select

from idp.app import Installation
from idp.events import Action
from idp.model.account import AccountStatus
from idp.model.client import AccessTokenFormat, ClientStatus
from idp.oauth.access_tokens import LiveToken
from idp.oauth.revocation import Revocation
from idp.ports import UnitOfWork
from idp.storage.tables import access_tokens, authorizations, events, revoked_jwts
from idp.storage.transaction import Transaction
from tests.idp.installed import NOW, Moment
from tests.idp.oauth.registered import Registered, end_session, register, resolve
from tests.idp.oauth.spellings import GARBAGE, others_of


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
    """Parts of two tokens, other spellings, and what is something else here. Mutation: a value that is not authenticated."""
    code = registered.code()
    answer = registered.redeem(code)
    token = answer["access_token"]
    day, _, sealed = token.partition(".")
    other = registered.redeem(registered.code())["access_token"].partition(".")[2]
    half = len(sealed) // 2
    for text in (
        *others_of(token), *GARBAGE, f"{day}.{sealed[:half]}{other[half:]}", f"{day}.{other[:16]}{sealed[16:]}",
        code, registered.code(), answer["refresh_token"], answer["id_token"], sealed, f"{day}.{code.partition('.')[2]}",
    ):  # fmt: skip
        assert resolved(registered, text) is None, text
    assert resolved(registered, token) is not None


def test_for_a_token_nothing_is_written(registered: Registered) -> None:
    """But the family, and what the log tells. Mutation: a row for each."""
    token = registered.redeem(registered.code())["refresh_token"]
    form: dict[str, str | None] = {"grant_type": "refresh_token", "refresh_token": token}
    registered.server.token_response(registered.token_request(form))
    transaction = Transaction(registered.installation.storage._database)
    assert [len(transaction.find_all(select(table.c.id))) for table in (access_tokens, revoked_jwts)] == [0, 0]
    assert len(transaction.find_all(select(authorizations.c.id))) == 1


@pytest.mark.parametrize("form", AccessTokenFormat)
def test_a_token_that_was_called_back_is_dead_in_every_spelling(
    installation_on_each_store: Installation, form: AccessTokenFormat
) -> None:
    """Itself alone: its family and the token beside it live (RFC 7009 §2). Mutations: a digest that is not looked up; the
    family's number instead of the token's name.
    """
    registered = register(installation_on_each_store, access_token_format=form)
    answer = registered.redeem(registered.code())
    token = answer["access_token"]
    refresh: dict[str, str | None] = {"grant_type": "refresh_token", "refresh_token": answer["refresh_token"]}
    beside = registered.server.token_response(registered.token_request(refresh))["access_token"]
    assert resolved(registered, token) is not None
    for _ in range(2):
        call_back(registered, token)
        assert resolved(registered, token) is None
    if form is AccessTokenFormat.OPAQUE:
        for text in others_of(token):
            assert resolved(registered, text) is None, text
    assert resolved(registered, beside) is not None
    said = select(events.c.action).where(events.c.action == Action.TOKEN_REVOKED)
    assert len(Transaction(installation_on_each_store.storage._database).find_all(said)) == 1


def call_back(registered: Registered, token: str) -> None:
    services = registered.installation.services
    with services.begin() as unit_of_work:
        Revocation(services).revoke(unit_of_work, token, registered.client, services.clock())


def expire(_registered: Registered, _unit_of_work: UnitOfWork, clock: Moment) -> None:
    clock.pass_by(600)


def sign_out(registered: Registered, _unit_of_work: UnitOfWork, _clock: Moment) -> None:
    end_session(registered, NOW)


def freeze(registered: Registered, unit_of_work: UnitOfWork, _clock: Moment) -> None:
    unit_of_work.accounts.move(registered.account.id, AccountStatus.ACTIVE, AccountStatus.FROZEN)
    unit_of_work.commit()


def revoke(_registered: Registered, unit_of_work: UnitOfWork, _clock: Moment) -> None:
    assert unit_of_work.authorizations.revoke(1, NOW)
    unit_of_work.commit()


def disable(registered: Registered, unit_of_work: UnitOfWork, _clock: Moment) -> None:
    unit_of_work.clients.save(replace(registered.client, status=ClientStatus.DISABLED), NOW)
    unit_of_work.commit()


@pytest.mark.parametrize("happens", [expire, sign_out, freeze, revoke, disable])
def test_a_token_dies_with_what_stands_behind_it(
    registered: Registered, clock: Moment, happens: Callable[[Registered, UnitOfWork, Moment], None]
) -> None:
    """Mutations: any of the five conditions left out."""
    token = registered.redeem(registered.code())["access_token"]
    clock.pass_by(599 if happens is not expire else 0)
    assert resolved(registered, token) is not None
    with registered.installation.services.begin() as unit_of_work:
        happens(registered, unit_of_work, clock)
    assert resolved(registered, token) is None
