"""C12, signed in: who has one proof beside a lost phone waits for days, and whoever holds the account may object."""

import re

import pytest
from sqlalchemy import update

from idp.accounts.lost_phone import complete_ripe
from idp.accounts.status import Reason, freeze
from idp.app import Installation
from idp.clock import after
from idp.events import Action
from idp.http.languages import CHINESE
from idp.model.account import Attributes, Identifier, IdentifierKind
from idp.model.recovery import Basis
from idp.storage.tables import recoveries
from tests.benchmarks.operations import Answer
from tests.idp.accounts.notices_of import link_in, notices_of
from tests.idp.installed import CITIZEN_ID, PASSWORD, PHONE, Moment, identifiers, new_person
from tests.idp.pages.page_browser import Browser, csrf_of
from tests.idp.pages.test_correct import code_in, messages
from tests.idp.pages.written_down import data_of
from tests.idp.storage.sql import engine_of
from tests.plugins.private_servers import StorageUrls

PATH = "/me/data/phone/lost"
NEW_PHONE = "13912345678"
THREE_DAYS = 3 * 86_400


def attributes_of(installation: Installation) -> Attributes:
    with installation.services.begin() as unit_of_work:
        account = unit_of_work.accounts.find(identifiers()[1])
        assert account is not None
        return unit_of_work.accounts.attributes(account.id)


def ask(browser: Browser, installation: Installation, phone: str = NEW_PHONE) -> Answer:
    """From the page to the answer of the code's."""
    page = browser.post(PATH, csrf=csrf_of(browser.get(PATH)), contact=phone)
    assert browser.here == f"{PATH}/code", page.body.decode()
    return browser.post(f"{PATH}/code", csrf=csrf_of(page), code=code_in(messages(installation)))


@pytest.fixture
def person(browser: Browser, with_person: Installation) -> Browser:
    """Signed in by the password alone, just now."""
    browser.sign_in(browser.get(PATH))
    assert browser.here == PATH
    notices_of(with_person)
    return browser


def test_the_way_there_begins_where_the_second_proof_is_asked_for(browser: Browser, with_person: Installation) -> None:
    """A person with a lost phone is not left at a page that wants a code of it. Mutation: no way on from C06."""
    browser.sign_in(browser.get("/me/data/phone"))
    assert browser.here.endswith("/ways")
    page = browser.post(browser.path, csrf=csrf_of(browser.get(browser.path)), way="recover")
    assert f'href="{PATH}"' in page.body.decode()
    browser.get(PATH)
    assert browser.here == PATH


def test_the_page_says_on_which_day_the_new_phone_counts(person: Browser, clock: Moment) -> None:
    """As the banner says it later. Mutation: the day of asking, or one of another rule."""
    assert CHINESE.date_and_time(after(clock(), THREE_DAYS)) in person.get(PATH).body.decode()


def test_a_new_phone_waits_and_then_takes_the_place_of_everything(
    person: Browser, with_person: Installation, clock: Moment
) -> None:
    """Mutations: it counts at once; nobody is told; the password works on; counted from the wrong moment."""
    page = ask(person, with_person)
    assert person.here == "/me/data?done=phone_waits"
    assert "起改用新手机号" in page.body.decode()
    assert attributes_of(with_person).phone == f"+86{PHONE}"
    (told,) = notices_of(with_person)
    assert told.payload["destination"] == f"+86{PHONE}"
    assert "手机丢了" in told.payload["text"]
    assert NEW_PHONE not in told.payload["text"]
    assert data_of(with_person, Action.RECOVERY_OPENED) == [{"basis": "proof"}]
    clock.pass_by(THREE_DAYS - 1)
    assert complete_ripe(with_person.services, clock()) == 0
    clock.pass_by(1)
    assert complete_ripe(with_person.services, clock()) == 1
    after = attributes_of(with_person)
    assert (after.phone, after.phone_is_verified) == (f"+86{NEW_PHONE}", True)
    (done,) = notices_of(with_person)
    assert done.payload["destination"] == f"+86{PHONE}"
    stranger = Browser(with_person)
    stranger.sign_in(stranger.get("/me"), PASSWORD, CITIZEN_ID)
    assert stranger.here != "/me"
    person.get("/me")
    assert person.here.startswith("/s/"), "every session ended"
    assert complete_ripe(with_person.services, clock()) == 0


