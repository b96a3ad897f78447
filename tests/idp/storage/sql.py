"""A second way into the database of a test, past our own code."""

from sqlalchemy import Engine

from idp.storage.engine import create_engine
from tests.plugins.private_servers import StorageUrls


def engine_of(urls: StorageUrls) -> Engine:
    """Connections of their own, each statement committed at once."""
    return create_engine(urls.database)
