"""Re-keying as a whole: it begins when everybody has heard, goes on over what is spoilt, and says what may go."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from idp.clock import Instant
from idp.errors import Refused, Unavailable
from idp.events import Action
from idp.keys import rekey
from idp.keys.rekey import Doors, Tally
from idp.model.credential import CredentialKind
from idp.model.master_key import MasterKeyState, Rekeyed, RekeyedRows
from idp.ports import Rekeying, UnitOfWork
from idp.storage.stores import Storage
from idp.storage.tables import credentials, events
from tests.idp.storage.binder import cipher_of
from tests.idp.storage.made import CITIZEN_ID, NOW, PHONE, account
from tests.idp.storage.one_of_everything import fill
from tests.idp.storage.sql import engine_of
from tests.idp.storage.test_one_person_per_number import let_write, opened
from tests.plugins.private_servers import StorageUrls

BOTH = (Rekeyed.BLIND_INDEX, Rekeyed.FIELDS)


def nothing(_tally: Tally) -> None:
    """Nobody looks."""


def doors_of(storage: Storage) -> Doors:
    return Doors(storage.begin, storage.rekeying(), cipher_of(1, 2), lambda: NOW, rows=2, settle_seconds=0)


@pytest.fixture
def doors(storage: Storage, storage_urls: StorageUrls) -> Iterator[Doors]:
    """One of everything under key 1, and key 2 writes."""
    let_write(storage_urls, 1)
    fill(storage, cipher_of(1))
    with opened(storage_urls, cipher_of(1, 2)) as later:
        doors = doors_of(later)
        assert rekey.switch(doors, 2)
        yield doors


def states(doors: Doors) -> dict[int, MasterKeyState]:
    with doors.begin() as unit_of_work:
        return {key.version: key.state for key in unit_of_work.master_keys.all()}


def told_events(urls: StorageUrls, action: Action) -> list[tuple[str, dict[str, object]]]:
    with engine_of(urls).connect() as connection:
        rows = connection.execute(select(events).where(events.c.action == action.value)).all()
    return [(row.outcome, json.loads(row.data)) for row in rows]


def test_a_key_comes_to_write_once_and_that_is_written_down(doors: Doors, storage_urls: StorageUrls) -> None:
    """Mutations: no event, or one each time."""
    assert not rekey.switch(doors, 2)
    assert states(doors) == {1: MasterKeyState.FORMER, 2: MasterKeyState.ACTIVE}
    assert told_events(storage_urls, Action.MASTER_KEY_SWITCHED) == [("ok", {"version": 2})]


def test_a_switch_waits_until_it_is_its_turn(doors: Doors, naps: list[float]) -> None:
    """Mutation: whoever registers at that moment ends the command."""
    busy = iter([True] * 3)

    def begin() -> UnitOfWork:
        if next(busy, False):
            raise Unavailable("Others write.")
        return doors.begin()

    assert rekey.switch(replace(doors, begin=begin), 1)
    assert states(doors)[1] is MasterKeyState.ACTIVE


def test_a_key_that_is_not_there_never_comes_to_write(doors: Doors, storage_urls: StorageUrls) -> None:
    """Mutations: a version alone is enough; another key of the same version."""
    with pytest.raises(Refused, match="no master key 3"):
        rekey.switch(doors, 3)
    with opened(storage_urls, cipher_of(2)) as later:
        other = replace(doors_of(later), begin=later.begin)
        assert not rekey.switch(other, 2)
    assert states(doors) == {1: MasterKeyState.FORMER, 2: MasterKeyState.ACTIVE}


def test_all_is_brought_under_the_new_key_and_the_former_one_is_spent(doors: Doors, storage_urls: StorageUrls) -> None:
    """Mutations: one kind is enough; the event counts nothing, or tells more than counts."""
    first = rekey.rekey(doors, [Rekeyed.FIELDS], nothing)
    assert (first.is_flawless, states(doors)[1]) == (True, MasterKeyState.FORMER)
    second = rekey.rekey(doors, [Rekeyed.BLIND_INDEX], nothing)
    assert (second.is_flawless, states(doors)[1]) == (True, MasterKeyState.SPENT)
    (_, fields), (_, indexes) = told_events(storage_urls, Action.KEYS_REKEYED)
    assert (fields["kinds"], indexes["kinds"]) == (["fields"], ["blind-index"])
    assert indexes["rekeyed"] == ["identifiers.blind_index 4", "names.blind_index 1"]
    assert {each: fields[each] for each in ("version", "unreadable", "doubles", "missed")} == {
        "version": 2,
        "unreadable": 0,
        "doubles": 0,
        "missed": 0,
    }
    kept = {tally.place: tally.kept for tally in second.tallies if tally.kept}
    assert kept == {
        f"{place}": 1
        for place in (
            *("citizen_cards.serial_digest", "recovery_codes.digest", "slips.digest", "known_networks.digest"),
            "mandates.invitee",
            *("known_networks.place_digest", "guesses.subject"),
        )
    }
    again = rekey.rekey(doors, BOTH, nothing)
    assert (again.is_flawless, sum(tally.rekeyed for tally in again.tallies)) == (True, 0)


@pytest.mark.parametrize("first", BOTH)
def test_both_kinds_follow_upon_either_one_alone(doors: Doors, first: Rekeyed) -> None:
    """Mutation: kinds are noted one by one, so that the first spends the key and the second takes it for another."""
    rekey.rekey(doors, [first], nothing)
    assert states(doors)[1] is MasterKeyState.FORMER
    assert rekey.rekey(doors, BOTH, nothing).is_flawless
    assert states(doors)[1] is MasterKeyState.SPENT


def test_a_way_back_and_forth_again(doors: Doors, storage_urls: StorageUrls) -> None:
    """Mutation: what was written again once counts as done for ever."""
    rekey.rekey(doors, BOTH, nothing)
    assert rekey.switch(doors, 1)
    assert states(doors) == {1: MasterKeyState.ACTIVE, 2: MasterKeyState.FORMER}
    rekey.rekey(doors, [Rekeyed.FIELDS], nothing)
    assert states(doors)[2] is MasterKeyState.FORMER
    rekey.rekey(doors, [Rekeyed.BLIND_INDEX], nothing)
    assert states(doors)[2] is MasterKeyState.SPENT


def test_what_does_not_decrypt_is_counted_and_keeps_its_key_needed(doors: Doors, storage_urls: StorageUrls) -> None:
    """Mutations: the run ends there; the key is said to be spent."""
    with engine_of(storage_urls).connect() as connection:
        password = credentials.c.kind == CredentialKind.PASSWORD.value
        row_id = connection.execute(select(credentials.c.id).where(password)).scalar_one()
        connection.execute(update(credentials).where(password).values(sealed_secret=b"\x01\x01" + b"x" * 40))
    outcome = rekey.rekey(doors, BOTH, nothing)
    (faulty,) = [tally for tally in outcome.tallies if not tally.is_flawless]
    assert faulty == Tally(
        place="credentials.sealed_secret",
        looked_at=2,
        rekeyed=1,
        unreadable=1,
        named=((row_id, "does not decrypt"),),
    )
    assert (outcome.is_flawless, states(doors)[1]) == (False, MasterKeyState.FORMER)
    ((end, data),) = told_events(storage_urls, Action.KEYS_REKEYED)
    assert (end, data["unreadable"]) == ("incomplete", 1)
    assert sum(tally.rekeyed for tally in outcome.tallies) > 15, "the rest was written"


class Stubborn:
    """Rows that somebody has in hand so many times, or a store that does not answer."""

    def __init__(self, rekeying: Rekeying, times: int, *, is_down: bool = False) -> None:
        self.places, self._step = rekeying.places, rekeying.step
        self._times, self._is_down = times, is_down

    def step(self, place: str, version: int, *, after_id: int, rows: int) -> RekeyedRows:
        if place == "names.sealed_name" and self._times:
            self._times -= 1
            if self._is_down:
                raise Unavailable("It is down.")
            return RekeyedRows(last_id=1_000_000, looked_at=1, missed=1)
        return self._step(place, version, after_id=after_id, rows=rows)


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long it slept, without sleeping."""
    slept: list[float] = []
    monkeypatch.setattr(rekey, "sleep", slept.append)
    return slept


