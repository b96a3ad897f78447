"""A mandate is over: at once, with every token that was issued to whoever acted by it, and everybody hears."""

from dataclasses import dataclass, replace

from idp.accounts.act import Act
from idp.accounts.invitee import invitees_of
from idp.accounts.mandate_news import News, record, tell_agent, tell_principal
from idp.clock import Instant
from idp.errors import Refused
from idp.events import Action
from idp.model.mandate import STOPS, Acting, EndReason, Mandate
from idp.model.notice import NoticeKind
from idp.ports import UnitOfWork
from idp.services import Services
from idp.sessions import logout
from idp.sessions.hold import hold


@dataclass(frozen=True, slots=True)
class Ending:
    """Why and when a mandate ends.

    Attributes:
        by: whoever ends one that they may end.
        officer_id: the work account of an officer who does.
    """

    why: EndReason
    at: Instant
    by: Act | None = None
    officer_id: int | None = None


def end(services: Services, act: Act, uid: str) -> Mandate:
    """Give back what one has, decline what one is offered, or take back what one gave.

    Raises:
        Refused: `not_found` for whoever it is none of their business, and where it is over.
    """
    with services.begin() as unit_of_work:
        hold(unit_of_work, act.visitor)
        acting = unit_of_work.mandates.by_uid(uid)
        why = None if acting is None else why_they_may(services, unit_of_work, act, acting)
        if acting is None or why is None:
            raise not_found()
        ended = finish(services, unit_of_work, acting, Ending(why, act.at, by=act))
        if ended is None:
            raise not_found()
        unit_of_work.commit()
    return ended


def why_they_may(services: Services, unit_of_work: UnitOfWork, act: Act, acting: Acting) -> EndReason | None:
    """As what this person may end it; None: they may not, and need not know of it."""
    mandate, person = acting.mandate, act.visitor.account.id
    is_answered = mandate.accepted_at is not None
    if mandate.agent_id == person:
        return EndReason.GIVEN_UP
    is_theirs = mandate.principal_id == person or _stops_for(unit_of_work, act, acting)
    if is_theirs:
        return EndReason.REVOKED if is_answered else EndReason.WITHDRAWN
    if mandate.invitee is not None and mandate.is_offered(act.at):
        attributes = unit_of_work.accounts.attributes(person)
        return EndReason.DECLINED if mandate.invitee in invitees_of(services.cipher, attributes) else None
    return None


def finish(services: Services, unit_of_work: UnitOfWork, acting: Acting, ending: Ending) -> Mandate | None:
    """End it within a transaction of the caller's, and tell both sides; None: it was over."""
    ended = finish_unheard(unit_of_work, acting, ending)
    if ended is not None and ended.accepted_at is not None:
        person = None if ending.by is None else ending.by.visitor.account.id
        news = News(
            kind=NoticeKind.MANDATE_ENDED, of_organization=NoticeKind.ORGANIZATION_ENDED, at=ending.at, by=person
        )
        tell_principal(services, unit_of_work, news, ended)
        tell_agent(services, unit_of_work, news, ended)
    return ended


def finish_unheard(unit_of_work: UnitOfWork, acting: Acting, ending: Ending) -> Mandate | None:
    """The same without messages: both find it in their log."""
    mandate, at, by = acting.mandate, ending.at, ending.by
    person = ending.officer_id if by is None else by.visitor.account.id
    if not unit_of_work.mandates.end(mandate.id, ending.why, person, at):
        return None
    ended = replace(mandate, ended_at=at, ended_by=person, ended_why=ending.why)
    _take_away(unit_of_work, ended, at)
    record(unit_of_work, Action.MANDATE_ENDED, ended, at, by)
    return ended


def not_found() -> Refused:
    """The same for what is not there, and for what is none of somebody's business."""
    return Refused("not_found", "There is no such mandate, or it is over.", status=404)


def _take_away(unit_of_work: UnitOfWork, mandate: Mandate, at: Instant) -> None:
    """Tokens die, and each app at which somebody acts by it is told that it is over there."""
    for place in unit_of_work.authorizations.revoke_of_mandate(mandate.id, at):
        session = unit_of_work.sessions.get(place.session_id)
        if session is not None and session.ended_at is None:
            logout.promise_to(unit_of_work, place.client_id, session, at)
            unit_of_work.sessions.leave(session.id, place.client_id)


def _stops_for(unit_of_work: UnitOfWork, act: Act, acting: Acting) -> bool:
    """Whether the person speaks for its organisation, and as somebody who may stop such a one."""
    if acting.organization is None:
        return False
    own = unit_of_work.mandates.open_of_agent(act.visitor.account.id)
    roles = (each.mandate.role for each in own if speaks_for(each, acting.organization.id, act.at))
    return any(acting.mandate.role in STOPS.get(role, ()) for role in roles)


def speaks_for(own: Acting, organization_id: int, now: Instant) -> bool:
    """Whether this mandate is one of the organisation that is in force; also of one that rests, so that it can be cleared up."""
    return own.mandate.organization_id == organization_id and own.mandate.is_in_force(now)
