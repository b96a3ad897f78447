"""What officers did, counted in SQL: an index holds those events alone that somebody did to something of another."""

from collections.abc import Sequence

from pydantic_core import from_json
from sqlalchemy import BigInteger, bindparam, distinct, func, literal_column, select

from idp.clock import Instant
from idp.events import Action
from idp.ports.conduct import Done, Revealed
from idp.storage.tables import events
from idp.storage.transaction import Transaction

_hour = events.c.at - events.c.at % literal_column("3600")
_is_meant = (events.c.actor_id.is_not(None), events.c.at >= bindparam("since", type_=BigInteger))
_DONE = (
    select(events.c.actor_id, events.c.action, _hour.label("hour"), func.count().label("times"))
    .where(*_is_meant)
    .group_by(events.c.actor_id, events.c.action, _hour)
)
_REVEALED = (
    select(events.c.actor_id, events.c.data, func.count().label("times"))
    .where(*_is_meant, events.c.action == Action.PERSON_REVEALED.value)
    .group_by(events.c.actor_id, events.c.data)
)
_PEOPLE = (
    select(events.c.actor_id, func.count(distinct(events.c.account_id)).label("people"))
    .where(*_is_meant, events.c.action.in_([each.value for each in (Action.PERSON_VIEWED, Action.PERSON_REVEALED)]))
    .group_by(events.c.actor_id)
)


class SqlConduct:
    """Implements `ports.Conduct`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def done_since(self, since: Instant) -> Sequence[Done]:
        """Everything that was done by somebody since then, counted by hour."""
        rows = self._transaction.find_all(_DONE, {"since": since})
        return [Done(row.actor_id, row.action, Instant(row.hour), row.times) for row in rows]

    def revealed_since(self, since: Instant) -> Sequence[Revealed]:
        """What was seen in clear since then, counted by what, why and how."""
        rows = self._transaction.find_all(_REVEALED, {"since": since})
        return [Revealed(row.actor_id, from_json(row.data), row.times) for row in rows]

    def people_since(self, since: Instant) -> Sequence[tuple[int, int]]:
        """How many different people each looked at since then, by their account."""
        return [(row.actor_id, row.people) for row in self._transaction.find_all(_PEOPLE, {"since": since})]
