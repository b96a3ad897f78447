"""Whom a person may act for at an app now, and that they do."""

from collections.abc import Sequence
from dataclasses import replace

from idp.accounts.mandate_news import News, event_of, tell_principal
from idp.accounts.organization_checks import recheck
from idp.clock import Instant
from idp.events import Action
from idp.model.client import Client
from idp.model.mandate import Acting, Why
from idp.model.notice import NoticeKind
from idp.policy.mandates import is_granted_well_enough
from idp.ports import UnitOfWork
from idp.services import Services

_MAY_BE_ASKED = frozenset({None, Why.NOT_CONFIRMED})
"""What keeps a mandate from being offered nowhere: the register is asked when it is chosen, and not for a list."""


def usable(
    services: Services, unit_of_work: UnitOfWork, account_id: int, client: Client, now: Instant
) -> Sequence[Acting]:
    """The mandates by which this person may begin to act at this app; of an app that accepts none, none."""
    if not client.accepts_mandates:
        return ()
    unheard = services.settings.mandates.unheard_seconds
    return [
        acting
        for acting in unit_of_work.mandates.open_of_agent(account_id)
        if may_act_at(acting, client) and acting.why_not_anew(now, unheard) in _MAY_BE_ASKED
    ]


def may_act_at(acting: Acting, client: Client) -> bool:
    """Whether the mandate reaches this app as it is registered now."""
    mandate = acting.mandate
    return (
        mandate.role.principal_kind.value in client.accepts_mandates
        and mandate.remit.allows(client.client_id, client.channel)
        and is_granted_well_enough(mandate, client.level)
    )


def confirmed(services: Services, acting: Acting, now: Instant) -> bool:
    """Whether it may be used after all: what the register has not said for a day it is asked now.

    Outside of any transaction, since the register may take seconds.
    """
    settings, organization = services.settings.mandates, acting.organization
    if organization is not None and organization.is_to_be_checked(now, settings.confirmed_seconds):
        recheck(services, organization, now)
    with services.begin() as unit_of_work:
        found = unit_of_work.mandates.get(acting.mandate.id)
    return found is not None and found.why_not_anew(now, settings.unheard_seconds) is None


def use(services: Services, unit_of_work: UnitOfWork, acting: Acting, client_id: str, now: Instant) -> bool:
    """Note that somebody acts by it at this app, and tell whoever they act for; False: it has ended, or is used up.

    Of an organisation nobody is sent a message for each use of each agent: its pages tell when each was used last.
    """
    mandate = acting.mandate
    if not unit_of_work.mandates.use(mandate.id, now):
        return False
    whose = mandate.principal_id or mandate.agent_id
    told = event_of(Action.MANDATE_USED, mandate, now, whose)
    unit_of_work.events.record(replace(told, client_id=client_id))
    if mandate.principal_id is not None:
        news = News(kind=NoticeKind.MANDATE_USED, of_organization=NoticeKind.MANDATE_USED, at=now)
        tell_principal(services, unit_of_work, news, mandate)
    return True
