"""A person makes a passkey and signs in with it: by the button, by the list at the field, as the second proof."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.authenticator import Authenticator, authenticator_of
from tests.browser.department_apps import DepartmentApp
from tests.browser.visitor import Visitor
from tests.plugins.running_idp import Person, RunningIdp


@pytest.fixture
def holder(chromium: Browser) -> Visitor:
    """Somebody with a device; passkeys need scripts."""
    return Visitor(chromium)


def enrol(visitor: Visitor, idp: RunningIdp, person: Person) -> None:
    """Make a passkey, as the account's page leads to it."""
    page = visitor.page
    page.goto(f"{idp.issuer}/me/methods")
    visitor.name_oneself(person, "password")
    visitor.prove(person, "password")
    page.locator("#add-passkey").click()
    if "/s/" in page.url:  # who has two kinds of proof shows both before another one is made
        if page.url.endswith("/passkey"):  # that of the other device
            page.locator("button[name=way][value=more]").click()
        with page.expect_navigation():
            page.locator("button[name=way][value=code]").click()
        visitor.prove(person, "code")
    with page.expect_navigation(url="**/me/methods?done=passkey_added"):
        page.locator("#passkey-start").click()


_SIGN = """
async (options) => {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const json = JSON.parse(options);
  const publicKey = { ...json, challenge: bytes(json.challenge), allowCredentials: [] };
  return JSON.stringify(await navigator.credentials.get({ publicKey }));
}
"""


def authenticator_of_tab(visitor: Visitor, tab: Page, device: Authenticator) -> Authenticator:
    """The same device for another tab: Chromium gives each its own, so the passkeys are copied there."""
    beside = authenticator_of(visitor, page=tab)
    for each in device.credentials:
        beside.add(each)
    return beside


def come_back(visitor: Visitor) -> None:
    """Some weeks later, on a browser that knows nobody."""
    visitor.context.clear_cookies()


def test_a_passkey_is_made_and_opens_the_next_session(
    holder: Visitor, idp_sqlite: RunningIdp, library: DepartmentApp, person: Person
) -> None:
    """Enrol, explicit sign-in. Mutations: a question that is not checked; a passkey that is not found again."""
    device = authenticator_of(holder)
    device.is_touched(True)
    enrol(holder, idp_sqlite, person)
    assert len(device.credentials) == 1
    come_back(holder)
    page = holder.page
    device.is_touched(False)  # the list at the field would answer by itself
    page.goto(f"{library.base_url}/login")
    page.locator("#passkey").click()
    device.is_touched(True)
    page.locator("#passkey-start").click()
    expect(page.locator("#person-name")).to_have_text(person.name)
    assert holder.complaints == []


def test_the_browser_offers_it_at_the_field_for_the_number(
    holder: Visitor, idp_sqlite: RunningIdp, library: DepartmentApp, person: Person
) -> None:
    """Conditional mediation: nothing is typed and nothing pressed. Mutation: `autocomplete` without `webauthn`."""
    device = authenticator_of(holder)
    enrol(holder, idp_sqlite, person)
    come_back(holder)
    page = holder.page
    page.goto(f"{library.base_url}/login")
    expect(page.locator("#person-name")).to_have_text(person.name)
    assert device.credentials[0]["signCount"] >= 1


def test_a_second_device_has_one_of_its_own(
    holder: Visitor, chromium: Browser, idp_sqlite: RunningIdp, library: DepartmentApp, person: Person
) -> None:
    """Several per person; one device is not asked twice. Mutation: the new one takes the place of the old."""
    authenticator_of(holder)
    enrol(holder, idp_sqlite, person)
    holder.page.goto(f"{idp_sqlite.issuer}/me/passkeys/new")
    holder.page.locator("#passkey-start").click()
    expect(holder.page.locator(".summary")).to_contain_text("已经设过了")
    other = Visitor(chromium)
    authenticator_of(other)
    enrol(other, idp_sqlite, person)
    expect(other.page.locator("a[href^='/me/passkeys/']:not(#add-passkey)")).to_have_count(2)
    for visitor in (holder, other):
        come_back(visitor)
        visitor.page.goto(f"{library.base_url}/login")
        expect(visitor.page.locator("#person-name")).to_have_text(person.name)
    other.close()


def test_a_passkey_is_named_and_taken_away(
    holder: Visitor, idp_sqlite: RunningIdp, library: DepartmentApp, person: Person
) -> None:
    """And then it opens nothing. Mutations: the row goes from the list alone; another page than its own is told."""
    device = authenticator_of(holder)
    enrol(holder, idp_sqlite, person)
    page = holder.page
    page.locator("a[href^='/me/passkeys/']:not(#add-passkey)").click()
    page.locator("[name=name]").fill("妈妈的手机")
    page.locator("#rename").click()
    expect(page.locator("main")).to_contain_text("妈妈的手机")
    [kept] = device.credentials
    page.locator("a[href^='/me/passkeys/']:not(#add-passkey)").click()
    with page.expect_navigation():
        page.locator("#remove-passkey").click()
    expect(page.locator("a[href^='/me/passkeys/']:not(#add-passkey)")).to_have_count(0)
    come_back(holder)
    device.clear()
    device.add(kept)  # a device that did not hear of it
    device.is_touched(False)
    page.goto(f"{library.base_url}/login")
    page.locator("#passkey").click()
    device.is_touched(True)
    page.locator("#passkey-start").click()
    expect(page.locator(".summary")).to_contain_text("已经移除")
    expect(page.locator("body")).to_contain_text("12345")


