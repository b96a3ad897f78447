"""What somebody leaves behind who goes: organisations that they alone represent, and others act for (C24)."""

from collections.abc import Sequence

from idp.accounts.mandate_news import MOST
from idp.model.mandate import MandateRole
from idp.model.organization import Organization
from idp.ports import UnitOfWork


def left_behind(unit_of_work: UnitOfWork, account_id: int) -> Sequence[Organization]:
    """Those in which nobody could stop the others any more: handed over first, or the others stopped."""
    own = unit_of_work.mandates.open_of_agent(account_id)
    represented = [
        each.organization
        for each in own
        if each.mandate.role is MandateRole.LEGAL_REPRESENTATIVE and each.organization is not None
    ]
    return [each for each in represented if _is_left(unit_of_work, each.id, account_id)]


def _is_left(unit_of_work: UnitOfWork, organization_id: int, account_id: int) -> bool:
    roles = {
        each.mandate.role
        for each in unit_of_work.mandates.of_organization(organization_id, MOST)
        if each.mandate.ended_at is None and each.mandate.agent_id != account_id
    }
    return bool(roles) and MandateRole.LEGAL_REPRESENTATIVE not in roles
