"""Migrations: up and down on both databases, from several processes at once, and equal to the tables in the code."""

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError

from idp.clock import Instant
from idp.errors import Refused, Unavailable
from idp.storage import migrations, open_storage
from idp.storage.encryption import FieldCipher
from idp.storage.engine import create_engine
from idp.storage.tables import metadata
from tests.idp.storage.storm import run_at_once
from tests.plugins.server_processes import free_port


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without any table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'idp.db'}"
    database: str = request.getfixturevalue("postgresql_url")
    with create_engine(database).connect() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    return database


def tables(url: str) -> set[str]:
    return set(inspect(create_engine(url)).get_table_names())


def test_the_head_named_in_the_code_is_the_newest_file() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    assert ScriptDirectory.from_config(config).get_heads() == [migrations.head()]


def test_up_and_down_and_up_again(url: str) -> None:
    assert migrations.current(url) is None
    assert [step.split()[0] for step in migrations.plan(url)] == [
        f"{n:04}" for n in range(1, int(migrations.head()) + 1)
    ]
    migrations.upgrade(url)
    assert migrations.current(url) == migrations.head()
    assert migrations.plan(url) == ()
    assert tables(url) == {*metadata.tables, "alembic_version"}
    migrations.downgrade(url, "base")
    assert migrations.current(url) is None
    assert tables(url) == {"alembic_version"}
    migrations.upgrade(url)
    migrations.upgrade(url)
    assert migrations.current(url) == migrations.head()


def test_the_migrated_schema_is_the_one_in_the_code(url: str) -> None:
    """Mutation: a column added to `tables` without a migration."""
    migrations.upgrade(url)
    with create_engine(url).connect() as connection:
        opts = {"compare_type": True, "compare_server_default": True, "include_object": is_of(connection.dialect.name)}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, metadata) == []


def is_of(dialect: str) -> Callable[..., bool]:
    """Alembic does not ask for whom an index is."""
    return lambda _, name, *__: dialect == "sqlite" or name != "ix_identifiers_in_force"


def test_partial_indexes_are_the_ones_in_the_code(url: str) -> None:
    """Alembic does not compare conditions of indexes, so they are compared here."""
    migrations.upgrade(url)
    inspector = inspect(create_engine(url))
    dialect = "sqlite_where" if url.startswith("sqlite") else "postgresql_where"
    found = {
        str(index["name"]): (bool(index["unique"]), plain(str(index["dialect_options"][dialect])))
        for table in metadata.tables
        for index in inspector.get_indexes(table)
        if dialect in index.get("dialect_options", {})
    }
    covering = {"ix_identifiers_in_force": (False, "superseded_atisnull")} if url.startswith("sqlite") else {}
    assert found == covering | {
        "ix_accounts_closing": (False, "closes_atisnotnull"),
        "ix_accounts_sandbox": (False, "is_sandboxis1" if url.startswith("sqlite") else "is_sandboxistrue"),
        "ix_audit_seals_removed": (False, "removedisnotnull"),
        "ix_authorizations_mandate": (False, "mandate_idisnotnull"),
        "ix_drafts_undecided": (False, "decided_atisnull"),
        "uq_disputes_waiting": (True, "decided_atisnull"),
        "ix_events_of_actor": (False, "actor_idisnotnull"),
        "ix_mandates_invitee": (False, "inviteeisnotnull"),
        "ix_names_blind_index": (False, "blind_indexisnotnull"),
        "ix_names_unindexed": (False, "blind_indexisnullandsuperseded_atisnull"),
        "ix_organizations_changed": (False, "changed_atisnotnull"),
        "uq_appointments_in_force": (True, "ended_atisnull"),
        "ix_events_of_person": (False, "account_idisnotnullandaction!='token.issued'"),
        "ix_outbox_waiting": (False, "finished_atisnull"),
        "uq_identifiers_in_force": (True, "superseded_atisnull"),
        **{
            f"uq_mandates_{principal}_{agent}": (True, "ended_atisnull")
            for principal in ("principal", "organization")
            for agent in ("agent", "invitee")
        },
        "uq_master_keys_active": (True, "state='active'"),
        "uq_names_in_force": (True, "superseded_atisnull"),
        "uq_recoveries_waiting": (True, "ended_atisnull"),
        "uq_outbox_reference": (True, "referenceisnotnull"),
        "uq_signing_keys_active": (True, "state='active'"),
    }


def plain(condition: str) -> str:
    return re.sub(r"[ ()]|::text", "", condition.lower()).replace("<>", "!=")


def test_several_processes_may_migrate_at_once(url: str) -> None:
    """Mutation: no lock, with which the second CREATE TABLE fails."""
    loading = "import alembic.command; from idp.storage.migrations import upgrade"
    assert run_at_once(loading, "upgrade(input())", url) == [""] * 3
    assert migrations.current(url) == migrations.head()


def test_a_step_that_fails_leaves_the_database_as_it_was(url: str) -> None:
    """Mutation: committing each statement by itself, as SQLite's driver does by default."""
    with create_engine(url).connect() as connection:
        connection.execute(text("CREATE TABLE outbox (id INTEGER)"))
    with pytest.raises(Unavailable):
        migrations.upgrade(url)
    assert tables(url) == {"outbox"}


def test_a_database_of_a_newer_release_is_refused(url: str) -> None:
    migrations.upgrade(url)
    with create_engine(url).connect() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for step in (lambda: migrations.upgrade(url), lambda: migrations.plan(url)):
        with pytest.raises(Refused, match="newer release"):
            step()
    assert migrations.current(url) == "9999"


