"""C10: the population register is asked whether name and number belong together, and what becomes of that."""

import pytest

from idp.app import Installation
from idp.clock import after
from idp.events import Action
from idp.model.account import Account, AccountStatus, Identifier, IdentifierKind
from idp.model.evidence import EvidenceMethod
from idp.model.policy import Proofing
from realnames.identifiers.citizen_id import complete
from tests.benchmarks.operations import Answer
from tests.idp.delivery.outbox_rows import Rows
from tests.idp.installed import CITIZEN_ID, NAME, Moment, new_person
from tests.idp.pages.page_browser import Browser, csrf_of
from tests.idp.pages.person_at_apps import Department, PersonsBrowser
from tests.idp.pages.test_naming import NEW_PHONE, person, register, say
from tests.idp.proofing.toy_registers import ToyPopulation, with_sources
from tests.plugins.private_servers import StorageUrls

NUMBER = complete("89010119850412002")
RARE = "欧阳𠮷䶮"
LONGEST = "阿卜杜热西提·阿卜杜拉·买买提明·吐尔逊江·艾力买提"
FOREIGNER = "942840197007040012"


@pytest.fixture
def population(clock: Moment) -> ToyPopulation:
    return ToyPopulation(clock, {NUMBER: RARE, CITIZEN_ID: NAME, FOREIGNER: "SMITH JOHN"})


@pytest.fixture
def city(with_person: Installation, population: ToyPopulation) -> Installation:
    return with_sources(with_person, population=population)


@pytest.fixture
def newcomer(city: Installation) -> Browser:
    """Registered by phone, nameless."""
    browser = PersonsBrowser(city, phone=NEW_PHONE)
    page = register(browser, city)
    browser.post(browser.here, csrf=csrf_of(page), action="later")
    return browser


def confirm(browser: Browser, name: str, number: str = NUMBER) -> Answer:
    return browser.post("/me/name/check", csrf=csrf_of(say(browser, name, number)))


def level(installation: Installation, account: Account) -> Proofing:
    return account.proofed(installation.services.clock()).level


def test_what_the_register_confirms_is_evidence(
    newcomer: Browser, city: Installation, population: ToyPopulation, storage_urls: StorageUrls
) -> None:
    """Mutations: P2 by the person's word; data of the person in the record; a register that is asked twice."""
    page = say(newcomer, RARE)
    assert "市人口库" in page.body.decode(), "whom it is sent to is said before it is sent"
    done = newcomer.post("/me/name/check", csrf=csrf_of(page))
    assert "三级" in done.body.decode()
    account, stored = person(city)
    assert (level(city, account), stored.name, stored.citizen_id) == (Proofing.P2, RARE, NUMBER)
    with city.services.begin() as unit_of_work:
        (evidence,) = unit_of_work.evidence.of_account(account.id)
    assert (evidence.method, evidence.reference) == (EvidenceMethod.TWO_ELEMENTS, "q-1")
    assert len(population.asked) == 1
    data = [data for action, _, data in Rows(storage_urls.database).events() if action == Action.EVIDENCE_RECORDED]
    assert len(data) == 1
    assert not any(secret in data[0] for secret in (NUMBER, RARE))


@pytest.mark.parametrize("name", [RARE, LONGEST])
def test_rare_characters_and_long_names_get_through(
    newcomer: Browser, city: Installation, population: ToyPopulation, name: str
) -> None:
    population.people[NUMBER] = name
    confirm(newcomer, name)
    account, stored = person(city)
    assert (level(city, account), stored.name) == (Proofing.P2, name)


@pytest.mark.parametrize("case", ["mismatch", "not found", "deceased", "taken"])
def test_every_refusal_has_the_same_words_and_writes_nothing(
    newcomer: Browser, city: Installation, population: ToyPopulation, storage_urls: StorageUrls, case: str
) -> None:
    """Threats G01, K05, K11. Mutations: a page that says which; an account that is told that another has the number."""
    number = CITIZEN_ID if case == "taken" else NUMBER
    name = {"mismatch": "张三", "taken": NAME}.get(case, RARE)
    if case == "not found":
        population.people.clear()
    if case == "deceased":
        population.deceased.add(NUMBER)
    text = confirm(newcomer, name, number).body.decode()
    assert "没有登记上" in text
    account, stored = person(city)
    assert (level(city, account), stored.name, stored.citizen_id) == (Proofing.P0, None, None)
    told = [(action, outcome) for action, outcome, _ in Rows(storage_urls.database).events()]
    assert (Action.ACCOUNT_NAMING_REFUSED, "refused") in told
    assert (Action.NUMBER_CLAIMED, case.replace(" ", "_")) in told
    with city.services.begin() as unit_of_work:
        dossier = unit_of_work.dossiers.of(account.id, 50)
    assert dossier is not None
    assert Action.NUMBER_CLAIMED not in [event.action for event in dossier.events], "nor in what the person may read"


