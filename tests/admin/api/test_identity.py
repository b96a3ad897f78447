"""Who people are, for officers: evidence, corrections and disputed numbers, by four eyes and masked (threats K07, K11)."""

from dataclasses import replace

import pytest

from idp.accounts.status import Reason, close
from idp.app import Installation
from idp.clock import after
from idp.errors import Refused
from idp.events import Action
from idp.model.account import Account, AccountStatus, Identifier, IdentifierKind
from idp.model.dispute import Claim, DisputeOutcome
from idp.model.office import Role
from idp.model.policy import Proofing
from idp.proofing import disputes
from tests.admin.api.api_client import Api, api_of
from tests.admin.officers import officer
from tests.idp.delivery.outbox_rows import Rows
from tests.idp.installed import CITIZEN_ID, NAME, PHONE, identifiers, new_person
from tests.idp.storage.storm import storm
from tests.plugins.private_servers import StorageUrls

MARRIED, CORRECTED = "欧阳𠮷", "890101199003070038"


@pytest.fixture
def security(installation: Installation, person: Account) -> Api:
    del person
    return api_of(officer(installation, Role.SECURITY))


@pytest.fixture
def system(installation: Installation, person: Account) -> Api:
    del person
    return api_of(officer(installation, Role.SYSTEM))


def approved(security: Api, system: Api, path: str, body: object) -> int:
    """Proposed by one, approved by another; the status of the approval."""
    drafted = security("POST", path, body)
    assert drafted.status == 202, drafted.body
    return system("POST", f"/drafts/{drafted.json['draft_id']}/approve").status


def account_of(installation: Installation, uid: str) -> Account:
    with installation.services.begin() as unit_of_work:
        account = unit_of_work.accounts.by_uid(uid)
    assert account is not None
    return account


def level(installation: Installation, uid: str) -> Proofing:
    return account_of(installation, uid).proofed(installation.services.clock()).level


def test_evidence_is_seen_and_taken_back_by_two(
    installation: Installation, person: Account, security: Api, system: Api
) -> None:
    """Mutations: one person alone; data of the person in the list."""
    (told,) = security("GET", f"/people/{person.uid}/evidence").json["evidence"]
    assert (told["source"], told["method"], told["proofing"]) == ("import", "imported", 2)
    path = f"/people/{person.uid}/evidence/{told['evidence_id']}/withdraw"
    assert level(installation, person.uid) is Proofing.P2
    assert approved(security, system, path, {"why": "wrong"}) == 200
    assert level(installation, person.uid) is Proofing.P1
    (told,) = security("GET", f"/people/{person.uid}/evidence").json["evidence"]
    assert told["withdrawn_why"] == "wrong"


@pytest.mark.parametrize("evidence_id", [0, 10**15])
def test_evidence_that_is_not_there(person: Account, security: Api, evidence_id: int) -> None:
    path = f"/people/{person.uid}/evidence/{evidence_id}/withdraw"
    assert security("POST", path, {"why": "wrong"}).status == 404


def test_name_and_number_are_corrected_with_their_history(
    installation: Installation, person: Account, security: Api, system: Api
) -> None:
    """Mutations: a `sub` that changes; evidence of the other number that still counts; the old number stays taken."""
    with installation.services.begin() as unit_of_work:
        sub = unit_of_work.subjects.of(person.id, "apps.example")
        unit_of_work.commit()
    body = {"name": MARRIED, "id_type": "citizen_id", "id_number": f"{CORRECTED[:6]} {CORRECTED[6:]}"}
    drafted = security("POST", f"/people/{person.uid}/correct", body)
    assert drafted.status == 202, drafted.body
    assert not any(secret in drafted.body.decode() for secret in (MARRIED, CORRECTED, NAME, CITIZEN_ID))
    answer = system("POST", f"/drafts/{drafted.json['draft_id']}/approve")
    assert answer.status == 200, answer.body
    with installation.services.begin() as unit_of_work:
        stored = unit_of_work.accounts.attributes(person.id)
        dossier = unit_of_work.dossiers.of(person.id, 10)
        assert unit_of_work.subjects.of(person.id, "apps.example") == sub
        assert unit_of_work.accounts.find(Identifier(IdentifierKind.CITIZEN_ID, CITIZEN_ID)) is None
    assert (stored.name, stored.citizen_id) == (MARRIED, CORRECTED)
    assert level(installation, person.uid) is Proofing.P1
    assert dossier is not None
    assert [(held.name, held.until is None) for held in dossier.names] == [(NAME, False), (MARRIED, True)]
    numbers = {held.value: held.until is None for held in dossier.identifiers if held.kind is IdentifierKind.CITIZEN_ID}
    assert numbers == {CITIZEN_ID: False, CORRECTED: True}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": NAME},
        {"name": "张3"},
        {"id_number": CORRECTED},
        {"id_type": "citizen_id", "id_number": "12"},
        {"id_type": "library_card", "id_number": "12"},
        {"id_type": "citizen_id", "id_number": CORRECTED, "id_country": "USA"},
        {"verified": True, "name": MARRIED},
    ],
)
def test_what_is_no_correction_is_refused_before_anybody_decides(
    person: Account, security: Api, body: dict[str, object]
) -> None:
    assert security("POST", f"/people/{person.uid}/correct", body).status == 400


def test_a_number_that_another_has_is_no_correction(installation: Installation, person: Account, security: Api) -> None:
    """Mutation: a correction that takes a number from somebody else."""
    new_person(installation, *identifiers("13900000009", CORRECTED))
    body = {"id_type": "citizen_id", "id_number": CORRECTED}
    answer = security("POST", f"/people/{person.uid}/correct", body)
    assert (answer.status, answer.json["title"]) == (409, "identifier_taken")


