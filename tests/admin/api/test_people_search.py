"""People looked up by name and year of birth: masked, a page after the other, and each search is remembered (M09, C17)."""

import json

import pytest

from idp.accounts.status import Reason, close, freeze
from idp.app import Installation, create_app
from idp.model.account import Account, Identifier, IdentifierKind
from idp.model.office import Role
from realnames.identifiers.citizen_id import complete
from tests.admin.api.api_client import Api, api_of, api_of_app, by_itself, of_officers, register_apps
from tests.admin.officers import Officer, officer
from tests.benchmarks.operations import Caller
from tests.idp.installed import CITIZEN_ID, NAME, PHONE, identifiers, new_person

PATH = "/people:search"
ASKED = {"name": NAME, "birth_year": 1990}


@pytest.fixture
def city(installation: Installation) -> Installation:
    register_apps(installation, of_officers(), by_itself(Role.SECURITY))
    return installation


@pytest.fixture
def person(city: Installation) -> Account:
    return new_person(city)


@pytest.fixture
def at(city: Installation) -> Officer:
    return officer(city, Role.SECURITY)


@pytest.fixture
def security(at: Officer) -> Api:
    return api_of(at)


def namesakes(installation: Installation, many: int) -> list[Account]:
    numbers = [complete(f"8901011990030{day}{sequence:03}") for day in (8, 9) for sequence in range(1, 60)]
    return [
        new_person(installation, *identifiers(f"138000{place:05}", number))
        for place, number in enumerate(numbers[:many])
    ]


def searched(installation: Installation) -> list[dict[str, object]]:
    """What the auditor reads of it, the newest first."""
    audit = api_of(officer(installation, Role.AUDIT))
    events: list[dict[str, object]] = audit("GET", "/events?action=person.searched").json["events"]
    return events


@pytest.mark.parametrize(
    "body",
    [
        {"name": NAME},
        {"birth_year": 1990},
        {"name": "", "birth_year": 1990},
        {"name": "张", "birth_year": 1990},
        {"name": "张*三", "birth_year": 1990},
        {"name": "%", "birth_year": 1990},
        {"name": NAME, "birth_year": 90},
        {"name": NAME, "birth_year": "1990"},
        {"name": NAME, "birth_year": None},
        {**ASKED, "limit": 51},
        {**ASKED, "limit": 0},
        {**ASKED, "after": "nobody"},
        {**ASKED, "after": "a\0b"},
        {**ASKED, "sort": "phone"},
    ],
)
@pytest.mark.parametrize("storage_urls", ["sqlite"], indirect=True)
def test_what_is_no_whole_name_with_a_year_is_refused(person: Account, security: Api, body: object) -> None:
    """Nothing is found by a part of it. Mutations: a pattern; a page of any size; a cursor that is believed."""
    del person
    answer = security("POST", PATH, body)
    assert (answer.status, answer.json["title"]) == (400, "invalid_request")
    assert NAME not in answer.body.decode()


def test_it_is_for_the_security_officer_in_person(city: Installation, person: Account) -> None:
    """Mutations: another role; an app that acts for itself, and would read the city page by page."""
    del person
    for role in (Role.SYSTEM, Role.AUDIT):
        assert api_of(officer(city, role))("POST", PATH, ASKED).status == 403
    assert api_of_app(Caller(create_app(city)))("POST", PATH, ASKED).status == 403


def test_a_person_is_told_masked(person: Account, security: Api) -> None:
    """Mutation: a value in clear."""
    told = security("POST", PATH, ASKED)
    assert told.json == {
        "people": [
            {
                "uid": person.uid,
                "status": "active",
                "name": "张*三",
                "birth_year": 1990,
                "documents": ["citizen_id 8901**********0011"],
                "phone": "139****0001",
            }
        ],
        "next": None,
        "is_complete": True,
    }
    assert all(secret not in told.body.decode() for secret in (PHONE, CITIZEN_ID, NAME))


@pytest.mark.parametrize("typed", ["张小三", " 张 小三 ", "张\u200b小三"])
def test_a_name_is_found_as_people_write_it(person: Account, security: Api, typed: str) -> None:
    (found,) = security("POST", PATH, {**ASKED, "name": typed}).json["people"]
    assert found["uid"] == person.uid


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("阿布都热依木·买买提", "阿布都热依木•买买提"),
        ("阿布都热依木·买买提", "阿布都热依木・买买提"),
        ("SMITH, JOHN", "Smith,  John"),
        ("GARCÍA", "Garci\u0301a"),
    ],
)
@pytest.mark.parametrize("storage_urls", ["sqlite"], indirect=True)
def test_dots_and_capitals_are_no_difference(city: Installation, security: Api, name: str, typed: str) -> None:
    document = Identifier(IdentifierKind.PERMANENT_RESIDENT_ID, complete("91115619900307001"))
    account = new_person(city, *identifiers(citizen_id=None), document, name=name)
    (found,) = security("POST", PATH, {**ASKED, "name": typed}).json["people"]
    assert found["uid"] == account.uid