def test_whoever_holds_the_account_objects_from_any_page(
    person: Browser, with_person: Installation, clock: Moment
) -> None:
    """Mutations: asks for a second proof that a thief took; the row stays; done all the same."""
    ask(person, with_person)
    owner = Browser(with_person)
    page = owner.sign_in(owner.get("/me"))
    assert "手机没丢" in page.body.decode()
    found = re.search(r'action="([^"]+/keep)"[^>]*>.*?name="csrf" value="([^"]+)"', page.body.decode(), re.DOTALL)
    assert found is not None
    notices_of(with_person)
    done = owner.post(found[1], csrf=found[2])
    assert "手机号不换了" in done.body.decode()
    (told,) = notices_of(with_person)
    assert "手机号不换了" in told.payload["text"]
    clock.pass_by(THREE_DAYS)
    assert complete_ripe(with_person.services, clock()) == 0
    assert attributes_of(with_person).phone == f"+86{PHONE}"
    assert "手机没丢" not in owner.get("/me/data").body.decode()


def test_the_link_in_the_notice_ends_it(person: Browser, with_person: Installation, clock: Moment) -> None:
    """Mutation: a frozen account is let go on, and the thief's phone takes over."""
    ask(person, with_person)
    (told,) = notices_of(with_person)
    owner = Browser(with_person)
    link = link_in(told.payload["text"])
    owner.post(link, csrf=csrf_of(owner.get(link)))
    assert data_of(with_person, Action.ACCOUNT_FROZEN)
    clock.pass_by(THREE_DAYS)
    assert complete_ripe(with_person.services, clock()) == 0
    assert attributes_of(with_person).phone == f"+86{PHONE}"


def test_the_code_of_the_phone_itself_asks_for_nothing(browser: Browser, with_person: Installation) -> None:
    """Who stole the phone must not make themselves the owner of all the rest. Mutation: any sign-in will do."""
    page = browser.get(PATH)
    page = browser.post(browser.path, csrf=csrf_of(page), username=PHONE, way="code")
    browser.post(browser.path, csrf=csrf_of(page), code=code_in(messages(with_person)))
    assert browser.here != PATH
    browser.post(PATH, csrf="any", contact=NEW_PHONE)
    assert data_of(with_person, Action.RECOVERY_OPENED) == []


def test_it_wants_a_sign_in_of_the_last_ten_minutes(person: Browser, clock: Moment) -> None:
    """Threat H05. Mutation: `is_fresh` left out."""
    clock.pass_by(601)
    person.get(PATH)
    assert person.here.startswith("/s/")


def test_asking_again_begins_to_wait_again(person: Browser, with_person: Installation, clock: Moment) -> None:
    """Mutation: the clock of the first phone runs for the second."""
    ask(person, with_person)
    clock.pass_by(61)
    ask(person, with_person, "13711112222")
    clock.pass_by(THREE_DAYS - 61)
    assert complete_ripe(with_person.services, clock()) == 0
    clock.pass_by(61)
    assert complete_ripe(with_person.services, clock()) == 1
    assert attributes_of(with_person).phone == "+8613711112222"


def test_a_phone_that_somebody_else_took_meanwhile_changes_nothing(
    person: Browser, with_person: Installation, clock: Moment
) -> None:
    """Mutations: half of it is done; tried again for ever; nobody hears."""
    ask(person, with_person)
    new_person(with_person, Identifier(IdentifierKind.PHONE, f"+86{NEW_PHONE}"))
    notices_of(with_person)
    clock.pass_by(THREE_DAYS)
    assert complete_ripe(with_person.services, clock()) == 0
    assert attributes_of(with_person).phone == f"+86{PHONE}"
    assert ["手机号不换了" in item.payload["text"] for item in notices_of(with_person)] == [True]
    stranger = Browser(with_person)
    stranger.sign_in(stranger.get("/me"), PASSWORD, CITIZEN_ID)
    assert stranger.here == "/me"