def test_whom_the_device_does_not_know_is_not_signed_in(
    holder: Visitor, idp_sqlite: RunningIdp, library: DepartmentApp, person: Person
) -> None:
    """Refused user verification: a calm page, and the other ways. Mutation: `userVerification` is only a wish."""
    device = authenticator_of(holder)
    enrol(holder, idp_sqlite, person)
    come_back(holder)
    page = holder.page
    device.verifies(False)
    page.goto(f"{library.base_url}/login")
    page.locator("#passkey").click()
    page.locator("#passkey-start").click()
    expect(page.locator(".summary")).to_contain_text("没关系")
    page.locator("a[href*='other=1']").click()
    expect(page.locator("[name=username]")).to_be_visible()


def test_a_page_of_another_origin_gets_nothing_out_of_it(
    holder: Visitor, idp_sqlite: RunningIdp, library: DepartmentApp, person: Person
) -> None:
    """Another port of the same host has the same passkeys by the browser's rules, and not ours (threat I02).

    Mutation: the origin is not compared, or by its host alone.
    """
    device = authenticator_of(holder)
    enrol(holder, idp_sqlite, person)
    come_back(holder)
    page = holder.page
    device.is_touched(False)
    page.goto(f"{library.base_url}/login")
    page.locator("#passkey").click()
    handle_url = page.url
    options = page.evaluate("fetch(document.getElementById('passkey-form').dataset.options).then(a => a.text())")
    device.is_touched(True)
    elsewhere = holder.new_tab()
    elsewhere_device = authenticator_of_tab(holder, elsewhere, device)
    elsewhere.goto(library.base_url)
    answer = elsewhere.evaluate(_SIGN, options)
    assert elsewhere_device.credentials
    page.goto(handle_url)
    with page.expect_navigation():
        page.evaluate(
            "answer => { const form = document.getElementById('passkey-form');"
            " form.elements.credential.value = answer; form.submit(); }",
            answer,
        )
    expect(page.locator(".summary")).to_contain_text("对不上")
    expect(page.locator("#person-name")).to_have_count(0)


@pytest.mark.parametrize("is_synced", [False, True])
def test_the_list_tells_how_far_a_passkey_goes(
    holder: Visitor, idp_sqlite: RunningIdp, person: Person, *, is_synced: bool
) -> None:
    """Bound to one device, or shared by all of a key chain. Mutation: the flag is read from the wrong bit."""
    authenticator_of(holder, is_synced=is_synced)
    enrol(holder, idp_sqlite, person)
    holder.page.locator("a[href^='/me/passkeys/']:not(#add-passkey)").click()
    expect(holder.page.locator(".lead").first).to_contain_text("钥匙串" if is_synced else "那台设备")


def test_it_is_the_second_proof_in_one_press(holder: Visitor, idp_sqlite: RunningIdp, person: Person) -> None:
    """Step-up: who signed in by password shows it before changing something. Mutation: a code is asked for instead."""
    authenticator_of(holder)
    enrol(holder, idp_sqlite, person)
    come_back(holder)
    page = holder.page
    page.add_init_script("delete PublicKeyCredential.isConditionalMediationAvailable")  # who types, all the same
    page.goto(f"{idp_sqlite.issuer}/me/methods/totp")
    holder.name_oneself(person, "password")
    holder.prove(person, "password")
    assert page.url.endswith("/passkey")
    page.locator("#passkey-start").click()
    expect(page.locator("svg.qr")).to_be_visible()


def test_without_scripts_nobody_is_sent_into_a_dead_end(
    chromium: Browser, idp_sqlite: RunningIdp, library: DepartmentApp, person: Person
) -> None:
    """Not offered on the first page; its own page, by its address, leads on. Mutation: a button that does nothing."""
    visitor = Visitor(chromium, has_scripts=False)
    page = visitor.page
    page.goto(f"{library.base_url}/login")
    expect(page.locator("#passkey")).to_be_hidden()
    page.goto(f"{page.url.partition('?')[0]}/passkey")
    expect(page.locator("#passkey-start")).to_be_hidden()
    expect(page.locator("[data-passkey=impossible]")).to_be_visible()
    page.locator("a[href*='other=1']").click()
    visitor.name_oneself(person, "password")
    visitor.prove(person, "password")
    expect(page.locator("#person-name")).to_have_text(person.name)
    visitor.close()
