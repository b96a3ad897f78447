"""Who works for the city has a password by the rules for classified protection (GB/T 22239-2019 §8.1.4.1); citizens do not."""

import json
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from idp.accounts.password_rules import PasswordFault, PasswordProfile, fault_of
from idp.app import Installation
from idp.events import Action
from idp.model.account import Attributes
from idp.model.credential import CredentialKind
from tests.benchmarks.operations import Answer
from tests.idp.installed import Moment, identifiers
from tests.idp.pages.in_process import city_of, request_of_app
from tests.idp.pages.page_browser import Browser, csrf_of
from tests.idp.pages.test_new_start import new_slip, show
from tests.idp.pages.written_down import data_of

DAY = 86_400
FIRST, SECOND = "Jiangbian De Shu 1", "Chuntian Hui Kaihua 2"


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("Ab1 Ab1 Ab1", PasswordFault.TOO_SHORT),
        ("correct horse battery", PasswordFault.FEW_KINDS),
        ("correct horse 7", None),
        ("江边的树 春天会开花开花开花", PasswordFault.FEW_KINDS),
        ("江边的树 春天会开花 Abc", None),
        ("CORRECT horse 7", None),
    ],
)
def test_the_rules_of_a_profile(password: str, fault: PasswordFault | None) -> None:
    """Mutations: spaces are no kind; letters without case are small ones; the citizens' length."""
    assert fault_of(password, Attributes(), frozenset(), PasswordProfile(shortest=12, kinds=3)) is fault


@pytest.fixture
def employed(with_person: Installation, clock: Moment) -> Installation:
    with with_person.services.begin() as unit_of_work:
        account = unit_of_work.accounts.find(identifiers()[0])
        assert account is not None
        assert unit_of_work.accounts.employ(account.id, clock.pass_by(1))
        assert not unit_of_work.accounts.employ(account.id, clock())
        unit_of_work.commit()
    return with_person


def sets(browser: Browser, page: Answer, password: str) -> Answer:
    """On the page that asks for it, whatever was wrong before."""
    waits = page.body.decode().partition('name="for" value="')[2].partition('"')[0]
    return browser.post(
        "/me/methods/password", csrf=csrf_of(page), password=password, **({"for": waits} if waits else {})
    )


def test_a_password_of_before_is_renewed_at_the_sign_in_which_then_goes_on(
    browser: Browser, employed: Installation, clock: Moment
) -> None:
    """Mutations: asked for never, or at each sign-in; the app waits in vain; by one proof of two."""
    city_of(employed)
    browser.sign_in(browser.get(request_of_app()))
    assert browser.here.endswith("/ways"), "two kinds of proof from who has two"
    clock.pass_by(61)
    page = browser.prove_by_message(employed)
    assert browser.path == "/me/methods/password"
    assert "按工作人员的规定" in page.body.decode()
    assert "至少 12 个字" in page.body.decode()
    for password, words in (("correct horse battery", "至少要有 3 种"), ("Ab1 Ab1", "太短")):
        page = sets(browser, page, password)
        assert words in page.body.decode()
    sets(browser, page, FIRST)
    assert "code=" in browser.here
    browser.get(request_of_app())
    assert "code=" in browser.here


def renewed(browser: Browser, installation: Installation, clock: Moment, password: str) -> None:
    browser.get("/me/methods/password")
    if browser.here.endswith("/ways"):
        clock.pass_by(61)
        browser.prove_by_message(installation)
    sets(browser, browser.get("/me/methods/password"), password)


def test_it_is_renewed_every_ninety_days_and_none_of_the_last_is_taken(employed: Installation, clock: Moment) -> None:
    """Mutations: counted from the sign-in; the present one is taken again; a former one is."""
    browser = Browser(employed)
    browser.sign_in(browser.get("/me"))
    clock.pass_by(61)
    sets(browser, browser.prove_by_message(employed), FIRST)
    assert browser.here == "/me"
    clock.pass_by(90 * DAY - 1)
    early = Browser(employed)
    early.sign_in(early.get("/me"), FIRST)
    assert early.here == "/me"
    clock.pass_by(1)
    late = Browser(employed)
    late.sign_in(late.get("/me"), FIRST)
    clock.pass_by(61)
    page = late.prove_by_message(employed)
    assert late.path == "/me/methods/password"
    page = sets(late, page, FIRST)
    assert "最近用过" in page.body.decode()
    sets(late, page, SECOND)
    assert late.here == "/me"
    clock.pass_by(1)
    renewed(late, employed, clock, FIRST)
    assert late.path == "/me/methods/password", "the one before the last is not taken either"
    assert len(data_of(employed, Action.CREDENTIAL_CHANGED)) == 2


def test_five_are_remembered_and_sealed(employed: Installation, clock: Moment) -> None:
    """Mutations: all for ever; in clear."""
    services = employed.services
    with services.begin() as unit_of_work:
        account = unit_of_work.accounts.find(identifiers()[0])
        assert account is not None
        for number in range(8):
            known = unit_of_work.credentials.get(account.id, CredentialKind.PASSWORD)
            assert known is not None
            unit_of_work.credentials.keep_former(replace(known, secret=f"hash {number}"), 5, clock.pass_by(1))
        unit_of_work.commit()
        assert list(unit_of_work.credentials.former(account.id)) == [f"hash {number}" for number in (7, 6, 5, 4, 3)]
        unit_of_work.credentials.remove_all(account.id)
        assert list(unit_of_work.credentials.former(account.id)) == []


def test_an_app_that_wants_no_page_is_told(browser: Browser, employed: Installation) -> None:
    """`prompt=none`. Mutation: the code comes all the same."""
    city_of(employed)
    browser.sign_in(browser.get(request_of_app()))
    browser.get(request_of_app(prompt="none"))
    assert parse_qs(urlsplit(browser.here).query)["error"] == ["interaction_required"]


def test_a_slip_gives_nobody_a_weaker_one(browser: Browser, employed: Installation) -> None:
    """Mutation: the citizens' rules behind a slip."""
    show(browser, new_slip(employed))
    page = browser.get(f"{browser.path}/password")
    assert "至少 12 个字" in page.body.decode()
    assert (
        "至少要有 3 种"
        in browser.post(browser.path, csrf=csrf_of(page), password="correct horse battery").body.decode()
    )


def test_a_citizen_is_asked_for_none_of_it(browser: Browser, with_person: Installation, clock: Moment) -> None:
    clock.pass_by(400 * DAY)
    browser.sign_in(browser.get("/me"))
    assert browser.here == "/me"


def test_a_handle_of_no_sign_in_leads_nowhere(browser: Browser, employed: Installation, clock: Moment) -> None:
    """Mutation: whatever stands in `for` is led to."""
    browser.sign_in(browser.get("/me"))
    clock.pass_by(61)
    browser.prove_by_message(employed)
    page = browser.get("/me/methods/password?for=//evil.example")
    assert "evil" not in json.dumps(page.body.decode().partition("<main")[2])
    browser.post("/me/methods/password", csrf=csrf_of(page), password=FIRST, **{"for": "//evil.example"})
    assert browser.here == "/me/methods?done=password_set"