def test_a_source_that_is_down_leaves_level_two_and_a_link(
    newcomer: Browser, city: Installation, population: ToyPopulation
) -> None:
    """Mutations: down taken for a mismatch; a try that counts; a person who must type all again."""
    population.is_down = True
    done = confirm(newcomer, RARE)
    assert newcomer.here == "/me/name/done"
    assert "二级" in done.body.decode()
    assert 'href="/me/name/verify"' in done.body.decode()
    account, stored = person(city)
    assert (level(city, account), stored.name, stored.citizen_id) == (Proofing.P1, RARE, NUMBER)
    for _ in range(7):
        page = newcomer.get("/me/name/verify")
        assert "还是没有回应" in newcomer.post("/me/name/verify", csrf=csrf_of(page)).body.decode()
    population.is_down = False
    done = newcomer.post("/me/name/verify", csrf=csrf_of(newcomer.get("/me/name/verify")))
    assert "三级" in done.body.decode()
    assert level(city, person(city)[0]) is Proofing.P2


def test_what_turns_out_wrong_later_is_said_again(
    newcomer: Browser, city: Installation, population: ToyPopulation, clock: Moment
) -> None:
    """Mutation: a person who mistyped while the register was down has to go to the hall."""
    clock.now = after(clock.now, 60)
    population.is_down = True
    confirm(newcomer, "欧阳吉")
    population.is_down = False
    refused = newcomer.post("/me/name/verify", csrf=csrf_of(newcomer.get("/me/name/verify")))
    assert "没有登记上" in refused.body.decode()
    assert level(city, person(city)[0]) is Proofing.P1
    confirm(newcomer, RARE)
    account, stored = person(city)
    assert (level(city, account), stored.name) == (Proofing.P2, RARE)
    with city.services.begin() as unit_of_work:
        dossier = unit_of_work.dossiers.of(account.id, 10)
    assert dossier is not None
    assert [(held.name, held.until is None) for held in dossier.names] == [("欧阳吉", False), (RARE, True)]


def test_a_name_that_an_import_brought_is_verified_and_never_typed_over(city: Installation) -> None:
    """Else whoever comes to hold a phone becomes another person in an old account. Mutation: P1 is P1."""
    phone, number = "13912345679", complete("89010119850412004")
    known = Identifier(IdentifierKind.PHONE, f"+86{phone}"), Identifier(IdentifierKind.CITIZEN_ID, number)
    new_person(city, *known, proofing=Proofing.P1)
    browser = PersonsBrowser(city, phone=phone)
    browser.enter("/me/name")
    assert browser.here == "/me/data"
    page = browser.get("/me/name/verify")
    refused = browser.post("/me/name/verify", csrf=csrf_of(page)).body.decode()
    assert "没有登记上" in refused
    assert "/me/name/number" not in refused


def test_a_foreigner_with_a_permanent_residence_card(newcomer: Browser, city: Installation) -> None:
    confirm(newcomer, "Smith  john", FOREIGNER)
    account, stored = person(city)
    assert (level(city, account), stored.name) == (Proofing.P2, "SMITH JOHN")
    assert stored.other_documents == (Identifier(IdentifierKind.PERMANENT_RESIDENT_ID, FOREIGNER),)


def test_documents_that_the_register_does_not_know_are_kept_as_said(
    newcomer: Browser, city: Installation, population: ToyPopulation
) -> None:
    """Mutation: a number leaves for a register that has no use for it."""
    confirm(newcomer, "陈大文", "H12345678")
    assert level(city, person(city)[0]) is Proofing.P1
    assert population.asked == []


def test_a_budget_that_is_used_up_is_no_mismatch(
    newcomer: Browser, city: Installation, population: ToyPopulation, clock: Moment
) -> None:
    """Nor does it cost a try. Mutation: whoever comes as the last of a day is told that their name is wrong."""
    limits = city.settings.sources.model_copy(update={"population_per_day": 1})
    settings = city.settings.model_copy(update={"sources": limits})
    object.__setattr__(city.services, "settings", settings)
    confirm(newcomer, "张三")
    done = confirm(newcomer, RARE)
    assert "二级" in done.body.decode()
    page = newcomer.get("/me/name/verify")
    assert "明天" in newcomer.post("/me/name/verify", csrf=csrf_of(page)).body.decode()
    assert len(population.asked) == 1
    clock.now = after(clock.now, 86_400)
    newcomer = PersonsBrowser(city, phone=NEW_PHONE)
    register(newcomer, city, "/me/name/verify")
    newcomer.post("/me/name/verify", csrf=csrf_of(newcomer.get("/me/name/verify")))
    assert level(city, person(city)[0]) is Proofing.P2