def test_rows_that_refer_to_nothing_stop_a_migration(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'idp.db'}"
    migrations.upgrade(url)
    with sqlite3.connect(tmp_path / "idp.db") as connection:
        connection.execute("INSERT INTO names (account_id, sealed_name, valid_from) VALUES (42, x'00', 0)")
    connection.close()
    with pytest.raises(Refused, match="schema_broken"):
        migrations.upgrade(url)


@pytest.mark.parametrize(
    "address", ["postgresql://idp:pass-word@127.0.0.1:{port}/idp", "sqlite:////nowhere/at/all/idp.db"]
)
def test_a_database_that_does_not_answer_is_unavailable(address: str) -> None:
    for step in (migrations.current, migrations.plan, migrations.upgrade):
        with pytest.raises(Unavailable) as refused:
            step(address.format(port=free_port()))
        assert "pass-word" not in str(refused.value) + refused.value.detail


def test_a_new_sqlite_file_is_for_its_owner_only(tmp_path: Path) -> None:
    migrations.upgrade(f"sqlite:///{tmp_path / 'idp.db'}")
    assert oct((tmp_path / "idp.db").stat().st_mode & 0o777) == "0o600"


def test_what_0_1_0_wrote_is_still_good(url: str, cipher: FieldCipher, tmp_path: Path) -> None:
    """A token, a session and an app of the release before work on; its processes may write beside ours meanwhile.

    Mutation: a column of 0002 without its default.
    """
    migrations.upgrade(url, "0001")
    with create_engine(url).connect() as connection:
        for statement in _ROWS_OF_0_1_0:
            connection.execute(text(statement))
        connection.commit()
    migrations.upgrade(url)
    with create_engine(url).connect() as connection:
        connection.execute(text(_ROWS_OF_0_1_0[-1].replace("(1, 1,", "(2, 1,")))
        connection.commit()
    storage = open_storage(url, f"sqlite:///{tmp_path / 'ephemeral.db'}", cipher, lambda: Instant(1_800_000_000))
    with storage.begin() as unit_of_work:
        for token_id in (1, 2):
            token = unit_of_work.authorizations.stored_token(token_id)
            assert token is not None
            assert token.standing is not None
            assert token.standing.holds
            assert (token.client_id, token.audience, token.standing.authorization.generation) == ("app", None, 0)
        assert unit_of_work.clients.saved_at("app") is not None
        assert unit_of_work.sessions.client_ids(1) == ["app"]
    storage.close()


def test_tokens_of_deleted_families_go_when_the_schema_goes_back(url: str) -> None:
    """0004 lets a family go before its tokens. Mutation: a downgrade that meets such a token and fails."""
    migrations.upgrade(url)
    with create_engine(url).connect() as connection:
        for statement in (*_ROWS_OF_0_1_0, _ROWS_OF_0_1_0[-1].replace("(1, 1,", "(2, 7,")):
            connection.execute(text(statement))
    migrations.downgrade(url, "0003")
    with create_engine(url).connect() as connection:
        assert connection.execute(text("SELECT id FROM access_tokens")).scalars().all() == [1]
        with pytest.raises(IntegrityError):
            connection.execute(text("DELETE FROM authorizations"))
    migrations.upgrade(url)
    with create_engine(url).connect() as connection:
        connection.execute(text("DELETE FROM authorizations"))
        assert connection.execute(text("SELECT id FROM access_tokens")).scalars().all() == [1]


def test_families_point_without_keys_and_have_them_again_when_the_schema_goes_back(url: str) -> None:
    """0005: to redeem a code writes to no row of its person or session. Mutations: a key that is left; a downgrade without."""
    migrations.upgrade(url)
    with create_engine(url).connect() as connection:
        for statement in _ROWS_OF_0_1_0:
            connection.execute(text(statement))
        assert inspect(connection).get_foreign_keys("authorizations") == []
    migrations.downgrade(url, "0004")
    with create_engine(url).connect() as connection:
        keys = {
            key["constrained_columns"][0]: key["referred_table"]
            for key in inspect(connection).get_foreign_keys("authorizations")
        }
        assert keys == {"account_id": "accounts", "session_id": "sessions"}
        connection.execute(text("DELETE FROM session_clients"))
        with pytest.raises(IntegrityError):
            connection.execute(text("DELETE FROM sessions"))
        assert connection.execute(text("SELECT id, origin, generation FROM authorizations")).one()[0] == 1
    migrations.upgrade(url)
    with create_engine(url).connect() as connection:
        connection.execute(text("DELETE FROM sessions"))
        with pytest.raises(IntegrityError):
            connection.execute(text(_ROWS_OF_0_1_0[-2].replace("(1, 'o'", "(2, 'o'")))


_ROWS_OF_0_1_0 = (
    "INSERT INTO accounts (id, uid, status, proofing, is_sandbox, created_at) VALUES (1, 'u', 'active', 2, false, 1)",
    "INSERT INTO clients (client_id, document, created_at, updated_at) VALUES ('app', '{}', 1, 1)",
    (
        "INSERT INTO sessions (id, sid, secret_digest, account_id, channel, methods, auth_time, created_at, last_seen_at,"
        " expires_at, is_shared_device) VALUES (1, 's', 'x', 1, 'website', 'pwd', 1, 1, 1, 2000000000, false)"
    ),
    "INSERT INTO session_clients (session_id, client_id, joined_at) VALUES (1, 'app', 1)",
    (
        "INSERT INTO authorizations (id, origin, client_id, account_id, session_id, sid, sub, scope, auth_time, acr, amr,"
        " claims, created_at) VALUES (1, 'o', 'app', 1, 1, 's', 'sub', 'openid', 1, '0', 'pwd', '{}', 1)"
    ),
    (
        "INSERT INTO access_tokens (id, authorization_id, secret_digest, scope, issued_at, expires_at)"
        " VALUES (1, 1, 'd', 'openid', 1, 2000000000)"
    ),
)
