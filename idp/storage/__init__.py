"""SQL and ephemeral stores: the only importer of SQLAlchemy and redis."""

from typing import TYPE_CHECKING

from idp.clock import Clock
from idp.ports import Cipher

if TYPE_CHECKING:
    from pathlib import Path

    from idp.storage.stores import Storage


def open_storage(
    database_url: str, ephemeral_url: str, cipher: Cipher, clock: Clock, *, directory: "Path | None" = None
) -> "Storage":
    """Both stores, opened without connecting yet.

    Args:
        database_url: `sqlite:////abs/path` or `postgresql://…`; its schema is brought there by `migrations.upgrade`.
        ephemeral_url: `redis://…`, `rediss://…`, either of the above (SQLite: another file), or `memory:` in tests.
        cipher: encrypts fields and makes blind indexes.
        clock: by which ephemeral values in SQL expire and sessions begin.
        directory: one of this machine that all its processes share; there they tell each other of changed clients.

    Raises:
        ValueError: an address is not one of these.
    """
    from idp.storage.stores import open_stores  # SQLAlchemy and the drivers load only where a store is opened

    return open_stores(database_url, ephemeral_url, cipher, clock, directory=directory)
