"""What the server's role may do to the log: add to it, and nothing else; and the sealer's: read it, and add seals (threat M11)."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from idp.audit.retention import Retention
from idp.audit.sealer import Sealer
from idp.clock import Instant
from idp.errors import Refused
from idp.events import Action, Event, Kind
from idp.storage import migrations, open_storage
from idp.storage.encryption import FieldCipher
from idp.storage.roles import grants
from idp.storage.stores import Storage
from tests.idp.audit.test_verify import KEY
from tests.idp.installed import Moment
from tests.idp.storage.made import account

LONG_AGO = Instant(1_600_000_000)
CLOCK = Moment(LONG_AGO)


@pytest.fixture(scope="module")
def divided(postgresql_url: str) -> Iterator[str]:
    """A migrated database with two roles beside its owner; its address as the server's role."""
    migrations.upgrade(postgresql_url)
    with psycopg.connect(postgresql_url, autocommit=True) as owner:
        for role in ("roles_server", "roles_sealer"):
            owner.execute(f"CREATE ROLE {role} LOGIN".encode())
        for statement in grants("roles_server", "roles_sealer"):
            owner.execute(statement.encode())
    yield postgresql_url
    with psycopg.connect(postgresql_url, autocommit=True) as owner:
        for role in ("roles_server", "roles_sealer"):
            owner.execute(f"DROP OWNED BY {role}".encode())
            owner.execute(f"DROP ROLE {role}".encode())


def at(url: str, role: str) -> str:
    return make_url(url).set(username=role).render_as_string(hide_password=False)


def store(url: str, role: str, cipher: FieldCipher, tmp_path: Path) -> Storage:
    return open_storage(at(url, role), f"sqlite:///{tmp_path / 'ephemeral.db'}", cipher, CLOCK)


def happened(storage: Storage, at: Instant = LONG_AGO) -> None:
    with storage.begin() as unit_of_work:
        person = account(unit_of_work)
        event = Event(kind=Kind.AUDIT, action=Action.SIGNED_IN, at=at, account_id=person.id)
        unit_of_work.events.record(event)
        unit_of_work.commit()


def test_server_and_sealer_do_their_work(divided: str, cipher: FieldCipher, tmp_path: Path) -> None:
    """Red when a table that came with a migration is granted to nobody."""
    happened(store(divided, "roles_server", cipher, tmp_path))
    sealer = Sealer(store(divided, "roles_sealer", cipher, tmp_path).audit_log(), KEY, CLOCK, tmp_path / "anchors")
    assert sealer.seal() >= 1
    assert store(divided, "roles_server", cipher, tmp_path).audit_log().last_seal() is not None


ATTEMPTS = [
    ("roles_server", "UPDATE events SET outcome = 'forged'"),
    ("roles_server", "DELETE FROM events"),
    ("roles_server", "TRUNCATE events"),
    ("roles_server", "ALTER TABLE events DISABLE TRIGGER ALL"),
    ("roles_server", "DROP TRIGGER events_append_only ON events"),
    ("roles_server", "DROP TABLE events"),
    ("roles_server", "SET session_replication_role = replica"),
    ("roles_server", "INSERT INTO audit_seals (id, seal, last_event, sealed_at) VALUES (99, 'x', 1, 1)"),
    ("roles_server", "UPDATE audit_seals SET seal = 'x'"),
    ("roles_server", "SELECT setval('events_id_seq', 1)"),
    ("roles_sealer", "INSERT INTO events (kind, action, at, outcome, data) VALUES ('a', 'b', 1, 'ok', '{}')"),
    ("roles_sealer", "UPDATE events SET outcome = 'forged'"),
    ("roles_sealer", "DELETE FROM audit_seals"),
    ("roles_sealer", "UPDATE audit_holds SET released_at = 1"),
    ("roles_server", "DELETE FROM audit_holds"),
    ("roles_server", "UPDATE audit_holds SET since = 9999999999"),
    ("roles_sealer", "SELECT * FROM accounts"),
    ("roles_sealer", "SELECT * FROM signing_keys"),
]


@pytest.mark.parametrize(("role", "attempt"), ATTEMPTS)
def test_and_nothing_else(divided: str, role: str, attempt: str) -> None:
    """Mutation: ALL on all tables."""
    with (
        psycopg.connect(at(divided, role), autocommit=True) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(attempt.encode())


def test_the_sealer_deletes_nothing_that_is_kept(divided: str, cipher: FieldCipher, tmp_path: Path) -> None:
    """Mutations: the trigger is left out; a table of the sealer's own, put before ours, says that a young one may go."""
    happened(store(divided, "roles_server", cipher, tmp_path))
    with psycopg.connect(at(divided, "roles_sealer"), autocommit=True) as connection:
        connection.execute("CREATE TEMP TABLE audit_seals AS SELECT 9 AS id, 999 AS last_event, 9 AS removed")
        connection.execute("CREATE TEMP TABLE audit_holds AS SELECT 0 AS since, 1 AS released_at")
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            connection.execute("DELETE FROM public.events")


def test_the_sealer_takes_away_what_may_go(divided: str, cipher: FieldCipher, tmp_path: Path) -> None:
    """Red when a right that it needs is missing."""
    clock = Moment(LONG_AGO)
    storage = store(divided, "roles_sealer", cipher, tmp_path)
    sealer = Sealer(storage.audit_log(), KEY, clock)
    for _ in range(2):
        happened(store(divided, "roles_server", cipher, tmp_path))
        assert sealer.seal() >= 1
        clock.pass_by(300 * 86_400)
    assert Retention(storage.audit_log(), KEY, clock, 200).remove() is not None


@pytest.mark.parametrize(
    ("server", "sealer"), [("a; DROP", "b"), ("A", "b"), ("", "b"), ("a", 'b"'), ("a", "a"), ("a", "x" * 64)]
)
def test_an_odd_name_is_refused(server: str, sealer: str) -> None:
    with pytest.raises(Refused):
        list(grants(server, sealer))
