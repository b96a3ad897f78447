"""One more document of a person: written down where the register confirms it, and never on a word alone."""

import pytest

from idp.app import Installation
from idp.events import Action
from idp.model.account import Identifier, IdentifierKind
from tests.benchmarks.operations import Answer
from tests.idp.delivery.outbox_rows import Rows
from tests.idp.installed import CITIZEN_ID, NAME, PHONE, Moment, identifiers, new_person
from tests.idp.pages.page_browser import Browser, csrf_of
from tests.idp.pages.person_at_apps import PersonsBrowser
from tests.idp.proofing.toy_registers import ToyPopulation, with_sources
from tests.plugins.private_servers import StorageUrls

CARD_2017, CARD_2023 = "CAN110081080310", "942840197007040012"
PATH = "/me/data/documents"


@pytest.fixture
def population(clock: Moment) -> ToyPopulation:
    return ToyPopulation(clock, {CITIZEN_ID: NAME, CARD_2017: NAME, CARD_2023: NAME})


@pytest.fixture
def city(with_person: Installation, population: ToyPopulation) -> Installation:
    return with_sources(with_person, population=population)


@pytest.fixture
def browser(city: Installation) -> PersonsBrowser:
    browser = PersonsBrowser(city)
    browser.enter(PATH)
    browser.prove_by_message(city)
    assert browser.here == PATH
    return browser


def add(browser: Browser, number: str) -> Answer:
    return browser.post(PATH, csrf=csrf_of(browser.get(PATH)), number=number)


def holder(city: Installation, kind: IdentifierKind, number: str) -> int | None:
    with city.services.begin() as unit_of_work:
        account = unit_of_work.accounts.find(Identifier(kind, number))
    return None if account is None else account.id


def test_a_card_and_the_one_that_comes_after_it_lead_to_one_person(
    browser: PersonsBrowser, city: Installation, storage_urls: StorageUrls
) -> None:
    """Both forms stay in use (identity.md §1.2). Mutation: the new one replaces the old."""
    assert "加上了" in add(browser, CARD_2017.lower()).body.decode()
    add(browser, f"{CARD_2023[:6]} {CARD_2023[6:]}")
    kind = IdentifierKind.PERMANENT_RESIDENT_ID
    mine = holder(city, IdentifierKind.CITIZEN_ID, CITIZEN_ID)
    assert holder(city, kind, CARD_2017) == holder(city, kind, CARD_2023) == mine
    logged = [(action, data) for action, _, data in Rows(storage_urls.database).events()]
    assert [action for action, _ in logged].count(Action.DOCUMENT_ADDED) == 2
    assert not any(number in str(logged) for number in (CARD_2017, CARD_2023))


@pytest.mark.parametrize("case", ["another's name", "not in the register", "held by another"])
def test_every_refusal_has_the_same_words(
    browser: PersonsBrowser, city: Installation, population: ToyPopulation, case: str
) -> None:
    """Threats G09, K05. Mutations: a document written down on somebody's word; a page that says that it is taken."""
    if case == "another's name":
        population.people[CARD_2023] = "李四"
    elif case == "not in the register":
        del population.people[CARD_2023]
    else:
        other = Identifier(IdentifierKind.PERMANENT_RESIDENT_ID, CARD_2023)
        new_person(city, *identifiers("13900000009", None), other)
    before = holder(city, IdentifierKind.PERMANENT_RESIDENT_ID, CARD_2023)
    assert "没有加上。请对照证件再看一遍" in add(browser, CARD_2023).body.decode()
    assert holder(city, IdentifierKind.PERMANENT_RESIDENT_ID, CARD_2023) == before


def test_down_costs_no_try(browser: PersonsBrowser, population: ToyPopulation) -> None:
    population.is_down = True
    answers = [add(browser, CARD_2023) for _ in range(8)]
    assert {answer.status for answer in answers} == {200}
    assert "不算您试错" in answers[-1].body.decode()


def test_tries_are_counted(browser: PersonsBrowser, population: ToyPopulation) -> None:
    """Threat K05. Mutation: an oracle for who has which number."""
    population.people.clear()
    assert [add(browser, CARD_2023).status for _ in range(6)][-1] == 429
    assert len(population.asked) == 5


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        ("", "请输入证件号码"),
        ("12", "这个号码不对"),
        (PHONE, "这个号码不对"),
        (CITIZEN_ID, "已经在上面了"),
        ("H12345678", "核对不了"),
    ],
)
def test_what_cannot_be_asked_is_not_asked(
    browser: PersonsBrowser, population: ToyPopulation, number: str, sentence: str
) -> None:
    assert sentence in add(browser, number).body.decode()
    assert population.asked == []


def test_one_proof_alone_adds_none(city: Installation) -> None:
    """Threat H05: a document opens the account. Mutation: `is_strong` left out."""
    browser = PersonsBrowser(city)
    browser.enter(PATH)
    assert browser.here != PATH


def test_numbers_on_the_page_are_masked(browser: PersonsBrowser) -> None:
    """Threat K07."""
    add(browser, CARD_2023)
    text = browser.get(PATH).body.decode()
    assert CITIZEN_ID not in text
    assert CARD_2023 not in text
