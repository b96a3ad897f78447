"""The pages of citizen cards without a browser: who may come there, what their scripts may call, what a form may not do."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.app import Installation
from idp.model.account import Account, Identifier, IdentifierKind
from tests.idp.card_office import CardOffice, SoftwareCard
from tests.idp.installed import PHONE, Moment, installed, new_person
from tests.idp.interaction.test_citizen_card import give
from tests.idp.pages.page_browser import Browser, csrf_of
from tests.plugins.private_servers import StorageUrls

OFFICE = CardOffice()
NEW = "/me/cards/new"
BRIDGE = "http://127.0.0.1:17312"


@pytest.fixture
def with_person(storage_urls: StorageUrls, tmp_path: Path, clock: Moment) -> Iterator[Installation]:
    installation = installed(storage_urls, tmp_path, clock, **OFFICE.settings(tmp_path))
    new_person(installation)
    yield installation
    installation.storage.close()


def owner(installation: Installation) -> Account:
    with installation.services.begin() as unit_of_work:
        account = unit_of_work.accounts.find(Identifier(IdentifierKind.PHONE, f"+86{PHONE}"))
    assert account is not None
    return account


def connects_to(browser: Browser, path: str) -> str:
    """What the page's scripts may call."""
    policy = browser.get(path).headers["content-security-policy"]
    found = re.search(r"connect-src ([^;]*);", policy)
    assert found is not None
    return found[1]


def test_a_card_is_added_behind_both_proofs(with_person: Installation, browser: Browser) -> None:
    """H05. Mutation: who knows the password alone makes themselves a way in that needs no password."""
    browser.sign_in(browser.get(NEW))
    page = browser.prove_by_message(with_person)
    assert browser.here == NEW
    card = SoftwareCard(OFFICE)
    question = browser.get(f"{NEW}/question?terminal={card.terminal}").body.decode()
    assert json.loads(question)["purpose"] == "add"
    browser.here = NEW
    done = browser.post(NEW, card=card.signs(question), csrf=csrf_of(page))
    assert browser.here == "/me/methods?done=card_added"
    assert "/me/cards/" in done.body.decode()


@pytest.mark.parametrize(
    ("user_agent", "place"),
    [("Mozilla/5.0 (Windows NT 10.0; Win64; x64)", -3), ("Mozilla/5.0 (Linux; Android 14)", -2), ("", -3)],
)
def test_a_telephone_has_no_reader_as_a_rule(
    with_person: Installation, browser: Browser, user_agent: str, place: int
) -> None:
    """C06; *none of these* is the last row. Mutations: not offered there at all; last on every device."""
    page = browser.get("/me")
    browser.post(browser.path, csrf=csrf_of(page), username=PHONE, way="password")
    headers = {**browser._headers, "HTTP_USER_AGENT": user_agent}
    answer = browser.caller.get(browser.path.replace("/password", "/ways"), headers)
    ways = re.findall(r'name="way" value="([a-z]+)"', answer.body.decode())
    assert ways[place] == "card"


def test_an_old_sign_in_adds_none(with_person: Installation, browser: Browser, clock: Moment) -> None:
    browser.sign_in(browser.get("/me"))
    clock.pass_by(601)
    browser.get(NEW)
    assert browser.here.startswith("/s/")


def test_a_form_without_its_token_adds_and_changes_nothing(with_person: Installation, browser: Browser) -> None:
    """F03. Mutation: the token of one page opens the other."""
    browser.sign_in(browser.get(NEW))
    page = browser.prove_by_message(with_person)
    card = SoftwareCard(OFFICE)
    answer = card.signs(browser.get(f"{NEW}/question?terminal={card.terminal}").body.decode())
    account = owner(with_person)
    give(with_person, account, SoftwareCard(OFFICE))
    with with_person.services.begin() as unit_of_work:
        (kept,) = unit_of_work.citizen_cards.of_account(account.id)
    browser.post(NEW, card=answer, csrf="forged")
    for token in ("forged", csrf_of(page)):
        browser.post(f"/me/cards/{kept.id}", action="remove", csrf=token)
    with with_person.services.begin() as unit_of_work:
        assert unit_of_work.citizen_cards.of_account(account.id) == [kept]


