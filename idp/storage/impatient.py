"""A connection to PostgreSQL that does not wait for ever.

The server's own limits (`statement_timeout`) help only while the server lives. One that hangs, with a stalled disk or a
frozen machine, accepts connections, acknowledges every packet and answers nothing: without a limit of our own all
threads would end up waiting for it (threat O05).
"""

from collections.abc import Callable
from typing import Any, TypeVar

from psycopg import Connection, OperationalError
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus

T = TypeVar("T")


def connecting(seconds: float | None) -> Callable[..., Connection[Any]]:
    """Makes connections on which every answer is waited for so long; None: as long as it takes."""

    class Impatient(Connection[Any]):
        """Closes itself when it gives up, since the answer may still come."""

        def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
            try:
                return super().wait(gen, interval, seconds if timeout is None else timeout)
            except OperationalError:
                if self.pgconn.transaction_status == TransactionStatus.ACTIVE:  # the server owes us an answer
                    self.pgconn.finish()
                raise

    return Impatient.connect
