"""What the outbox and the log hold in the database, which the ports do not tell."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text

from idp.storage.engine import create_engine
from idp.storage.tables import events, outbox


@dataclass(frozen=True)
class Rows:
    database_url: str

    def outbox(self) -> list[dict[str, Any]]:
        return self._all(select(outbox).order_by(outbox.c.id))

    def events(self) -> list[tuple[str, str, str]]:
        """Action, outcome and data of each event, in order."""
        return [(row["action"], row["outcome"], row["data"]) for row in self._all(select(events).order_by(events.c.id))]

    @contextmanager
    def without_events(self) -> Iterator[None]:
        """The log cannot be written for a while."""
        self._run("ALTER TABLE events RENAME TO events_elsewhere")
        try:
            yield
        finally:
            self._run("ALTER TABLE events_elsewhere RENAME TO events")

    def spoil_payloads(self) -> None:
        """What was put until now cannot be read any more."""
        self._run("UPDATE outbox SET sealed_payload = substr(sealed_payload, 1, 20)")

    def _run(self, statement: str) -> None:
        engine = create_engine(self.database_url)
        try:
            with engine.connect() as connection:
                connection.execute(text(statement))
        finally:
            engine.dispose()

    def _all(self, statement: Any) -> list[dict[str, Any]]:
        engine = create_engine(self.database_url)
        try:
            with engine.connect() as connection:
                return [dict(row) for row in connection.execute(statement).mappings()]
        finally:
            engine.dispose()
