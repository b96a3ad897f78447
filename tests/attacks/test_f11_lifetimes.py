"""B08, D05 and F11: what has had its time is over, however often it was used. The stores' own moments are moved back."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import redis
from sqlalchemy import Column, select, update

from idp.clock import Instant
from idp.oauth.codes import Codes, origin_of
from idp.storage.engine import create_engine
from idp.storage.tables import authorizations, sessions
from tests.attacks.answers import error_of
from tests.attacks.rig import WEB, Browser, Target, authorization_url, told

HOUR, DAY = 3600, 86_400


@pytest.fixture
def visitor(target: Target) -> Browser:
    """A browser with a session of its own, whose age a test may change."""
    browser = target.browser()
    browser.follow(browser.sign_in(target.person))
    return browser


def earlier(target: Target, column: Column[int], row: int, seconds: int) -> None:
    """Let so many seconds pass for one moment of one row."""
    table = column.table
    with create_engine(target.idp.installation.settings.storage.database).connect() as connection:
        connection.execute(update(table).where(table.c.id == row).values({column: column - seconds}))
        connection.commit()


def session_of(browser: Browser) -> int:
    return int(browser.cookie("session").partition(".")[0])


def family_of(refresh_token: str) -> int:
    return int(refresh_token.partition(".")[0])


@pytest.fixture
def store(target: Target) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(target.idp.installation.settings.storage.ephemeral) as store:
        yield store


def older(target: Target, code: str, seconds: int) -> str:
    """A code of the same grant that was issued so many seconds before."""
    services = target.idp.installation.services
    codes = Codes(services.cipher, services.ephemeral, 60)
    found = codes.find(WEB, code, services.clock())
    assert found is not None
    return codes.issue(replace(found, issued_at=Instant(found.issued_at - seconds)))


@pytest.mark.parametrize("nonce", ["nonce", "n" * 2048], ids=["sealed", "by-reference"])
def test_a_code_lives_a_minute(target: Target, visitor: Browser, nonce: str) -> None:
    """B08: by our own clock. Red when `find` does not look at `issued_at`, or the setting is not handed on."""
    in_time, too_late = (older(target, visitor.code(nonce=nonce), seconds) for seconds in (40, 60))
    target.log.keep_out(in_time, too_late)
    assert error_of(visitor.redeem(too_late)) == "invalid_grant"
    assert visitor.redeem(in_time).status_code == 200


def test_what_is_stored_of_a_code_lives_a_minute_by_the_stores_own_clock(
    target: Target, visitor: Browser, store: redis.Redis
) -> None:
    """B08: never longer, never without an end, whatever the clocks of the servers say. Red when `issue` names no life."""
    code = visitor.code(nonce="n" * 2048)
    name = f"code:{WEB}:{origin_of(WEB, code).hex()}".encode()
    (key,) = [key for key in store.scan_iter() if bytes(key).endswith(name)]
    assert 0 < store.ttl(key) <= 60
    store.pexpire(key, 1)
    while store.exists(key):
        pass
    assert error_of(visitor.redeem(code)) == "invalid_grant"


def test_of_a_code_that_fits_into_an_address_nothing_is_stored(visitor: Browser, store: redis.Redis) -> None:
    """Red when `issue` stores every code: an emptied cache would lose it."""
    before = set(store.scan_iter())
    code = visitor.code()
    assert [key for key in set(store.scan_iter()) - before if b":code:" in bytes(key)] == []
    assert visitor.redeem(code).status_code == 200


def test_a_family_has_an_absolute_end(target: Target, visitor: Browser) -> None:
    """D05: 180 days, although it was always used. Red when `_refuse_when_too_old` counts from the last use."""
    tokens = visitor.refresh(visitor.tokens()["refresh_token"]).json()
    earlier(target, authorizations.c.created_at, family_of(tokens["refresh_token"]), 180 * DAY - HOUR)
    newer = visitor.refresh(tokens["refresh_token"])
    assert newer.status_code == 200
    earlier(target, authorizations.c.created_at, family_of(tokens["refresh_token"]), HOUR)
    assert error_of(visitor.refresh(newer.json()["refresh_token"])) == "invalid_grant"


def test_a_family_that_rests_is_over(target: Target, visitor: Browser) -> None:
    """D05, the idle half. Red when only the absolute end is looked at."""
    tokens = visitor.tokens()
    family = family_of(tokens["refresh_token"])
    newer = visitor.refresh(tokens["refresh_token"]).json()
    earlier(target, authorizations.c.refreshed_at, family, 30 * DAY)
    assert error_of(visitor.refresh(newer["refresh_token"])) == "invalid_grant"


@pytest.mark.parametrize(
    ("column", "seconds"),
    [(sessions.c.last_seen_at, HOUR), (sessions.c.expires_at, 12 * HOUR)],
    ids=["idle", "absolute"],
)
def test_a_session_ends_by_itself(target: Target, visitor: Browser, column: Column[int], seconds: int) -> None:
    """F11, on the website's channel. Red when `resume` leaves out either."""
    earlier(target, column, session_of(visitor), seconds - 120)
    assert "code" in told(visitor.get(authorization_url(prompt="none")).headers["location"])
    earlier(target, column, session_of(visitor), seconds)
    assert error_of(visitor.get(authorization_url(prompt="none"))) == "login_required"


def test_tokens_in_the_background_keep_no_session_awake(target: Target, visitor: Browser) -> None:
    """F11: refreshing, reading and asking are the app's doings, not the person's. Red when one of them touches it."""
    tokens = visitor.tokens()
    with create_engine(target.idp.installation.settings.storage.database).connect() as connection:
        seen = select(sessions.c.last_seen_at, sessions.c.expires_at).where(sessions.c.id == session_of(visitor))
        earlier(target, sessions.c.last_seen_at, session_of(visitor), HOUR - 60)
        before = connection.execute(seen).one()
        tokens = visitor.refresh(tokens["refresh_token"]).json()
        assert visitor.userinfo(tokens["access_token"]).status_code == 200
        assert visitor.introspect(tokens["access_token"]).json()["active"] is True
        assert connection.execute(seen).one() == before
