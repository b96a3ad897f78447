"""What the event log holds of one action."""

import json
from typing import Any

from sqlalchemy import create_engine, text

from idp.app import Installation
from idp.events import Action


def data_of(installation: Installation, action: Action) -> list[dict[str, Any]]:
    """The data of every such event, oldest first."""
    engine = create_engine(installation.settings.storage.database.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        asked = text("SELECT data FROM events WHERE action = :action ORDER BY id")
        found = [json.loads(row.data) for row in connection.execute(asked, {"action": action.value})]
    engine.dispose()
    return found
