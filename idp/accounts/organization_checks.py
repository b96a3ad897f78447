"""What the company register says now of an organisation and of who represents it; what it says no more ends here.

A register that is down says nothing: what it said before goes on for a while. What it tells of by itself (`changed_since`) is
asked about within minutes, so whoever represents an organisation no longer is out within a day.
"""

from dataclasses import replace

import structlog

from idp.accounts.claimed import claimed_person
from idp.accounts.mandate_end import Ending, finish
from idp.accounts.mandate_news import represented_by
from idp.accounts.source_budget import NotNow, SourceBudget
from idp.clock import Instant
from idp.events import Action, Event, Kind
from idp.model.mandate import Acting, EndReason
from idp.model.organization import Organization, OrganizationStatus, RegisteredOrganization
from idp.ports import ClaimedPerson, CompanyRegister, SourceKind, SourceOutcome, UnitOfWork
from idp.services import Services

EVERY_SECONDS = 15 * 60
"""How often the register is asked what changed; each answer costs it and us little."""
_MOST_PAGES = 50
_AT_ONCE = 50

_log = structlog.get_logger()


def recheck(services: Services, organization: Organization, now: Instant) -> Organization:
    """Ask about all of it; the organisation as it is known afterwards, which is as before where the register is down."""
    register = services.sources.company
    if register is None:
        return organization
    said = _ask_organization(services, register, organization.code, now)
    if isinstance(said, NotNow) or said is SourceOutcome.DOWN:
        return organization
    gone = _struck_off(organization)
    registered = gone if said is SourceOutcome.NOT_FOUND else said
    assert isinstance(registered, RegisteredOrganization)
    over, is_whole = _ask_representatives(services, register, organization, now)
    with services.begin() as unit_of_work:
        for acting in over:
            finish(services, unit_of_work, acting, Ending(EndReason.REGISTER, now))
        if is_whole:
            unit_of_work.organizations.confirm(organization, registered, now)
        elif registered.status is not OrganizationStatus.ACTIVE:  # what is over is over, whatever else was not answered
            unit_of_work.organizations.confirm(replace(organization, changed_at=None), registered, now)
        if registered.status is not organization.status:
            unit_of_work.events.record(_event(registered, now))
        unit_of_work.commit()
        found = unit_of_work.organizations.get(organization.id)
    return organization if found is None else found


def hear_changes(services: Services, now: Instant) -> int:
    """What the worker does: hear what changed, then ask about each of ours; how many were asked about.

    Safe to be killed anywhere, and to run in several workers at once: what was heard is written down with the place up to
    which it was heard.
    """
    register, source = services.sources.company, services.settings.sources.company
    if register is None or source is None:
        return 0
    _hear(services, register, source, now)
    asked = after_id = 0
    while found := _changed(services, after_id):
        for organization in found:
            after_id = organization.id
            recheck(services, organization, now)
            asked += 1
    if asked:
        _log.info("organizations.rechecked", organizations=asked)
    return asked


def _hear(services: Services, register: CompanyRegister, source: str, now: Instant) -> None:
    for _ in range(_MOST_PAGES):
        with services.begin() as unit_of_work:
            cursor = unit_of_work.organizations.cursor(source)
        heard = register.changed_since(cursor)
        if heard is None:
            _log.warning("organizations.register_down")
            return
        with services.begin() as unit_of_work:
            unit_of_work.organizations.note_changes(heard.codes, now)
            unit_of_work.organizations.move_cursor(source, heard.cursor, now)
            unit_of_work.commit()
        if not heard.has_more:
            return


def _changed(services: Services, after_id: int) -> list[Organization]:
    with services.begin() as unit_of_work:
        return list(unit_of_work.organizations.changed(after_id, _AT_ONCE))


def _ask_organization(
    services: Services, register: CompanyRegister, code: str, now: Instant
) -> RegisteredOrganization | SourceOutcome | NotNow:
    budget = SourceBudget(services, SourceKind.COMPANY, (code,), now)
    answer = budget.ask(lambda: register.organization(code))
    if isinstance(answer, NotNow):
        return answer
    return answer.organization or answer.outcome


def _ask_representatives(
    services: Services, register: CompanyRegister, organization: Organization, now: Instant
) -> tuple[list[Acting], bool]:
    """Those who represent it no more, and whether the register answered about everybody."""
    with services.begin() as unit_of_work:
        asked = [
            (acting, _claimed_agent(unit_of_work, acting)) for acting in represented_by(unit_of_work, organization.id)
        ]
    over, is_whole = [], True
    for acting, person in asked:
        if person is None:  # whose name or number we do not know any more the register cannot have meant
            over.append(acting)
            continue
        budget = SourceBudget(services, SourceKind.COMPANY, (organization.code,), now)
        answer = budget.ask(lambda who=person: register.legal_representative(organization.code, who))  # type: ignore[misc]
        if isinstance(answer, NotNow) or answer.outcome is SourceOutcome.DOWN:
            is_whole = False
        elif answer.outcome is not SourceOutcome.MATCH:
            over.append(acting)
    return over, is_whole


def _claimed_agent(unit_of_work: UnitOfWork, acting: Acting) -> ClaimedPerson | None:
    agent = acting.mandate.agent_id
    return None if agent is None else claimed_person(unit_of_work.accounts.attributes(agent))


def _struck_off(organization: Organization) -> RegisteredOrganization:
    """What the register has no entry of any more exists no more."""
    return RegisteredOrganization(
        code=organization.code,
        name=organization.name,
        organization_type=organization.organization_type,
        status=OrganizationStatus.STRUCK_OFF,
    )


def _event(registered: RegisteredOrganization, now: Instant) -> Event:
    """An organisation is nobody, so its code may be told."""
    return Event(
        kind=Kind.AUDIT,
        action=Action.ORGANIZATION_CHECKED,
        at=now,
        data={"organization": registered.code, "status": registered.status.value},
    )
