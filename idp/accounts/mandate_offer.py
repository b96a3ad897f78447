"""Somebody lets another act: for themselves, or for an organisation that they speak for. It counts once it is accepted.

Nothing is implied: services and channels are named one by one, and end by themselves. Whoever offers has signed in well enough
for what the apps named demand of themselves, and hands on no more than they have.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from idp.accounts.act import Act
from idp.accounts.invitee import invitee_of
from idp.accounts.level_reached import level_of
from idp.accounts.mandate_end import not_found, speaks_for
from idp.accounts.mandate_news import record, represented_by
from idp.accounts.notices import Notices
from idp.clock import Instant, after
from idp.entropy import random_uid
from idp.errors import Refused, TooOften
from idp.events import Action
from idp.model.account import AccountStatus, Identifier, IdentifierKind
from idp.model.client import Client, ClientStatus
from idp.model.mandate import APPOINTS, Acting, Mandate, MandateRole, NewMandate, PrincipalKind
from idp.model.notice import Notice, NoticeKind
from idp.model.organization import Organization
from idp.model.policy import Level
from idp.model.remit import Remit
from idp.policy.mandates import level_to_grant
from idp.ports import UnitOfWork
from idp.services import Services
from idp.sessions.hold import hold

_DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What is offered to whom.

    Attributes:
        phone, name: in E.164, and canonical.
        role: as what; `HELPER` of a person, and of an organisation one that whoever offers appoints.
        valid_until: when it ends by itself.
        organization: the uid of the organisation; None: of whoever offers themselves.
    """

    phone: str
    name: str
    role: MandateRole
    remit: Remit
    valid_until: Instant
    is_single_use: bool = False
    organization: str | None = None


def offer(services: Services, act: Act, wanted: Offer) -> Mandate:
    """Write it down, and tell whoever is meant, if they are known here.

    Raises:
        Refused: `invalid_request` for what nobody may be let do; `level_too_low`; `mandate_exists`, while the same person is
            asked the same; `not_found` for an organisation that the person does not speak for.
        TooOften: more offers than a person makes within a day.
    """
    with services.begin() as unit_of_work:
        hold(unit_of_work, act.visitor)
        granter = None if wanted.organization is None else _granter(unit_of_work, act, wanted)
        level = _refuse_what_may_not_be(services, unit_of_work, act, wanted, granter)
        _count(services, act)
        new = _new(services, act, wanted, granter, level)
        added = unit_of_work.mandates.add(new)
        if added is None:
            raise Refused("mandate_exists", "This person was asked already; wait, or take that back.", status=409)
        record(unit_of_work, Action.MANDATE_OFFERED, added, act.at, act)
        _tell_invitee(services, unit_of_work, act, wanted)
        unit_of_work.commit()
    return added


def clients_for(unit_of_work: UnitOfWork, kind: PrincipalKind, channels: Iterable[str]) -> list[Client]:
    """The apps that may be named: those that accept such mandates, and are there."""
    open_channels = set(channels)
    return [
        client
        for client in unit_of_work.clients.all()
        if kind.value in client.accepts_mandates
        and client.redirect_uris
        and client.status is ClientStatus.ACTIVE
        and client.channel in open_channels
    ]


def appoints_by(unit_of_work: UnitOfWork, account_id: int, organization: Organization, now: Instant) -> Acting | None:
    """The mandate by which this person appoints others, of several the one that reaches furthest.

    None: they appoint nobody; nor does anybody while the organisation may not act, or nobody represents it.
    """
    if not organization.is_active or not represented_by(unit_of_work, organization.id):
        return None
    own = [each for each in unit_of_work.mandates.open_of_agent(account_id) if speaks_for(each, organization.id, now)]
    return next((each for role in APPOINTS for each in own if each.mandate.role is role), None)


def _granter(unit_of_work: UnitOfWork, act: Act, wanted: Offer) -> tuple[Organization, Acting]:
    organization = unit_of_work.organizations.by_uid(wanted.organization or "")
    if organization is not None:
        own = appoints_by(unit_of_work, act.visitor.account.id, organization, act.at)
        if own is not None and wanted.role in APPOINTS[own.mandate.role]:
            return organization, own
    raise not_found()


