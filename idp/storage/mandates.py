"""Mandates in SQL: unique indexes decide between two who come at once, and one statement each accepts, ends and uses one."""

from collections.abc import Sequence
from typing import Any

from pydantic_core import from_json, to_json
from sqlalchemy import BigInteger, and_, bindparam, or_, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite as well

from idp.clock import Instant
from idp.model import remit
from idp.model.mandate import Acting, EndReason, Mandate, MandateRole, NewMandate
from idp.model.policy import Level
from idp.model.remit import EVERY, EVERYTHING, Remit
from idp.storage.account_columns import ACCOUNT_COLUMNS, account_of
from idp.storage.organizations import ORGANIZATION_COLUMNS, organization_of
from idp.storage.statements import Row
from idp.storage.tables import accounts, is_mandate_open, mandates, organizations
from idp.storage.transaction import Transaction
from idp.storage.unverified import can_be_id, can_be_text

_at = bindparam("at", type_=BigInteger)
_now = bindparam("now", type_=BigInteger)
_person = bindparam("of_account", type_=BigInteger)
_is_accepted = mandates.c.accepted_at.is_not(None)
_is_not_over = or_(mandates.c.valid_until.is_(None), mandates.c.valid_until > _now)

# The organisation's number stands in the mandate's row, too: the one of the other table says that it is there.
_MANDATE_COLUMNS = tuple(column.label(f"mandate_{column.name}") for column in mandates.c)
_ACTING = select(*_MANDATE_COLUMNS, *ACCOUNT_COLUMNS, *ORGANIZATION_COLUMNS).select_from(
    mandates.outerjoin(accounts, accounts.c.id == mandates.c.principal_id).outerjoin(
        organizations, organizations.c.id == mandates.c.organization_id
    )
)
_of_mandate = mandates.c.id == bindparam("of_mandate", type_=BigInteger)
_GET = _ACTING.where(_of_mandate)
_BY_UID = _ACTING.where(mandates.c.uid == bindparam("mandate_named"))
_newest = mandates.c.id.desc()
_most = bindparam("most", type_=BigInteger)
_OF_AGENT = _ACTING.where(mandates.c.agent_id == _person).order_by(_newest).limit(_most)
_OPEN_OF_AGENT = _ACTING.where(mandates.c.agent_id == _person, is_mandate_open, _is_accepted).order_by(mandates.c.id)
_OF_PRINCIPAL = _ACTING.where(mandates.c.principal_id == _person).order_by(_newest).limit(_most)
_of_organization = mandates.c.organization_id == bindparam("of_organization", type_=BigInteger)
_OF_ORGANIZATION = _ACTING.where(_of_organization).order_by(_newest).limit(_most)
_OPEN_OF_ORGANIZATION = _ACTING.where(_of_organization, is_mandate_open).order_by(mandates.c.id)
_OFFERED = _ACTING.where(
    mandates.c.invitee.in_(bindparam("invitees", expanding=True)),
    is_mandate_open,
    ~_is_accepted,
    mandates.c.answer_by > _now,
    _is_not_over,
).order_by(_newest)
_ADD = insert(mandates).on_conflict_do_nothing().returning(mandates.c.id)
_ENDED = update(mandates).values(ended_at=_at, ended_why=bindparam("why"), ended_by=bindparam("who"))
_END = _ENDED.where(_of_mandate, is_mandate_open)
# What ran out must not keep another one from taking its place.
_RAN_OUT = or_(mandates.c.valid_until <= _at, and_(~_is_accepted, mandates.c.answer_by <= _at))
_END_RUN_OUT = {
    "principal_id": _ENDED.where(
        mandates.c.principal_id == bindparam("of_principal", type_=BigInteger), is_mandate_open, _RAN_OUT
    ),
    "organization_id": _ENDED.where(
        mandates.c.organization_id == bindparam("of_principal", type_=BigInteger), is_mandate_open, _RAN_OUT
    ),
}
_ACCEPT = (
    update(mandates)
    .where(_of_mandate, is_mandate_open, ~_is_accepted, mandates.c.answer_by > _now, _is_not_over)
    .values(accepted_at=_now, agent_id=bindparam("of_account", type_=BigInteger), invitee=None)
)
_USE = (
    update(mandates)
    .where(
        _of_mandate,
        is_mandate_open,
        _is_accepted,
        or_(mandates.c.is_single_use.is_(False), mandates.c.used_at.is_(None)),
    )
    .values(used_at=_at)
)
_OPEN_WITH = (
    select(mandates.c.id)
    .where(is_mandate_open, or_(mandates.c.agent_id == _person, mandates.c.principal_id == _person))
    .order_by(mandates.c.id)
)


