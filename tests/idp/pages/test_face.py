"""C09 by face: a consent of its own, the authority's verdict, and never the only way (threats H01, H02, H08)."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from idp.app import Installation
from idp.events import Action
from idp.interaction.face import PAUSE_SECONDS, TRIES
from idp.model.account import Account, Identifier, IdentifierKind
from idp.model.credential import CredentialKind
from idp.model.policy import Proofing
from tests.idp.accounts.notices_of import notices_of
from tests.idp.installed import NAME, Moment, installed, new_person
from tests.idp.pages.face_checks import CHILD, CITIZEN_ID, PHONE, FaceBrowser, person_at, with_app
from tests.idp.pages.page_browser import Browser, csrf_of
from tests.idp.pages.test_second_proof import answer_of, authorize
from tests.idp.pages.written_down import data_of
from tests.idp.storage.storm import storm
from tests.plugins.private_servers import StorageUrls
from tests.realnames.sources.toy_authority import ToyAuthority, random43, running_toy

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def toy(clock: Moment) -> Iterator[ToyAuthority]:
    with running_toy(clock) as toy:
        yield toy


@pytest.fixture
def city(storage_urls: StorageUrls, tmp_path: Path, clock: Moment, toy: ToyAuthority) -> Iterator[Installation]:
    """An app that asks for 四级, and an authority."""
    installation = installed(storage_urls, tmp_path, clock, **toy.settings)
    with_app(installation)
    yield installation
    installation.storage.close()


@pytest.fixture
def account(city: Installation) -> Account:
    return person_at(city)


@pytest.fixture
def browser(city: Installation, toy: ToyAuthority, account: Account) -> FaceBrowser:
    return FaceBrowser(city, toy)


def text_of(page: object) -> str:
    return re.sub(r"<[^>]+>", "", getattr(page, "body").decode())  # noqa: B009


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


def test_a_head_uses_nothing_up(browser: FaceBrowser, city: Installation, toy: ToyAuthority) -> None:
    """Threat T10: HEAD comes to every page that answers GET. Mutation: it takes the verdict with it."""
    browser.agree(browser.to_face())
    order = next(iter(toy.orders.values()))
    asked = len(toy.asked)
    path = order["return_url"].removeprefix("http://localhost:8000")
    assert browser.caller._call("HEAD", path, browser._headers, b"").status == 200
    assert len(toy.asked) == asked
    browser.come_back()
    assert "code" in answer_of(browser)


def test_pending_waits_and_asks_again_without_a_script(browser: FaceBrowser, toy: ToyAuthority) -> None:
    toy.outcome = ""
    page = browser.show()
    assert "在等比对结果" in text_of(page)
    assert page.headers["refresh"] == f"10; url={browser.path}"
    toy.outcome = "match"
    browser.come_to(browser.path)
    assert "code" in answer_of(browser)


def test_down_counts_nothing_and_goes_on_when_it_is_up(
    browser: FaceBrowser, city: Installation, toy: ToyAuthority, clock: Moment
) -> None:
    """Down is never a mismatch and never a failed try. Mutation: counted, or the comparison is lost."""
    toy.answers["GET /transactions"] = 503, b"{}"
    page = browser.show()
    assert "现在问不到结果" in text_of(page)
    assert "support-code" in page.body.decode()
    for _ in range(8):
        browser.get(browser.path)
    assert data_of(city, Action.SIGN_IN_REFUSED) == []
    toy.answers.clear()
    clock.pass_by(31)
    browser.come_to(browser.path)
    assert "code" in answer_of(browser)


def test_an_authority_that_is_down_at_the_start_leads_to_other_ways(browser: FaceBrowser, toy: ToyAuthority) -> None:
    toy.answers["POST /transactions"] = 500, b"{}"
    page = browser.agree(browser.to_face())
    assert "现在刷不了脸" in text_of(page)
    assert "不算您试错" in text_of(page)
    assert 'value="code"' in page.body.decode()


@pytest.mark.parametrize(
    ("outcome", "words"),
    [("not_found", "登记里没有查到"), ("no_photo", "登记里没有您的照片"), ("cancelled", "没有比对")],
)
def test_what_is_nobodys_fault_costs_no_try(
    browser: FaceBrowser, city: Installation, toy: ToyAuthority, outcome: str, words: str
) -> None:
    """Mutation: counted as a wrong try."""
    toy.outcome = outcome
    page = browser.show()
    assert words in text_of(page)
    assert 'href="/help#hall"' in page.body.decode()
    for _ in range(5):
        browser.agree(browser.get(browser.path.removesuffix("/return")))
        browser.come_back()
    toy.outcome = "match"
    browser.agree(browser.get(browser.path.removesuffix("/return")))
    browser.come_back()
    assert "code" in answer_of(browser)
    assert data_of(city, Action.SIGN_IN_REFUSED) == []


def test_three_mismatches_end_it_for_an_hour(
    browser: FaceBrowser, city: Installation, toy: ToyAuthority, clock: Moment
) -> None:
    """And then it is another way, or the hall. Mutations: five tries, as for what is typed; a dead end."""
    toy.outcome = "mismatch"
    page = browser.show()
    assert "还可以试 2 次" in text_of(page)
    for left in (1, 0):
        browser.agree(browser.get(browser.path.removesuffix("/return")))
        page = browser.come_back()
        assert (f"还可以试 {left} 次" in text_of(page)) is (left > 0)
    assert page.status == 429
    assert page.headers["retry-after"] == str(PAUSE_SECONDS)
    assert 'value="code"' in page.body.decode()
    assert 'href="/help#hall"' in page.body.decode()
    assert 'id="face-consent"' not in page.body.decode()
    sent = len(toy.orders)
    page = browser.post(browser.path.removesuffix("/return"), csrf=csrf_of(page))
    assert page.status == 429
    assert len(toy.orders) == sent, "nothing is sent while it pauses"
    toy.outcome = "match"
    clock.pass_by(PAUSE_SECONDS - 1)
    early = FaceBrowser(city, toy)
    assert early.agree(early.to_face()).status == 429
    clock.pass_by(1)
    later = FaceBrowser(city, toy)
    later.show()
    assert "code" in answer_of(later)


def test_mismatches_are_counted_over_all_sign_ins_at_once(
    account: Account, city: Installation, toy: ToyAuthority, clock: Moment
) -> None:
    """Threat H02: verdicts of many sessions, looked at together. Mutations: counted per session, or after the look."""
    browsers = [FaceBrowser(city, toy) for _ in range(8)]
    for each in browsers:
        each.agree(each.to_face())
    toy.outcome = "mismatch"
    pages = storm(len(browsers), lambda number: text_of(browsers[number].come_back()))
    looked_at = [page for page in pages if "这次没有比对上" in page]
    assert len(looked_at) < TRIES, pages
    assert all("刷脸先停一停" in page for page in pages if page not in looked_at), pages
    toy.outcome = "match"
    clock.pass_by(600)  # so many wrong tries at once stop passwords for a while, too
    late = FaceBrowser(city, toy)
    page = late.agree(late.to_face())
    assert page.status == 429
    assert not late.is_at_authority()


def test_a_match_among_many_guesses_is_too_late(browser: FaceBrowser, city: Installation, toy: ToyAuthority) -> None:
    """Whoever begins enough of them at once gets no more tries by it. Mutation: a right verdict is always let in."""
    browsers = [FaceBrowser(city, toy) for _ in range(TRIES + 1)]
    for each in browsers:
        each.agree(each.to_face())
    toy.outcome = "mismatch"
    for each in browsers[:TRIES]:
        each.come_back()
    toy.outcome = "match"
    assert browsers[-1].come_back().status == 429
    assert [each["amr"] for each in data_of(city, Action.SIGNED_IN)] == [["pwd"]] * (TRIES + 1)


def test_right_passwords_do_not_forget_wrong_faces(browser: FaceBrowser, city: Installation, toy: ToyAuthority) -> None:
    """Threat H02. Mutation: one counter for both."""
    toy.outcome = "mismatch"
    for _ in range(TRIES):
        each = FaceBrowser(city, toy)
        each.show()
    last = FaceBrowser(city, toy)
    assert last.agree(last.to_face()).status == 429


def test_the_verdict_of_one_sign_in_is_nothing_in_another(
    browser: FaceBrowser, city: Installation, toy: ToyAuthority
) -> None:
    """Threat H08: same person, same browser, two sign-ins; and another browser's return address."""
    browser.agree(browser.to_face())
    first = browser.here
    other = FaceBrowser(city, toy)
    other.to_face()
    page = other.get(f"{other.path}/return")
    assert "等得久了一点" in text_of(page)
    path = toy.orders[first.rpartition("/")[2]]["return_url"].removeprefix("http://localhost:8000")
    stolen = other.get(path)
    assert "code=" not in other.here
    assert stolen.status == 400
    browser.come_back()
    assert "code" in answer_of(browser)


