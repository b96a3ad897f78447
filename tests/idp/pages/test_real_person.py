"""C10, its end: face, net id and bank card, as one table over the ways; what a source says is evidence, and nothing else is."""

import pytest

from idp.app import Installation
from idp.clock import after
from idp.events import Action
from idp.model.account import Account, Identifier, IdentifierKind
from idp.model.policy import Proofing
from idp.ports import FaceOutcome, NetworkIdentityLevel, NetworkIdentityOutcome
from realnames.identifiers.citizen_id import complete
from tests.benchmarks.operations import Answer
from tests.idp.delivery.outbox_rows import Rows
from tests.idp.installed import CITIZEN_ID, NAME, PHONE, Moment
from tests.idp.pages.page_browser import csrf_of
from tests.idp.pages.person_at_apps import Department, PersonsBrowser
from tests.idp.proofing.toy_registers import ToyBank, ToyFace, ToyNetworkIdentity, ToyPopulation, with_sources
from tests.plugins.private_servers import StorageUrls

OTHER_CARD = "6222020200112248"
WAYS = ("face", "net-id", "bank")


class Toys:
    """One of each, told together what to say."""

    def __init__(self, clock: Moment) -> None:
        self.face, self.net_id, self.bank = ToyFace(clock), ToyNetworkIdentity(), ToyBank(clock)
        self.population = ToyPopulation(clock, {CITIZEN_ID: NAME})
        self.card = self.bank.card

    def say_mismatch(self) -> None:
        self.face.outcome = FaceOutcome.MISMATCH
        self.net_id.outcome = NetworkIdentityOutcome.MISMATCH
        self.card = OTHER_CARD


@pytest.fixture
def toys(clock: Moment) -> Toys:
    return Toys(clock)


@pytest.fixture
def city(with_person: Installation, toys: Toys) -> Installation:
    with with_person.services.begin() as unit_of_work:
        account = unit_of_work.accounts.find(Identifier(IdentifierKind.PHONE, f"+86{PHONE}"))
        assert account is not None
        assert unit_of_work.accounts.verify(
            account.id, Identifier(IdentifierKind.PHONE, f"+86{PHONE}"), with_person.services.clock()
        )
        unit_of_work.commit()
    return with_sources(with_person, population=toys.population, face=toys.face, net_id=toys.net_id, bank=toys.bank)


@pytest.fixture
def browser(city: Installation) -> PersonsBrowser:
    browser = PersonsBrowser(city)
    browser.enter("/me/proofing")
    return browser


def account_of(city: Installation) -> Account:
    with city.services.begin() as unit_of_work:
        account = unit_of_work.accounts.find(Identifier(IdentifierKind.CITIZEN_ID, CITIZEN_ID))
    assert account is not None
    return account


def proofing(city: Installation) -> Proofing:
    return account_of(city).proofed(city.services.clock()).level


def go(browser: PersonsBrowser, toys: Toys, way: str) -> Answer:
    """Consent, and come back from wherever it leads."""
    page = browser.get(f"/me/proofing/{way}")
    answer = browser.post(f"/me/proofing/{way}", csrf=csrf_of(page), card=toys.card)
    return answer if way == "bank" else browser.get(f"/me/proofing/{way}/return")


def test_all_ways_are_offered_and_the_hall(browser: PersonsBrowser) -> None:
    text = browser.get("/me/proofing").body.decode()
    assert all(f'href="/me/proofing/{way}"' in text for way in WAYS)
    assert "/help#hall" in text


@pytest.mark.parametrize("way", WAYS)
def test_each_way_makes_evidence(
    browser: PersonsBrowser, city: Installation, toys: Toys, storage_urls: StorageUrls, way: str
) -> None:
    """Mutations: a consent that is not written down first; evidence that tells the card or the number."""
    done = go(browser, toys, way)
    assert browser.here == "/me/proofing/done"
    assert "四级" in done.body.decode()
    assert proofing(city) is Proofing.P3
    logged = Rows(storage_urls.database).events()
    actions = [action for action, _, _ in logged]
    assert actions.index(Action.PROOFING_CONSENTED) < actions.index(Action.EVIDENCE_RECORDED)
    assert not any(secret in str(logged) for secret in (CITIZEN_ID, NAME, toys.card))
    text = browser.get("/me/proofing").body.decode()
    assert f'href="/me/proofing/{way}"' not in text, "there is nothing left to raise by it"


@pytest.mark.parametrize("way", WAYS)
def test_evidence_runs_out_as_the_settings_say(
    browser: PersonsBrowser, city: Installation, toys: Toys, clock: Moment, way: str
) -> None:
    go(browser, toys, way)
    clock.now = after(clock.now, 3650 * 86_400 - 1)
    assert proofing(city) is Proofing.P3
    clock.now = after(clock.now, 1)
    assert proofing(city) is Proofing.P2


