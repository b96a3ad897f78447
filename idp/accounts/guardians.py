"""A guardian enters a child: the population register says who has custody, and it ends when the child is of age.

A child needs no account of their own for that: where there is none, one is made with name and number as the register has them,
and nothing that would open it. A child who wants to sign in later gets a way in at a window (docs/decisions/0028).
"""

from dataclasses import dataclass, replace

from idp.accounts.act import Act
from idp.accounts.claimed import claimed_person
from idp.accounts.evidence import Check, write
from idp.accounts.level_reached import level_of
from idp.accounts.mandate_news import record
from idp.accounts.notices import Notices
from idp.accounts.source_budget import Down, NotNow, SourceBudget, subject_of
from idp.clock import Instant, midnight_in_china
from idp.entropy import random_uid
from idp.errors import Refused
from idp.events import Action, Kind
from idp.model.account import Account, Identifier, IdentifierKind, NewAccount
from idp.model.evidence import EvidenceMethod
from idp.model.mandate import MandateRole, NewMandate
from idp.model.notice import NoticeKind
from idp.model.policy import Level, Proofing
from idp.model.remit import EVERYTHING
from idp.policy.mandates import LEVEL_TO_ENTER
from idp.ports import ClaimedPerson, SourceAnswer, SourceKind, SourceOutcome, UnitOfWork
from idp.services import Services
from idp.sessions.hold import hold
from realnames.identifiers.age import birthday
from realnames.identifiers.citizen_id import CitizenId

OF_AGE = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """As the guardian says: the name is canonical."""

    name: str
    number: CitizenId


@dataclass(frozen=True, slots=True)
class Entrusted:
    """The person may act for the child from now on; or might before."""


@dataclass(frozen=True, slots=True)
class OfAge:
    """Whoever is of age lets somebody act for them by themselves."""


@dataclass(frozen=True, slots=True)
class NotTheirs:
    """The register does not say so, or the child's number stands at an account where nobody proved it: a window sees to both."""


def enter(services: Services, act: Act, child: Child) -> Entrusted | OfAge | NotTheirs | Down | NotNow:
    """Ask the register, and write down what it says. Raises `Refused("level_too_low", …)`."""
    level = level_of(services, act.visitor, act.at)
    with services.begin() as unit_of_work:
        guardian = claimed_person(unit_of_work.accounts.attributes(act.visitor.account.id))
    if level < LEVEL_TO_ENTER or guardian is None:
        raise Refused("level_too_low", "Show more of who you are before you act for a child.", status=403)
    born = child.number.birth_date
    until = midnight_in_china(birthday(born, born.year + OF_AGE))
    if act.at >= until:
        return OfAge()
    claimed = ClaimedPerson(child.name, Identifier(IdentifierKind.CITIZEN_ID, child.number.number))
    said = _ask(services, act, guardian, claimed)
    if isinstance(said, NotNow):
        return said
    if said.outcome is SourceOutcome.DOWN:
        return Down()
    if said.outcome is not SourceOutcome.MATCH:
        _refused(services, act, said.outcome.value)
        return NotTheirs()
    return _write(services, act, _Custody(claimed, said, until, level))


@dataclass(frozen=True, slots=True)
class _Custody:
    child: ClaimedPerson
    said: SourceAnswer
    until: Instant
    level: Level


def _ask(services: Services, act: Act, guardian: ClaimedPerson, child: ClaimedPerson) -> SourceAnswer | NotNow:
    register = services.sources.population
    if register is None:
        return SourceAnswer(outcome=SourceOutcome.DOWN, why="unreachable")
    subjects = (f"account {act.visitor.account.id}", subject_of(services.cipher, child.document))
    budget = SourceBudget(services, SourceKind.POPULATION, subjects, act.at)
    return budget.ask(lambda: register.guardian_of(guardian, child))


