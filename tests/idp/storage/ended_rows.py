"""Rows that have ended or live on, written as SQL alone can, and what is left of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, Table, insert, select, update

from idp.clock import Instant
from idp.model.expiry import Batch, Cutoff, Perishable
from idp.storage.stores import Storage
from idp.storage.tables import (
    access_tokens,
    accounts,
    authorizations,
    guesses,
    kept_answers,
    known_devices,
    known_networks,
    outbox,
    recoveries,
    revoked_jwts,
    sessions,
    slips,
)

NOW = 1_800_000_000
LONG_AGO = NOW - 1_000_000
CUTOFF = Cutoff(ended=Instant(NOW), begun=Instant(NOW - 1000), rested=Instant(NOW - 100))
TABLES: dict[Perishable, Table] = {
    Perishable.ACCESS_TOKENS: access_tokens,
    Perishable.REVOKED_JWTS: revoked_jwts,
    Perishable.GUESSES: guesses,
    Perishable.KNOWN_DEVICES: known_devices,
    Perishable.KNOWN_NETWORKS: known_networks,
    Perishable.OUTBOX: outbox,
    Perishable.SLIPS: slips,
    Perishable.RECOVERIES: recoveries,
    Perishable.KEPT_ANSWERS: kept_answers,
    Perishable.AUTHORIZATIONS: authorizations,
    Perishable.SESSIONS: sessions,
}


@dataclass
class House:
    """Rows written past our own code, and what a housekeeper leaves of them."""

    engine: Engine
    storage: Storage

    def move_in(self, numbers: Iterable[int]) -> None:
        """People of these numbers."""
        person = {"status": "active", "proofing": 2, "is_sandbox": False, "created_at": LONG_AGO}
        with self.engine.connect() as connection:
            connection.execute(insert(accounts), [{"id": number, "uid": f"u{number}", **person} for number in numbers])

    def put(self, table: Table, **values: Any) -> int:
        """A row that has ended by no measure, but for what is said."""
        number = self._next
        self._next += 1
        filled = {**unended(number)[table.name], "id": number, **values}
        with self.engine.connect() as connection:
            connection.execute(insert(table).values(**filled))
        return number

    def change(self, table: Table, number: int, **values: Any) -> None:
        with self.engine.connect() as connection:
            connection.execute(update(table).where(table.c.id == number).values(**values))

    def ids(self, table: Table) -> list[int]:
        with self.engine.connect() as connection:
            return list(connection.execute(select(table.c.id).order_by(table.c.id)).scalars())

    def delete(self, perishable: Perishable, cutoff: Cutoff = CUTOFF, after_id: int = 0, rows: int = 100) -> Batch:
        return self.storage.expiry().delete(perishable, cutoff, after_id=after_id, rows=rows)

    _next: int = 1


def unended(number: int) -> dict[str, dict[str, Any]]:
    """One value for each column that must have one; sessions and families hang on row 1, slips on a person of their own."""
    return {
        "access_tokens": {"secret_digest": b"d", "scope": "", "issued_at": LONG_AGO, "expires_at": NOW + 1},
        "revoked_jwts": {"jti": f"0.{number}", "expires_at": NOW + 1},
        "guesses": {"subject": b"%d" % number, "failures": 1, "last_at": NOW + 1},
        "known_devices": {
            "account_id": 1,
            "secret_digest": b"d",
            "first_seen_at": LONG_AGO,
            "last_seen_at": NOW + 1,
        },
        "known_networks": {
            "account_id": 1,
            "slot": number,
            "digest": b"d",
            "created_at": LONG_AGO,
            "seen_at": NOW + 1,
        },
        "outbox": {"kind": "k", "attempts": 0, "created_at": LONG_AGO, "due_at": LONG_AGO, "expires_at": LONG_AGO},
        "slips": {"account_id": number, "digest": b"d", "level": 2, "issued_at": LONG_AGO, "expires_at": NOW + 1},
        "recoveries": {
            "account_id": number,
            "basis": "proof",
            "sealed_phone": b"p",
            "opened_at": LONG_AGO,
            "ripe_at": LONG_AGO,
            "ended_at": NOW + 1,
        },
        "kept_answers": {
            "caller": "account 3",
            "key_digest": b"%d" % number,
            "asked_digest": b"a",
            "sealed_answer": b"s",
            "answered_at": NOW + 1,
        },
        "session_clients": {"session_id": 1, "client_id": f"app-{number}", "joined_at": LONG_AGO},
        "sessions": {
            "sid": f"sid-{number}",
            "secret_digest": b"d",
            "account_id": 1,
            "channel": "website",
            "methods": "pwd",
            "auth_time": LONG_AGO,
            "created_at": LONG_AGO,
            "last_seen_at": LONG_AGO,
            "expires_at": NOW + 1,
            "is_shared_device": False,
        },
        "authorizations": {
            "origin": b"%d" % number,
            "client_id": "app",
            "account_id": 1,
            "session_id": 1,
            "sid": "sid-1",
            "sub": "sub",
            "scope": "openid",
            "auth_time": LONG_AGO,
            "acr": "0",
            "amr": "pwd",
            "claims": "{}",
            "created_at": NOW - 99,
        },
    }
