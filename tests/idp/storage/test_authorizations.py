"""Families of tokens: a code is redeemed once, and everything dies with its family, session or person."""

import pytest
from sqlalchemy import select

from idp.clock import Instant
from idp.events import Action
from idp.model import numbered_secret
from idp.model.account import AccountStatus
from idp.model.authorization import StoredToken
from idp.storage.stores import Storage
from idp.storage.tables import events
from idp.storage.transaction import Transaction
from tests.idp.storage.made import NOW, account, authorization, grant, session, told
from tests.idp.storage.sql import STORED_SECRET, store_token
from tests.idp.storage.storm import storm
from tests.plugins.private_servers import StorageUrls


@pytest.fixture
def stored(storage: Storage, storage_urls: StorageUrls) -> StoredToken:
    """A token as 0.2.0 wrote it, of a family of its own."""
    with storage.begin() as unit_of_work:
        family = authorization(unit_of_work, b"code")
    token = store_token(storage_urls.database, NOW, authorization_id=family.id, scope="openid")
    with storage.begin() as unit_of_work:
        found = unit_of_work.authorizations.stored_token(int(token.partition(".")[0]))
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
        assert unit_of_work.authorizations.redeem(b"code", granted, told()) is not None
        unit_of_work.roll_back()
    with storage.begin() as unit_of_work:
        assert unit_of_work.authorizations.redeem(b"code", granted, told()) is None
        guesses = unit_of_work.guesses.get(b"before")
    assert guesses is not None


def test_what_a_redemption_tells_is_written_with_it(storage: Storage) -> None:
    """Mutations: another family than the one that is told; an event for a redemption that was none."""
    with storage.begin() as unit_of_work:
        granted = grant(unit_of_work)
        unit_of_work.commit()
        family = unit_of_work.authorizations.redeem(b"code", granted, told())
        again = unit_of_work.authorizations.redeem(b"code", granted, told())
        assert family is not None
        standing = unit_of_work.authorizations.standing(family.id)
        assert unit_of_work.authorizations.by_origin(b"code") == family
    assert again is None
    assert standing is not None
    assert standing.authorization == family
    assert (family.grant, family.origin, family.created_at, family.revoked_at) == (granted, b"code", NOW, None)
    assert told_of(storage) == [Action.TOKEN_ISSUED]


def test_what_an_exchange_tells_is_written_with_it(storage: Storage) -> None:
    """Mutation: an event also where nothing was exchanged."""
    with storage.begin() as unit_of_work:
        family = authorization(unit_of_work, b"code")
        assert unit_of_work.authorizations.exchange(family, 0, told(Instant(NOW + 5)))
        assert not unit_of_work.authorizations.exchange(family, 0, told(Instant(NOW + 6)))
        assert unit_of_work.authorizations.exchange(family, 1, told(Instant(NOW + 7)))
        standing = unit_of_work.authorizations.standing(family.id)
        unit_of_work.authorizations.revoke(family.id, NOW)
        unit_of_work.commit()
        assert not unit_of_work.authorizations.exchange(family, 2, told())
    assert standing is not None
    assert (standing.authorization.generation, standing.authorization.refreshed_at) == (2, NOW + 7)
    assert told_of(storage) == [Action.TOKEN_ISSUED] * 3


def told_of(storage: Storage) -> list[str]:
    """The actions in the log."""
    return [str(row.action) for row in Transaction(storage._database).find_all(select(events.c.action))]


def test_a_burnt_code_brings_nothing(storage: Storage) -> None:
    """Mutations: `burn` without `revoked_at`; an event for it."""
    with storage.begin() as unit_of_work:
        granted = grant(unit_of_work)
        assert unit_of_work.authorizations.burn(b"code", granted, NOW)
        assert not unit_of_work.authorizations.burn(b"code", granted, Instant(NOW + 1))
        assert unit_of_work.authorizations.redeem(b"code", granted, told()) is None
        unit_of_work.commit()
        family = unit_of_work.authorizations.by_origin(b"code")
        assert family is not None
        standing = unit_of_work.authorizations.standing(family.id)
        assert not unit_of_work.authorizations.exchange(family, 0, told())
    assert (family.grant, family.created_at, family.revoked_at) == (granted, NOW, NOW)
    assert standing is not None
    assert not standing.holds
    assert told_of(storage) == []