@pytest.mark.parametrize("way", WAYS)
def test_three_mismatches_close_a_way_for_an_hour_and_no_other(
    browser: PersonsBrowser, city: Installation, toys: Toys, clock: Moment, way: str
) -> None:
    """Never a dead end (C10). Mutations: tries without end (K04); a person locked out of all ways."""
    toys.say_mismatch()
    answers = [go(browser, toys, way) for _ in range(3)]
    assert "还可以试 2 次" in answers[0].body.decode()
    assert answers[2].status == 429
    assert go(browser, toys, way).status == 429
    assert "/help#hall" in answers[2].body.decode()
    other = WAYS[WAYS.index(way) - 1]
    assert browser.get(f"/me/proofing/{other}").status == 200
    assert proofing(city) is Proofing.P2
    clock.now = after(clock.now, 3601)
    browser = PersonsBrowser(city)
    browser.enter("/me/proofing")
    assert go(browser, toys, way).status == 429, "one more try, and it pauses again"


@pytest.mark.parametrize("way", WAYS)
def test_down_is_no_mismatch_and_costs_nothing(
    browser: PersonsBrowser, city: Installation, toys: Toys, way: str
) -> None:
    toys.face.outcome, toys.net_id.outcome, toys.bank.is_down = FaceOutcome.DOWN, NetworkIdentityOutcome.DOWN, True
    for _ in range(12):
        page = go(browser, toys, way)
        assert page.status == 200
        assert "不是您的错" in page.body.decode()
    assert proofing(city) is Proofing.P2


@pytest.mark.parametrize("way", ["face", "net-id"])
def test_a_result_counts_for_the_session_and_the_name_that_it_was_asked_for(
    browser: PersonsBrowser, city: Installation, toys: Toys, way: str
) -> None:
    """Threat K03. Mutations: a result that another session uses up; one that outlives a change of the name."""
    page = browser.get(f"/me/proofing/{way}")
    browser.post(f"/me/proofing/{way}", csrf=csrf_of(page))
    other = PersonsBrowser(city)
    other.enter("/me/proofing")
    assert "过时了" in other.get(f"/me/proofing/{way}/return").body.decode()
    with city.services.begin() as unit_of_work:
        account, now = account_of(city), city.services.clock()
        number = Identifier(IdentifierKind.CITIZEN_ID, complete("89010119850412002"))
        unit_of_work.accounts.change_identifier(account.id, IdentifierKind.CITIZEN_ID, number, now)
        unit_of_work.commit()
    assert "过时了" in browser.get(f"/me/proofing/{way}/return").body.decode()


@pytest.mark.parametrize(
    ("outcome", "sentence"),
    [
        (FaceOutcome.NOT_FOUND, "没有查到"),
        (FaceOutcome.NO_PHOTO, "没有您的照片"),
        (FaceOutcome.CANCELLED, "没有核对"),
        (FaceOutcome.UNTRUSTED, "不能算数"),
        (FaceOutcome.PENDING, "在等比对结果"),
    ],
)
def test_every_other_outcome_has_its_words_and_another_way(
    browser: PersonsBrowser, city: Installation, toys: Toys, outcome: FaceOutcome, sentence: str
) -> None:
    toys.face.outcome = outcome
    text = go(browser, toys, "face").body.decode()
    assert sentence in text
    assert "/help#hall" in text
    assert proofing(city) is Proofing.P2


def test_a_net_id_alone_shows_no_holder(browser: PersonsBrowser, city: Installation, toys: Toys) -> None:
    """The certificate lies on a phone that anybody may hold. Mutation: every net id is P3."""
    toys.net_id.level = NetworkIdentityLevel.LOW
    go(browser, toys, "net-id")
    assert proofing(city) is Proofing.P2


@pytest.mark.parametrize(
    ("typed", "sentence"), [("", "请输入银行卡号"), ("12", "卡号不对"), ("6222020200112231", "卡号不对")]
)
def test_what_is_no_card_number_is_not_sent(browser: PersonsBrowser, toys: Toys, typed: str, sentence: str) -> None:
    page = browser.get("/me/proofing/bank")
    answer = browser.post("/me/proofing/bank", csrf=csrf_of(page), card=typed)
    assert sentence in answer.body.decode()
    assert toys.bank.asked == []


@pytest.mark.parametrize("way", WAYS)
def test_without_a_genuine_form_nothing_is_sent(browser: PersonsBrowser, toys: Toys, way: str) -> None:
    """Threat F03. Mutation: a consent that another site gives."""
    browser.post(f"/me/proofing/{way}", csrf="x", card=toys.card)
    assert (toys.face.orders, toys.net_id.orders, toys.bank.asked) == ([], [], [])


def test_the_look_of_a_browser_uses_nothing_up(browser: PersonsBrowser, city: Installation, toys: Toys) -> None:
    page = browser.get("/me/proofing/face")
    browser.post("/me/proofing/face", csrf=csrf_of(page))
    assert len(toys.face.orders) == 1
    browser.get("/me/proofing/face/return")
    assert proofing(city) is Proofing.P3


def test_an_app_that_needs_the_real_person_is_waited_for(city: Installation, toys: Toys) -> None:
    """The door leads there and back; whoever goes on without ends at the app with an error. Mutation: unmet at once."""
    app = Department(city, level=4)
    browser = PersonsBrowser(city)
    page = browser.sign_in(app.send(browser), phone=PHONE)
    assert browser.here.endswith("/proofing")
    assert "四级" in page.body.decode()
    browser.post(browser.here, csrf=csrf_of(page), action="now")
    assert browser.here == "/me/proofing"
    done = go(browser, toys, "face").body.decode()
    assert "住房公积金" in done