@pytest.mark.parametrize("is_down", [False, True])
def test_what_is_in_use_is_come_back_to(doors: Doors, naps: list[float], *, is_down: bool) -> None:
    """Mutations: it is left behind; a store that is busy for a moment ends the run."""
    outcome = rekey.rekey(replace(doors, rekeying=Stubborn(doors.rekeying, 3, is_down=is_down)), BOTH, nothing)
    assert (outcome.is_flawless, states(doors)[1]) == (True, MasterKeyState.SPENT)


def test_what_is_in_use_all_the_time_is_left_for_the_next_run(doors: Doors, naps: list[float]) -> None:
    """Mutations: for ever; or the key is said to be spent."""
    outcome = rekey.rekey(replace(doors, rekeying=Stubborn(doors.rekeying, 10**6)), BOTH, nothing)
    assert (outcome.is_flawless, states(doors)[1]) == (False, MasterKeyState.FORMER)


def test_a_store_that_stays_down_ends_it(doors: Doors, naps: list[float]) -> None:
    with pytest.raises(Unavailable):
        rekey.rekey(replace(doors, rekeying=Stubborn(doors.rekeying, 10**6, is_down=True)), BOTH, nothing)
    assert states(doors)[1] is MasterKeyState.FORMER


def test_it_waits_for_those_who_have_not_heard_and_only_then(doors: Doors, naps: list[float]) -> None:
    """Mutations: it reads at once, behind which a process still seals with the former key; it waits for nothing."""
    settled = replace(doors, settle_seconds=12.0)
    rekey.rekey(settled, BOTH, nothing)
    assert naps[0] == 12.0
    naps.clear()
    rekey.rekey(settled, BOTH, nothing)
    assert 12.0 not in naps


