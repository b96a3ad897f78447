"""C09 by face: a consent of its own, and never the only way (threats H01, H08)."""

import pytest

from idp.app import Installation
from idp.events import Action
from idp.model.account import Account, Identifier, IdentifierKind
from idp.model.credential import CredentialKind
from idp.model.policy import Proofing
from tests.idp.installed import NAME, Moment, new_person
from tests.idp.pages.face.face_checks import CHILD, CITIZEN_ID, PHONE, FaceBrowser, person_at, text_of
from tests.idp.pages.page_browser import Browser, csrf_of
from tests.idp.pages.test_second_proof import answer_of, authorize
from tests.idp.pages.written_down import data_of
from tests.realnames.sources.toy_authority import ToyAuthority

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def test_a_match_strengthens_the_session_and_the_app_hears_of_it(
    browser: FaceBrowser, city: Installation, toy: ToyAuthority
) -> None:
    """Mutation: the level is reached without the second kind, or the proof is called something else."""
    browser.show()
    assert "code" in answer_of(browser)
    assert [each["amr"] for each in data_of(city, Action.SIGNED_IN)] == [["pwd"], ["pwd", "face"]]
    (granted,) = data_of(city, Action.AUTHORIZED)
    assert granted["acr"] == "urn:yizheng:level:4"
    (checked,) = data_of(city, Action.FACE_CHECKED)
    assert set(checked) == {"provider", "verdict", "liveness", "score_class"}
    assert checked["provider"] == "face_authority"


def test_nothing_is_sent_before_the_consent_and_then_what_was_consented_to(
    browser: FaceBrowser, city: Installation, toy: ToyAuthority, clock: Moment
) -> None:
    """Mutations: sent when the page is opened; the consent noted afterwards, or without its words."""
    page = browser.to_face()
    here = browser.path
    browser.get(f"{here}/return")
    browser.get(here)
    assert toy.asked == []
    assert data_of(city, Action.FACE_CONSENTED) == []
    shown = text_of(page)
    for words in ("云江市实人核验中心", "不保存您的照片", "不同意也没关系", "8901**********0027", "去大厅"):
        assert words in shown, words
    assert NAME not in shown
    assert CITIZEN_ID not in shown
    toy.answers["POST /transactions"] = 503, b"{}"
    browser.agree(page)
    (consent,) = data_of(city, Action.FACE_CONSENTED)
    assert set(consent) == {"provider", "text", "text_digest", "language"}
    (order,) = toy.orders.values() if toy.orders else ({},)
    assert order == {}
    toy.answers.clear()
    clock.pass_by(7)
    browser.agree(browser.get(browser.path))
    (order,) = toy.orders.values()
    assert order["person"] == {"name": NAME, "citizen_number": CITIZEN_ID}
    assert order["consented_at"] == clock()
    assert order["purpose"] == "确认是您本人，为您办不动产登记的事"
    assert len(data_of(city, Action.FACE_CONSENTED)) == 2


def test_a_forged_consent_sends_nothing(browser: FaceBrowser, city: Installation, toy: ToyAuthority) -> None:
    """Threat F03."""
    browser.to_face()
    for forged in ("", "x" * 40):
        page = browser.post(browser.path, csrf=forged)
        assert "这一页放久了" in text_of(page) or page.status == 200
    assert toy.asked == []
    assert data_of(city, Action.FACE_CONSENTED) == []


def test_the_form_may_end_at_the_authority_on_this_page_and_on_no_other(
    browser: FaceBrowser, toy: ToyAuthority
) -> None:
    """Mutation: the authority's origin on every page's Content-Security-Policy."""
    ways = browser.sign_in_for_more()
    assert toy.url not in ways.headers["content-security-policy"]
    page = browser.post(browser.here, csrf=csrf_of(ways), way="face")
    assert toy.url in page.headers["content-security-policy"].split("form-action")[1]
    assert "script-src 'self';" in page.headers["content-security-policy"]


def test_it_is_no_first_proof(browser: FaceBrowser, toy: ToyAuthority) -> None:
    """Mutations: offered before a proof; the pages open for who has only said a number."""

    page = browser.get(authorize())
    page = browser.post(browser.path, csrf=csrf_of(page), username=PHONE, way="password")
    handle = browser.here.split("/")[2]
    assert 'value="face"' not in browser.get(f"/s/{handle}/ways").body.decode()
    for path in (f"/s/{handle}/face", f"/s/{handle}/face/return"):
        browser.get(path)
        assert not browser.here.endswith("/face"), browser.here
    browser.post(f"/s/{handle}/face", csrf=csrf_of(browser.get(f"/s/{handle}/password")))
    browser.post(f"/s/{handle}/ways", csrf=csrf_of(browser.get(f"/s/{handle}/ways")), way="face")
    assert not browser.here.endswith("/face")
    assert toy.asked == []