def opened(installation: Installation, holder: Account) -> tuple[int, Account]:
    """A claimant without a name, whom the register confirmed."""
    services = installation.services
    claimant = new_person(
        installation, *identifiers("13900000009", None), name=None, proofing=Proofing.P0, proofed_at=None
    )
    claim = Claim(
        name=NAME,
        document=Identifier(IdentifierKind.CITIZEN_ID, CITIZEN_ID),
        source="toy",
        reference="q-1",
        answered_at=services.clock(),
    )
    with services.begin() as unit_of_work:
        assert unit_of_work.disputes.open(claimant.id, holder.id, claim, services.clock())
        assert not unit_of_work.disputes.open(claimant.id, holder.id, claim, services.clock()), "it waits once"
        unit_of_work.commit()
        (dispute,) = unit_of_work.disputes.waiting(None, 10)
    return dispute.id, claimant


def test_a_disputed_number_goes_to_whom_a_window_has_seen(
    installation: Installation, person: Account, security: Api, system: Api
) -> None:
    """Mutations: the holder keeps evidence of a number that is another's; a claimant without evidence; one person decides."""
    number, claimant = opened(installation, person)
    listed = security("GET", "/disputes")
    assert [each["claimant"] for each in listed.json["disputes"]] == [claimant.uid]
    assert not any(secret in listed.body.decode() for secret in (NAME, CITIZEN_ID, PHONE))
    assert account_of(installation, person.uid).status is AccountStatus.ACTIVE, "nobody is stopped by a claim"
    assert approved(security, system, f"/disputes/{number}/decide", {"outcome": "claimant"}) == 200
    assert account_of(installation, person.uid).status is AccountStatus.FROZEN
    assert level(installation, person.uid) is Proofing.P0
    assert level(installation, claimant.uid) is Proofing.P2
    with installation.services.begin() as unit_of_work:
        found = unit_of_work.accounts.find(Identifier(IdentifierKind.CITIZEN_ID, CITIZEN_ID))
    assert found is not None
    assert found.uid == claimant.uid
    again = security("POST", f"/disputes/{number}/decide", {"outcome": "holder"})
    assert (again.status, again.json["title"]) == (409, "dispute_decided")
    assert security("GET", "/disputes").json["disputes"] == []


def test_what_the_register_said_of_the_claimant_counts_as_long_as_the_settings_say(
    installation: Installation, person: Account, storage_urls: StorageUrls
) -> None:
    """And is written down like all that a register says. Mutation: evidence for ever, of which no log tells."""
    number, claimant = opened(installation, person)
    services = installation.services
    proofing = services.settings.proofing.model_copy(update={"two_elements_days": 30})
    short = replace(services, settings=services.settings.model_copy(update={"proofing": proofing}))
    with services.begin() as unit_of_work:
        dispute = unit_of_work.disputes.get(number)
        assert dispute is not None
        disputes.decide(short, unit_of_work, dispute, DisputeOutcome.CLAIMANT, services.clock())
        unit_of_work.commit()
    now, account = services.clock(), account_of(installation, claimant.uid)
    assert account.proofed(after(now, 29 * 86_400)).level is Proofing.P2
    assert account.proofed(after(now, 30 * 86_400)).level < Proofing.P2
    with services.begin() as unit_of_work:
        evidence = unit_of_work.evidence.of_account(claimant.id)[-1]
    logged = [data for action, _, data in Rows(storage_urls.database).events() if action == Action.EVIDENCE_RECORDED]
    assert evidence.check_id in str(logged[-1:])


def test_it_may_be_the_holders(installation: Installation, person: Account, security: Api, system: Api) -> None:
    number, claimant = opened(installation, person)
    assert approved(security, system, f"/disputes/{number}/decide", {"outcome": "holder"}) == 200
    assert account_of(installation, person.uid).status is AccountStatus.ACTIVE
    assert level(installation, person.uid) is Proofing.P2
    assert level(installation, claimant.uid) is Proofing.P0


def test_a_claimant_who_has_another_name_by_now_gets_nothing(
    installation: Installation, person: Account, security: Api
) -> None:
    """Nothing is half done. Mutation: the holder loses the number all the same."""
    number, claimant = opened(installation, person)
    with installation.services.begin() as unit_of_work:
        close(unit_of_work, claimant.id, Reason.ASKED, installation.services.clock())
        unit_of_work.commit()
    answer = security("POST", f"/disputes/{number}/decide", {"outcome": "claimant"})
    assert (answer.status, answer.json["title"]) == (409, "dispute_changed")
    assert level(installation, person.uid) is Proofing.P2


def test_a_dispute_is_decided_once(installation: Installation, person: Account) -> None:

    number, _ = opened(installation, person)
    services = installation.services

    def decide(turn: int) -> str:
        with services.begin() as unit_of_work:
            dispute = unit_of_work.disputes.get(number)
            assert dispute is not None
            outcome = DisputeOutcome.CLAIMANT if turn % 2 else DisputeOutcome.HOLDER
            try:
                disputes.decide(services, unit_of_work, dispute, outcome, services.clock())
            except Refused as refused:
                return refused.code
            unit_of_work.commit()
            return "decided"

    outcomes = storm(6, decide)
    assert outcomes.count("decided") == 1
    assert outcomes.count("dispute_decided") == 5


def test_nobody_becomes_the_dead(installation: Installation, person: Account, security: Api, system: Api) -> None:
    """Threat K11. Mutation: the number of a closed account is free for the next, whatever it was closed for."""
    assert approved(security, system, f"/people/{person.uid}/close", {"reason": "deceased"}) == 200
    assert level(installation, person.uid) is Proofing.P1
    with pytest.raises(Refused, match="Another account"):
        new_person(installation, *identifiers("13900000009"))
