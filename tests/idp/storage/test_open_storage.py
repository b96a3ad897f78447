"""Opening: cheap to import, and addresses that cannot work are refused without telling their passwords."""

import sqlite3
import subprocess
import sys
from pathlib import Path
from threading import Timer

import pytest
from sqlalchemy import text

from idp.errors import Unavailable
from idp.storage import open_storage
from idp.storage.encryption import FieldCipher
from idp.storage.engine import create_engine
from idp.storage.stores import Storage
from tests.idp.storage.made import NOW
from tests.plugins.private_servers import StorageUrls
from tests.plugins.server_processes import free_port


def test_importing_the_package_loads_no_driver() -> None:
    """Mutation: an import of SQLAlchemy at the top of `idp.storage`."""
    code = "import sys, idp.storage; print(sorted({'sqlalchemy', 'redis', 'psycopg', 'alembic'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "[]\n"


def test_opening_sqlite_loads_no_other_driver(tmp_path: Path) -> None:
    code = (
        "import sys; from idp.storage import open_storage; from idp.storage.encryption import FieldCipher;"
        f"open_storage('sqlite:///{tmp_path}/a.db', 'sqlite:///{tmp_path}/b.db', FieldCipher({{1: b'1' * 32}}), int);"
        "print(sorted({'redis', 'psycopg', 'alembic', 'sqlalchemy.orm'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "[]\n"


@pytest.mark.parametrize(
    ("database", "ephemeral"),
    [
        ("sqlite:///relative.db", "memory:"),
        ("sqlite://", "memory:"),
        ("sqlite:///:memory:", "memory:"),
        ("mysql://idp:pass-word@localhost/idp", "memory:"),
        ("not a url pass-word", "memory:"),
        ("", "memory:"),
        ("sqlite:////{folder}/idp.db", "sqlite:////{folder}/idp.db"),
        ("sqlite:////{folder}/idp.db", "sqlite:////{folder}/../{name}/idp.db"),
        ("sqlite:////{folder}/idp.db", "memcached://idp:pass-word@localhost"),
    ],
)
def test_an_address_that_cannot_work_is_refused(
    tmp_path: Path, cipher: FieldCipher, database: str, ephemeral: str
) -> None:
    """Mutation: one SQLite file for both stores, which then wait for one another."""
    places = {"folder": str(tmp_path).lstrip("/"), "name": tmp_path.name}
    with pytest.raises(ValueError) as refused:
        open_storage(database.format(**places), ephemeral.format(**places), cipher, lambda: NOW)
    assert "pass-word" not in str(refused.value)


def test_a_new_file_that_another_process_is_setting_up_is_waited_for(tmp_path: Path) -> None:
    """SQLite refuses to turn to WAL beside a writer, whatever patience was asked for. Mutation: asked once."""
    first = sqlite3.connect(tmp_path / "new.db", isolation_level=None, check_same_thread=False)
    first.execute("BEGIN IMMEDIATE")
    Timer(0.3, first.execute, ["ROLLBACK"]).start()
    with create_engine(f"sqlite:///{tmp_path / 'new.db'}").connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"


def test_sqlite_files_are_set_up_for_short_transactions(tmp_path: Path, cipher: FieldCipher) -> None:
    """Mutation: the journal of old, in which readers wait for the writer; or foreign keys that nobody checks."""
    with create_engine(f"sqlite:///{tmp_path / 'idp.db'}").connect() as connection:
        pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "mmap_size")
        values = [connection.execute(text(f"PRAGMA {pragma}")).scalar_one() for pragma in pragmas]
    assert values == ["wal", 1, 1, 5000, 0x7FFF0000]


def test_postgresql_connections_cap_statements_and_idle_transactions(postgresql_url: str) -> None:
    """Mutation: no cap, with which one stuck process holds locks for ever."""
    with create_engine(f"{postgresql_url}?options=-c%20timezone%3DAsia/Shanghai").connect() as connection:
        settings = ("statement_timeout", "idle_in_transaction_session_timeout", "TimeZone")
        values = [connection.execute(text(f"SHOW {setting}")).scalar_one() for setting in settings]
    assert values == ["5s", "5s", "Asia/Shanghai"]


def test_two_stores_that_answer_are_alive(storage: Storage) -> None:
    storage.ping()


def test_one_store_that_does_not_answer_is_told(storage_urls: StorageUrls, cipher: FieldCipher) -> None:
    """Mutation: asking the database only."""
    nobody = f"127.0.0.1:{free_port()}"
    for database, ephemeral in (
        (storage_urls.database, f"redis://{nobody}"),
        (f"postgresql://idp@{nobody}/idp", storage_urls.ephemeral),
    ):
        storage = open_storage(database, ephemeral, cipher, lambda: NOW)
        with pytest.raises(Unavailable):
            storage.ping()
        storage.close()
