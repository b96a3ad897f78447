"""Both stores of one installation: what must last, and what may be lost."""

from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from sqlalchemy import select, true

from idp.clock import Clock
from idp.ports import AuditLog, Cipher, Ephemeral, Expiry, Rekeying, UnitOfWork
from idp.storage.database import Database
from idp.storage.engine import create_engine, sqlite_path
from idp.storage.known_clients import KnownClients, shared_generation
from idp.storage.master_keys import KeyInForce
from idp.storage.sealed_fields import SealedFields
from idp.storage.transaction import Transaction
from idp.storage.unit_of_work import SqlUnitOfWork

_PING = select(true())


class ClosableEphemeral(Ephemeral, Protocol):
    """An ephemeral store with connections of its own."""

    def close(self) -> None:
        """Close the connections."""


class Storage:
    """Opens units of work and holds the ephemeral store; safe to use from all threads, and after a fork.

    Attributes:
        key_in_force: tells a cipher which master key writes.
    """

    def __init__(
        self, database: Database, ephemeral: ClosableEphemeral, cipher: Cipher, clock: Clock, known: KnownClients
    ) -> None:
        self._database = database
        self._known = known
        self.key_in_force = KeyInForce(database)
        self._fields = SealedFields(cipher, self.key_in_force.fresh)
        self._clock = clock
        self._ephemeral = ephemeral

    @property
    def ephemeral(self) -> Ephemeral:
        """The store of what may be lost."""
        return self._ephemeral

    def begin(self) -> UnitOfWork:
        """A unit of work for this thread; nothing is sent before it is used."""
        return SqlUnitOfWork(self._database, self._fields, self._clock, self._known)

    def expiry(self) -> Expiry:
        """The housekeeper's door, which requests never use."""
        from idp.storage.expiry import SqlExpiry

        return SqlExpiry(self._database)

    def audit_log(self) -> AuditLog:
        """The sealer's door, which requests never use."""
        from idp.storage.audit_log import SqlAuditLog

        return SqlAuditLog(self._database, self._clock)

    def rekeying(self) -> Rekeying:
        """An operator's door, for writing again what lies under a former key."""
        from idp.storage.rekeying import SqlRekeying

        return SqlRekeying(self._database, self._fields)

    def ping(self) -> None:
        """Ask both stores for an answer; raises `Unavailable` when one of them has none."""
        Transaction(self._database).find(_PING)
        self._ephemeral.get("ping")

    def close(self) -> None:
        """Close all connections of this process; nobody may be using them any more."""
        self._database.close()
        self._ephemeral.close()


def open_stores(
    database_url: str, ephemeral_url: str, cipher: Cipher, clock: Clock, *, directory: Path | None = None
) -> Storage:
    """Open without connecting; see `idp.storage.open_storage`."""
    database = Database(create_engine(database_url))
    known = KnownClients(None if directory is None else shared_generation(directory))
    return Storage(database, _ephemeral(ephemeral_url, database_url, clock), cipher, clock, known)


def _ephemeral(url: str, database_url: str, clock: Clock) -> ClosableEphemeral:
    # Each kind is imported where it is used: a start does not pay for the others.
    scheme = urlsplit(url).scheme
    if scheme in {"redis", "rediss"}:
        from idp.storage.ephemeral.redis import RedisEphemeral

        return RedisEphemeral(url)
    if scheme == "memory":
        from idp.storage.ephemeral.memory import MemoryEphemeral

        return MemoryEphemeral(clock)
    from idp.storage.ephemeral.sql import SqlEphemeral

    engine = create_engine(url)
    if _is_same_file(sqlite_path(url), sqlite_path(database_url)):
        raise ValueError("The ephemeral store needs an SQLite file of its own: in one file the two block each other.")
    return SqlEphemeral(Database(engine), clock)


def _is_same_file(one: Path | None, other: Path | None) -> bool:
    return one is not None and other is not None and one.resolve() == other.resolve()
