"""Families of tokens: a code is redeemed once, and everything dies with its family, session or person."""

from threading import Event, Thread

import pytest

from idp.clock import Instant
from idp.model.account import AccountStatus
from idp.model.authorization import AccessToken, NewAccessToken
from idp.storage.stores import Storage
from tests.idp.storage.made import NOW, authorization, grant
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
        assert unit_of_work.authorizations.redeem(b"code", granted, NOW) is not None
        assert unit_of_work.authorizations.redeem(b"code", granted, NOW) is None


def test_of_twenty_parallel_redemptions_one_wins(storage: Storage) -> None:
    """Mutation: `by_origin` first, then an insert without UNIQUE."""
    with storage.begin() as unit_of_work:
        granted = grant(unit_of_work)
        unit_of_work.commit()

    for round_ in range(5):

        def redeem(_number: int, origin: bytes = b"code %d" % round_) -> bool:
            with storage.begin() as unit_of_work:
                is_winner = unit_of_work.authorizations.redeem(origin, granted, NOW) is not None
                unit_of_work.commit()
                return is_winner

        assert sum(storm(20, redeem)) == 1


def test_a_rolled_back_redemption_leaves_the_code_to_the_next(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        granted = grant(unit_of_work)
        unit_of_work.commit()
    outcome: list[bool] = []
    has_begun = Event()

    def redeem_second() -> None:
        with storage.begin() as unit_of_work:
            has_begun.set()
            outcome.append(unit_of_work.authorizations.redeem(b"code", granted, NOW) is not None)

    with storage.begin() as unit_of_work:
        assert unit_of_work.authorizations.redeem(b"code", granted, NOW) is not None
        second = Thread(target=redeem_second)
        second.start()
        has_begun.wait(5)
        unit_of_work.roll_back()
    second.join(10)
    assert outcome == [True]


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
        unit_of_work.authorizations.redeem(b"code", granted, NOW)
        family = unit_of_work.authorizations.by_origin(b"code")
    assert family is not None
    assert family.grant == granted