def _write(services: Services, act: Act, custody: _Custody) -> Entrusted | NotTheirs:
    person = act.visitor.account
    with services.begin() as unit_of_work:
        hold(unit_of_work, act.visitor)
        child = _account_of(services, unit_of_work, act, custody)
        if child.id == person.id or child.proofed(act.at).level < Proofing.P2:
            unit_of_work.roll_back()
            _refused(services, act, "unproven_account")
            return NotTheirs()
        added = unit_of_work.mandates.add(
            NewMandate(
                uid=random_uid(),
                role=MandateRole.GUARDIAN,
                remit=EVERYTHING,
                valid_from=act.at,
                valid_until=custody.until,
                granted_at=act.at,
                agent_id=person.id,
                principal_id=child.id,
                granted_level=custody.level,
                source=services.settings.sources.population,
                reference=custody.said.reference,
                accepted_at=act.at,
            )
        )
        if added is not None:
            record(unit_of_work, Action.MANDATE_GRANTED, added, act.at, act)
            for account_id, kind in (
                (person.id, NoticeKind.ORGANIZATION_ENTERED),
                (child.id, NoticeKind.MANDATE_GRANTED),
            ):
                Notices(services).notify(unit_of_work, replace(act.notice(kind), account_id=account_id))
        unit_of_work.commit()
    return Entrusted()


def _account_of(services: Services, unit_of_work: UnitOfWork, act: Act, custody: _Custody) -> Account:
    """The child's, as well known as the register has just made it."""
    found = unit_of_work.accounts.find(custody.child.document)
    if found is None:
        return _made(services, unit_of_work, act, custody)
    is_renewed = _is_to_be_renewed(unit_of_work, found, custody, act.at)
    return _proven(services, unit_of_work, act, custody, found.id) if is_renewed else found


def _is_to_be_renewed(unit_of_work: UnitOfWork, child: Account, custody: _Custody, now: Instant) -> bool:
    """Whether a register knew this name and number to be of the account once, and that only ran out: it has just said so again."""
    if child.proofed(now).level >= Proofing.P2:
        return False
    is_as_said = claimed_person(unit_of_work.accounts.attributes(child.id)) == custody.child
    known = (each for each in unit_of_work.evidence.of_account(child.id) if each.withdrawn_at is None)
    return is_as_said and any(each.proofing >= Proofing.P2 for each in known)


def _made(services: Services, unit_of_work: UnitOfWork, act: Act, custody: _Custody) -> Account:
    """An account that nothing opens; what is known of its person the register said."""
    made = unit_of_work.accounts.create(
        NewAccount(
            name=custody.child.name,
            identifiers=(custody.child.document,),
            proofing=Proofing.P1,
            proofed_at=act.at,
            is_sandbox=act.visitor.account.is_sandbox,
            created_at=act.at,
        )
    )
    registered = replace(act.event(Action.ACCOUNT_REGISTERED), account_id=made.id, session_id=None)
    unit_of_work.events.record(registered)
    return _proven(services, unit_of_work, act, custody, made.id)


def _proven(services: Services, unit_of_work: UnitOfWork, act: Act, custody: _Custody, child_id: int) -> Account:
    """The account, with what the register has just said of its name and number."""
    check = Check(
        source=str(services.settings.sources.population),
        method=EvidenceMethod.TWO_ELEMENTS,
        verified_at=custody.said.answered_at or act.at,
        reference=custody.said.reference,
    )
    recorded = replace(act.event(Action.EVIDENCE_RECORDED), account_id=child_id, session_id=None)
    write(services, unit_of_work, check, recorded)
    found = unit_of_work.accounts.get(child_id)
    assert found is not None
    return found


def _refused(services: Services, act: Act, outcome: str) -> None:
    event = replace(act.event(Action.GUARDIAN_REFUSED), kind=Kind.REFUSAL, outcome=outcome)
    with services.begin() as unit_of_work:
        unit_of_work.events.record(event)
        unit_of_work.commit()