def _refuse_what_may_not_be(
    services: Services,
    unit_of_work: UnitOfWork,
    act: Act,
    wanted: Offer,
    granter: tuple[Organization, Acting] | None,
) -> Level:
    """The level of the sign-in, if it is enough."""
    kind = PrincipalKind.PERSONS if granter is None else PrincipalKind.ORGANIZATIONS
    if granter is None and wanted.role is not MandateRole.HELPER:
        raise Refused("invalid_request", "A person lets helpers act for them; a register says who is a guardian.")
    longest = after(act.at, services.settings.mandates.longest_days * _DAY)
    if not act.at < wanted.valid_until <= longest:
        raise Refused("invalid_request", "A mandate ends within a year.")
    apps = {client.client_id: client for client in clients_for(unit_of_work, kind, services.channels)}
    if wanted.remit.is_empty or wanted.remit.is_every or not _are_offered(wanted.remit, apps, services):
        raise Refused("invalid_request", "Name services and channels that accept mandates, one by one.")
    if granter is not None and not granter[1].mandate.remit.covers(wanted.remit):
        raise Refused("invalid_request", "Nobody hands on more than they have.")
    attributes = unit_of_work.accounts.attributes(act.visitor.account.id)
    if wanted.phone == attributes.phone:
        raise Refused("invalid_request", "Nobody needs a mandate to act for themselves.")
    level = level_of(services, act.visitor, act.at)
    if level < level_to_grant(apps[each.client_id].level for each in wanted.remit.services):
        raise Refused("level_too_low", "Show more of who you are before you let somebody act for you.", status=403)
    return level


def _are_offered(remit: Remit, apps: dict[str, Client], services: Services) -> bool:
    """Whether each is an app that may be named, with matters of its own, over channels that there are."""
    if not set(remit.channels) <= set(services.channels):
        return False
    for each in remit.services:
        client = apps.get(each.client_id)
        if client is None or client.channel not in remit.channels:
            return False
        if each.matters is not None and not (
            each.matters and all(matter.code in client.matters for matter in each.matters)
        ):
            return False
    return len({each.client_id for each in remit.services}) == len(remit.services)


def _new(
    services: Services, act: Act, wanted: Offer, granter: tuple[Organization, Acting] | None, level: Level
) -> NewMandate:
    person = act.visitor.account.id
    return NewMandate(
        uid=random_uid(),
        role=wanted.role,
        remit=wanted.remit,
        valid_from=act.at,
        valid_until=wanted.valid_until,
        granted_at=act.at,
        invitee=invitee_of(services.cipher, wanted.phone, wanted.name),
        principal_id=person if granter is None else None,
        organization_id=None if granter is None else granter[0].id,
        is_single_use=wanted.is_single_use,
        granted_by=person,
        granted_level=level,
        granted_as=None if granter is None else granter[1].mandate.role,
        answer_by=after(act.at, services.settings.mandates.answer_days * _DAY),
    )


def _count(services: Services, act: Act) -> None:
    """By the account, since who is asked hears of each."""
    made = services.ephemeral.incr(f"mandate_offers:{act.visitor.account.id}", _DAY)
    if made > services.settings.mandates.offers_per_day:
        raise TooOften(_DAY, "You asked many people today; go on tomorrow.")


def _tell_invitee(services: Services, unit_of_work: UnitOfWork, act: Act, wanted: Offer) -> None:
    """Only whoever proved the phone and has the name; nobody learns whether there was somebody to tell."""
    found = unit_of_work.accounts.find(Identifier(IdentifierKind.PHONE, wanted.phone))
    if found is None or found.status is not AccountStatus.ACTIVE:
        return
    attributes = unit_of_work.accounts.attributes(found.id)
    if attributes.phone_is_verified and attributes.name == wanted.name:
        notice = Notice(account_id=found.id, kind=NoticeKind.MANDATE_OFFERED, at=act.at)
        Notices(services).notify(unit_of_work, notice)
