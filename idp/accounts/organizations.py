"""A person enters an organisation that they represent: the company register says that it is there, and that they do."""

from dataclasses import dataclass, replace

from idp.accounts.act import Act
from idp.accounts.claimed import claimed_person
from idp.accounts.level_reached import level_of
from idp.accounts.mandate_news import record, representatives
from idp.accounts.notices import Notices
from idp.accounts.organization_checks import recheck
from idp.accounts.source_budget import Down, NotNow, SourceBudget
from idp.clock import Instant
from idp.entropy import random_uid
from idp.errors import Refused
from idp.events import Action, Kind
from idp.model.mandate import MandateRole, NewMandate
from idp.model.notice import NoticeKind
from idp.model.organization import Organization, OrganizationStatus, RegisteredOrganization
from idp.model.policy import Level
from idp.model.remit import EVERYTHING
from idp.policy.mandates import LEVEL_TO_ENTER
from idp.ports import CompanyRegister, RepresentativeAnswer, SourceKind, SourceOutcome
from idp.services import Services
from idp.sessions.hold import hold


@dataclass(frozen=True, slots=True)
class Entered:
    """The person represents it from now on; or did before."""

    organization: Organization


@dataclass(frozen=True, slots=True)
class NotYours:
    """The register has no such organisation, or says that somebody else represents it; nobody learns which."""


@dataclass(frozen=True, slots=True)
class NotActive:
    """The person represents it, and nobody acts for such a one."""

    status: OrganizationStatus


def enter(services: Services, act: Act, code: str) -> Entered | NotYours | NotActive | Down | NotNow:
    """`code` is a canonical unified social credit code. Raises `Refused("level_too_low", …)`."""
    level = level_of(services, act.visitor, act.at)
    with services.begin() as unit_of_work:
        person = claimed_person(unit_of_work.accounts.attributes(act.visitor.account.id))
    if level < LEVEL_TO_ENTER or person is None:
        raise Refused("level_too_low", "Show more of who you are before you act for an organisation.", status=403)
    register = services.sources.company
    if register is None:
        return Down()
    subjects = (f"account {act.visitor.account.id}", code)
    said = SourceBudget(services, SourceKind.COMPANY, subjects, act.at).ask(
        lambda: register.legal_representative(code, person)
    )
    if isinstance(said, NotNow) or said.outcome is SourceOutcome.DOWN:
        return said if isinstance(said, NotNow) else Down()
    registered = _published(services, register, code, act.at) if said.outcome is SourceOutcome.MATCH else NotYours()
    if isinstance(registered, RegisteredOrganization) and registered.status is OrganizationStatus.ACTIVE:
        return _write(services, act, registered, said, level)
    return _refused(services, act, registered)


def _published(
    services: Services, register: CompanyRegister, code: str, now: Instant
) -> RegisteredOrganization | Down | NotYours | NotNow:
    answer = SourceBudget(services, SourceKind.COMPANY, (code,), now).ask(lambda: register.organization(code))
    if isinstance(answer, NotNow):
        return answer
    if answer.outcome is SourceOutcome.DOWN:
        return Down()
    return answer.organization or NotYours()


def _write(
    services: Services, act: Act, registered: RegisteredOrganization, said: RepresentativeAnswer, level: Level
) -> Entered:
    with services.begin() as unit_of_work:
        hold(unit_of_work, act.visitor)
        organization = unit_of_work.organizations.enter(registered, act.at)
        added = unit_of_work.mandates.add(
            NewMandate(
                uid=random_uid(),
                role=MandateRole.LEGAL_REPRESENTATIVE,
                remit=EVERYTHING,
                valid_from=act.at,
                valid_until=None,
                granted_at=act.at,
                agent_id=act.visitor.account.id,
                organization_id=organization.id,
                granted_level=level,
                source=services.settings.sources.company,
                reference=said.reference,
                accepted_at=act.at,
            )
        )
        if added is not None:  # else the person entered it before
            unit_of_work.events.record(act.event(Action.ORGANIZATION_ENTERED, {"organization": registered.code}))
            record(unit_of_work, Action.MANDATE_GRANTED, added, act.at, act)
            Notices(services).notify(unit_of_work, act.notice(NoticeKind.ORGANIZATION_ENTERED))
        others = representatives(unit_of_work, organization.id) - {act.visitor.account.id}
        unit_of_work.commit()
    # A new one means that whoever was it before may be none any more.
    return Entered(recheck(services, organization, act.at) if others else organization)


def _refused(
    services: Services, act: Act, found: RegisteredOrganization | NotYours | Down | NotNow
) -> NotYours | NotActive | Down | NotNow:
    """Whoever tries codes of organisations that are not theirs is seen (threat M03)."""
    if isinstance(found, Down | NotNow):
        return found
    outcome = found.status.value if isinstance(found, RegisteredOrganization) else "not_theirs"
    event = replace(act.event(Action.ORGANIZATION_REFUSED), kind=Kind.REFUSAL, outcome=outcome)
    with services.begin() as unit_of_work:
        unit_of_work.events.record(event)
        unit_of_work.commit()
    return NotActive(found.status) if isinstance(found, RegisteredOrganization) else found