class SqlMandates:
    """Implements `ports.Mandates`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, new: NewMandate) -> Mandate | None:
        """Write it; what ran out between the same two makes room for it."""
        of_person = new.principal_id is not None
        ran_out = _END_RUN_OUT["principal_id" if of_person else "organization_id"]
        whose = {"of_principal": new.principal_id if of_person else new.organization_id}
        ended = {"at": new.granted_at, "why": EndReason.EXPIRED.value, "who": None}
        self._transaction.change(ran_out, {**whose, **ended})
        row = self._transaction.write(_ADD, _values(new))
        if row is None:
            return None
        members = {name: getattr(new, name) for name in NewMandate.__dataclass_fields__}
        return Mandate(id=row.id, **members)

    def get(self, mandate_id: int) -> Acting | None:
        """The one with this number."""
        found = can_be_id(mandate_id) and self._transaction.find(_GET, {"of_mandate": mandate_id})
        return acting_of(found) if found else None

    def by_uid(self, uid: str) -> Acting | None:
        """The one with this name."""
        found = can_be_text(uid) and self._transaction.find(_BY_UID, {"mandate_named": uid})
        return acting_of(found) if found else None

    def of_agent(self, account_id: int, limit: int) -> Sequence[Acting]:
        """Those by which this person acts or acted."""
        return self._all(_OF_AGENT, {"of_account": account_id, "most": limit})

    def open_of_agent(self, account_id: int) -> Sequence[Acting]:
        """Those of them that were accepted and not ended."""
        return self._all(_OPEN_OF_AGENT, {"of_account": account_id})

    def of_principal(self, account_id: int, limit: int) -> Sequence[Acting]:
        """Those by which others act or acted for this person."""
        return self._all(_OF_PRINCIPAL, {"of_account": account_id, "most": limit})

    def of_organization(self, organization_id: int, limit: int) -> Sequence[Acting]:
        """The same of an organisation."""
        return self._all(_OF_ORGANIZATION, {"of_organization": organization_id, "most": limit})

    def open_of_organization(self, organization_id: int) -> Sequence[Acting]:
        """All of those that nobody has ended."""
        return self._all(_OPEN_OF_ORGANIZATION, {"of_organization": organization_id})

    def offered_to(self, invitees: Sequence[bytes], now: Instant) -> Sequence[Acting]:
        """Those that wait for an answer of who has one of these digests."""
        return self._all(_OFFERED, {"invitees": list(invitees), "now": now})

    def accept(self, mandate_id: int, agent_id: int, at: Instant) -> bool:
        """Let this person act."""
        values = {"of_mandate": mandate_id, "of_account": agent_id, "now": at}
        return self._transaction.change(_ACCEPT, values) == 1

    def end(self, mandate_id: int, why: EndReason, by: int | None, at: Instant) -> bool:
        """End it."""
        values = {"of_mandate": mandate_id, "why": why.value, "who": by, "at": at}
        return self._transaction.change(_END, values) == 1

    def use(self, mandate_id: int, at: Instant) -> bool:
        """Note a use."""
        return self._transaction.change(_USE, {"of_mandate": mandate_id, "at": at}) == 1

    def open_with(self, account_id: int) -> Sequence[int]:
        """The numbers of those not ended on either side of which this person is."""
        return [row.id for row in self._transaction.find_all(_OPEN_WITH, {"of_account": account_id})]

    def _all(self, statement: Any, values: dict[str, Any]) -> list[Acting]:
        return list(map(acting_of, self._transaction.find_all(statement, values)))


def acting_of(row: Row) -> Acting:
    """The mandate in a row with the columns of all three tables."""
    return Acting(
        mandate=_mandate(row),
        principal=None if row.account_id is None else account_of(row),
        organization=None if row.organization_id is None else organization_of(row),
    )


def _mandate(row: Row) -> Mandate:
    return Mandate(
        id=row.mandate_id,
        uid=row.mandate_uid,
        role=MandateRole(row.mandate_role),
        remit=_remit(row.mandate_services, row.mandate_channels),
        agent_id=row.mandate_agent_id,
        invitee=row.mandate_invitee,
        principal_id=row.mandate_principal_id,
        organization_id=row.mandate_organization_id,
        is_single_use=row.mandate_is_single_use,
        valid_from=row.mandate_valid_from,
        valid_until=row.mandate_valid_until,
        granted_at=row.mandate_granted_at,
        granted_by=row.mandate_granted_by,
        granted_level=Level(row.mandate_granted_level),
        granted_as=None if row.mandate_granted_as is None else MandateRole(row.mandate_granted_as),
        source=row.mandate_source,
        reference=row.mandate_reference,
        accepted_at=row.mandate_accepted_at,
        answer_by=row.mandate_answer_by,
        ended_at=row.mandate_ended_at,
        ended_by=row.mandate_ended_by,
        ended_why=None if row.mandate_ended_why is None else EndReason(row.mandate_ended_why),
        used_at=row.mandate_used_at,
    )


def _remit(services: str, channels: str) -> Remit:
    if services == EVERY:
        return EVERYTHING
    return Remit(services=remit.read(from_json(services)), channels=tuple(channels.split()))


def _values(new: NewMandate) -> dict[str, Any]:
    services = EVERY if new.remit.is_every else to_json(remit.written(new.remit.services)).decode()
    as_they_are = (
        *("uid", "agent_id", "invitee", "principal_id", "organization_id", "is_single_use", "valid_from"),
        *("valid_until", "granted_at", "granted_by", "source", "reference", "accepted_at", "answer_by"),
    )
    return {
        **{name: getattr(new, name) for name in as_they_are},
        "role": new.role.value,
        "services": services,
        "channels": " ".join(new.remit.channels),
        "granted_level": int(new.granted_level),
        "granted_as": None if new.granted_as is None else new.granted_as.value,
    }