def test_what_was_redeemed_is_not_burnt_but_killed(storage: Storage) -> None:
    """Whoever burns is told that somebody was faster. Mutation: `burn` that says yes and leaves the family alive."""
    with storage.begin() as unit_of_work:
        family = authorization(unit_of_work, b"code")
        assert not unit_of_work.authorizations.burn(b"code", family.grant, NOW)
        assert unit_of_work.authorizations.by_origin(b"code") == family


def test_of_twenty_that_redeem_or_burn_one_wins(storage: Storage) -> None:
    """Mutation: `burn` that looks first, then writes past the UNIQUE origin."""
    with storage.begin() as unit_of_work:
        granted = grant(unit_of_work)
        unit_of_work.commit()

    for round_ in range(5):

        def act(number: int, origin: bytes = b"code %d" % round_) -> bool:
            with storage.begin() as unit_of_work:
                if number % 2:
                    return unit_of_work.authorizations.redeem(origin, granted, told()) is not None
                is_winner = unit_of_work.authorizations.burn(origin, granted, NOW)
                unit_of_work.commit()
                return is_winner

        assert sum(storm(20, act)) == 1


def test_family_numbers_follow_one_another(storage: Storage) -> None:
    """Mutation: random ids, with which inserts into a large table become twenty times slower."""
    with storage.begin() as unit_of_work:
        granted = grant(unit_of_work)
        families = [unit_of_work.authorizations.redeem(b"%d" % number, granted, told()) for number in range(10)]
    numbers = [family.id for family in families if family is not None]
    assert numbers == list(range(numbers[0], numbers[0] + 10))


def test_a_token_that_is_called_back_leaves_its_family_alive(storage: Storage) -> None:
    """Mutations: the name not looked up; any name taken for all; an index that is not UNIQUE."""
    with storage.begin() as unit_of_work:
        family, other = authorization(unit_of_work, b"code"), authorization(unit_of_work, b"other")
        assert unit_of_work.authorizations.standing_of_token(family.id, "name") is not None
        assert unit_of_work.authorizations.revoke_token("name", Instant(NOW + 600))
        assert not unit_of_work.authorizations.revoke_token("name", Instant(NOW + 600))
        unit_of_work.commit()
    with storage.begin() as unit_of_work:
        ask = unit_of_work.authorizations.standing_of_token
        assert ask(family.id, "name") is None
        assert unit_of_work.authorizations.person_of_token(family.id, "name") is None
        beside, of_other = ask(family.id, "Name"), ask(other.id, "another name")
        names = [unit_of_work.authorizations.is_token_revoked(name) for name in ("name", "Name", "", "another name")]
    assert names == [True, False, False, False]
    assert beside is not None
    assert of_other is not None
    assert (beside.authorization, of_other.authorization) == (family, other)
    assert beside.holds


def test_of_twenty_that_call_one_token_back_one_did_it(storage: Storage) -> None:
    """Mutation: a look, then an insert."""

    def call_back(_number: int) -> bool:
        with storage.begin() as unit_of_work:
            is_first = unit_of_work.authorizations.revoke_token("name", Instant(NOW + 600))
            unit_of_work.commit()
            return is_first

    assert sum(storm(20, call_back)) == 1