def test_one_that_cannot_be_read_stops_nobody_else(
    person: Browser,
    with_person: Installation,
    storage_urls: StorageUrls,
    clock: Moment,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """A key is missing, or a row was altered: its own person waits, and may still be frozen.

    Mutations: all are decrypted together; the round goes on with it for ever; freezing reads the phone.
    """
    ask(person, with_person)
    with engine_of(storage_urls).connect() as connection:
        connection.execute(update(recoveries).values(sealed_phone=b"x" * 60))
    other = new_person(with_person, Identifier(IdentifierKind.PHONE, "+8613700000009"))
    with with_person.services.begin() as unit_of_work:
        unit_of_work.recoveries.open(other.id, Basis.PROOF, "+8613711112222", clock(), clock())
        unit_of_work.commit()
    clock.pass_by(THREE_DAYS)
    assert complete_ripe(with_person.services, clock()) == 1
    with with_person.services.begin() as unit_of_work:
        assert unit_of_work.accounts.attributes(other.id).phone == "+8613711112222"
    assert complete_ripe(with_person.services, clock()) == 0
    told = "".join(capfd.readouterr())
    assert told.count("recoveries.stuck") == 2
    assert NEW_PHONE not in told
    with with_person.services.begin() as unit_of_work:
        owner = unit_of_work.accounts.find(identifiers()[1])
        assert owner is not None
        assert freeze(unit_of_work, owner.id, Reason.NOT_ME, clock())
        unit_of_work.commit()
    assert data_of(with_person, Action.RECOVERY_CANCELLED) == [{}]


def test_a_taken_phone_is_told_to_who_holds_it(person: Browser, with_person: Installation) -> None:
    new_person(with_person, Identifier(IdentifierKind.PHONE, f"+86{NEW_PHONE}"))
    assert "换不过来" in ask(person, with_person).body.decode().replace('</span><span class="ph">', "")
    assert data_of(with_person, Action.RECOVERY_OPENED) == []


def test_a_change_of_phone_by_two_proofs_overtakes_it(
    person: Browser, with_person: Installation, clock: Moment
) -> None:
    """Mutation: days after the owner took the account back, the thief's phone takes its place."""
    ask(person, with_person)
    owner = Browser(with_person)
    clock.pass_by(61)
    owner.sign_in(owner.get("/me/data/phone"))
    owner.prove_by_message(with_person)
    clock.pass_by(61)
    page = owner.post("/me/data/phone", csrf=csrf_of(owner.get("/me/data/phone")), contact="13711112222")
    owner.post(owner.path, csrf=csrf_of(page), code=code_in(messages(with_person)))
    assert attributes_of(with_person).phone == "+8613711112222"
    clock.pass_by(THREE_DAYS)
    assert complete_ripe(with_person.services, clock()) == 0


def test_a_code_for_a_change_does_not_ask_for_a_lost_phone(
    person: Browser, with_person: Installation, clock: Moment
) -> None:
    """Threat H08. Mutation: one binding, and one place to wait, for both pages."""
    page = person.post(PATH, csrf=csrf_of(person.get(PATH)), contact=NEW_PHONE)
    code = code_in(messages(with_person))
    clock.pass_by(61)
    person.get("/me/data/phone")
    person.prove_by_message(with_person)
    clock.pass_by(61)
    page = person.post("/me/data/phone", csrf=csrf_of(person.get("/me/data/phone")), contact=NEW_PHONE)
    other = code_in(messages(with_person))
    if code != other:
        person.post("/me/data/phone/code", csrf=csrf_of(page), code=code)
        assert attributes_of(with_person).phone == f"+86{PHONE}"


def test_forged_forms(person: Browser, with_person: Installation, clock: Moment) -> None:
    """Threat F03. Mutations: asked for, or taken back, by another site."""
    assert "这一页放久了" in person.post(PATH, csrf="forged", contact=NEW_PHONE).body.decode()
    ask(person, with_person)
    person.post(f"{PATH}/keep", csrf="forged")
    assert person.here == "/me/data"
    clock.pass_by(THREE_DAYS)
    assert complete_ripe(with_person.services, clock()) == 1


def test_a_closed_account_is_not_opened(person: Browser, with_person: Installation, clock: Moment) -> None:
    """Mutation: what waits outlives the account."""
    ask(person, with_person)
    with with_person.services.begin() as unit_of_work:
        account = unit_of_work.accounts.find(identifiers()[1])
        assert account is not None
        freeze(unit_of_work, account.id, Reason.ASKED, clock())
        unit_of_work.commit()
    clock.pass_by(THREE_DAYS)
    assert complete_ripe(with_person.services, clock()) == 0