def test_without_another_proof_the_hall_stands_beside_it(browser: FaceBrowser) -> None:
    """Never the only way: the words and the hall, on the list and on the page."""
    ways = browser.sign_in_for_more()
    assert 'value="code"' in ways.body.decode()
    page = browser.post(browser.here, csrf=csrf_of(ways), way="face")
    for each in (ways, page):
        assert 'href="/help#hall"' in each.body.decode()
        assert 'value="code"' in each.body.decode()


def test_who_has_nothing_else_reads_that_they_need_not(city: Installation, toy: ToyAuthority) -> None:
    """A citizen number and a password, and no phone."""

    person_at(city, PHONE, CITIZEN_ID)  # somebody else has the phone
    number = "890102198507190203"

    new_person(city, Identifier(IdentifierKind.CITIZEN_ID, number), proofing=Proofing.P3)
    browser = FaceBrowser(city, toy)
    ways = browser.sign_in_for_more(number)
    assert browser.here.endswith("/ways")
    assert "不想刷脸也可以" in text_of(ways)
    assert "去大厅" in text_of(ways)


@pytest.mark.parametrize("way", ["refused", "child", "nameless", "foreigner"])
def test_who_may_not_be_asked_is_not(city: Installation, toy: ToyAuthority, way: str) -> None:
    """Mutations: a child's face; a person's who said no; somebody whose number there is nothing to compare with."""

    number = {"child": CHILD, "nameless": None}.get(way, CITIZEN_ID)
    changes = {"name": None} if way == "nameless" else {}
    if way == "foreigner":
        phone = Identifier(IdentifierKind.PHONE, f"+86{PHONE}")
        card = Identifier(IdentifierKind.PERMANENT_RESIDENT_ID, "932682198501010017")
        account = new_person(city, phone, card, proofing=Proofing.P3)
    else:
        account = person_at(city, PHONE, number, **changes)
    if way == "refused":
        with city.services.begin() as unit_of_work:
            assert unit_of_work.accounts.refuse_face(account.id, city.services.clock())
            unit_of_work.commit()
    browser = FaceBrowser(city, toy)
    ways = browser.sign_in_for_more()
    assert browser.here.endswith("/ways"), browser.here
    assert 'value="face"' not in ways.body.decode()
    handle = browser.here.split("/")[2]
    browser.get(f"/s/{handle}/face")
    assert browser.here.endswith("/ways")
    browser.post(f"/s/{handle}/face", csrf=csrf_of(ways))
    browser.get(f"/s/{handle}/face/return")
    assert toy.asked == []


def test_who_says_no_in_another_tab_is_not_asked_any_more_in_this_one(
    browser: FaceBrowser, city: Installation, toy: ToyAuthority, account: Account
) -> None:
    """Honoured at once, and everywhere. Mutation: what was offered before goes on."""
    page = browser.to_face()
    here = browser.path
    with city.services.begin() as unit_of_work:
        unit_of_work.accounts.refuse_face(account.id, city.services.clock())
        unit_of_work.commit()
    ways = browser.post(here, csrf=csrf_of(page))
    assert browser.here.endswith("/ways")
    assert 'value="face"' not in ways.body.decode()
    assert toy.asked == []
    assert data_of(city, Action.FACE_CONSENTED) == []


def test_the_way_back_redirects_nowhere(browser: FaceBrowser, toy: ToyAuthority) -> None:
    """The policy of the authority's page lets its form end here, and knows no app (CSP `form-action`)."""
    browser.agree(browser.to_face())
    order = next(iter(toy.orders.values()))
    path = order["return_url"].removeprefix("http://localhost:8000")
    page = browser.get(path)
    assert (page.status, browser.here) == (200, path)
    leads_to = page.headers["refresh"].removeprefix("0; url=")
    assert f'href="{leads_to}"' in page.body.decode()
    assert leads_to.startswith("/authorize/")
    browser.get(leads_to)
    assert "code" in answer_of(browser)


def test_a_change_of_the_account_asks_for_no_face_where_there_is_nothing_else(
    city: Installation, toy: ToyAuthority
) -> None:
    """Who has a password alone changed it before: they still do. Mutation: the face becomes their only way to it."""

    number = "890102198507190203"
    new_person(city, Identifier(IdentifierKind.CITIZEN_ID, number), proofing=Proofing.P3)
    browser = Browser(city)
    browser.sign_in(browser.get("/me/methods/password"), phone=number)
    assert browser.here.endswith("/me/methods/password"), browser.here


def test_a_change_of_the_account_may_be_proven_by_face_beside_other_ways(
    browser: FaceBrowser, city: Installation, account: Account, clock: Moment
) -> None:
    with city.services.begin() as unit_of_work:
        unit_of_work.credentials.put(account.id, CredentialKind.ONE_TIME_CODE, SECRET, clock())
        unit_of_work.commit()
    browser.sign_in(browser.get("/me/methods/password"), phone=PHONE)
    assert browser.here.endswith("/totp")
    handle = browser.here.split("/")[2]
    ways = browser.get(f"/s/{handle}/ways")
    page = browser.post(browser.here, csrf=csrf_of(ways), way="face")
    browser.agree(page)
    browser.come_back()
    assert browser.here.endswith("/me/methods/password"), browser.here
