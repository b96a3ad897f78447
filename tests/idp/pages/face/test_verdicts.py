"""C09 by face: what the authority says counts once, and wrong faces are counted (threats H01, H02, H08)."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from idp.accounts.comparison import PAUSE_SECONDS, TRIES
from idp.app import Installation
from idp.events import Action
from idp.model.account import Account
from tests.idp.accounts.notices_of import notices_of
from tests.idp.installed import NAME, Moment
from tests.idp.pages.face.face_checks import CITIZEN_ID, FaceBrowser, text_of
from tests.idp.pages.page_browser import csrf_of
from tests.idp.pages.test_second_proof import answer_of
from tests.idp.pages.written_down import data_of
from tests.idp.storage.storm import storm
from tests.realnames.sources.toy_authority import ToyAuthority, random43


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
