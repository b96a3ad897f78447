"""C02: what the page of the code says of a message that did not arrive, how else the code may come, and when."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.accounts.carrier_health import SECONDS
from idp.accounts.message_budget import RESEND_SECONDS
from idp.app import Installation
from idp.model.message import Report
from idp.ports import DeliveryResult
from tests.idp.installed import CITIZEN_ID, PHONE, Moment, installed, new_person
from tests.idp.pages.in_process import VOICE, City, asks_for_code, city_of
from tests.plugins.private_servers import StorageUrls
from tests.specs.form_browser import Page

NOBODY, NOBODYS_NUMBER = "13600000009", "890102193705120027"
FAILED, DOWN, CALL = "验证码没有送到这个手机", "短信现在发不出去", "打电话告诉我"
UNREACHABLE = DeliveryResult(is_accepted=False, may_retry=True, reason="unreachable")
REFUSED = DeliveryResult(is_accepted=False, reason="http_400")


@pytest.fixture
def city(sqlite_urls: StorageUrls, tmp_path: Path, clock: Moment) -> Iterator[City]:
    """Somebody lives there, and there is a carrier of calls."""
    opened = installed(sqlite_urls, tmp_path, clock, **VOICE)
    new_person(opened)
    yield city_of(opened)
    opened.storage.close()


def has_other_ways_first(page: Page) -> bool:
    return page.html.index('value="password"') < page.html.index('id="code"')


@pytest.mark.parametrize("typed", [PHONE, NOBODY])
@pytest.mark.parametrize(
    ("report", "is_told"),
    [(Report.FAILED, True), (Report.EXPIRED, True), (Report.DELIVERED, False), (Report.UNKNOWN, False), (None, False)],
)
def test_a_message_that_failed_is_told_with_other_ways_first(
    city: City, typed: str, report: Report | None, *, is_told: bool
) -> None:
    """Mutation: `_trouble` that never looks; that looks for people with an account only."""
    browser = city.browser()
    page = asks_for_code(browser, typed)
    assert FAILED not in page.html
    city.sends()
    if report is not None:
        city.reports(city.sms.carried[-1], report)
    page = browser.get(page.address)
    assert (FAILED in page.html, has_other_ways_first(page)) == (is_told, is_told)
    assert "/code/resend" in page.html, "another try stays possible"


def test_a_message_that_the_carrier_refused_for_good_has_failed(city: City) -> None:
    browser = city.browser()
    page = asks_for_code(browser, PHONE)
    city.sends(REFUSED)
    page = browser.get(page.address)
    assert FAILED in page.html
    assert DOWN not in page.html, "one refused message says nothing about the carrier"


def test_only_the_last_message_counts(city: City, clock: Moment) -> None:
    """Mutation: the item of the first message kept."""
    browser = city.browser()
    page = asks_for_code(browser, PHONE)
    city.sends()
    city.reports(city.sms.carried[-1], Report.FAILED)
    clock.pass_by(RESEND_SECONDS)
    page = browser.press(browser.get(page.address), {"name": "resend"})
    assert FAILED not in page.html
    assert "新的验证码发出去了" in page.html


@pytest.mark.parametrize("answer", [REFUSED, None])
def test_behind_a_citizen_number_no_message_tells_of_an_account(city: City, answer: DeliveryResult | None) -> None:
    """Threat G01. Mutation: the fate of the message shown whatever was typed."""
    seen = []
    for typed in (CITIZEN_ID, NOBODYS_NUMBER):
        browser = city.browser()
        page = asks_for_code(browser, typed)
        city.sends(*([answer] if answer else []))
        if answer is None and typed == CITIZEN_ID:
            city.reports(city.sms.carried[-1], Report.FAILED)
        html = browser.get(page.address).html
        assert FAILED not in html
        seen.append(re.sub(r'/s/[\w~-]+|%2Fs%2F[\w~-]+|value="\w+"', "", html))
    assert seen[0] == seen[1]


@pytest.mark.parametrize("typed", [PHONE, NOBODY, CITIZEN_ID, NOBODYS_NUMBER])
def test_a_carrier_that_is_down_is_told_to_everybody_until_it_works(city: City, clock: Moment, typed: str) -> None:
    """Mutations: only an `Unavailable` inside the request counts, which a dead gateway never is; the mark never ends."""
    asks_for_code(city.browser(), "13600000001")
    city.sends(UNREACHABLE)
    browser = city.browser()
    page = asks_for_code(browser, typed)
    assert DOWN in page.html
    assert has_other_ways_first(page)
    clock.pass_by(5)
    city.sends()
    assert DOWN not in browser.get(page.address).html
    asks_for_code(city.browser(), "13600000002")
    city.sends(UNREACHABLE)
    clock.pass_by(SECONDS)
    assert DOWN not in browser.get(page.address).html


def test_who_waits_a_minute_may_be_called_and_types_what_was_read_out(city: City, clock: Moment) -> None:
    """Mutations: a call at once beside the message; the code in one piece; the call that is no proof of the phone."""
    browser = city.browser()
    page = asks_for_code(browser, PHONE)
    assert re.search(rf"{CALL}.*?\d\d:\d\d 以后可以再发", page.html, re.DOTALL)
    browser.press(page, {"name": "call"})
    city.sends()
    assert (len(city.sms.carried), city.voice.carried) == (1, [])
    clock.pass_by(RESEND_SECONDS)
    page = browser.press(browser.get(page.address), {"name": "call"})
    assert "正在给您打电话" in page.html
    assert "电话里的 6 位数字" in page.html
    city.sends()
    (call,) = city.voice.carried
    assert call.destination == f"+86{PHONE}"
    assert not re.search(r"\d{6}", call.text), "a machine would read a number of six hundred thousand"
    first, again = re.findall(r"\d(?:，\d){5}", call.text)
    assert first == again
    done = browser.press(page, {"id": "sign-in"}, code=first.replace("，", ""))
    assert done.address.startswith(("http://localhost:8002/callback", "http://localhost:8000/s/")), done.address
    assert "code-error" not in done.html


def test_nobody_is_called_where_no_carrier_calls(installation: Installation) -> None:
    """Mutation: the row shown everywhere; or its address open although the row is not shown."""
    city = city_of(installation)
    browser = city.browser()
    page = asks_for_code(browser, NOBODY)
    assert CALL not in page.html
    form = next(form for form in page.forms if form.action.endswith("/resend"))
    called = browser.post(form.action.replace("/resend", "/call"), form.fields)
    assert called.address.rpartition("/")[0].endswith("/s")


def test_a_used_up_budget_is_told_with_its_time_and_leaves_the_last_code(city: City, clock: Moment) -> None:
    """Threat K08. Mutations: a silent redirect to a page that promises a code; the form of the code taken away."""
    browser = city.browser()
    page = asks_for_code(browser, NOBODY)
    for _ in range(4):
        clock.pass_by(RESEND_SECONDS)
        page = browser.press(browser.get(page.address), {"name": "resend"})
        assert page.status == 200
    clock.pass_by(RESEND_SECONDS)
    page = browser.press(browser.get(page.address), {"name": "resend"})
    assert page.status == 429
    assert 1 <= int(page.headers["Retry-After"]) <= 3600
    assert re.search(r"为了不让人被短信打扰，\d\d:\d\d 以后才能再发", page.html)
    assert 'id="code"' in page.html
    assert 'value="password"' in page.html
    first = asks_for_code(city.browser("192.0.2.2"), NOBODY)
    assert (first.status, first.address.count("/code")) == (429, 0)
    assert 'value="password"' in first.html
