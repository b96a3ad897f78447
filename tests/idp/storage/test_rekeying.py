"""Re-keying beside everything else: nobody's change is overwritten, nobody is waited for, and what is spoilt is named."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Column, select, update

from idp.clock import Instant
from idp.model.account import IdentifierKind
from idp.model.credential import CredentialKind
from idp.model.master_key import RekeyedRows
from idp.model.namesake import NameAndYear
from idp.storage.encryption import FieldCipher
from idp.storage.stores import Storage
from idp.storage.tables import credentials, identifiers, names
from tests.idp.storage.binder import MASTER_KEYS, cipher_of, number
from tests.idp.storage.made import CITIZEN_ID, EMAIL, NAME, NOW, PHONE, account
from tests.idp.storage.sql import engine_of
from tests.idp.storage.test_one_person_per_number import let_write, opened, people_by_number, value_of
from tests.plugins.private_servers import StorageUrls

SECRETS, INDEXES, NAMES = "credentials.sealed_secret", "identifiers.blind_index", "names.blind_index"
LATER = Instant(NOW + 60)


class Interrupted(FieldCipher):
    """In the middle of the first step something else happens: after the rows were read, before they are written."""

    def __init__(self, happens: Callable[[], None]) -> None:
        super().__init__({version: MASTER_KEYS[version] for version in (1, 2)})
        self._happens: Callable[[], None] | None = happens

    def open(self, purpose: str, sealed: bytes, context: str = "") -> bytes | None:
        if self._happens is not None:
            happens, self._happens = self._happens, None
            happens()
        return super().open(purpose, sealed, context)


def step(storage: Storage, place: str, rows: int = 100, after_id: int = 0) -> RekeyedRows:
    return storage.rekeying().step(place, 2, after_id=after_id, rows=rows)


@pytest.fixture
def later(storage: Storage, storage_urls: StorageUrls) -> Iterator[Storage]:
    """Key 2 writes; people of before are under key 1."""
    let_write(storage_urls, 1)
    with storage.begin() as unit_of_work:
        for each in ((CITIZEN_ID, PHONE), (EMAIL,)):
            person = account(unit_of_work, *each)
            unit_of_work.credentials.put(person.id, CredentialKind.PASSWORD, f"secret of {person.id}", NOW)
        unit_of_work.commit()
    let_write(storage_urls, 2)
    with opened(storage_urls, cipher_of(1, 2)) as storage_of_both:
        yield storage_of_both


def ids(storage: Storage) -> list[int]:
    with storage.begin() as unit_of_work:
        found = [unit_of_work.accounts.find(each) for each in (CITIZEN_ID, EMAIL)]
    return [each.id for each in found if each is not None]


def password(storage: Storage, account_id: int) -> str:
    with storage.begin() as unit_of_work:
        found = unit_of_work.credentials.get(account_id, CredentialKind.PASSWORD)
    assert found is not None
    return found.secret


@pytest.mark.parametrize("place", [SECRETS, INDEXES, NAMES])
def test_a_step_goes_so_far_and_what_is_done_is_passed_over(later: Storage, place: str) -> None:
    """Mutations: more rows than were asked for; what is done already is written once more."""
    first = step(later, place, rows=1)
    assert (first.looked_at, first.rekeyed) == (1, 1)
    assert first.last_id is not None
    rest = step(later, place, after_id=first.last_id)
    assert rest.looked_at == rest.rekeyed + (place == NAMES) >= 1  # a name that nothing dates has no index
    again = step(later, place)
    assert (again.looked_at, again.rekeyed) == (1 + rest.looked_at, 0)
    assert step(later, place, after_id=again.last_id or 0) == RekeyedRows(last_id=None)


def test_a_password_that_is_changed_meanwhile_stays(later: Storage, storage_urls: StorageUrls) -> None:
    """Mutation: written by the id alone, so that the old password comes back."""
    one, other = ids(later)

    def change() -> None:
        with later.begin() as unit_of_work:
            unit_of_work.credentials.put(one, CredentialKind.PASSWORD, "a new one", LATER)
            unit_of_work.commit()

    with opened(storage_urls, Interrupted(change)) as interrupted:
        told = step(interrupted, SECRETS)
    assert (told.looked_at, told.rekeyed, told.missed) == (2, 1, 1)
    assert (password(later, one), password(later, other)) == ("a new one", f"secret of {other}")
    assert step(later, SECRETS).missed == 0


def test_a_number_that_is_given_up_meanwhile_stays_given_up(later: Storage, storage_urls: StorageUrls) -> None:
    """Mutation: the whole row is put back as it was read."""
    one, _ = ids(later)

    def give_up() -> None:
        with later.begin() as unit_of_work:
            unit_of_work.accounts.change_identifier(one, IdentifierKind.PHONE, None, LATER)
            unit_of_work.commit()

    with opened(storage_urls, Interrupted(give_up)) as interrupted:
        assert step(interrupted, INDEXES).missed == 0
    with later.begin() as unit_of_work:
        assert unit_of_work.accounts.find(PHONE) is None
        assert unit_of_work.accounts.attributes(one).phone is None
    assert step(later, INDEXES).rekeyed == 0


def test_a_closed_account_gets_no_name_index_back(later: Storage, storage_urls: StorageUrls) -> None:
    """Mutation: the index is written whatever stands there by now."""
    one, _ = ids(later)

    def close() -> None:
        with later.begin() as unit_of_work:
            unit_of_work.accounts.release_identifiers(one, LATER)
            unit_of_work.commit()

    with opened(storage_urls, Interrupted(close)) as interrupted:
        assert step(interrupted, NAMES).missed == 1
    with later.begin() as unit_of_work:
        assert unit_of_work.namesakes.page(NameAndYear(NAME, 1990), after=0, limit=9) == []


def test_nobody_is_waited_for_on_postgresql(later: Storage, storage_urls: StorageUrls) -> None:
    """On SQLite there is one writer. Mutation: a lock that is waited for, by which two may wait for each other."""
    if storage_urls.database.startswith("sqlite"):
        return
    one, other = ids(later)
    with opened(storage_urls, cipher_of(1, 2)) as writer, writer.begin() as unit_of_work:
        unit_of_work.credentials.put(one, CredentialKind.PASSWORD, "a new one", LATER)
        told = step(later, SECRETS)
        assert (told.rekeyed, told.missed) == (1, 1)
        unit_of_work.commit()
    assert password(later, other) == f"secret of {other}"
    assert step(later, SECRETS).missed == 0


@pytest.mark.parametrize(
    ("place", "spoilt"),
    [
        (SECRETS, credentials.c.sealed_secret),
        (INDEXES, identifiers.c.sealed_value),
        (NAMES, names.c.sealed_name),
        (NAMES, identifiers.c.sealed_value),
    ],
    ids=str,
)
def test_what_does_not_decrypt_is_named_and_the_rest_goes_on(
    later: Storage, storage_urls: StorageUrls, place: str, spoilt: Column[bytes]
) -> None:
    """Mutations: the run ends there; the row is written with nothing in it."""
    one, _ = ids(later)
    table = spoilt.table
    with engine_of(storage_urls).connect() as connection:
        rows = connection.execute(select(table.c.id, spoilt).where(table.c.account_id == one).order_by(table.c.id))
        row_id, value = rows.all()[0]
        altered = value[:-1] + bytes((value[-1] ^ 1,))
        connection.execute(update(table).where(table.c.id == row_id).values({spoilt: altered}))
        if place == NAMES:
            row_id = connection.execute(select(names.c.id).where(names.c.account_id == one)).scalar_one()
    told = step(later, place)
    assert told.unreadable == (row_id,)
    assert told.missed == 0
    left = step(later, place)
    assert (left.unreadable, left.rekeyed) == ((row_id,), 0)


def test_a_number_that_two_people_hold_is_named(later: Storage, storage_urls: StorageUrls) -> None:
    """It happened before 0.9.0, by one process with key 2 and one without. Mutation: the run ends at the UNIQUE index."""
    with engine_of(storage_urls).connect() as connection:
        found = connection.execute(select(identifiers).where(identifiers.c.kind == "citizen_id")).one()
        _, other = ids(later)
        both = cipher_of(1, 2)
        index = both.index("citizen_id", CITIZEN_ID.value)
        sealed = both.seal("identifiers.sealed_value", CITIZEN_ID.value.encode(), f"{other} {index.hex()}")
        twin = {**found._asdict(), "account_id": other, "blind_index": index, "sealed_value": sealed}
        del twin["id"]
        connection.execute(identifiers.insert().values(twin))
    told = step(later, INDEXES)
    assert (told.doubles, told.missed) == ((found.id,), 0)
    assert people_by_number(storage_urls)[CITIZEN_ID.value] == 2


def test_a_number_that_was_given_up_hinders_nobody(later: Storage, storage_urls: StorageUrls) -> None:
    """Mutation: history counts as a second holder."""
    one, _ = ids(later)
    with later.begin() as unit_of_work:
        unit_of_work.accounts.change_identifier(one, IdentifierKind.CITIZEN_ID, number(value_of(7)), LATER)
        account(unit_of_work, CITIZEN_ID)
        unit_of_work.commit()
    told = step(later, INDEXES)
    assert (told.doubles, told.missed, told.rekeyed) == ((), 0, 3)
    assert people_by_number(storage_urls)[CITIZEN_ID.value] == 1


def test_namesakes_are_found_while_they_are_re_keyed(later: Storage) -> None:
    """Mutation: only the key that writes is looked up."""
    with later.begin() as unit_of_work:
        account(unit_of_work, number("890101199001015678"))
        unit_of_work.commit()
    with later.begin() as unit_of_work:
        before = unit_of_work.namesakes.page(NameAndYear(NAME, 1990), after=0, limit=9)
        assert len(before) == 2
        step(later, NAMES)
        assert unit_of_work.namesakes.page(NameAndYear(NAME, 1990), after=0, limit=9) == before
