"""Guess counters in SQL: they survive a flushed cache, and compare-and-set lets no parallel guess go uncounted."""

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite as well

from idp.clock import Instant
from idp.model.credential import Guesses
from idp.storage.tables import guesses
from idp.storage.transaction import Transaction

_of_subject = guesses.c.subject == bindparam("of_subject")

_GET = select(guesses.c.failures, guesses.c.last_at).where(_of_subject)
_FIRST = insert(guesses).on_conflict_do_nothing(index_elements=[guesses.c.subject]).returning(guesses.c.id)
_NEXT = update(guesses).where(_of_subject, guesses.c.failures == bindparam("seen"))
_CLEAR = delete(guesses).where(_of_subject)


class SqlGuessCounters:
    """Implements `ports.GuessCounters`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, subject: bytes) -> Guesses | None:
        """Tries since the last success."""
        row = self._transaction.find(_GET, {"of_subject": subject})
        return None if row is None else Guesses(failures=row.failures, last_at=row.last_at)

    def count(self, subject: bytes, seen: int, at: Instant) -> bool:
        """Add one try if `seen` is still the number of failures; False: somebody else counted in between."""
        values = {"failures": seen + 1, "last_at": at}
        if seen == 0:
            return self._transaction.write(_FIRST, {"subject": subject, **values}) is not None
        return self._transaction.change(_NEXT, {"of_subject": subject, "seen": seen, **values}) == 1

    def clear(self, subject: bytes) -> None:
        """Forget them: the right person came."""
        self._transaction.change(_CLEAR, {"of_subject": subject})