def test_a_card_is_taken_away_by_its_owner_alone(with_person: Installation, browser: Browser) -> None:
    """H05. Mutation: the number in the address is anybody's."""
    account = owner(with_person)
    stranger = new_person(with_person, Identifier(IdentifierKind.PHONE, "+8613700000008"))
    for person in (account, stranger):
        give(with_person, person, SoftwareCard(OFFICE))
    with with_person.services.begin() as unit_of_work:
        (mine,), (theirs,) = (unit_of_work.citizen_cards.of_account(person.id) for person in (account, stranger))
    browser.sign_in(browser.get(f"/me/cards/{mine.id}"))
    page = browser.prove_by_message(with_person)
    browser.get(f"/me/cards/{theirs.id}")
    assert browser.here == "/me/methods"
    browser.post(f"/me/cards/{mine.id}", action="remove", csrf=csrf_of(page))
    assert browser.here == "/me/methods?done=card_removed"
    with with_person.services.begin() as unit_of_work:
        assert unit_of_work.citizen_cards.of_account(account.id) == []
        assert unit_of_work.citizen_cards.of_account(stranger.id) == [theirs]


def test_the_door_takes_an_answer_and_leads_on(with_person: Installation, browser: Browser) -> None:
    """From an app's request to the account, without a number. Mutation: the form is taken from any page."""
    card = SoftwareCard(OFFICE)
    give(with_person, owner(with_person), card)
    first = browser.get("/me")
    path = f"{browser.path}/card"
    assert f'href="{path}"' in first.body.decode()
    page = browser.get(path)
    question = browser.get(f"{path}/question?terminal={card.terminal}").body.decode()
    browser.here = path
    forged = browser.post(path, card=card.signs(question), csrf="forged")
    assert "card-form" in forged.body.decode()
    browser.post(path, card=card.signs(question), csrf=csrf_of(page))
    assert browser.here == "/me"
    assert "市民卡" in browser.get("/me/activity").body.decode()


@pytest.mark.parametrize("terminal", ["", "a b", "a%0Ab", "x" * 65, "%E5%8F%B0"])
def test_no_question_is_asked_without_a_terminal(with_person: Installation, browser: Browser, terminal: str) -> None:
    """Mutation: any text is bound, and a line end in it is another binding."""
    browser.get("/me")
    assert browser.get(f"{browser.path}/card/question?terminal={terminal}").body == b"{}"


def test_the_bridge_is_called_from_these_pages_alone(with_person: Installation, browser: Browser) -> None:
    """Mutations: the origin is in every policy; the PIN has a name, so that it is sent to us."""
    browser.get("/me")
    sign_in = browser.path
    assert connects_to(browser, f"{sign_in}/card") == f"'self' {BRIDGE}"
    page = browser.get(f"{sign_in}/card").body.decode()
    (field,) = re.findall(r'<input[^>]*id="card-pin"[^>]*>', page)
    assert "name=" not in field
    assert 'inputmode="numeric"' in field
    for path in (sign_in, f"{sign_in}/passkey", "/help"):
        assert connects_to(browser, path) == "'self'", path
    browser.sign_in(browser.get(NEW))
    browser.prove_by_message(with_person)
    assert connects_to(browser, NEW) == f"'self' {BRIDGE}"
    for path in ("/me", "/me/methods", "/me/passkeys/new"):
        assert connects_to(browser, path) == "'self'", path


def test_what_is_refused_says_why_and_leads_on(with_person: Installation, browser: Browser, tmp_path: Path) -> None:
    """Lost, of nobody, of somebody else than was named. Mutation: one sentence for all."""
    card = SoftwareCard(OFFICE)
    browser.get("/me")
    path = f"{browser.path}/card"

    def told(shown: SoftwareCard) -> str:
        page = browser.get(path)
        question = browser.get(f"{path}/question?terminal={shown.terminal}").body.decode()
        browser.here = path
        return browser.post(path, card=shown.signs(question), csrf=csrf_of(page)).body.decode()

    assert "还没有加到账号里" in told(card)
    assert "不是这里发的" in told(card.but(office=CardOffice()))
    assert "没有核对密码" in told(card.but(policies=()))
    assert "对不上" in told(card.but(origin="https://evil.test"))
    (tmp_path / "lost.txt").write_text(f"{card.serial}\n", "utf-8")
    lost = told(card)
    assert "已经挂失" in lost
    assert "12345" in lost


def test_without_the_section_there_are_no_such_pages(storage_urls: StorageUrls, tmp_path: Path, clock: Moment) -> None:
    """Mutation: a way that nobody stands behind is offered."""
    installation = installed(storage_urls, tmp_path, clock)
    new_person(installation)
    browser = Browser(installation)
    first = browser.get("/me")
    path = browser.path
    assert f"{path}/card" not in first.body.decode()
    browser.get(f"{path}/card")
    assert browser.path == path
    assert browser.get(f"{path}/card/question?terminal=desk-1").body == b"{}"
    browser.sign_in(browser.get(NEW))
    browser.prove_by_message(installation)
    assert browser.here == "/me/methods"
    installation.storage.close()
