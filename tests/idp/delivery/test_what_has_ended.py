"""Everything that ended goes in its time, everything alive stays, and nobody can tell the difference."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, Table, func, insert, select

from idp.app import Installation
from idp.clock import after
from idp.delivery.housekeeping import GRACE_SECONDS, Housekeeper
from idp.errors import Refused
from idp.events import Action, Kind
from idp.events import Event as Happening
from idp.model.client import AccessTokenFormat
from idp.model.expiry import Perishable
from idp.model.known_device import NewKnownDevice
from idp.model.known_network import KnownNetwork
from idp.model.policy import Level
from idp.model.recovery import Basis, RecoveryOutcome
from idp.oauth.introspection import INACTIVE, Introspection
from idp.oauth.revocation import Revocation
from idp.sessions.end import end
from idp.storage.tables import (
    access_tokens,
    accounts,
    authorizations,
    event_counts,
    events,
    metadata,
    outbox,
    revoked_jwts,
    sessions,
)
from tests.idp.installed import NOW, Moment
from tests.idp.oauth.registered import Registered, register, resolve
from tests.idp.storage.made import grant, told
from tests.idp.storage.sql import engine_of, store_token
from tests.plugins.private_servers import StorageUrls

DAY = 86_400
ACCESS_TOKEN, REFRESH_IDLE, REFRESH_TOKEN = 600, 30 * DAY, 180 * DAY
ENDED = 180 * DAY


@pytest.fixture
def registered(installation_on_each_store: Installation) -> Registered:
    return register(installation_on_each_store)


@pytest.fixture
def engine(storage_urls: StorageUrls) -> Iterator[Engine]:
    opened = engine_of(storage_urls)
    yield opened
    opened.dispose()


def keep_house(installation: Installation) -> dict[Perishable, int]:
    """Everything that is due at this moment, in steps of three rows."""
    expiry = installation.storage.expiry()
    housekeeper = Housekeeper(expiry, installation.services.clock, installation.settings, rows=3, breath_seconds=0)
    return {table: rows for table, rows in housekeeper.run_once().items() if rows}


def count(engine: Engine, table: Table) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def refresh(registered: Registered, token: str) -> dict[str, Any]:
    form: dict[str, str | None] = {"grant_type": "refresh_token", "refresh_token": token}
    return registered.server.token_response(registered.token_request(form))


def newer(registered: Registered) -> None:
    """Rows above those of a test, since the newest of each table stays."""
    end_of_another(registered)
    registered.redeem(registered.code(scope=("openid", "offline_access")))


def end_of_another(registered: Registered) -> None:
    """A session of somebody else that ended, with an item in the outbox."""
    services = registered.installation.services
    with services.begin() as unit_of_work:
        granted = grant(unit_of_work)
        unit_of_work.sessions.end(granted.session_id, services.clock())
        unit_of_work.outbox.put("k", {}, services.clock(), after(services.clock(), 60))
        unit_of_work.commit()


def introspected(registered: Registered, token: str) -> Any:
    services = registered.installation.services
    with services.begin() as unit_of_work:
        return Introspection(services).of(unit_of_work, token, registered.client, services.clock())


def revoke(registered: Registered, token: str) -> None:
    services = registered.installation.services
    with services.begin() as unit_of_work:
        Revocation(services).revoke(unit_of_work, token, registered.client, services.clock())


def test_a_stored_access_token_goes_when_it_expired_and_nobody_can_tell(
    registered: Registered, engine: Engine, clock: Moment
) -> None:
    """One of 0.2.0: introspection, userinfo's look-up and revocation say the same with and without the row.

    Mutation: no grace.
    """
    token = stored_token(registered)
    stored_token(registered)
    newer(registered)
    clock.pass_by(ACCESS_TOKEN + GRACE_SECONDS - 1)
    assert Perishable.ACCESS_TOKENS not in keep_house(registered.installation)
    answers = []
    for rows in (2, 1):
        assert count(engine, access_tokens) == rows
        before = count(engine, events)
        revoke(registered, token)
        with registered.installation.services.begin() as unit_of_work:
            found = resolve(registered, unit_of_work, token)
        answers.append((introspected(registered, token), found, count(engine, events) - before))
        clock.pass_by(1)
        keep_house(registered.installation)
    assert answers == [(INACTIVE, None, 0)] * 2


@pytest.mark.parametrize("is_stored", [False, True])
def test_a_living_access_token_stays_with_all_behind_it(
    registered: Registered, clock: Moment, *, is_stored: bool
) -> None:
    token = stored_token(registered) if is_stored else registered.redeem(registered.code())["access_token"]
    newer(registered)
    clock.pass_by(ACCESS_TOKEN - 1)
    keep_house(registered.installation)
    assert introspected(registered, token)["active"] is True


def stored_token(registered: Registered) -> str:
    """An access token of 0.2.0, of a new family."""
    family = int(registered.redeem(registered.code())["refresh_token"].partition(".")[0])
    services, settings = registered.installation.services, registered.installation.settings
    return store_token(settings.storage.database, services.clock(), authorization_id=family)


@pytest.mark.parametrize("form", AccessTokenFormat)
def test_that_a_token_was_called_back_is_remembered_until_it_expired(
    installation_on_each_store: Installation, engine: Engine, clock: Moment, form: AccessTokenFormat
) -> None:
    """Mutation: the moment of the revocation instead of the end of the token."""
    registered = register(installation_on_each_store, access_token_format=form)
    token = registered.redeem(registered.code())["access_token"]
    assert introspected(registered, token)["active"] is True
    for each in (token, registered.redeem(registered.code())["access_token"]):
        revoke(registered, each)
    assert count(engine, revoked_jwts) == 2
    clock.pass_by(ACCESS_TOKEN - 1)
    keep_house(registered.installation)
    assert introspected(registered, token) == INACTIVE
    clock.pass_by(GRACE_SECONDS)
    assert Perishable.REVOKED_JWTS not in keep_house(registered.installation)
    clock.pass_by(1)
    assert keep_house(registered.installation)[Perishable.REVOKED_JWTS] == 1
    assert introspected(registered, token) == INACTIVE


LIVES = [
    (("openid",), "the session ends", ENDED),
    (("openid",), "the session runs out", 12 * 3600 + ENDED),
    (("openid", "offline_access"), "the session ends", REFRESH_IDLE + ENDED),
    (("openid", "offline_access"), "revoked", ENDED),
]


@pytest.mark.parametrize("life", LIVES, ids=[f"{row[0][-1]}, {row[1]}" for row in LIVES])
def test_a_dead_family_goes_half_a_year_later(
    registered: Registered, engine: Engine, clock: Moment, life: tuple[tuple[str, ...], str, int]
) -> None:
    """And its refresh token is refused as before. Mutation: the retention left out."""
    scope, how, seconds = life
    services = registered.installation.services
    token = registered.redeem(registered.code(scope=scope))["refresh_token"]
    if how == "the session ends":
        with services.begin() as unit_of_work:
            assert end(unit_of_work, registered.session, clock.now)
            unit_of_work.commit()
    elif how == "revoked":
        revoke(registered, token)
    with services.begin() as unit_of_work:
        other = grant(unit_of_work)
        assert unit_of_work.authorizations.redeem(b"newest", other, told(clock.now)) is not None
        unit_of_work.commit()
    clock.pass_by(seconds - 1)
    assert Perishable.AUTHORIZATIONS not in keep_house(registered.installation)
    assert count(engine, authorizations) == 2
    before = refusal(registered, token)
    clock.pass_by(1)
    kept = keep_house(registered.installation)
    assert kept[Perishable.AUTHORIZATIONS] == 1
    assert refusal(registered, token) == before == "invalid_grant"
    assert introspected(registered, token) == INACTIVE


def refusal(registered: Registered, token: str) -> str:
    with pytest.raises(Refused) as refused:
        refresh(registered, token)
    return refused.value.code


def test_an_app_that_goes_on_refreshing_keeps_its_family_and_its_session(
    registered: Registered, engine: Engine, clock: Moment
) -> None:
    """For as long as the settings say, with a session that ended long ago. Mutation: `created_at` for `refreshed_at`."""
    token = registered.redeem(registered.code(scope=("openid", "offline_access")))["refresh_token"]
    with registered.installation.services.begin() as unit_of_work:
        end(unit_of_work, registered.session, clock.now)
        unit_of_work.commit()
    end_of_another(registered)
    died_at = clock.now + REFRESH_TOKEN
    while clock.now + REFRESH_IDLE < died_at:
        clock.pass_by(REFRESH_IDLE - 1)
        keep_house(registered.installation)
        token = refresh(registered, token)["refresh_token"]
    end_of_another(registered)
    clock.pass_by(died_at - clock.now)
    assert refusal(registered, token) == "invalid_grant"
    family, session = count(engine, authorizations), count(engine, sessions)
    clock.pass_by(ENDED - 1)
    with registered.installation.services.begin() as unit_of_work:
        other = grant(unit_of_work)
        assert unit_of_work.authorizations.redeem(b"newest", other, told(clock.now)) is not None
        unit_of_work.commit()
    assert Perishable.AUTHORIZATIONS not in keep_house(registered.installation)
    clock.pass_by(1)
    assert keep_house(registered.installation)[Perishable.AUTHORIZATIONS] == 1
    with registered.installation.services.begin() as unit_of_work:
        assert unit_of_work.sessions.get(registered.session.id) is None
    assert (family, session) == (1, 3)


@pytest.mark.parametrize("form", AccessTokenFormat)
def test_a_number_that_comes_again_opens_nothing(
    installation_on_each_store: Installation, engine: Engine, clock: Moment, form: AccessTokenFormat
) -> None:
    """A family, a session and a stored token of the same numbers as dead ones, as an emptied SQLite, or any database that
    was restored from a backup, would give them.

    Mutations: a refresh token or an access token without the family's origin in it; a token or cookie without a secret.
    """
    registered = register(installation_on_each_store, access_token_format=form)
    old = registered.redeem(registered.code(scope=("openid", "offline_access")))
    before = stored_token(registered)
    with engine.connect() as connection:
        for table in (access_tokens, authorizations):
            connection.execute(table.delete())
    services = registered.installation.services
    with services.begin() as unit_of_work:
        again = grant(unit_of_work, client_id=registered.client.client_id, scope=("openid", "offline_access"))
        unit_of_work.commit()
    number = int(old["refresh_token"].partition(".")[0])
    with engine.connect() as connection:
        values = {**_family_of(again), "id": number}
        connection.execute(insert(authorizations).values(**values))
        token = {"secret_digest": b"other", "scope": "", "issued_at": clock.now, "expires_at": clock.now + 600}
        row = {"id": int(before.partition(".")[0]), "authorization_id": number}
        connection.execute(insert(access_tokens).values(**row, **token))
    assert refusal(registered, old["refresh_token"]) == "invalid_grant"
    assert introspected(registered, old["refresh_token"]) == INACTIVE
    assert introspected(registered, before) == INACTIVE
    with services.begin() as unit_of_work:
        standing = unit_of_work.authorizations.standing(number)
    assert standing is not None
    assert standing.holds, "nobody kills a living family by the token of a dead one"
    assert introspected(registered, old["access_token"]) == INACTIVE


def _family_of(granted: Any) -> dict[str, Any]:
    return {
        "origin": b"another code",
        "client_id": granted.client_id,
        "account_id": granted.account_id,
        "session_id": granted.session_id,
        "sid": granted.sid,
        "sub": granted.sub,
        "scope": " ".join(granted.scope),
        "auth_time": granted.auth_time,
        "acr": granted.acr,
        "amr": " ".join(granted.amr),
        "claims": "{}",
        "created_at": NOW,
    }


def test_the_log_is_never_touched(registered: Registered, engine: Engine, clock: Moment) -> None:
    services = registered.installation.services
    registered.redeem(registered.code())
    with services.begin() as unit_of_work:
        refused = Happening(kind=Kind.REFUSAL, action=Action.TOKEN_REFUSED, at=clock.now)
        unit_of_work.events.count(refused, "192.0.2.1")
        unit_of_work.commit()
    before = [count(engine, table) for table in (events, event_counts)]
    clock.pass_by(20 * 365 * DAY)
    keep_house(registered.installation)
    assert [count(engine, table) for table in (events, event_counts)] == before
    assert min(before) > 0


def test_years_later_one_row_of_each_kind_is_left_and_what_must_last(
    registered: Registered, engine: Engine, clock: Moment
) -> None:
    """Mutation: a table that nobody sweeps."""
    for _ in range(7):
        newer(registered)
        stored_token(registered)
    with engine.connect() as connection:
        people = connection.execute(select(accounts.c.id)).scalars().all()
    browser = NewKnownDevice(account_id=registered.account.id, secret_digest=b"d", device=None)
    with registered.installation.services.begin() as unit_of_work:
        for item in unit_of_work.outbox.claim(clock.now, lease_seconds=60, limit=100):
            unit_of_work.outbox.done(item.id, clock.now)
        for number in range(7):
            unit_of_work.authorizations.revoke_token(f"0.{number}", clock.now)
            unit_of_work.guesses.count(b"%d" % number, 0, clock.now)
            unit_of_work.kept_answers.keep("account 3", f"key {number}", b"asked", "told", clock.now)
            unit_of_work.known_devices.remember(browser, clock.now)
            network = KnownNetwork(slot=number, digest=b"d", place_digest=None, seen_at=clock.now)
            unit_of_work.known_networks.remember(registered.account.id, network)
        for person in people:
            unit_of_work.slips.issue(person, b"d", Level.TWO, clock.now, clock.now)
            unit_of_work.recoveries.open(person, Basis.PROOF, "+8613912345678", clock.now, clock.now)
            unit_of_work.recoveries.end_of(person, RecoveryOutcome.CANCELLED, clock.now)
        unit_of_work.commit()
    clock.pass_by(20 * 365 * DAY)
    kept = keep_house(registered.installation)
    assert set(kept) == set(Perishable)
    left = {name: count(engine, table) for name, table in metadata.tables.items()}
    swept = {perishable.value for perishable in Perishable} - {"sessions"}
    assert {left[table] for table in swept} == {1}
    assert left["sessions"] == 2, "the newest of all, and that of the newest family"
    assert left["accounts"] == 1 + 7
    assert left["consents"] == 1


def test_what_left_is_remembered_for_a_month(registered: Registered, engine: Engine, clock: Moment) -> None:
    with registered.installation.services.begin() as unit_of_work:
        for _ in range(3):
            unit_of_work.outbox.put("k", {}, clock.now, after(clock.now, 60))
        done, buried, waiting = unit_of_work.outbox.claim(clock.now, lease_seconds=60, limit=3)
        unit_of_work.outbox.done(done.id, clock.now)
        unit_of_work.outbox.bury(buried.id, after(clock.now, 60), "expired")
        unit_of_work.outbox.put("k", {}, clock.now, after(clock.now, 60))
        unit_of_work.commit()
    clock.pass_by(30 * DAY - 1)
    assert keep_house(registered.installation) == {}
    clock.pass_by(1)
    assert keep_house(registered.installation) == {Perishable.OUTBOX: 1}
    clock.pass_by(60)
    assert keep_house(registered.installation) == {Perishable.OUTBOX: 1}
    with engine.connect() as connection:
        assert waiting.id in connection.execute(select(outbox.c.id)).scalars().all()