def test_nobody_is_found_by_less_than_both(person: Account, security: Api) -> None:
    del person
    for body in ({**ASKED, "birth_year": 1991}, {**ASKED, "name": "张小"}, {**ASKED, "name": "张小三四"}):
        assert security("POST", PATH, body).json == {"people": [], "next": None, "is_complete": True}


def test_pages_follow_each_other_to_the_last(city: Installation, security: Api) -> None:
    """Mutations: somebody twice, or left out; a page after the last one."""
    everybody = [account.uid for account in namesakes(city, 60)]
    pages: list[list[str]] = []
    after: dict[str, str] = {}
    while True:
        told = security("POST", PATH, {**ASKED, **after, "limit": 20}).json
        pages.append([each["uid"] for each in told["people"]])
        if told["next"] is None:
            break
        after = {"after": told["next"]}
    assert pages == [everybody[:20], everybody[20:40], everybody[40:]]
    whole = security("POST", PATH, ASKED).json
    assert (len(whole["people"]), whole["next"]) == (50, everybody[49])


def test_who_is_frozen_is_listed_and_who_is_closed_is_not(city: Installation, security: Api) -> None:
    frozen, closed = namesakes(city, 2)
    with city.services.begin() as unit_of_work:
        freeze(unit_of_work, frozen.id, Reason.ASKED, city.services.clock())
        close(unit_of_work, closed.id, Reason.ASKED, city.services.clock())
        unit_of_work.commit()
    found = security("POST", PATH, ASKED).json["people"]
    assert [(each["uid"], each["status"]) for each in found] == [(frozen.uid, "frozen")]


def test_an_officer_is_never_listed(city: Installation, security: Api, at: Officer) -> None:
    """M07. Mutation: a work account that has the name and, somehow, the index."""
    with city.services.begin() as unit_of_work:
        account = unit_of_work.accounts.get(at.account_id)
        assert account is not None
        name = unit_of_work.accounts.attributes(account.id).name
        number = Identifier(IdentifierKind.CITIZEN_ID, CITIZEN_ID)
        unit_of_work.accounts.change_identifier(account.id, IdentifierKind.CITIZEN_ID, number, city.services.clock())
        unit_of_work.commit()
    assert security("POST", PATH, {"name": name, "birth_year": 1990}).json["people"] == []


def test_each_search_is_remembered_without_the_name(city: Installation, person: Account, security: Api) -> None:
    """Who looked, and how many they saw. Mutations: a search that nobody hears of; the name in the log."""
    security("POST", PATH, ASKED)
    security("POST", PATH, {**ASKED, "birth_year": 1991})
    nobody, somebody = searched(city)
    assert (somebody["outcome"], somebody["person"]) == ("ok", None)
    assert somebody["data"] == {"by": "name", "found": "1", "via": "api"}
    assert (nobody["outcome"], nobody["data"]) == ("not_found", {"by": "name", "found": "0", "via": "api"})
    assert NAME not in json.dumps([nobody, somebody], ensure_ascii=False)
    with city.services.begin() as unit_of_work:
        assert unit_of_work.events.of_person(person.id, before=None, limit=9) == []


def test_who_is_opened_from_the_list_reads_it(city: Installation, person: Account, security: Api) -> None:
    (found,) = security("POST", PATH, ASKED).json["people"]
    security("GET", f"/people/{found['uid']}")
    with city.services.begin() as unit_of_work:
        lines = unit_of_work.events.of_person(person.id, before=None, limit=9)
    assert [each.action for each in lines] == ["person.viewed"]


@pytest.mark.parametrize("storage_urls", ["sqlite"], indirect=True)
def test_it_is_said_while_not_everybody_can_be_found(
    city: Installation, person: Account, security: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an upgrade. Mutation: an empty list that looks like an answer."""
    del person
    with city.services.begin() as unit_of_work:
        kind = type(unit_of_work.namesakes)
    monkeypatch.setattr(kind, "is_complete", lambda _: False)
    assert security("POST", PATH, ASKED).json["is_complete"] is False
