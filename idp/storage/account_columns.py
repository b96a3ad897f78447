"""A person beside something of theirs: the columns that other repositories join to their own, and what they make."""

from pydantic_core import from_json

from idp.clock import Instant
from idp.model.account import Account, AccountKind, AccountStatus, Cap, Proofed
from idp.model.policy import Level, Proofing
from idp.storage.statements import Row
from idp.storage.tables import accounts

ACCOUNT_COLUMNS = (
    accounts.c.id.label("account_id"),
    accounts.c.uid,
    accounts.c.status,
    accounts.c.proofing,
    accounts.c.proofed_at,
    accounts.c.proofing_steps,
    accounts.c.is_sandbox,
    accounts.c.created_at.label("account_created_at"),
    accounts.c.closes_at,
    accounts.c.kind.label("account_kind"),  # identifiers, which are joined to it, have a kind of their own
    accounts.c.staff_since,
    accounts.c.restarted_at,
    accounts.c.cap_level,
    accounts.c.capped_until,
)


def account_of(row: Row) -> Account:
    """The person in a row with these columns."""
    return Account(
        id=row.account_id,
        uid=row.uid,
        status=AccountStatus(row.status),
        proofings=_proofings_of(row),
        is_sandbox=row.is_sandbox,
        created_at=row.account_created_at,
        closes_at=row.closes_at,
        kind=AccountKind(row.account_kind) if row.account_kind else AccountKind.PERSONAL,
        staff_since=row.staff_since,
        restarted_at=row.restarted_at,
        cap=None if row.capped_until is None else Cap(Level(row.cap_level), Instant(row.capped_until)),
    )


def _proofings_of(row: Row) -> tuple[Proofed, ...]:
    if row.proofing_steps is None:
        return (Proofed(Proofing(row.proofing), row.proofed_at),)
    return tuple(Proofed(Proofing(level), at, until) for level, at, until in from_json(row.proofing_steps))
