"""Whoever is asked to act for somebody says yes: they alone, once, and only if a register knows them by their name."""

from collections.abc import Sequence
from dataclasses import replace

from idp.accounts.act import Act
from idp.accounts.invitee import invitees_of
from idp.accounts.mandate_end import Ending, finish, not_found, speaks_for
from idp.accounts.mandate_news import News, record, tell_principal
from idp.clock import Instant
from idp.errors import Refused
from idp.events import Action
from idp.model.account import Account, AccountKind
from idp.model.mandate import Acting, EndReason, Mandate
from idp.model.notice import NoticeKind
from idp.model.policy import Proofing
from idp.ports import UnitOfWork
from idp.services import Services
from idp.sessions.hold import hold

NAMED = Proofing.P2
"""What who acts must be worth at least: else a name that somebody gave themselves would be one that was meant."""

_GRANTED = News(kind=NoticeKind.MANDATE_GRANTED, of_organization=NoticeKind.ORGANIZATION_GRANTED, at=Instant(0))


def offered(services: Services, unit_of_work: UnitOfWork, account_id: int, now: Instant) -> Sequence[Acting]:
    """What waits for this person's answer."""
    invitees = invitees_of(services.cipher, unit_of_work.accounts.attributes(account_id))
    return unit_of_work.mandates.offered_to(invitees, now) if invitees else ()


def accept(services: Services, act: Act, uid: str) -> Mandate:
    """From now on the person may act by it; one of the same kind that they had gives way.

    Raises:
        Refused: `not_found` for whoever is not meant, and where it was answered or ran out; `level_too_low` where no register
            knows the person by their name.
    """
    person = act.visitor.account
    with services.begin() as unit_of_work:
        hold(unit_of_work, act.visitor)
        acting = unit_of_work.mandates.by_uid(uid)
        is_meant = acting is not None and _is_meant(services, unit_of_work, person, acting, act.at)
        if acting is None or not is_meant or not _still_stands(unit_of_work, acting, act.at):
            raise not_found()
        if person.kind is not AccountKind.PERSONAL or person.proofed(act.at).level < NAMED:
            raise Refused("level_too_low", "Have your name checked before you act for somebody.", status=403)
        for other in unit_of_work.mandates.open_of_agent(person.id):
            if _takes_its_place(acting.mandate, other.mandate):
                finish(services, unit_of_work, other, Ending(EndReason.EXPIRED, act.at))
        if not unit_of_work.mandates.accept(acting.mandate.id, person.id, act.at):
            raise not_found()
        accepted = replace(acting.mandate, agent_id=person.id, accepted_at=act.at, invitee=None)
        record(unit_of_work, Action.MANDATE_ACCEPTED, accepted, act.at, act)
        tell_principal(services, unit_of_work, replace(_GRANTED, at=act.at, by=person.id), accepted)
        unit_of_work.commit()
    return accepted


def _is_meant(services: Services, unit_of_work: UnitOfWork, person: Account, acting: Acting, now: Instant) -> bool:
    mandate = acting.mandate
    if mandate.invitee is None or mandate.principal_id == person.id or not mandate.is_offered(now):
        return False
    return mandate.invitee in invitees_of(services.cipher, unit_of_work.accounts.attributes(person.id))


def _still_stands(unit_of_work: UnitOfWork, acting: Acting, now: Instant) -> bool:
    """Whether who offered it for an organisation still speaks for it as they did; a person is asked for at each use."""
    mandate, organization = acting.mandate, acting.organization
    if organization is None:
        return True
    own = () if mandate.granted_by is None else unit_of_work.mandates.open_of_agent(mandate.granted_by)
    roles = {each.mandate.role for each in own if speaks_for(each, organization.id, now)}
    return organization.is_active and mandate.granted_as in roles


def _takes_its_place(new: Mandate, other: Mandate) -> bool:
    return (new.role, new.principal_id, new.organization_id) == (
        other.role,
        other.principal_id,
        other.organization_id,
    )