@pytest.mark.parametrize("lie", ["key", "nonce", "txn", "subject_digest", "aud", "exp", "replay"])
def test_a_verdict_that_is_none_lets_nobody_in_and_costs_no_try(
    browser: FaceBrowser, city: Installation, toy: ToyAuthority, clock: Moment, lie: str
) -> None:
    """All the way through. Mutation: any of the checks of the source left out."""

    if lie == "key":
        toy.key = generate_private_key(SECP256R1())
    elif lie == "replay":
        before = FaceBrowser(city, toy)
        before.show()
        toy.raw = toy.verdict(next(iter(toy.orders)))
    else:
        bent: dict[str, object] = {
            "nonce": random43(),
            "txn": random43(),
            "subject_digest": random43(),
            "aud": "somebody-else",
            "exp": clock(),
        }
        toy.bend = lambda claims: {**claims, lie: bent[lie]}
    for _ in range(TRIES + 3):
        each = FaceBrowser(city, toy)
        page = each.show()
        assert "这次的结果不能算数" in text_of(page)
        assert "code=" not in each.here
    assert [each for each in data_of(city, Action.SIGNED_IN) if "face" in each["amr"]] == (
        [{"amr": ["pwd", "face"]}] if lie == "replay" else []
    )
    assert data_of(city, Action.SIGN_IN_REFUSED) == []
    assert len(data_of(city, Action.FACE_VERDICT_REFUSED)) == TRIES + 3
    toy.key, toy.raw = None, None
    toy.bend = lambda claims: claims
    browser.show()
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


def test_no_name_and_no_number_stand_in_what_is_written_down(
    browser: FaceBrowser, city: Installation, toy: ToyAuthority, capfd: pytest.CaptureFixture[str]
) -> None:
    browser.show()
    logged = "".join(capfd.readouterr())
    written = str([data_of(city, action) for action in Action])
    (order,) = toy.orders.values()
    for secret in (NAME, CITIZEN_ID, order["nonce"], order["subject_key"], order["id"]):
        assert secret not in logged
        assert secret not in written
    assert notices_of(city) is not None
