"""A second way into the database of a test, past our own code."""

from typing import Any

from sqlalchemy import Engine, insert

from idp.clock import Instant
from idp.model import numbered_secret
from idp.storage.engine import create_engine
from idp.storage.tables import access_tokens
from tests.plugins.private_servers import StorageUrls

STORED_SECRET = "s" * 43


def engine_of(urls: StorageUrls) -> Engine:
    """Connections of their own, each statement committed at once."""
    return create_engine(urls.database)


def store_token(database: str, now: Instant, **values: Any) -> str:
    """An access token of 0.2.0 with ten minutes to live: its row, and the value that the client holds."""
    digest = numbered_secret.digest_of(STORED_SECRET)
    told = {"secret_digest": digest, "scope": "openid profile", "issued_at": now, "expires_at": now + 600, **values}
    engine = create_engine(database)
    with engine.connect() as connection:
        number = connection.execute(insert(access_tokens).values(**told).returning(access_tokens.c.id)).scalar_one()
    engine.dispose()
    return numbered_secret.write(number, STORED_SECRET)
