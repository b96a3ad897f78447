"""What an attack leaves behind: the server's log since the attack began, and counts and events in the store."""

import json
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from sqlalchemy import Engine, func, select

from idp.events import Action, Kind
from idp.storage.engine import create_engine
from idp.storage.tables import event_counts, events
from tests.plugins.running_idp import RunningIdp

SHORTEST_SECRET = 8
"""Characters: shorter values, such as message codes, stand in a log by chance."""
_BY_CHANCE = ("ts", "request_id", "support_code")


@dataclass
class Log:
    """The lines that the server, the front and the store wrote since this was made, and what must not stand in them."""

    idp: RunningIdp
    secrets: set[str] = field(default_factory=set)
    starts: dict[Path, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.starts = {path: path.stat().st_size for path in (self.idp.log, *self.idp.other_logs)}

    def keep_out(self, *values: object) -> None:
        """Remember values that nobody may read in the log."""
        self.secrets |= {str(value) for value in values if value and len(str(value)) >= SHORTEST_SECRET}

    def new_lines(self, path: Path | None = None) -> list[str]:
        """What was written since, without times and random ids; by the server, unless another log is named."""
        path = path or self.idp.log
        with path.open("rb") as log:
            log.seek(self.starts[path])
            return [_without_chance(line) for line in log.read().decode("utf-8", "replace").splitlines()]

    def assert_clean(self) -> None:
        """No secret and no number in any log, and no failure that a page or an answer hid."""
        for path in self.starts:
            lines = self.new_lines(path)
            text = "\n".join(lines)
            if leaked := [secret for secret in self.secrets if secret in text]:
                where = next((line for line in lines if leaked[0] in line), text)
                raise AssertionError(f"{len(leaked)} secrets in {path.name}: {where[:500]}")
        for line in self.new_lines():
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
    query = select(column).where(
        event_counts.c.kind == Kind.REFUSAL.value,
        event_counts.c.action == action.value,
        event_counts.c.outcome == outcome,
    )
    with _engine(idp.installation.settings.storage.database).connect() as connection:
        return int(connection.execute(query).scalar_one())


def recorded(idp: RunningIdp, action: Action, outcome: str, account_id: int | None = None) -> int:
    """How many events say so, of this person where one is named."""
    query = select(func.count()).where(events.c.action == action.value, events.c.outcome == outcome)
    if account_id is not None:
        query = query.where(events.c.account_id == account_id)
    with _engine(idp.installation.settings.storage.database).connect() as connection:
        return int(connection.execute(query).scalar_one())


def all_written(idp: RunningIdp) -> Counter[tuple[Action, str]]:
    """Every event and every count of a refusal, by action and outcome.

    Usage is counted in batches and left out, and so is what the worker counts of the events themselves.
    """
    tables = (
        select(event_counts.c.action, event_counts.c.outcome, func.sum(event_counts.c.times))
        .where(event_counts.c.kind == Kind.REFUSAL.value)
        .group_by(event_counts.c.action, event_counts.c.outcome),
        select(events.c.action, events.c.outcome, func.count()).group_by(events.c.action, events.c.outcome),
    )
    found: Counter[tuple[Action, str]] = Counter()
    with _engine(idp.installation.settings.storage.database).connect() as connection:
        for query in tables:
            for action, outcome, times in connection.execute(query):
                found[Action(action), outcome] += int(times)
    return found


def written_since(idp: RunningIdp, start: Counter[tuple[Action, str]]) -> Counter[tuple[Action, str]]:
    """What was written down since then."""
    return all_written(idp) - start
