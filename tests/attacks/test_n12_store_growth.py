"""N12: whoever has no account makes no store grow for long: nothing is kept, or it ends by itself."""

import redis
from sqlalchemy import func, select

from idp.accounts.message_budget import DAY
from idp.events import Action
from idp.factors.message_code import LIFETIME
from idp.interaction import handles
from idp.storage.engine import create_engine
from idp.storage.tables import metadata
from tests.attacks.rig import Target, authorization_url
from tests.attacks.strangers import unknown_phone
from tests.attacks.test_k08_message_floods import asks, stranger

COUNTED = {"event_counts", "events"}
"""Refusals are counted per code, source and minute, a row a minute however many come; events the bench looks at itself."""


def kept(target: Target) -> dict[str, int]:
    """How many rows each table has."""
    engine = create_engine(target.idp.installation.settings.storage.database)
    with engine.connect() as connection:
        found = {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
            if table.name not in COUNTED
        }
    engine.dispose()
    return found


def keys_of(target: Target) -> dict[str, int]:
    """The keys of the ephemeral store and the seconds that they still have; -1: without an end."""
    with redis.Redis.from_url(target.idp.installation.settings.storage.ephemeral) as connection:
        return {
            key.decode("utf-8", "backslashreplace"): int(connection.ttl(key))
            for key in connection.scan_iter(count=1000)
        }


def kind(key: str) -> str:
    return ":".join(key.split(":")[1:3]) if ":messages:" in key else key.split(":")[1]


def test_two_hundred_beginnings_of_a_sign_in_store_nothing(target: Target) -> None:
    """By browsers that keep no cookie and by one that does. Mutation: `save` instead of `seal` at the start."""
    rows, keys = kept(target), set(keys_of(target))
    browser = target.browser()
    for number in range(200):
        if number % 2:
            browser.http.cookies.clear()
        assert browser.get(authorization_url(state=f"state-{number}", prompt="login")).status_code == 303
    browser.open(authorization_url())
    browser.get("/s/~" + "A" * 400)
    assert kept(target) == rows
    assert set(keys_of(target)) - keys == set()


def test_what_a_code_leaves_behind_ends_by_itself(target: Target) -> None:
    """Challenges, counters, pauses, interactions. Mutation: a `put` or `incr` whose life is forgotten."""
    before = set(keys_of(target))
    browser = stranger(target)
    browser.follow(asks(browser, unknown_phone()))
    browser.submit(code="999999")
    target.expects(Action.SIGN_IN_REFUSED, "wrong_code")
    lives = {kind(key): seconds for key, seconds in keys_of(target).items() if key not in before}
    longest = {
        "interaction": handles.LIFETIME,
        "message_code": LIFETIME,
        "message_pause": 60,
        "messages:address_hour": 3600,
        "messages:device_day": DAY,
        "messages:destination_hour": 3600,
        "messages:destination_day": DAY,
    }
    assert longest.keys() <= lives.keys()
    assert {name: 0 < seconds <= longest[name] for name, seconds in lives.items() if name in longest} == dict.fromkeys(
        longest, True
    )


def test_nothing_in_the_ephemeral_store_is_without_an_end(target: Target) -> None:
    """Whatever the tests before this one did. Mutation: a key with no seconds; but for the store's own generation."""
    browser = stranger(target)
    browser.follow(asks(browser, unknown_phone()))
    endless = {kind(key) for key, seconds in keys_of(target).items() if seconds == -1}
    assert endless <= {"\\xff generation"}


def test_refused_requests_for_codes_store_one_challenge(target: Target) -> None:
    """Mutation: the challenge stored before the budget is asked."""
    phone = unknown_phone()
    browser = stranger(target)
    browser.follow(asks(browser, phone))
    before = {key for key in keys_of(target) if "message_code" in key}
    rows = kept(target)["outbox"]
    for _ in range(5):
        assert asks(stranger(target), phone).status_code == 429
    assert {key for key in keys_of(target) if "message_code" in key} <= before
    assert kept(target)["outbox"] == rows