def test_a_standing_says_all_that_decides_about_a_token(storage: Storage) -> None:
    """Mutation: a family that is read without its session and account."""
    with storage.begin() as unit_of_work:
        family = authorization(unit_of_work, b"code")
        assert unit_of_work.authorizations.revoke(family.id, Instant(NOW + 1))
        assert not unit_of_work.authorizations.revoke(family.id, Instant(NOW + 2))
        unit_of_work.sessions.end(family.grant.session_id, Instant(NOW + 3))
        unit_of_work.accounts.move(family.grant.account_id, AccountStatus.ACTIVE, AccountStatus.FROZEN)
        unit_of_work.commit()
        found = unit_of_work.authorizations.by_origin(b"code")
        person = unit_of_work.authorizations.person_of_token(family.id, "name")
        assert person is not None
        assert person[1] == unit_of_work.accounts.attributes(family.grant.account_id)
        standings = (
            unit_of_work.authorizations.standing(family.id),
            unit_of_work.authorizations.standing_of_token(family.id, "name"),
            person[0],
        )
    for dead in standings:
        assert dead is not None
        assert (dead.authorization.revoked_at, dead.session_ended_at) == (NOW + 1, NOW + 3)
        assert dead.account.status is AccountStatus.FROZEN
        assert not dead.holds
    assert found is not None
    assert found.revoked_at == NOW + 1


@pytest.mark.parametrize("change", [{"session_id": 2**40}, {"account_id": 2**40}])
def test_a_family_without_its_session_or_person_stands_for_nothing(storage: Storage, change: dict[str, int]) -> None:
    """No foreign key keeps such a row away, so no reader may believe it. Mutation: an outer join in `_STANDING`."""
    with storage.begin() as unit_of_work:
        family = unit_of_work.authorizations.redeem(b"code", grant(unit_of_work, **change), told())
        assert family is not None
        assert unit_of_work.authorizations.standing(family.id) is None
        assert unit_of_work.authorizations.standing_of_token(family.id, "name") is None
        assert unit_of_work.authorizations.person_of_token(family.id, "name") is None


def test_a_stored_token_is_read_with_all_that_decides_about_it(stored: StoredToken) -> None:
    standing = stored.standing
    assert standing is not None
    assert (stored.scope, standing.authorization.grant.scope) == (("openid",), ("openid", "profile"))
    assert standing.authorization.grant.claims == {"id_token": {"acr": {"essential": True}}}
    assert (standing.authorization.revoked_at, standing.session_ended_at) == (None, None)
    assert standing.holds
    digest = numbered_secret.digest_of(STORED_SECRET)
    assert (stored.secret_digest, stored.expires_at, stored.revoked_at) == (digest, NOW + 600, None)
    assert stored.client_id == standing.authorization.grant.client_id


def test_a_stored_token_knows_that_its_family_its_session_or_its_person_is_gone(
    storage: Storage, stored: StoredToken
) -> None:
    """Mutation: a token row that is read without its authorization, session and account."""
    assert stored.standing is not None
    family = stored.standing.authorization
    with storage.begin() as unit_of_work:
        assert unit_of_work.authorizations.revoke(family.id, Instant(NOW + 1))
        unit_of_work.sessions.end(family.grant.session_id, Instant(NOW + 3))
        unit_of_work.accounts.move(family.grant.account_id, AccountStatus.ACTIVE, AccountStatus.FROZEN)
        unit_of_work.commit()
        dead = unit_of_work.authorizations.stored_token(stored.id)
    assert dead is not None
    assert dead.standing is not None
    assert (dead.standing.authorization.revoked_at, dead.standing.session_ended_at) == (NOW + 1, NOW + 3)
    assert dead.standing.account.status is AccountStatus.FROZEN
    assert not dead.standing.holds


def test_a_stored_token_is_called_back_once(storage: Storage, stored: StoredToken) -> None:
    """Mutation: a second revocation that moves the moment of the first."""
    with storage.begin() as unit_of_work:
        assert unit_of_work.authorizations.revoke_stored_token(stored.id, Instant(NOW + 1))
        assert not unit_of_work.authorizations.revoke_stored_token(stored.id, Instant(NOW + 2))
        unit_of_work.commit()
        found = unit_of_work.authorizations.stored_token(stored.id)
    assert found is not None
    assert found.revoked_at == NOW + 1
    assert found.standing is not None
    assert found.standing.holds


