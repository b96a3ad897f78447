"""People who share a name and a year of birth: found by both and by nothing less, a page after the other, from an index.

What is written here by hand is what the release before wrote, which knows nothing of the index.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from sqlalchemy import Connection, text, update

from idp.clock import Instant
from idp.errors import Refused
from idp.model.account import Account, AccountKind, Identifier, IdentifierKind
from idp.model.imported_person import ImportedPerson
from idp.model.namesake import NameAndYear, birth_year_of
from idp.model.policy import Proofing
from idp.ports import UnitOfWork
from idp.storage import open_storage
from idp.storage.accounts import FIND
from idp.storage.encryption import FieldCipher
from idp.storage.namesakes import PAGE, UNINDEXED
from idp.storage.stores import Storage
from idp.storage.tables import names
from tests.idp.storage.made import CITIZEN_ID, NAME, NOW, PHONE, new_account
from tests.idp.storage.sql import engine_of
from tests.plugins.private_servers import StorageUrls

BOTH = NameAndYear(NAME, 1990)
RESIDENT = Identifier(IdentifierKind.PERMANENT_RESIDENT_ID, "911156199003070019")


def born(year: int, sequence: int) -> Identifier:
    return Identifier(IdentifierKind.CITIZEN_ID, f"890101{year}0101{sequence:03}X")


def created(unit_of_work: UnitOfWork, *identifiers: Identifier, name: str | None = NAME) -> Account:
    return unit_of_work.accounts.create(new_account(*identifiers, name=name))


def found(unit_of_work: UnitOfWork, wanted: NameAndYear = BOTH) -> Sequence[int]:
    return unit_of_work.namesakes.page(wanted, after=0, limit=50)


@pytest.mark.parametrize("document", [CITIZEN_ID, RESIDENT])
def test_who_has_the_name_and_the_year_is_found_by_both(storage: Storage, document: Identifier) -> None:
    """Mutations: an index of the name alone; a year that is read from elsewhere in the number."""
    with storage.begin() as unit_of_work:
        one = created(unit_of_work, document, PHONE)
        created(unit_of_work, born(1991, 1))
        created(unit_of_work, born(1990, 2), name="欧阳春")
        unit_of_work.commit()
        assert found(unit_of_work) == [one.id]
        (namesake,) = unit_of_work.namesakes.of([one.id])
        assert namesake.account == one
        assert namesake.attributes == unit_of_work.accounts.attributes(one.id)
        assert found(unit_of_work, NameAndYear(NAME, 1992)) == []


@pytest.mark.parametrize(
    ("identifiers", "year"),
    [
        ((), None),
        ((PHONE,), None),
        ((Identifier(IdentifierKind.PASSPORT, "E12345678"),), None),
        ((Identifier(IdentifierKind.PERMANENT_RESIDENT_ID, "CAN110010000310"),), None),
        ((PHONE, RESIDENT), 1990),
    ],
)
def test_only_numbers_that_tell_a_birth_date_date_a_person(
    identifiers: tuple[Identifier, ...], year: int | None
) -> None:
    assert birth_year_of(identifiers) == year


def test_who_says_name_and_number_later_is_found_from_then_on(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        account = unit_of_work.accounts.create(new_account(PHONE, name=None, proofing=Proofing.P0, proofed_at=None))
        unit_of_work.commit()
        assert found(unit_of_work) == []
        assert unit_of_work.accounts.name_self(account.id, NAME, CITIZEN_ID, NOW)
        unit_of_work.commit()
        assert found(unit_of_work) == [account.id]


def test_who_comes_from_another_system_is_found(storage: Storage) -> None:
    """Mutation: an import that leaves the column out."""
    people = [
        ImportedPerson(account=new_account(born(1990, number)), verified=frozenset(), password_hash=None, subjects=())
        for number in range(1, 4)
    ]
    with storage.begin() as unit_of_work:
        written = unit_of_work.newcomers.write(people)
        unit_of_work.commit()
        assert found(unit_of_work) == sorted(each.id for each in written)


def test_another_number_is_another_year(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        account = created(unit_of_work, CITIZEN_ID)
        unit_of_work.accounts.change_identifier(account.id, IdentifierKind.CITIZEN_ID, born(1950, 1), NOW)
        unit_of_work.commit()
        assert found(unit_of_work) == []
        assert found(unit_of_work, NameAndYear(NAME, 1950)) == [account.id]


def test_whose_account_is_closed_is_found_no_more(storage: Storage) -> None:
    """The index goes with what it was made of."""
    with storage.begin() as unit_of_work:
        account = created(unit_of_work, CITIZEN_ID)
        unit_of_work.accounts.release_identifiers(account.id, NOW)
        unit_of_work.commit()
        assert found(unit_of_work) == []
        assert unit_of_work.namesakes.is_complete()


def test_a_work_account_is_found_by_no_name(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        unit_of_work.accounts.create(new_account(kind=AccountKind.WORK))
        unit_of_work.commit()
        assert unit_of_work.namesakes.is_complete()
        assert found(unit_of_work) == []


def test_pages_follow_each_other(storage: Storage) -> None:
    """Mutations: a page that begins with the last of the one before; another order."""
    with storage.begin() as unit_of_work:
        everybody = [created(unit_of_work, born(1990, number)).id for number in range(1, 8)]
        unit_of_work.commit()
        pages, after = [], 0
        while page := unit_of_work.namesakes.page(BOTH, after=after, limit=3):
            pages.append(list(page))
            after = page[-1]
        assert pages == [everybody[:3], everybody[3:6], everybody[6:]]
        told = unit_of_work.namesakes.of(everybody[::-1])
        assert [each.account.id for each in told] == everybody
        assert unit_of_work.namesakes.of([]) == []


def test_names_indexed_under_either_key_stand_in_one_order(storage_urls: StorageUrls) -> None:
    """After a change of keys. Mutation: those of the current key alone, or first."""
    everybody = []
    for number, versions in enumerate([(1,), (1, 2), (1,), (1, 2)], start=1):
        opened = with_keys(storage_urls, *versions)
        with opened.begin() as unit_of_work:
            everybody.append(created(unit_of_work, born(1990, number)).id)
            unit_of_work.commit()
        opened.close()
    opened = with_keys(storage_urls, 1, 2)
    with opened.begin() as unit_of_work:
        first = unit_of_work.namesakes.page(BOTH, after=0, limit=3)
        assert [*first, *unit_of_work.namesakes.page(BOTH, after=first[-1], limit=3)] == everybody
    opened.close()


def with_keys(urls: StorageUrls, *versions: int) -> Storage:
    cipher = FieldCipher({version: bytes([version]) * 32 for version in versions})
    return open_storage(urls.database, urls.ephemeral, cipher, lambda: Instant(NOW))


def test_names_of_the_release_before_are_caught_up_with(storage: Storage, storage_urls: StorageUrls) -> None:
    """In batches, each from where the last one ended. Mutation: a person without a birth year is looked at for ever."""
    with storage.begin() as unit_of_work:
        people = [created(unit_of_work, born(1990, number)).id for number in range(1, 5)]
        undated = created(unit_of_work, PHONE).id
        unit_of_work.commit()
    unindex(storage_urls, *people, undated)
    with storage.begin() as unit_of_work:
        assert (unit_of_work.namesakes.is_complete(), found(unit_of_work)) == (False, [])
        turns, reached = 0, 0
        while (last := unit_of_work.namesakes.catch_up(after=reached, limit=2)) is not None:
            unit_of_work.commit()
            turns, reached = turns + 1, last
        assert (turns, unit_of_work.namesakes.is_complete(), found(unit_of_work)) == (3, True, people)


def test_a_name_that_cannot_be_read_keeps_nobody_else_waiting(storage: Storage, storage_urls: StorageUrls) -> None:
    with storage.begin() as unit_of_work:
        people = [created(unit_of_work, born(1990, number)).id for number in range(1, 4)]
        unit_of_work.commit()
    unindex(storage_urls, *people)
    with engine_of(storage_urls).connect() as connection:
        connection.execute(update(names).where(names.c.account_id == people[0]).values(sealed_name=b"altered"))
    with storage.begin() as unit_of_work:
        assert unit_of_work.namesakes.catch_up(after=0, limit=9) is not None
        unit_of_work.commit()
        assert (found(unit_of_work), unit_of_work.namesakes.is_complete()) == (people[1:], False)


def test_one_whose_data_were_altered_hides_nobody_else(storage: Storage, storage_urls: StorageUrls) -> None:
    with storage.begin() as unit_of_work:
        people = [created(unit_of_work, born(1990, number)).id for number in range(1, 4)]
        unit_of_work.commit()
    with engine_of(storage_urls).connect() as connection:
        connection.execute(update(names).where(names.c.account_id == people[1]).values(sealed_name=b"altered"))
    with storage.begin() as unit_of_work:
        told = unit_of_work.namesakes.of(found(unit_of_work))
    assert [(each.account.id, each.attributes.name) for each in told] == list(
        zip(people, (NAME, None, NAME), strict=True)
    )


def test_who_is_closed_while_others_catch_up_stays_unfound(storage: Storage, storage_urls: StorageUrls) -> None:
    """Mutation: the number that was read before the account was closed is written behind it."""
    with storage.begin() as unit_of_work:
        account = created(unit_of_work, CITIZEN_ID)
        unit_of_work.commit()
    unindex(storage_urls, account.id)
    with storage.begin() as unit_of_work:
        unit_of_work.accounts.release_identifiers(account.id, NOW)
        unit_of_work.commit()
        assert unit_of_work.namesakes.catch_up(after=0, limit=9) is None
        assert found(unit_of_work) == []


def unindex(urls: StorageUrls, *account_ids: int) -> None:
    """As the release before left them."""
    with engine_of(urls).connect() as connection:
        connection.execute(update(names).where(names.c.account_id.in_(account_ids)).values(blind_index=None))


PEOPLE, COMMON = 100_000, b"\1\1" + b"c" * 32
"""One in eight has the common name."""
_FILL = (
    (
        "WITH RECURSIVE people(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM people WHERE n < 100000)"
        " INSERT INTO accounts (id, uid, status, proofing, is_sandbox, created_at)"
        " SELECT n, n, 'active', 2, false, 1 FROM people"
    ),
    (
        "INSERT INTO names (account_id, sealed_name, blind_index, valid_from)"
        " SELECT id, :sealed, CASE WHEN id % 8 = 0 THEN :common ELSE {index} END, 1 FROM accounts"
    ),
    (
        "INSERT INTO identifiers (account_id, kind, blind_index, sealed_value, valid_from)"
        " SELECT id, 'phone', {index}, :sealed, 1 FROM accounts"
    ),
)
_INDEX = {"sqlite": "CAST(printf('%034d', id) AS BLOB)", "postgresql": "convert_to(lpad(id::text, 34, '0'), 'UTF8')"}


def test_among_a_hundred_thousand_people_a_search_reads_indexes_alone(
    storage: Storage, storage_urls: StorageUrls
) -> None:
    """However deep the page; whoever is found is then read by their key, as one row.

    Mutations: an index without the account; a condition that it does not hold; OFFSET.
    """
    del storage  # it made the tables
    engine = engine_of(storage_urls)
    is_sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        values = {"sealed": b"sealed" * 6, "common": COMMON}
        connection.execute(text("BEGIN"))
        for statement in _FILL:
            told = {name: value for name, value in values.items() if f":{name}" in statement}
            connection.execute(text(statement.format(index=_INDEX[engine.dialect.name])), told)
        connection.execute(text("COMMIT"))
        connection.execute(text("ANALYZE" if is_sqlite else "VACUUM ANALYZE"))
        for looked_up, wanted, index, many in (
            (PAGE, {"of_both": COMMON, "after_account": 0, "most": 51}, "ix_names_blind_index", 51),
            (PAGE, {"of_both": COMMON, "after_account": PEOPLE // 2, "most": 51}, "ix_names_blind_index", 51),
            (PAGE, {"of_both": rare(17), "after_account": 0, "most": 1}, "ix_names_blind_index", 1),
            (FIND, {"kind": "phone", "indexes": [rare(17), rare(0)]}, IN_FORCE[engine.dialect.name], 1),
        ):
            plan = plan_of(connection, looked_up, wanted)
            assert ("COVERING INDEX" if is_sqlite else "Index Only Scan using") + f" {index} " in plan, plan
            assert not SEARCH.search(plan), plan
            assert len(connection.execute(looked_up, wanted).all()) == many
        plan = plan_of(connection, UNINDEXED, {"after_name": 0, "most": 200})
        assert "ix_names_unindexed" in plan, plan
        assert not SEARCH.search(plan), plan


IN_FORCE = {"sqlite": "ix_identifiers_in_force", "postgresql": "uq_identifiers_in_force"}

SEARCH = re.compile("SCAN (names|identifiers|accounts)(?! USING)|Seq Scan|TEMP B-TREE|Sort")


def rare(number: int) -> bytes:
    return b"%034d" % number


def plan_of(connection: Connection, statement: Any, values: Mapping[str, object]) -> str:
    compiled = statement.compile(connection)
    asked = compiled.construct_expanded_state(values)
    parameters = tuple(asked.positional_parameters) if compiled.positional else asked.parameters
    explain = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
    return "\n".join(str(tuple(row)) for row in connection.exec_driver_sql(f"{explain} {asked.statement}", parameters))


def test_an_identifier_that_is_taken_leaves_no_name_behind(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        first = created(unit_of_work, CITIZEN_ID)
        unit_of_work.commit()
        with pytest.raises(Refused, match="identifier_taken"):
            created(unit_of_work, CITIZEN_ID)
        assert found(unit_of_work) == [first.id]
