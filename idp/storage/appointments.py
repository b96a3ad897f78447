"""Roles in SQL: an index lets nobody hold two."""

from collections.abc import Collection, Sequence

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite as well

from idp.clock import Instant
from idp.model.office import Appointment, Role
from idp.storage.statements import Row
from idp.storage.tables import appointments, is_in_force
from idp.storage.transaction import Transaction

_OF = select(appointments).where(appointments.c.account_id == bindparam("of_account"), is_in_force)
_APPOINT = (
    insert(appointments)
    .on_conflict_do_nothing(index_elements=[appointments.c.account_id], index_where=is_in_force)
    .returning(appointments.c.id)
)
_END = (
    update(appointments)
    .where(appointments.c.account_id == bindparam("of_account"), is_in_force)
    .values(ended_at=bindparam("at"))
    .returning(*appointments.c)
)
_EVER_HELD = select(appointments.c.role).distinct()
_IN_FORCE = (
    select(appointments)
    .where(appointments.c.role.in_(bindparam("roles", expanding=True)), is_in_force)
    .order_by(appointments.c.since, appointments.c.id)
)


class SqlAppointments:
    """Implements `ports.Appointments`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def of(self, account_id: int) -> Appointment | None:
        """The one that this account holds now."""
        row = self._transaction.find(_OF, {"of_account": account_id})
        return None if row is None else _appointment(row)

    def appoint(self, account_id: int, role: Role, scope: str, by: int | None, at: Instant) -> bool:
        """Give it a role; False: it holds one, whichever that is."""
        values = {"account_id": account_id, "role": role.value, "scope": scope, "appointed_by": by, "since": at}
        return self._transaction.write(_APPOINT, values) is not None

    def end(self, account_id: int, at: Instant) -> Appointment | None:
        """Take its role away, and what that was; None: it held none."""
        row = self._transaction.write(_END, {"of_account": account_id, "at": at})
        return None if row is None else _appointment(row)

    def ever_held(self) -> frozenset[Role]:
        """Roles that somebody holds or held."""
        return frozenset(Role(row.role) for row in self._transaction.find_all(_EVER_HELD))

    def in_force(self, roles: Collection[Role]) -> Sequence[Appointment]:
        """Who holds one of these now, the longest first."""
        return list(map(_appointment, self._transaction.find_all(_IN_FORCE, {"roles": sorted(roles)})))


def _appointment(row: Row) -> Appointment:
    return Appointment(
        id=row.id,
        account_id=row.account_id,
        role=Role(row.role),
        scope=row.scope,
        since=row.since,
        appointed_by=row.appointed_by,
        ended_at=row.ended_at,
    )
