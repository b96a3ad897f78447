"""A housekeeper in a process of its own, to be killed: DATABASE_URL EPHEMERAL_URL [to the end]."""

import sys
from collections.abc import Iterator
from threading import Event
from typing import Any

from sqlalchemy import Table

from idp.clock import Instant
from idp.delivery.housekeeping import Housekeeper
from idp.settings import Settings
from idp.storage import open_storage
from idp.storage.encryption import FieldCipher
from idp.storage.tables import access_tokens, authorizations, session_clients, sessions

NOW = Instant(1_790_000_000)
FIRST = 10_000
LONG_AGO = NOW - 400 * 86_400


def main() -> None:
    database_url, ephemeral_url = sys.argv[1:3]
    storage = open_storage(database_url, ephemeral_url, FieldCipher({1: bytes(range(32))}), now)
    settings = Settings.model_validate(
        {
            "issuer": "http://localhost:8000",
            "storage": {"database": database_url, "ephemeral": ephemeral_url},
            "secrets": {"keys": "unused"},
        }
    )
    if len(sys.argv) > 3:
        Housekeeper(storage.expiry(), now, settings, breath_seconds=0).run_once()
    else:
        Housekeeper(storage.expiry(), now, settings, rows=20, breath_seconds=0.001).run(Event())
    storage.close()


def now() -> Instant:
    return NOW


def rows_of(account_id: int, *, dead: int, alive: int) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
    """Sessions with one app, one family and one token each; first those that ended long ago, then those that live."""
    ids = range(FIRST, FIRST + dead + alive)

    def end_of(number: int) -> int:
        return LONG_AGO + 60 if number < FIRST + dead else NOW + 60

    yield sessions, [_session(number, account_id, end_of(number)) for number in ids]
    of_session = [{"session_id": number, "client_id": "app", "joined_at": LONG_AGO} for number in ids]
    yield session_clients, of_session
    yield authorizations, [_family(number, account_id, end_of(number)) for number in ids]
    yield access_tokens, [_token(number, end_of(number)) for number in ids]


def _session(number: int, account_id: int, end: int) -> dict[str, Any]:
    return {
        "id": number,
        "sid": f"sid-{number}",
        "secret_digest": b"d",
        "account_id": account_id,
        "channel": "website",
        "methods": "pwd",
        "auth_time": end - 60,
        "created_at": end - 60,
        "last_seen_at": end - 60,
        "expires_at": end,
        "is_shared_device": False,
    }


def _family(number: int, account_id: int, end: int) -> dict[str, Any]:
    return {
        "id": number,
        "origin": b"%d" % number,
        "client_id": "app",
        "account_id": account_id,
        "session_id": number,
        "sid": f"sid-{number}",
        "sub": "sub",
        "scope": "openid",
        "auth_time": end - 60,
        "acr": "0",
        "amr": "pwd",
        "claims": "{}",
        "created_at": end - 60,
    }


def _token(number: int, end: int) -> dict[str, Any]:
    told = {"authorization_id": number, "secret_digest": b"d", "scope": ""}
    return {"id": number, **told, "issued_at": end - 60, "expires_at": end}


if __name__ == "__main__":
    main()
