"""Evidence in both databases, and what it makes of an account (MISSION, Levels)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.clock import Instant
from idp.model.account import Identifier, IdentifierKind, Proofed
from idp.model.evidence import Evidence, EvidenceMethod, NewEvidence, WithdrawalReason
from idp.model.policy import Proofing
from idp.storage.evidence import steps_of
from idp.storage.stores import Storage
from tests.idp.storage.made import CITIZEN_ID, NOW, PHONE, new_account
from tests.idp.storage.storm import storm

FACE = NewEvidence(
    source="sandbox_authority",
    method=EvidenceMethod.FACE,
    proofing=Proofing.P3,
    verified_at=NOW,
    expires_at=Instant(NOW + 100),
    reference="t-1",
)
MATCH = replace(FACE, method=EvidenceMethod.TWO_ELEMENTS, proofing=Proofing.P2, expires_at=None)


def person(storage: Storage, proofing: Proofing = Proofing.P1) -> int:
    with storage.begin() as unit_of_work:
        created = unit_of_work.accounts.create(new_account(CITIZEN_ID, PHONE, proofing=proofing))
        unit_of_work.commit()
    return created.id


def add(storage: Storage, account_id: int, new: NewEvidence, at: int = NOW) -> Evidence:
    with storage.begin() as unit_of_work:
        added = unit_of_work.evidence.add(account_id, new, Instant(at))
        unit_of_work.commit()
    return added


def level(storage: Storage, account_id: int, at: int) -> Proofing:
    with storage.begin() as unit_of_work:
        account = unit_of_work.accounts.get(account_id)
    assert account is not None
    return account.proofed(Instant(at)).level


def test_what_is_recorded_is_read_again(storage: Storage) -> None:
    account_id = person(storage)
    added = add(storage, account_id, FACE)
    with storage.begin() as unit_of_work:
        assert unit_of_work.evidence.of_account(account_id) == [added]
        assert unit_of_work.evidence.of_account(account_id + 1) == []
    assert (added.recorded_at, added.reference, added.proofing) == (NOW, "t-1", Proofing.P3)


def test_a_level_falls_by_itself_when_its_evidence_runs_out(storage: Storage) -> None:
    """Mutations: a level that waits for somebody to lower it; one that falls to nothing, past what still counts."""
    account_id = person(storage)
    add(storage, account_id, MATCH)
    add(storage, account_id, FACE)
    assert level(storage, account_id, NOW + 99) is Proofing.P3
    assert level(storage, account_id, NOW + 100) is Proofing.P2


def test_what_is_withdrawn_counts_no_more(storage: Storage) -> None:
    account_id = person(storage)
    match, face = add(storage, account_id, MATCH), add(storage, account_id, FACE)
    with storage.begin() as unit_of_work:
        records = unit_of_work.evidence
        assert not records.withdraw(account_id + 1, face.id, WithdrawalReason.WRONG, NOW)
        assert records.withdraw(account_id, face.id, WithdrawalReason.WRONG, NOW)
        assert not records.withdraw(account_id, face.id, WithdrawalReason.DISPUTED, NOW)
        unit_of_work.commit()
    assert level(storage, account_id, NOW) is Proofing.P2
    with storage.begin() as unit_of_work:
        assert unit_of_work.evidence.withdraw_all(account_id, WithdrawalReason.DISPUTED, NOW) == 1
        unit_of_work.commit()
        why = {each.id: each.withdrawn_why for each in unit_of_work.evidence.of_account(account_id)}
    assert why == {match.id: WithdrawalReason.DISPUTED, face.id: WithdrawalReason.WRONG}
    assert level(storage, account_id, NOW) is Proofing.P1


def test_what_another_system_said_is_evidence_too(storage: Storage) -> None:
    """Else nobody could take it back. Mutation: an account whose level no record holds."""
    account_id = person(storage, Proofing.P3)
    with storage.begin() as unit_of_work:
        (said,) = unit_of_work.evidence.of_account(account_id)
        assert (said.source, said.method, said.verified_at) == ("import", EvidenceMethod.IMPORTED, NOW)
        unit_of_work.evidence.withdraw_all(account_id, WithdrawalReason.WRONG, NOW)
        unit_of_work.commit()
    assert level(storage, account_id, NOW) is Proofing.P1


@pytest.mark.parametrize(("name", "identifiers"), [(None, (CITIZEN_ID,)), ("张三", (PHONE,))])
def test_without_name_or_document_nothing_is_left(
    storage: Storage, name: str | None, identifiers: tuple[Identifier, ...]
) -> None:
    """P1 is name and number. Mutations: a name alone; a phone taken for a document."""
    with storage.begin() as unit_of_work:
        created = unit_of_work.accounts.create(new_account(*identifiers, name=name, proofing=Proofing.P2))
        unit_of_work.evidence.withdraw_all(created.id, WithdrawalReason.WRONG, NOW)
        unit_of_work.commit()
    assert level(storage, created.id, NOW) is Proofing.P0


def test_two_checks_at_once_both_count(storage: Storage) -> None:
    """Mutation: each writes the level that it knows of, and the last one wins."""
    account_id = person(storage)
    news = [MATCH, FACE, replace(FACE, proofing=Proofing.P4, method=EvidenceMethod.IN_PERSON)] * 2
    storm(len(news), lambda number: add(storage, account_id, news[number]))
    with storage.begin() as unit_of_work:
        account = unit_of_work.accounts.get(account_id)
    assert account is not None
    assert [each.level for each in account.proofings] == [Proofing.P4, Proofing.P2]


def evidence(proofing: int, at: int, until: int | None) -> Evidence:
    members = {name: getattr(FACE, name) for name in NewEvidence.__dataclass_fields__}
    members |= {"proofing": Proofing(proofing), "verified_at": at, "expires_at": until}
    return Evidence(id=1, check_id="c", recorded_at=NOW, **members)


@given(
    st.lists(
        st.builds(
            evidence,
            st.integers(2, 4),
            st.integers(1, 50),
            st.none() | st.integers(51, 120),
        )
    ),
    st.integers(50, 130),
)
def test_at_every_moment_the_best_that_counts(records: list[Evidence], now: int) -> None:
    least = Proofed(Proofing.P1, Instant(1))
    steps = steps_of(records, least)
    told = next(step for step in steps if step.counts_at(Instant(now)))
    best = max([each.proofing for each in records if each.counts_at(Instant(now))], default=Proofing.P1)
    assert told.level is best
    assert steps[-1].until is None


def test_a_passport_is_a_document(storage: Storage) -> None:
    passport = replace(CITIZEN_ID, kind=IdentifierKind.PASSPORT, value="E12345678")
    with storage.begin() as unit_of_work:
        created = unit_of_work.accounts.create(new_account(passport, proofing=Proofing.P1))
        unit_of_work.evidence.add(created.id, MATCH, NOW)
        unit_of_work.evidence.withdraw_all(created.id, WithdrawalReason.SUPERSEDED, NOW)
        unit_of_work.commit()
    assert level(storage, created.id, NOW) is Proofing.P1
