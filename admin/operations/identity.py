"""Who people are: what shows it, taking it back, correcting name and number, and numbers that two people say are theirs."""

from typing import Annotated, Any

from pydantic import Field

from admin.operation import GUARDIANS, SECURITY, Desk, Effect, Gives, Operation, State, Takes
from admin.operations.people import OnePerson, person, record_look
from idp.accounts.identifiers import identifier_of, masked
from idp.accounts.imported_document import read_document
from idp.accounts.imported_refusal import RowRefused
from idp.accounts.names import masked_name, parse_name
from idp.clock import date_in_china
from idp.errors import Refused
from idp.events import Action
from idp.model.account import Identifier
from idp.model.dispute import Dispute, DisputeOutcome
from idp.model.evidence import Evidence, WithdrawalReason
from idp.proofing import correction, disputes
from idp.proofing.withdrawal import withdraw
from realnames.identifiers.refusal import IdentifierRefused

_MOST = 50


class OneEvidence(OnePerson):
    """One check of a person, by its number."""

    evidence_id: int


class WithdrawEvidence(OneEvidence):
    """Why it counts no more."""

    why: WithdrawalReason


class Correct(OnePerson):
    """Name, document, or both, as they stand on the document that was seen; what is not named stays."""

    name: Annotated[str | None, Field(max_length=255)] = None
    id_type: Annotated[str | None, Field(max_length=40)] = None
    id_number: Annotated[str | None, Field(max_length=40)] = None
    id_country: Annotated[str | None, Field(max_length=3)] = None


class OlderDisputes(Takes):
    """Those with a smaller number."""

    before: int | None = None


class DecideDispute(Takes):
    """Whose the number is."""

    dispute_id: int
    outcome: DisputeOutcome


class EvidenceList(Gives):
    """All of one person, the oldest first, what was withdrawn among them."""

    evidence: list[dict[str, Any]]


class Corrected(Gives):
    """What the account has now, masked."""

    name: str | None
    documents: list[str]


class DisputeList(Gives):
    """Those that nobody has decided, the newest first; `next` is `before` of the following page."""

    disputes: list[dict[str, Any]]
    next: int | None


def _list(desk: Desk, wanted: OnePerson) -> EvidenceList:
    account = person(desk, wanted.uid)
    record_look(desk, account, Action.PERSON_VIEWED)
    return EvidenceList(evidence=[_told(each) for each in desk.unit_of_work.evidence.of_account(account.id)])


def _withdraw(desk: Desk, wanted: WithdrawEvidence) -> EvidenceList:
    withdraw(desk.unit_of_work, person(desk, wanted.uid), wanted.evidence_id, wanted.why, desk.at)
    return _list(desk, wanted)


def _correct(desk: Desk, wanted: Correct) -> Corrected:
    account = person(desk, wanted.uid)
    correction.correct(desk.services, desk.unit_of_work, account, _read(desk, wanted), desk.at)
    stored = desk.unit_of_work.accounts.attributes(account.id)
    name = None if stored.name is None else masked_name(stored.name)
    return Corrected(name=name, documents=[masked(each) for each in stored.documents])


def _read(desk: Desk, wanted: Correct) -> tuple[str | None, Identifier | None]:
    """Both as their parsers write them; raises `Refused("invalid_request", …)` with what is wrong."""
    members = {
        name: value for name in ("id_type", "id_number", "id_country") if (value := getattr(wanted, name)) is not None
    }
    sandbox = desk.services.settings.sandbox.enabled
    try:
        document = read_document(members, today=date_in_china(desk.at), sandbox=sandbox)
        name = None if wanted.name is None else parse_name(wanted.name, may_be_latin=True)
    except RowRefused as refused:
        raise Refused("invalid_request", refused.reason) from None
    except IdentifierRefused as refused:
        raise Refused("invalid_request", f"The name is not one: {refused.reason}.") from None
    return name, None if document is None else identifier_of(document)


def _disputes(desk: Desk, wanted: OlderDisputes) -> DisputeList:
    found = desk.unit_of_work.disputes.waiting(wanted.before, _MOST + 1)
    shown = found[:_MOST]
    return DisputeList(
        disputes=[_dispute(desk, each) for each in shown], next=shown[-1].id if len(found) > _MOST else None
    )


def _decide(desk: Desk, wanted: DecideDispute) -> DisputeList:
    dispute = desk.unit_of_work.disputes.get(wanted.dispute_id)
    if dispute is None:
        raise Refused("not_found", "There is no such dispute.", status=404)
    disputes.decide(desk.services, desk.unit_of_work, dispute, wanted.outcome, desk.at)
    return _disputes(desk, OlderDisputes())


