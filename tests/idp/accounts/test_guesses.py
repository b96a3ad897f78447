"""Guesses: one counter per person over all spellings and doors; it slows down and never locks out for good."""

import pytest

from idp.accounts.guesses import (
    FORGOTTEN_AFTER,
    FREE_TRIES,
    blocked_until,
    count_failure,
    delay_after,
    reserve,
    subject_of,
)
from idp.app import Installation
from idp.clock import after
from idp.model.account import Identifier, IdentifierKind
from idp.model.credential import Guesses
from idp.model.expiry import Cutoff, Perishable
from tests.idp.installed import NOW, Moment, identifiers, new_person
from tests.idp.storage.storm import storm

UNKNOWN = Identifier(IdentifierKind.PHONE, "+8613912345678")
SUBJECT = b"subject"


def test_phone_and_citizen_number_of_one_person_share_a_counter(installation: Installation) -> None:
    """Mutation: the identifier instead of the account in the digest."""
    cipher = installation.services.cipher
    account = new_person(installation)
    assert len({subject_of(cipher, account, identifier) for identifier in identifiers()}) == 1
    strangers = {subject_of(cipher, None, identifier) for identifier in (*identifiers(), UNKNOWN)}
    assert len(strangers) == 3, "a name that nobody has counts for itself"
    assert subject_of(cipher, account, UNKNOWN) not in strangers
    assert not any(UNKNOWN.value.encode() in subject for subject in strangers)


def test_twenty_parallel_tries_are_no_more_than_the_allowed_ones(installation_on_each_store: Installation) -> None:
    """Mutation: counting after the check, or without comparing with what was seen."""
    begin = installation_on_each_store.services.begin

    def attempt(_number: int) -> bool:
        with begin() as unit_of_work:
            return reserve(unit_of_work, SUBJECT, NOW) is None

    assert sum(storm(20, attempt)) == FREE_TRIES
    with begin() as unit_of_work:
        counted = unit_of_work.guesses.get(SUBJECT)
        assert counted is not None
        assert counted.failures == FREE_TRIES
        later = blocked_until(unit_of_work, SUBJECT, NOW)
        assert later == NOW + delay_after(FREE_TRIES)
        assert reserve(unit_of_work, SUBJECT, later) is None, "the pause ends by itself"
        assert reserve(unit_of_work, SUBJECT, later) == later + delay_after(FREE_TRIES + 1)


def test_what_turned_out_wrong_at_one_moment_counts_each_time(installation_on_each_store: Installation) -> None:
    """Twenty answers of a source that were asked for before the first came. Mutation: a lost race counts nothing."""
    begin = installation_on_each_store.services.begin

    def fail(_number: int) -> int:
        with begin() as unit_of_work:
            failures = count_failure(unit_of_work, SUBJECT, NOW)
            unit_of_work.commit()
        return failures

    assert sorted(storm(20, fail)) == list(range(1, 21))


def test_the_delay_grows_to_an_hour_and_no_further() -> None:
    """Mutation: a delay that doubles for ever, by which a stranger locks anybody out (threat G03)."""
    delays = [delay_after(failures) for failures in range(200)]
    assert delays[:FREE_TRIES] == [0] * FREE_TRIES
    assert delays == sorted(delays)
    assert delays[FREE_TRIES] == 60
    assert max(delays) == 3600


def test_whoever_waits_until_the_counter_is_forgotten_has_fewer_tries() -> None:
    """Mutation: forgotten after an hour, which gives ten quick tries for each."""
    patient_tries_a_second = 1 / delay_after(10**6)
    for tries in range(1, 200):
        seconds = sum(delay_after(failures) for failures in range(tries)) + FORGOTTEN_AFTER
        assert tries / seconds < patient_tries_a_second, tries


def test_a_counter_that_is_forgotten_between_look_and_count_counts_anew(
    installation_on_each_store: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The housekeeper deletes it at that very moment. Mutation: a count that believes what it saw."""
    begin, expiry = installation_on_each_store.services.begin, installation_on_each_store.storage.expiry()
    with begin() as unit_of_work:
        for subject in (SUBJECT, b"newest"):
            assert reserve(unit_of_work, subject, NOW) is None
    later = after(NOW, FORGOTTEN_AFTER)
    with begin() as unit_of_work:
        get = unit_of_work.guesses.get

        def get_and_forget(subject: bytes) -> Guesses | None:
            found = get(subject)
            monkeypatch.undo()
            expiry.delete(Perishable.GUESSES, Cutoff(ended=NOW), after_id=0, rows=100)
            return found

        monkeypatch.setattr(unit_of_work.guesses, "get", get_and_forget)
        assert reserve(unit_of_work, SUBJECT, later) is None
        counted = unit_of_work.guesses.get(SUBJECT)
    assert counted == Guesses(failures=1, last_at=later)


def test_a_person_who_waits_always_gets_another_try(installation: Installation, clock: Moment) -> None:
    with installation.services.begin() as unit_of_work:
        for _ in range(30):
            paused = reserve(unit_of_work, SUBJECT, clock())
            if paused is not None:
                assert 0 < paused - clock() <= 3600
                clock.pass_by(paused - clock())
                assert blocked_until(unit_of_work, SUBJECT, clock()) is None
                assert reserve(unit_of_work, SUBJECT, clock()) is None


def test_a_right_answer_forgets_the_wrong_ones(installation: Installation) -> None:
    with installation.services.begin() as unit_of_work:
        for _ in range(FREE_TRIES):
            assert blocked_until(unit_of_work, SUBJECT, NOW) is None
            assert reserve(unit_of_work, SUBJECT, NOW) is None
        assert blocked_until(unit_of_work, SUBJECT, NOW) is not None
        unit_of_work.guesses.clear(SUBJECT)
        unit_of_work.commit()
        assert blocked_until(unit_of_work, SUBJECT, NOW) is None
        assert reserve(unit_of_work, SUBJECT, NOW) is None


def test_a_counted_try_survives_whatever_happens_to_the_request(installation: Installation) -> None:
    """Mutation: the count left to the caller's commit, so that a killed request was never counted."""
    begin = installation.services.begin
    with begin() as unit_of_work:
        reserve(unit_of_work, SUBJECT, NOW)
        unit_of_work.roll_back()
    with begin() as unit_of_work:
        counted = unit_of_work.guesses.get(SUBJECT)
        assert counted is not None
        assert counted.failures == 1
