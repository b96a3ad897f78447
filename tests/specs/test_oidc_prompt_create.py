"""Initiating User Registration via OpenID Connect 1.0: `prompt=create` makes an account of a phone, or signs in."""

import re
import secrets
import time
from collections.abc import Callable

from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.form_browser import SANDBOX_CODE, FormBrowser, Page
from tests.specs.relying_party import Question, RelyingParty

CREATE: dict[str, str | None] = {"prompt": "create"}


def code_sent_to(idp: RunningIdp, phone: str) -> str:
    """The code of the message that the carrier received."""
    deadline = time.monotonic() + 20
    while not (messages := idp.messages_to(phone)):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    found = re.search(r"\b[0-9]{6}\b", messages[-1]["text"], re.ASCII)
    assert found, messages[-1]["text"]
    return found[0]


def new_phone() -> str:
    return f"137{secrets.randbelow(10**8):08}"


def registered(idp: RunningIdp, browser: FormBrowser, app: RelyingParty, phone: str) -> tuple[Page, Question]:
    question = app.ask(CREATE)
    page = browser.press(browser.get(question.address), {"id": "sign-in"}, username=phone)
    return browser.press(page, {"id": "sign-in"}, code=code_sent_to(idp, phone)), question


def test_discovery_lists_it(idp_sqlite: RunningIdp, library: RelyingParty) -> None:
    """§4.1."""
    document = library.http.get(f"{idp_sqlite.issuer}/.well-known/openid-configuration").json()
    assert "create" in document["prompt_values_supported"]


def test_a_phone_that_nobody_has_becomes_an_account(
    idp_sqlite: RunningIdp, browser: FormBrowser, register: Callable[..., RelyingParty]
) -> None:
    """Level one, the phone verified; the next sign-in is the same person. Mutation: no code for an unknown phone."""
    app, phone = register(level=1), new_phone()
    page, question = registered(idp_sqlite, browser, app, phone)
    page = browser.press(page, {"id": "name-later"})
    claims = app.read(app.tokens(page, question)["id_token"])[1]
    assert (claims["acr"], claims["proofing"], claims["amr"]) == ("urn:yizheng:level:1", "P0", ["sms"])
    again = app.ask({"prompt": "none"})
    assert app.read(app.tokens(browser.get(again.address), again)["id_token"])[1]["sub"] == claims["sub"]


def test_a_phone_that_somebody_has_signs_them_in(
    idp_sqlite: RunningIdp, browser: FormBrowser, library: RelyingParty, person: Person
) -> None:
    """Mutation: a second account, or a refusal that tells strangers who has one."""
    question = library.ask(CREATE)
    page = browser.press(browser.get(question.address), {"id": "sign-in"}, username=person.phone)
    told = library.tokens(browser.press(page, {"id": "sign-in"}, code=SANDBOX_CODE), question)
    before = library.ask({"prompt": "login"})
    known = library.tokens(browser.sign_in(browser.get(before.address), person), before)
    assert library.read(told["id_token"])[1]["sub"] == library.read(known["id_token"])[1]["sub"]


def test_the_pages_are_the_same_for_both(idp_sqlite: RunningIdp, library: RelyingParty) -> None:
    """G01. Mutation: the page says whether the phone has an account."""
    pages = []
    for phone in (new_phone(), idp_sqlite.new_person().phone):
        with FormBrowser(idp_sqlite.issuer) as browser:
            page = browser.press(browser.get(library.ask(CREATE).address), {"id": "sign-in"}, username=phone)
            wrong = browser.press(page, {"id": "sign-in"}, code="999999")
            pages.append([_faceless(each.html, phone) for each in (page, wrong)])
    assert pages[0] == pages[1]


def test_who_is_signed_in_is_asked_all_the_same(signed_in: FormBrowser, library: RelyingParty) -> None:
    """Mutation: an earlier session answers `prompt=create`."""
    page = signed_in.get(library.ask(CREATE).address)
    assert "/register" in page.address
    assert page.has("username")


def test_a_demanding_app_is_told_that_the_level_was_not_reached(
    idp_sqlite: RunningIdp, browser: FormBrowser, register: Callable[..., RelyingParty]
) -> None:
    """Never a silent downgrade: whoever would not be named, and have it verified, comes back with the error."""
    app = register(level=3)
    page, _ = registered(idp_sqlite, browser, app, new_phone())
    page = browser.press(page, {"id": "name-later"})
    page = browser.press(page, {"id": "proofing-later"})
    assert page.answer["error"] == "unmet_authentication_requirements"


def test_only_a_phone_registers(browser: FormBrowser, library: RelyingParty, person: Person) -> None:
    """A citizen number is for signing in; to register with it comes with checking the name."""
    page = browser.get(library.ask(CREATE).address)
    for typed in ("", "123", person.citizen_id, "<script>"):
        page = browser.press(page, {"id": "sign-in"}, username=typed)
        assert page.has("username-error"), typed


def _faceless(html: str, phone: str) -> str:
    html = re.sub(r'(/s/|%2Fs%2F)[\w~-]+|(?<=name="csrf" value=")\w+|\d\d:\d\d', "", html)
    return html.replace(f"{phone[:3]}****{phone[-4:]}", "")
