"""Guess counters: no parallel try goes uncounted."""

from idp.clock import Instant
from idp.model.credential import Guesses
from idp.storage.stores import Storage
from tests.idp.storage.made import NOW
from tests.idp.storage.storm import storm


def test_tries_are_counted_one_by_one_and_forgotten_at_once(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        assert unit_of_work.guesses.get(b"subject") is None
        assert unit_of_work.guesses.count(b"subject", 0, NOW)
        assert unit_of_work.guesses.count(b"subject", 1, Instant(NOW + 1))
        unit_of_work.commit()
        assert unit_of_work.guesses.get(b"subject") == Guesses(failures=2, last_at=Instant(NOW + 1))
        assert unit_of_work.guesses.get(b"other") is None
        unit_of_work.guesses.clear(b"subject")
        unit_of_work.commit()
        assert unit_of_work.guesses.get(b"subject") is None


def test_a_try_on_old_knowledge_is_not_counted(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        assert not unit_of_work.guesses.count(b"subject", 1, NOW)
        assert unit_of_work.guesses.count(b"subject", 0, NOW)
        assert not unit_of_work.guesses.count(b"subject", 0, NOW)


def test_of_twenty_parallel_tries_on_the_same_knowledge_one_is_counted(storage: Storage) -> None:
    """Mutation: `failures + 1` without comparing with what was seen."""
    for seen in range(3):

        def guess(_number: int, seen: int = seen) -> bool:
            with storage.begin() as unit_of_work:
                is_counted = unit_of_work.guesses.count(b"subject", seen, NOW)
                unit_of_work.commit()
                return is_counted

        assert sum(storm(20, guess)) == 1
    with storage.begin() as unit_of_work:
        assert unit_of_work.guesses.get(b"subject") == Guesses(failures=3, last_at=NOW)


def test_twenty_threads_that_try_until_counted_are_all_counted(storage: Storage) -> None:
    def guess(_number: int) -> None:
        for _ in range(1000):
            with storage.begin() as unit_of_work:
                guesses = unit_of_work.guesses.get(b"subject")
                if unit_of_work.guesses.count(b"subject", guesses.failures if guesses else 0, NOW):
                    unit_of_work.commit()
                    return

    storm(20, guess)
    with storage.begin() as unit_of_work:
        assert unit_of_work.guesses.get(b"subject") == Guesses(failures=20, last_at=NOW)
