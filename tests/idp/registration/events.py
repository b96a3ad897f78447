"""What the log says about clients."""

import json
from typing import Any

from sqlalchemy import create_engine, text

from idp.app import Installation


def events_of(installation: Installation) -> list[tuple[str, str, dict[str, Any]]]:
    """Action, client_id and data of every event about a client, oldest first."""
    url = installation.settings.storage.database.replace("postgresql://", "postgresql+psycopg://")
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT action, client_id, data FROM events WHERE client_id <> '' ORDER BY id"))
        found = [(row.action, row.client_id, json.loads(row.data)) for row in rows]
    engine.dispose()
    return found