@pytest.mark.parametrize("number", [0, -1, 2**40, 2**63, 10**30])
def test_an_unknown_number_finds_nothing(storage: Storage, number: int) -> None:
    with storage.begin() as unit_of_work:
        assert unit_of_work.authorizations.stored_token(number) is None
        assert unit_of_work.authorizations.standing(number) is None
        assert unit_of_work.authorizations.standing_of_token(number, "name") is None
        assert unit_of_work.authorizations.person_of_token(number, "name") is None


def test_a_grant_without_options_comes_back(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        granted = grant(unit_of_work, nonce=None, claims={}, scope=(), amr=())
        unit_of_work.authorizations.redeem(b"code", granted, told())
        family = unit_of_work.authorizations.by_origin(b"code")
    assert family is not None
    assert family.grant == granted


def test_what_an_app_was_let_have_is_added_up_by_scope(storage: Storage) -> None:
    """Mutation: families of another person, or the moment of a refresh left out."""
    with storage.begin() as unit_of_work:
        person = account(unit_of_work).id
        for number, (client_id, scope) in enumerate(
            (("a", "openid"), ("a", "openid"), ("a", "phone"), ("b", "openid"))
        ):
            session_ = session(unit_of_work, person)
            granted = grant(
                unit_of_work, client_id=client_id, scope=(scope,), account_id=person, session_id=session_.id
            )
            unit_of_work.authorizations.redeem(bytes([number]), granted, told(Instant(NOW + number)))
        family = unit_of_work.authorizations.by_origin(b"\0")
        assert family is not None
        unit_of_work.authorizations.exchange(family, 0, told(Instant(NOW + 9)))
        authorization(unit_of_work, b"of another")
        unit_of_work.commit()
        uses = unit_of_work.authorizations.uses(person)
    assert sorted((use.client_id, use.scope, use.first_at - NOW, use.last_at - NOW) for use in uses) == [
        ("a", ("openid",), 0, 9),
        ("a", ("phone",), 2, 2),
        ("b", ("openid",), 3, 3),
    ]


def test_families_of_one_person_at_one_app_die_together(storage: Storage) -> None:
    """Mutations: without the person, the app, or the second five hundred sessions."""
    with storage.begin() as unit_of_work:
        person = account(unit_of_work).id
        sessions = [session(unit_of_work, person).id for _ in range(501)]
        for origin, client_id, at in ((b"1", "a", sessions[0]), (b"2", "a", sessions[500]), (b"3", "b", sessions[1])):
            granted = grant(unit_of_work, client_id=client_id, account_id=person, session_id=at)
            unit_of_work.authorizations.redeem(origin, granted, told())
        authorization(unit_of_work, b"4")
        unit_of_work.commit()
        assert unit_of_work.authorizations.revoke_at(person, "a", Instant(NOW + 1)) == 2
        assert unit_of_work.authorizations.revoke_at(person, "a", Instant(NOW + 2)) == 0
        unit_of_work.commit()
        ends = [unit_of_work.authorizations.by_origin(origin) for origin in (b"1", b"2", b"3", b"4")]
    assert [family and family.revoked_at for family in ends] == [NOW + 1, NOW + 1, None, None]


def test_what_was_told_to_a_family_adds_up(storage: Storage) -> None:
    """Mutations: the last set alone; a set that somebody else has widened meanwhile, overwritten."""
    with storage.begin() as unit_of_work:
        family = authorization(unit_of_work, b"code")
        releases = unit_of_work.authorizations
        assert releases.release(family, ["sub", "name"], NOW)
        assert not releases.release(family, ["email"], NOW), "it was told something since this was read"
        read = releases.by_origin(b"code")
        assert read is not None
        assert read.released == ("name", "sub")
        assert releases.release(read, ["email"], Instant(NOW + 1))
        read = releases.by_origin(b"code")
        assert read is not None
        assert read.released == ("email", "name", "sub")
        unit_of_work.commit()
