"""What somebody leaves behind who goes: organisations that they alone represent, and others act for (C24)."""

from collections.abc import Sequence

from idp.clock import Instant
from idp.model.mandate import MandateRole
from idp.model.organization import Organization
from idp.ports import UnitOfWork


def left_behind(unit_of_work: UnitOfWork, account_id: int, now: Instant) -> Sequence[Organization]:
    """Those in which nobody could stop the others any more: handed over first, or the others stopped."""
    own = unit_of_work.mandates.open_of_agent(account_id)
    represented = [
        each.organization
        for each in own
        if each.mandate.role is MandateRole.LEGAL_REPRESENTATIVE and each.organization is not None
    ]
    return [each for each in represented if _is_left(unit_of_work, each.id, account_id, now)]


def _is_left(unit_of_work: UnitOfWork, organization_id: int, account_id: int, now: Instant) -> bool:
    """Whether others act for it, or were asked to, and none of them represents it."""
    roles = {
        each.mandate.role
        for each in unit_of_work.mandates.open_of_organization(organization_id)
        if each.mandate.agent_id != account_id and (each.mandate.is_in_force(now) or each.mandate.is_offered(now))
    }
    return bool(roles) and MandateRole.LEGAL_REPRESENTATIVE not in roles
