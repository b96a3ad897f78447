"""Slips and waiting phones in the store: one of each person, each used once (threats G07, O02)."""

import pytest

from idp.clock import Instant
from idp.model.account import Cap
from idp.model.policy import Level
from idp.model.recovery import Basis, RecoveryOutcome
from idp.storage.stores import Storage
from tests.idp.storage.made import NOW, account
from tests.idp.storage.storm import storm

DAY = Instant(NOW + 86_400)
PHONE = "+8613912345678"


def test_a_slip_is_found_by_its_person_until_it_runs_out(storage: Storage) -> None:
    """Mutations: another person's row; good in its last second and after; the first digest alone is looked up."""
    with storage.begin() as unit_of_work:
        slips, person, other = unit_of_work.slips, account(unit_of_work).id, account(unit_of_work).id
        slips.issue(person, b"a", Level.TWO, NOW, DAY)
        unit_of_work.commit()
        found = slips.find(person, [b"of the new key", b"a"], Instant(DAY - 1))
        assert found is not None
        assert (found.account_id, found.level, found.digest, found.expires_at) == (person, Level.TWO, b"a", DAY)
        assert slips.find(other, [b"a"], NOW) is None
        assert slips.find(person, [b"b"], NOW) is None
        assert slips.find(person, [b"a"], DAY) is None
        assert slips.use(person, b"a", DAY) is None
        assert slips.use(other, b"a", NOW) is None


def test_a_slip_is_used_once_and_replaced_by_the_next(storage: Storage) -> None:
    """Mutations: both live; a slip that is only marked."""
    with storage.begin() as unit_of_work:
        slips, person = unit_of_work.slips, account(unit_of_work).id
        slips.issue(person, b"a", Level.TWO, NOW, DAY)
        slips.issue(person, b"b", Level.ONE, NOW, DAY)
        unit_of_work.commit()
        assert slips.use(person, b"a", NOW) is None
        used = slips.use(person, b"b", NOW)
        assert used is not None
        assert used.level is Level.ONE
        unit_of_work.commit()
        assert slips.use(person, b"b", NOW) is None
        assert not slips.remove(person)


def test_of_twenty_who_bring_one_slip_at_once_one_is_let_in(storage: Storage) -> None:
    """Threat O02. Mutation: look, then delete."""
    with storage.begin() as unit_of_work:
        person = account(unit_of_work).id
        unit_of_work.slips.issue(person, b"a", Level.TWO, NOW, DAY)
        unit_of_work.commit()

    def use(_number: int) -> bool:
        with storage.begin() as unit_of_work:
            is_first = unit_of_work.slips.use(person, b"a", NOW) is not None
            unit_of_work.commit()
            return is_first

    assert sum(storm(20, use)) == 1


def test_one_phone_waits_and_is_kept_sealed(storage: Storage) -> None:
    """Mutations: two wait; the phone in clear (tests/idp/storage/test_at_rest.py looks for clear text, too)."""
    with storage.begin() as unit_of_work:
        waiting, person = unit_of_work.recoveries, account(unit_of_work).id
        assert waiting.waiting(person) is None
        assert waiting.open(person, Basis.PROOF, PHONE, NOW, DAY)
        assert not waiting.open(person, Basis.PROOF, "+8613711112222", NOW, DAY)
        unit_of_work.commit()
        found = waiting.waiting(person)
        assert found is not None
        assert (found.phone, found.basis, found.opened_at, found.ripe_at) == (PHONE, Basis.PROOF, NOW, DAY)
        assert waiting.ripe(Instant(DAY - 1), 10) == []
        assert waiting.ripe(DAY, 10) == [found.id]
        assert waiting.ripe(DAY, 10, found.id) == []
        assert waiting.get(found.id) == found
        assert waiting.end(found.id, RecoveryOutcome.CANCELLED, NOW)
        assert not waiting.end(found.id, RecoveryOutcome.DONE, NOW)
        assert waiting.ripe(DAY, 10) == []
        assert waiting.get(found.id) is None
        assert waiting.open(person, Basis.PROOF, PHONE, NOW, DAY), "the next one may wait"


def test_of_twenty_who_end_one_at_once_one_does(storage: Storage) -> None:
    """Two workers, or a worker and the person who objects. Mutation: look, then write."""
    with storage.begin() as unit_of_work:
        person = account(unit_of_work).id
        assert unit_of_work.recoveries.open(person, Basis.PROOF, PHONE, NOW, DAY)
        found = unit_of_work.recoveries.waiting(person)
        unit_of_work.commit()
    assert found is not None

    def end(_number: int) -> bool:
        with storage.begin() as unit_of_work:
            is_first = unit_of_work.recoveries.end(found.id, RecoveryOutcome.DONE, NOW)
            unit_of_work.commit()
            return is_first

    assert sum(storm(20, end)) == 1


@pytest.mark.parametrize(("at", "ceiling"), [(NOW, Level.TWO), (DAY - 1, Level.TWO), (DAY, Level.FIVE)])
def test_a_cap_holds_until_its_moment(storage: Storage, at: int, ceiling: Level) -> None:
    """Mutations: never read back; held for ever; another account's."""
    with storage.begin() as unit_of_work:
        person, other = account(unit_of_work).id, account(unit_of_work).id
        unit_of_work.accounts.cap(person, Cap(Level.TWO, DAY))
        unit_of_work.commit()
        held, free = unit_of_work.accounts.get(person), unit_of_work.accounts.get(other)
    assert held is not None
    assert free is not None
    assert held.ceiling_at(Instant(at)) is ceiling
    assert free.ceiling_at(Instant(at)) is Level.FIVE
