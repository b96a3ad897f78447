"""Families of tokens: a code is redeemed once, and everything dies with its family, session or person."""

import pytest
from sqlalchemy import select

from idp.clock import Instant
from idp.events import Action
from idp.model.account import AccountStatus
from idp.model.authorization import AccessToken, NewAccessToken
from idp.storage.stores import Storage
from idp.storage.tables import events
from idp.storage.transaction import Transaction
from tests.idp.storage.made import NOW, authorization, grant, told
from tests.idp.storage.storm import storm


def issued(storage: Storage) -> AccessToken:
    with storage.begin() as unit_of_work:
        family = authorization(unit_of_work, b"code")
        token = NewAccessToken(
            authorization_id=family.id,
            secret_digest=b"d" * 32,
            scope=("openid",),
            issued_at=NOW,
            expires_at=Instant(NOW + 600),
        )
        token_id = unit_of_work.authorizations.issue(token)
        unit_of_work.commit()
        found = unit_of_work.authorizations.access_token(token_id)
    assert found is not None
    return found


def test_a_family_is_found_by_its_origin(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        family = authorization(unit_of_work, b"code")
        unit_of_work.commit()
        assert unit_of_work.authorizations.by_origin(b"code") == family
        assert unit_of_work.authorizations.by_origin(b"another") is None


def test_a_code_is_redeemed_once(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        granted = grant(unit_of_work)
        assert unit_of_work.authorizations.redeem(b"code", granted, told()) is not None
        assert unit_of_work.authorizations.redeem(b"code", granted, told()) is None


def test_of_twenty_parallel_redemptions_one_wins(storage: Storage) -> None:
    """Mutation: `by_origin` first, then an insert without UNIQUE."""
    with storage.begin() as unit_of_work:
        granted = grant(unit_of_work)
        unit_of_work.commit()

    for round_ in range(5):

        def redeem(_number: int, origin: bytes = b"code %d" % round_) -> bool:
            with storage.begin() as unit_of_work:
                is_winner = unit_of_work.authorizations.redeem(origin, granted, told()) is not None
                unit_of_work.commit()
                return is_winner

        assert sum(storm(20, redeem)) == 1


def test_a_redemption_is_durable_when_it_returns(storage: Storage) -> None:
    """With all that was written before it, on both stores alike. Mutation: `_write` without its commit."""
    with storage.begin() as unit_of_work:
        granted = grant(unit_of_work)
        unit_of_work.guesses.count(b"before", 0, NOW)
        assert unit_of_work.authorizations.redeem(b"code", granted, told(), token()) is not None
        unit_of_work.roll_back()
    with storage.begin() as unit_of_work:
        assert unit_of_work.authorizations.redeem(b"code", granted, told()) is None
        guesses = unit_of_work.guesses.get(b"before")
    assert guesses is not None


def test_what_a_redemption_brings_is_written_with_it(storage: Storage) -> None:
    """Mutation: the token of another family; an event for a redemption that was none."""
    with storage.begin() as unit_of_work:
        granted = grant(unit_of_work)
        unit_of_work.commit()
        written = unit_of_work.authorizations.redeem(b"code", granted, told(), token())
        again = unit_of_work.authorizations.redeem(b"code", granted, told(), token())
        assert written is not None
        assert written.token_id is not None
        stored = unit_of_work.authorizations.access_token(written.token_id)
        assert unit_of_work.authorizations.access_token(written.token_id + 1) is None
    assert again is None
    assert stored is not None
    assert stored.standing is not None
    assert stored.standing.authorization == written.authorization
    assert (stored.client_id, stored.secret_digest) == (granted.client_id, b"d" * 32)
    assert told_of(storage) == [Action.TOKEN_ISSUED]


def test_what_an_exchange_brings_is_written_with_it(storage: Storage) -> None:
    """Mutation: token and event also where nothing was exchanged."""
    with storage.begin() as unit_of_work:
        family = authorization(unit_of_work, b"code")
        first = unit_of_work.authorizations.exchange(family, 0, told(Instant(NOW + 5)), token())
        assert unit_of_work.authorizations.exchange(family, 0, told(Instant(NOW + 6)), token()) is None
        second = unit_of_work.authorizations.exchange(family, 1, told(Instant(NOW + 7)))
        standing = unit_of_work.authorizations.standing(family.id)
        unit_of_work.authorizations.revoke(family.id, NOW)
        unit_of_work.commit()
        assert unit_of_work.authorizations.exchange(family, 2, told(), token()) is None
    assert first is not None
    assert first.token_id is not None
    assert second is not None
    assert second.token_id is None
    assert standing is not None
    assert (standing.authorization.generation, standing.authorization.refreshed_at) == (2, NOW + 7)
    assert told_of(storage) == [Action.TOKEN_ISSUED] * 3


def told_of(storage: Storage) -> list[str]:
    """The actions in the log."""
    return [str(row.action) for row in Transaction(storage._database).find_all(select(events.c.action))]


def token() -> NewAccessToken:
    return NewAccessToken(
        authorization_id=None, secret_digest=b"d" * 32, scope=("openid",), issued_at=NOW, expires_at=Instant(NOW + 60)
    )


def test_a_token_is_read_with_all_that_decides_about_it(storage: Storage) -> None:
    token = issued(storage)
    standing = token.standing
    assert standing is not None
    assert (token.scope, standing.authorization.grant.scope) == (("openid",), ("openid", "profile"))
    assert standing.authorization.grant.claims == {"id_token": {"acr": {"essential": True}}}
    assert (standing.authorization.revoked_at, standing.session_ended_at) == (None, None)
    assert standing.holds
    assert (token.secret_digest, token.expires_at) == (b"d" * 32, NOW + 600)


def test_a_token_knows_that_its_family_its_session_or_its_person_is_gone(storage: Storage) -> None:
    """Mutation: a token row that is read without its authorization, session and account."""
    token = issued(storage)
    assert token.standing is not None
    family = token.standing.authorization
    with storage.begin() as unit_of_work:
        assert unit_of_work.authorizations.revoke(family.id, Instant(NOW + 1))
        assert not unit_of_work.authorizations.revoke(family.id, Instant(NOW + 2))
        unit_of_work.sessions.end(family.grant.session_id, Instant(NOW + 3))
        unit_of_work.accounts.set_status(family.grant.account_id, AccountStatus.FROZEN)
        unit_of_work.commit()
        dead = unit_of_work.authorizations.access_token(token.id)
        found = unit_of_work.authorizations.by_origin(b"code")
    assert dead is not None
    assert dead.standing is not None
    assert (dead.standing.authorization.revoked_at, dead.standing.session_ended_at) == (NOW + 1, NOW + 3)
    assert dead.standing.account.status is AccountStatus.FROZEN
    assert not dead.standing.holds
    assert found is not None
    assert found.revoked_at == NOW + 1


def test_token_ids_follow_one_another(storage: Storage) -> None:
    """Mutation: random ids, with which inserts into a large table become twenty times slower."""
    with storage.begin() as unit_of_work:
        family = authorization(unit_of_work, b"code")
        token = NewAccessToken(authorization_id=family.id, secret_digest=b"d", scope=(), issued_at=NOW, expires_at=NOW)
        ids = [unit_of_work.authorizations.issue(token) for _ in range(10)]
    assert ids == list(range(ids[0], ids[0] + 10))


@pytest.mark.parametrize("token_id", [0, -1, 2**40, 2**63, 10**30])
def test_an_unknown_id_finds_no_token(storage: Storage, token_id: int) -> None:
    with storage.begin() as unit_of_work:
        assert unit_of_work.authorizations.access_token(token_id) is None


def test_a_grant_without_options_comes_back(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        granted = grant(unit_of_work, nonce=None, claims={}, scope=(), amr=())
        unit_of_work.authorizations.redeem(b"code", granted, told())
        family = unit_of_work.authorizations.by_origin(b"code")
    assert family is not None
    assert family.grant == granted
