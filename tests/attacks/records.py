"""What an attack leaves behind: the server's log since the attack began, and counts and events in the store."""

import json
from dataclasses import dataclass, field
from functools import cache

from sqlalchemy import Engine, func, select

from idp.events import Action
from idp.storage.engine import create_engine
from idp.storage.tables import event_counts, events
from tests.plugins.running_idp import RunningIdp

SHORTEST_SECRET = 8
"""Characters: shorter values, such as message codes, stand in a log by chance."""
_BY_CHANCE = ("ts", "request_id", "support_code")


@dataclass
class Log:
    """The lines the server wrote since this was made, and the secrets that must not stand in them."""

    idp: RunningIdp
    secrets: set[str] = field(default_factory=set)
    start: int = 0

    def __post_init__(self) -> None:
        self.start = self.idp.log.stat().st_size

    def keep_out(self, *values: object) -> None:
        """Remember values that nobody may read in the log."""
        self.secrets |= {str(value) for value in values if value and len(str(value)) >= SHORTEST_SECRET}

    def new_lines(self) -> list[str]:
        """What was written since, without times and random ids."""
        with self.idp.log.open("rb") as log:
            log.seek(self.start)
            return [_without_chance(line) for line in log.read().decode("utf-8", "replace").splitlines()]

    def assert_clean(self) -> None:
        """No secret, no number, no failure that a page or an answer hid."""
        for line in self.new_lines():
            leaked = [secret for secret in self.secrets if secret in line]
            assert not leaked, f"{len(leaked)} secrets in {line[:500]}"
            assert "Traceback" not in line, line[:3000]
            assert '"level": "error"' not in line, line[:3000]


def _without_chance(line: str) -> str:
    try:
        told = json.loads(line)
    except ValueError:
        return line
    return json.dumps({name: value for name, value in told.items() if name not in _BY_CHANCE}, ensure_ascii=False)


@cache
def _engine(database_url: str) -> Engine:
    return create_engine(database_url)


def counted(idp: RunningIdp, action: Action, outcome: str) -> int:
    """How often this refusal was counted, over all minutes and sources."""
    column = func.coalesce(func.sum(event_counts.c.times), 0)
    query = select(column).where(event_counts.c.action == action.value, event_counts.c.outcome == outcome)
    with _engine(idp.installation.settings.storage.database).connect() as connection:
        return int(connection.execute(query).scalar_one())


def recorded(idp: RunningIdp, action: Action, outcome: str, account_id: int | None = None) -> int:
    """How many events say so, of this person where one is named."""
    query = select(func.count()).where(events.c.action == action.value, events.c.outcome == outcome)
    if account_id is not None:
        query = query.where(events.c.account_id == account_id)
    with _engine(idp.installation.settings.storage.database).connect() as connection:
        return int(connection.execute(query).scalar_one())
