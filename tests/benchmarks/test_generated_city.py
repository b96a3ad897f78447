"""A generated city is one that the product wrote: all that its people present works, and its rows look alike.

Mutation: seal a name for another row, derive a cookie otherwise than the digest of its session, leave a column out.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from idp.app import Installation, create_app
from idp.app.composition import master_keys
from idp.clock import Instant, date_in_china
from idp.model.consent import Consent
from idp.oauth import opaque_tokens
from idp.storage.engine import create_engine
from idp.storage.tables import access_tokens, metadata
from realnames.identifiers.citizen_id import parse_citizen_id
from realnames.identifiers.phone import parse_phone
from tests.benchmarks import operations
from tests.benchmarks.generated_city import BUILT_AT, SCOPE, GeneratedCity, generated_city
from tests.benchmarks.generated_person import CLIENT_ID, COMMON_NAME, COMMON_YEAR, Person
from tests.benchmarks.generated_stores import fill
from tests.benchmarks.scale_operations import Visits
from tests.idp.installed import Moment, identifiers, new_person
from tests.plugins.private_servers import StorageUrls

PEOPLE = 50
ONE, LAST = Person(1), Person(PEOPLE)
OWNED_BY = {
    "accounts": "id",
    "names": "account_id",
    "identifiers": "account_id",
    "subjects": "account_id",
    "credentials": "account_id",
    "sessions": "account_id",
    "session_clients": "session_id",
    "consents": "account_id",
    "authorizations": "account_id",
    "events": "account_id",
}


@pytest.fixture
def city(storage_urls: StorageUrls, tmp_path: Path) -> GeneratedCity:
    with operations.city(storage_urls, tmp_path, lambda: BUILT_AT) as opened:
        made = generated_city(opened.services, master_keys(opened.settings))
    fill(storage_urls.database, made, PEOPLE)
    return made


@pytest.fixture
def clock() -> Moment:
    return Moment(BUILT_AT)


@pytest.fixture
def installation(
    city: GeneratedCity, storage_urls: StorageUrls, tmp_path: Path, clock: Moment
) -> Iterator[Installation]:
    with operations.city(storage_urls, tmp_path, clock) as opened:
        yield opened


def test_everything_works_for_everybody(installation: Installation, city: GeneratedCity, clock: Moment) -> None:
    visits = Visits(installation, city, clock)
    for number in range(1, PEOPLE + 1):
        for name, operation in visits.operations.items():
            question = operation(Person(number))
            assert question.is_right(question.ask()), (name, number)


def test_it_works_again_and_again(installation: Installation, city: GeneratedCity, clock: Moment) -> None:
    visits = Visits(installation, city, clock)
    for name, operation in visits.operations.items():
        for _ in range(3):
            question = operation(LAST)
            assert question.is_right(question.ask()), name


def test_the_answer_for_another_person_is_wrong(installation: Installation, city: GeneratedCity, clock: Moment) -> None:
    """Mutation: a check that looks at nothing."""
    visits = Visits(installation, city, clock)
    for name in set(visits.operations) - {
        "client_credentials opaque",
        "code round trip",
        "code round trip after a minute",
        "refresh",
    }:
        operation = visits.operations[name]
        assert not operation(ONE).is_right(operation(LAST).ask()), name


def test_rows_have_what_the_product_writes(
    installation: Installation, city: GeneratedCity, storage_urls: StorageUrls
) -> None:
    """Whoever comes next, by the product's own hand, has the next numbers and rows of the same form in every table.

    Of access tokens there are no rows; what is sealed in them is the same. Mutation: generate one without its scope.
    """
    somebody = new_person(installation)
    assert somebody.id == PEOPLE + 1
    with installation.services.begin() as unit_of_work:
        for identifier in identifiers():
            unit_of_work.accounts.verify(somebody.id, identifier, BUILT_AT)
        unit_of_work.consents.give(Consent(account_id=somebody.id, client_id=CLIENT_ID, scope=SCOPE, given_at=BUILT_AT))
        unit_of_work.commit()
    caller = operations.Caller(create_app(installation))
    visitor = operations.Person(caller, operations.cookie_of(installation, somebody.id))
    visitor.code_round_trip()
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {visitor.tokens['access_token']}"}
    assert caller.get("/userinfo", bearer).status == 200
    engine = create_engine(storage_urls.database)
    with engine.connect() as connection:
        for table, column in OWNED_BY.items():
            assert _forms(connection, table, column, PEOPLE) == _forms(connection, table, column, PEOPLE + 1), table
        assert connection.execute(select(access_tokens)).all() == []
    theirs = opaque_tokens.read(city.cipher, visitor.tokens["access_token"], BUILT_AT)
    ours = opaque_tokens.read(city.cipher, city.access_token(LAST), BUILT_AT)
    assert ours is not None
    assert theirs is not None
    assert theirs == ours._replace(family=PEOPLE + 1, mark=theirs.mark)
    assert len(theirs.mark) == len(ours.mark)


def _forms(connection: Connection, table: str, column: str, number: int) -> list[Mapping[str, object]]:
    columns = metadata.tables[table].columns
    found = connection.execute(select(*columns).where(columns[column] == number).order_by(columns.id))
    return [{name: _form(name, value) for name, value in row._mapping.items()} for row in found]


def _form(name: str, value: object) -> object:
    """Moments, levels and flags are the same; texts are as long; what is sealed or hashed is bytes in both."""
    if isinstance(value, str):
        return len(value)
    return type(value) if isinstance(value, bytes) or name.endswith("id") else value


def test_names_and_numbers_are_such_that_people_could_have_them() -> None:
    for number in (1, 8, 24_999, 25_000, 1_000_000, 10_000_000):
        person = Person(number)
        today = date_in_china(Instant(BUILT_AT))
        assert parse_citizen_id(person.citizen_id.value, today=today, sandbox=True).number == person.citizen_id.value
        assert parse_phone(person.phone.value).e164 == person.phone.value
        assert len(person.name) == 3
        assert (person.name == COMMON_NAME) == (number % 8 == 0)
        assert person.birth_year == COMMON_YEAR or number % 8


def test_no_two_people_have_one_number() -> None:
    """Those of the common year have days, sequences and counties of their own. Mutation: too few counties."""
    numbers = range(1, 10_000_001, 997)
    assert len({Person(number).citizen_id for number in numbers}) == len(numbers)
    common = [Person(8 * each).citizen_id for each in (1, 365, 366, 364_635, 364_636, 729_270, 1_250_000)]
    assert len(set(common)) == len(common)
