"""Drafts and kept answers in the store: decided on once, sealed where a secret may stand, answered alike (threat O02)."""

from dataclasses import replace

from idp.clock import Instant
from idp.model.draft import DraftState, NewDraft
from idp.storage.stores import Storage
from idp.storage.tables import drafts, kept_answers
from tests.idp.storage.made import NOW
from tests.idp.storage.sql import engine_of
from tests.idp.storage.storm import storm
from tests.plugins.private_servers import StorageUrls

LATER = Instant(NOW + 60)
DRAFT = NewDraft(
    operation="clients.save",
    target="/clients/fund",
    wanted='{"client_secret":"a-secret-of-an-app"}',
    version="v1",
    changes=("client_name: 1 → 2",),
    reason="because of 王芳",
    proposed_by=3,
    proposed_via="console",
    proposed_at=NOW,
    expires_at=LATER,
)


def test_a_draft_is_kept_whole_and_sealed(storage: Storage, storage_urls: StorageUrls) -> None:
    """Mutations: a secret in clear; a member that is lost."""
    with storage.begin() as unit_of_work:
        added = unit_of_work.drafts.add(DRAFT)
        unit_of_work.commit()
        assert unit_of_work.drafts.get(added.id) == added
        assert unit_of_work.drafts.get(2**70) is None
    assert {name: getattr(added, name) for name in DRAFT.__slots__} == {
        name: getattr(DRAFT, name) for name in DRAFT.__slots__
    }
    with engine_of(storage_urls).connect() as connection:
        (row,) = connection.execute(drafts.select())
    assert b"a-secret-of-an-app" not in row.sealed_wanted
    assert "王芳".encode() not in row.sealed_reason


def test_of_many_who_decide_at_once_one_does(storage: Storage) -> None:
    """Mutation: look, then write."""
    with storage.begin() as unit_of_work:
        draft = unit_of_work.drafts.add(DRAFT)
        unit_of_work.commit()

    def decide(number: int) -> bool:
        with storage.begin() as unit_of_work:
            state = DraftState.APPROVED if number % 2 else DraftState.REFUSED
            is_first = unit_of_work.drafts.decide(draft, state, number, NOW)
            unit_of_work.commit()
            return is_first

    assert sum(storm(10, decide)) == 1
    with storage.begin() as unit_of_work:
        decided = unit_of_work.drafts.get(draft.id)
    assert decided is not None
    assert (decided.decided_at, decided.is_open(NOW)) == (NOW, False)


def test_drafts_stand_in_pages_and_are_counted(storage: Storage) -> None:
    """Mutations: one that ran out, or was decided on, is counted; an urgent one runs out."""
    with storage.begin() as unit_of_work:
        made = [unit_of_work.drafts.add(replace(DRAFT, target=f"/clients/{number}")) for number in range(3)]
        urgent = unit_of_work.drafts.add(replace(DRAFT, state=DraftState.URGENT))
        unit_of_work.drafts.decide(made[0], DraftState.REFUSED, 9, NOW)
        unit_of_work.commit()
        assert [each.id for each in unit_of_work.drafts.page(before=None, limit=2)] == [urgent.id, made[2].id]
        assert [each.id for each in unit_of_work.drafts.page(before=made[2].id, limit=9)] == [made[1].id, made[0].id]
        waiting = unit_of_work.drafts.page(before=None, limit=9, state=DraftState.WAITING)
        assert [each.id for each in waiting] == [made[2].id, made[1].id]
        assert unit_of_work.drafts.open_count(NOW) == 3
        assert unit_of_work.drafts.open_count(LATER) == 1


def test_an_answer_is_kept_for_its_caller_and_key(storage: Storage, storage_urls: StorageUrls) -> None:
    """Mutations: another caller's answer; the key or the answer in clear; the second one wins."""
    with storage.begin() as unit_of_work:
        kept = unit_of_work.kept_answers
        assert kept.keep("account 3", "a key", b"asked", "the answer", NOW)
        assert not kept.keep("account 3", "a key", b"asked", "another one", NOW)
        unit_of_work.commit()
        assert kept.find("account 3", "a key") == (b"asked", "the answer")
        assert kept.find("account 4", "a key") is None
        assert kept.find("account 3", "another key") is None
    with engine_of(storage_urls).connect() as connection:
        (row,) = connection.execute(kept_answers.select())
    assert b"the answer" not in row.sealed_answer
    assert b"a key" not in row.key_digest
