"""One transaction with all repositories (implements `ports.UnitOfWork`)."""

from types import TracebackType
from typing import TYPE_CHECKING, Self

from idp.clock import Clock
from idp.storage.accounts import SqlAccounts
from idp.storage.authorizations import SqlAuthorizations
from idp.storage.clients import SqlClients
from idp.storage.consents import SqlConsents
from idp.storage.credentials import SqlCredentials
from idp.storage.database import Database
from idp.storage.events import SqlEvents
from idp.storage.guesses import SqlGuessCounters
from idp.storage.known_clients import KnownClients
from idp.storage.outbox import SqlOutbox
from idp.storage.sealed_fields import SealedFields
from idp.storage.sessions import SqlSessions
from idp.storage.signing_keys import SqlSigningKeys
from idp.storage.subjects import SqlSubjects
from idp.storage.transaction import Transaction

if TYPE_CHECKING:
    from idp import ports


class SqlUnitOfWork:
    """Belongs to the thread that began it; of the units of a thread only one may have written and be unfinished."""

    def __init__(self, database: Database, fields: SealedFields, clock: Clock, clients: KnownClients) -> None:
        transaction = self._transaction = Transaction(database)
        self.accounts: ports.Accounts = SqlAccounts(transaction, fields)
        self.subjects: ports.Subjects = SqlSubjects(transaction)
        self.credentials: ports.Credentials = SqlCredentials(transaction, fields)
        self.guesses: ports.GuessCounters = SqlGuessCounters(transaction)
        self._clients = SqlClients(transaction, clients)
        self.clients: ports.Clients = self._clients
        self.sessions: ports.Sessions = SqlSessions(transaction, clock)
        self.consents: ports.Consents = SqlConsents(transaction)
        self.authorizations: ports.Authorizations = SqlAuthorizations(transaction)
        self.signing_keys: ports.SigningKeys = SqlSigningKeys(transaction, fields)
        self.events: ports.Events = SqlEvents(transaction)
        self.outbox: ports.Outbox = SqlOutbox(transaction, fields)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._transaction.roll_back()

    def commit(self) -> None:
        """Make what was written durable; raises `Unavailable`, with all of it undone, when that fails.

        Only when the connection breaks during the very commit nobody can know; the caller's retry must find out.
        """
        self._transaction.commit()
        self._clients.committed()

    def roll_back(self) -> None:
        """Forget what was written."""
        self._transaction.roll_back()