class Watched(Stubborn):
    """Something happens at the first step."""

    def __init__(self, rekeying: Rekeying, happens: Callable[[], object]) -> None:
        super().__init__(rekeying, 0)
        self._happens: Callable[[], object] | None = happens

    def step(self, place: str, version: int, *, after_id: int, rows: int) -> RekeyedRows:
        if self._happens is not None:
            happens, self._happens = self._happens, None
            happens()
        return super().step(place, version, after_id=after_id, rows=rows)


def test_nothing_is_said_to_be_spent_when_another_key_came_to_write_meanwhile(doors: Doors) -> None:
    """Mutation: the key that was read at the beginning is believed at the end."""
    watched = Watched(doors.rekeying, lambda: rekey.switch(doors, 1))
    with pytest.raises(Refused, match="Another key came to write"):
        rekey.rekey(replace(doors, rekeying=watched), BOTH, nothing)
    assert states(doors) == {1: MasterKeyState.ACTIVE, 2: MasterKeyState.FORMER}


def test_without_a_key_in_use_it_does_not_begin(doors: Doors) -> None:
    """Mutation: all rows of the missing key are told one by one."""
    with pytest.raises(Unavailable) as refused:
        rekey.rekey(replace(doors, cipher=cipher_of(2)), BOTH, nothing)
    assert "master key 1" in refused.value.detail


def test_people_sign_up_meanwhile(doors: Doors) -> None:
    """Mutation: what is written meanwhile lies under the former key, or is missed."""

    def sign_up() -> None:
        with doors.begin() as unit_of_work:
            person = account(unit_of_work, replace(PHONE, value="+8613900000777"))
            unit_of_work.credentials.put(person.id, CredentialKind.PASSWORD, "a hash", Instant(NOW + 1))
            unit_of_work.commit()

    outcome = rekey.rekey(replace(doors, rekeying=Watched(doors.rekeying, sign_up)), BOTH, nothing)
    assert (outcome.is_flawless, states(doors)[1]) == (True, MasterKeyState.SPENT)
    with doors.begin() as unit_of_work:
        found = [unit_of_work.accounts.find(each) for each in (CITIZEN_ID, replace(PHONE, value="+8613900000777"))]
    assert None not in found