def test_tries_and_questions_are_counted(newcomer: Browser, population: ToyPopulation) -> None:
    """Threat K05. Mutation: an oracle for name and number."""
    answers = [confirm(newcomer, "张三").status for _ in range(6)]
    assert answers[-1] == 429
    assert len(population.asked) == 5


def test_a_department_that_asks_for_level_three(city: Installation) -> None:
    """The door leads a person without a name to say it, and on to the app. Mutation: unmet, without asking."""
    app = Department(city, level=3)
    browser = PersonsBrowser(city, phone=NEW_PHONE)
    register(browser, city)
    page = app.send(browser)
    assert browser.here.endswith("/name")
    page = browser.post(browser.here, csrf=csrf_of(page), action="now")
    page = browser.post("/me/name/who", csrf=csrf_of(page), name=RARE)
    page = browser.post("/me/name/number", csrf=csrf_of(page), number=NUMBER)
    browser.post("/me/name/check", csrf=csrf_of(page))
    assert browser.here.endswith("/consent")


def test_whoever_waits_for_the_register_is_led_to_it_by_the_door(
    newcomer: Browser, city: Installation, population: ToyPopulation
) -> None:
    population.is_down = True
    confirm(newcomer, RARE)
    population.is_down = False
    app = Department(city, level=3)
    assert isinstance(newcomer, PersonsBrowser)
    page = app.send(newcomer)
    assert newcomer.here.endswith("/name")
    newcomer.post(newcomer.here, csrf=csrf_of(page), action="now")
    assert newcomer.here == "/me/name/verify"
    newcomer.post("/me/name/verify", csrf=csrf_of(newcomer.get("/me/name/verify")))
    assert newcomer.here.endswith("/consent")


@pytest.mark.parametrize("before", ["890101", "989840"], ids=["citizen", "permanent resident"])
@pytest.mark.parametrize(("born", "is_child"), [("20130101", True), ("20000101", False)])
def test_a_child_is_named_by_a_guardian(
    newcomer: Browser, city: Installation, before: str, born: str, is_child: bool
) -> None:
    """PIPL Art. 31; C10. Mutations: a child that consents for itself; a number that cannot be corrected there."""
    page = say(newcomer, RARE, complete(f"{before}{born}002"))
    assert ("未满 14 岁" in page.body.decode()) is is_child
    assert ('href="/me/name/number"' in page.body.decode()) is True


def test_a_claim_on_a_number_that_another_holds_waits_for_a_window(
    newcomer: Browser, city: Installation, storage_urls: StorageUrls
) -> None:
    """Mutation: the holder is stopped by it, or the claimant is told."""
    confirm(newcomer, NAME, CITIZEN_ID)
    with city.services.begin() as unit_of_work:
        (dispute,) = unit_of_work.disputes.waiting(None, 10)
        holder = unit_of_work.accounts.get(dispute.holder_id)
    assert holder is not None
    assert holder.status is AccountStatus.ACTIVE
    assert dispute.claimant_id == person(city)[0].id
    assert (dispute.claim.name, dispute.claim.document.value) == (NAME, CITIZEN_ID)
    assert CITIZEN_ID not in str(Rows(storage_urls.database).events())


@pytest.mark.parametrize(("is_theirs", "method"), [(True, "three_elements"), (False, "two_elements")])
def test_the_phone_is_told_where_the_city_wants_that(
    newcomer: Browser, city: Installation, population: ToyPopulation, is_theirs: bool, method: str
) -> None:
    """Mutations: the phone leaves unasked, or unsaid; whoever uses a phone of the family is nobody."""
    wanted = city.settings.proofing.model_copy(update={"with_phone": True})
    object.__setattr__(city.services, "settings", city.settings.model_copy(update={"proofing": wanted}))
    population.phones = {f"+86{NEW_PHONE}"} if is_theirs else set()
    page = say(newcomer, RARE)
    assert "连同您的手机号" in page.body.decode()
    newcomer.post("/me/name/check", csrf=csrf_of(page))
    account, _ = person(city)
    with city.services.begin() as unit_of_work:
        (evidence,) = unit_of_work.evidence.of_account(account.id)
    assert evidence.method.value == method
    assert len(population.asked) == (1 if is_theirs else 2)
