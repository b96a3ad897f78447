"""Authorization codes: taken once, by their client, and unreadable in the store."""

from dataclasses import replace

from idp.app import Installation
from idp.clock import Instant
from idp.model.authorization import AuthorizationCode, Grant
from idp.oauth import codes
from idp.ports import Ephemeral
from tests.idp.installed import NOW, Moment
from tests.idp.storage.storm import storm

CODE = AuthorizationCode(
    grant=Grant(
        client_id="app",
        account_id=7,
        session_id=3,
        sid="sid",
        sub="sub",
        scope=("openid", "profile"),
        auth_time=Instant(NOW - 5),
        acr="urn:yizheng:level:3",
        amr=("pwd", "sms"),
        nonce='n\u0000"中',
        claims={"id_token": {"acr": {"values": ["x"]}}},
    ),
    redirect_uri="https://app.example/callback?keep=1",
    code_challenge="c" * 43,
    issued_at=NOW,
)


def taken(ephemeral: Ephemeral, value: str) -> AuthorizationCode | None:
    """The code, where its own client takes it."""
    found = codes.take(ephemeral, "app", value)
    return None if found is None else found.code


def test_what_was_written_comes_back_once(installation: Installation) -> None:
    """Mutation: `get`."""
    ephemeral = installation.services.ephemeral
    value = codes.issue(ephemeral, CODE, 60)
    assert len(value) == 43
    assert taken(ephemeral, value) == CODE
    assert codes.take(ephemeral, "app", value) is None


def test_a_stranger_misses_and_the_owner_keeps_the_code(installation: Installation) -> None:
    """Mutation: the client left out of the key; a stranger could burn, or worse use, what is not theirs."""
    ephemeral = installation.services.ephemeral
    value = codes.issue(ephemeral, CODE, 60)
    for client_id in ("other", "", "app ", "a", f"app:{value}"):
        assert codes.take(ephemeral, client_id, value) is None
    assert taken(ephemeral, value) == CODE


def test_a_code_runs_out(installation: Installation, clock: Moment) -> None:
    ephemeral = installation.services.ephemeral
    value = codes.issue(ephemeral, CODE, 60)
    clock.pass_by(60)
    assert codes.take(ephemeral, "app", value) is None


def test_of_twelve_takers_one_gets_it(installation_on_each_store: Installation) -> None:
    """Mutation: `get`, then delete."""
    ephemeral = installation_on_each_store.services.ephemeral
    for _ in range(5):
        value = codes.issue(ephemeral, CODE, 60)

        def take(_number: int, value: str = value) -> AuthorizationCode | None:
            return taken(ephemeral, value)

        assert [each for each in storm(12, take) if each is not None] == [CODE]


def test_values_that_nobody_issued_find_nothing(installation: Installation) -> None:
    ephemeral = installation.services.ephemeral
    codes.issue(ephemeral, CODE, 60)
    for value in ("", "x", "\0", "\ud800", "中", "a" * 100_000, "*"):
        assert codes.take(ephemeral, "app", value) is None
        assert len(codes.origin_of("app", value)) == 32


def test_origins_differ_by_client_and_value() -> None:
    origins = {codes.origin_of(client, value) for client in ("app", "other") for value in ("a", "b")}
    assert len(origins) == 4
    assert codes.origin_of("app", "a") == codes.origin_of("app", "a")


def test_a_grant_without_optional_members_survives_as_well(installation: Installation) -> None:
    ephemeral = installation.services.ephemeral
    bare = replace(CODE, grant=replace(CODE.grant, nonce=None, claims={}, amr=()))
    assert taken(ephemeral, codes.issue(ephemeral, bare, 60)) == bare


def test_who_took_it_learns_of_everybody_who_came_afterwards(installation_on_each_store: Installation) -> None:
    """Threat O01. Mutation: one word for all; `get` in `take`, which leaves no word."""
    ephemeral = installation_on_each_store.services.ephemeral
    value = codes.issue(ephemeral, CODE, 60)
    first = codes.take(ephemeral, "app", value)
    assert first is not None
    assert not codes.was_replayed(ephemeral, "app", value, first.word)
    for _ in range(2):
        assert codes.take(ephemeral, "app", value) is None
        assert codes.was_replayed(ephemeral, "app", value, first.word)


def test_a_lost_store_accuses_nobody(installation: Installation, clock: Moment) -> None:
    ephemeral = installation.services.ephemeral
    value = codes.issue(ephemeral, CODE, 60)
    first = codes.take(ephemeral, "app", value)
    assert first is not None
    clock.pass_by(61)
    assert not codes.was_replayed(ephemeral, "app", value, first.word)
