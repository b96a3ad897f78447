"""Who hears of a mandate: both sides find it in their log, and the one for whom somebody acts is told by every way.

Of an organisation those hear who represent it. No message says who did what for whom: it may be read on a stranger's screen.
"""

from dataclasses import dataclass, replace

from idp.accounts.act import Act
from idp.accounts.notices import Notices
from idp.clock import Instant
from idp.events import Action, Event, Kind
from idp.model.mandate import Acting, Mandate, MandateRole
from idp.model.notice import Notice, NoticeKind
from idp.ports import UnitOfWork
from idp.services import Services

MOST = 500
"""Mandates of one person or organisation that are ever shown, the newest."""


def event_of(action: Action, mandate: Mandate, at: Instant, account_id: int | None) -> Event:
    """What the log says of it to one person."""
    side = "principal" if account_id is not None and account_id == mandate.principal_id else "agent"
    data: dict[str, str | int | list[str]] = {"mandate": mandate.uid, "role": mandate.role.value, "side": side}
    if mandate.ended_why is not None:
        data["why"] = mandate.ended_why.value
    return Event(kind=Kind.AUDIT, action=action, at=at, account_id=account_id, data=data)


def record(unit_of_work: UnitOfWork, action: Action, mandate: Mandate, at: Instant, by: Act | None = None) -> None:
    """One line for each person whom it concerns, and one for whoever did it where they are neither."""
    concerned = {mandate.agent_id, mandate.principal_id, None if by is None else by.visitor.account.id}
    for account_id in sorted(concerned - {None}, key=str) or (None,):
        event = event_of(action, mandate, at, account_id)
        if by is not None and account_id == by.visitor.account.id:
            session = by.visitor.session
            event = replace(event, session_id=session.id, channel=session.channel)
        unit_of_work.events.record(event)


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What people are told by message.

    Attributes:
        kind: to whoever is acted for, and to whoever acts.
        of_organization: to those who represent an organisation that is acted for.
        by: the account of who did it, who needs not be told; None: nobody, or somebody at their own account.
    """

    kind: NoticeKind
    of_organization: NoticeKind
    at: Instant
    by: int | None = None


def tell_principal(services: Services, unit_of_work: UnitOfWork, news: News, mandate: Mandate) -> None:
    """A person is told whoever did it, so that nothing is done in their name unseen."""
    if mandate.principal_id is not None:
        _tell(services, unit_of_work, mandate.principal_id, news.kind, news.at)
        return
    for account_id in representatives(unit_of_work, mandate.organization_id) - {news.by}:
        _tell(services, unit_of_work, account_id, news.of_organization, news.at)


def tell_agent(services: Services, unit_of_work: UnitOfWork, news: News, mandate: Mandate) -> None:
    """Who acts, or acted."""
    if mandate.agent_id is not None and mandate.agent_id != news.by:
        _tell(services, unit_of_work, mandate.agent_id, news.kind, news.at)


def _tell(services: Services, unit_of_work: UnitOfWork, account_id: int, kind: NoticeKind, at: Instant) -> None:
    Notices(services).notify(unit_of_work, Notice(account_id=account_id, kind=kind, at=at))


def representatives(unit_of_work: UnitOfWork, organization_id: int | None) -> set[int]:
    """The accounts of those whom the register lets represent an organisation."""
    if organization_id is None:
        return set()
    return {each.mandate.agent_id for each in represented_by(unit_of_work, organization_id) if each.mandate.agent_id}


def represented_by(unit_of_work: UnitOfWork, organization_id: int) -> list[Acting]:
    """By which mandates it is represented now."""
    role = MandateRole.LEGAL_REPRESENTATIVE
    found = unit_of_work.mandates.open_of_organization(organization_id)
    return [each for each in found if each.mandate.role is role]