def _dispute(desk: Desk, dispute: Dispute) -> dict[str, Any]:
    """Both by their uid, and what it is about, masked."""
    accounts = desk.unit_of_work.accounts
    claimant, holder = accounts.get(dispute.claimant_id), accounts.get(dispute.holder_id)
    return {
        "dispute_id": dispute.id,
        "opened_at": dispute.opened_at,
        "claimant": None if claimant is None else claimant.uid,
        "holder": None if holder is None else holder.uid,
        "name": masked_name(dispute.claim.name),
        "document": f"{dispute.claim.document.kind.value} {masked(dispute.claim.document)}",
    }


def _told(evidence: Evidence) -> dict[str, Any]:
    return {
        "evidence_id": evidence.id,
        "check": evidence.check_id,
        "source": evidence.source,
        "method": evidence.method.value,
        "proofing": int(evidence.proofing),
        "verified_at": evidence.verified_at,
        "expires_at": evidence.expires_at,
        "withdrawn_at": evidence.withdrawn_at,
        "withdrawn_why": evidence.withdrawn_why and evidence.withdrawn_why.value,
    }


def _evidence_state(desk: Desk, wanted: OneEvidence) -> State | None:
    account = desk.unit_of_work.accounts.by_uid(wanted.uid)
    if account is None:
        return None
    found = {each.id: each for each in desk.unit_of_work.evidence.of_account(account.id)}.get(wanted.evidence_id)
    if found is None:
        return None
    return {
        "method": found.method.value,
        "proofing": int(found.proofing),
        "is_withdrawn": found.withdrawn_at is not None,
    }


def _identity_state(desk: Desk, wanted: OnePerson) -> State | None:
    account = desk.unit_of_work.accounts.by_uid(wanted.uid)
    if account is None:
        return None
    stored = desk.unit_of_work.accounts.attributes(account.id)
    return {
        "name": None if stored.name is None else masked_name(stored.name),
        "documents": " ".join(f"{each.kind.value} {masked(each)}" for each in stored.identifiers),
        "proofing": account.proofed(desk.at).level.name,
    }


def _dispute_state(desk: Desk, wanted: DecideDispute) -> State | None:
    dispute = desk.unit_of_work.disputes.get(wanted.dispute_id)
    if dispute is None:
        return None
    return {**_dispute(desk, dispute), "outcome": dispute.outcome and dispute.outcome.value}


LIST_EVIDENCE = Operation(
    name="people.evidence",
    about="What shows who a person is: sources, methods and moments, never what they looked at.",
    method="GET",
    path="/people/{uid}/evidence",
    takes=OnePerson,
    gives=EvidenceList,
    does=SECURITY,
    run=_list,
)
WITHDRAW_EVIDENCE = Operation(
    name="people.withdraw_evidence",
    about="Take a check back: from the commit on the person is worth what is left.",
    method="POST",
    path="/people/{uid}/evidence/{evidence_id}/withdraw",
    takes=WithdrawEvidence,
    gives=EvidenceList,
    does=SECURITY,
    run=_withdraw,
    effect=Effect.GUARDED,
    approves=GUARDIANS,
    state=_evidence_state,
    shows=("why",),
)
CORRECT = Operation(
    name="people.correct",
    about="Another name or document of a person whose papers were seen; what was verified before counts no more.",
    method="POST",
    path="/people/{uid}/correct",
    takes=Correct,
    gives=Corrected,
    does=SECURITY,
    run=_correct,
    effect=Effect.GUARDED,
    approves=GUARDIANS,
    state=_identity_state,
    shows=("id_type",),
)
LIST_DISPUTES = Operation(
    name="disputes.list",
    about="Numbers that the register says are somebody's, and another account holds; masked.",
    method="GET",
    path="/disputes",
    takes=OlderDisputes,
    gives=DisputeList,
    does=SECURITY,
    run=_disputes,
)
DECIDE_DISPUTE = Operation(
    name="disputes.decide",
    about="Say whose a number is, once a window has seen who came with the document.",
    method="POST",
    path="/disputes/{dispute_id}/decide",
    takes=DecideDispute,
    gives=DisputeList,
    does=SECURITY,
    run=_decide,
    effect=Effect.GUARDED,
    approves=GUARDIANS,
    state=_dispute_state,
    shows=("outcome",),
)
OPERATIONS = (LIST_EVIDENCE, WITHDRAW_EVIDENCE, CORRECT, LIST_DISPUTES, DECIDE_DISPUTE)
