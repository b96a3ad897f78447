"""OAuth 2.0 Form Post Response Mode: code and error travel in a form, and nothing of them in an address."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.plugins.running_idp import Person
from tests.specs.form_browser import Form, FormBrowser, Page
from tests.specs.relying_party import RelyingParty

FORM_POST: dict[str, str | None] = {"response_mode": "form_post"}
LEVEL_FIVE = '{"id_token":{"acr":{"essential":true,"value":"urn:yizheng:level:5"}}}'


def answer_of(page: Page, app: RelyingParty) -> dict[str, str]:
    """What the one form of the page takes to the app, as a browser would send it."""
    assert page.status == 200, page.address
    assert page.address.startswith(app.issuer)
    (form,) = page.forms
    assert form.action == app.redirect_uri
    return form.fields


def as_redirect(form: Form, address: str) -> Page:
    """The same answer where `RelyingParty.redeem` looks for it."""
    return Page(f"{address}?code={form.fields['code']}", 200)


def test_a_code_comes_in_a_form(signed_in: FormBrowser, library: RelyingParty) -> None:
    """§2; requirement 9 of the conformance facts. Mutation: the code in the query as well."""
    question = library.ask(FORM_POST)
    page = signed_in.get(question.address)
    answer = answer_of(page, library)
    assert set(answer) == {"code", "state", "iss"}
    assert (answer["state"], answer["iss"]) == (question.state, library.issuer)
    assert answer["code"] not in page.address
    assert library.redeem(as_redirect(page.forms[0], library.redirect_uri), question).status_code == 200


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": "unheard_of"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": None}, "invalid_request"),
        ({"claims": LEVEL_FIVE}, "unmet_authentication_requirements"),
    ],
    ids=str,
)
def test_an_error_comes_in_a_form(
    signed_in: FormBrowser, library: RelyingParty, changes: dict[str, str | None], error: str
) -> None:
    """§2, requirement 9. Mutation: `RefusedAtClient` without `response_mode`, at either of its two sources."""
    question = library.ask(changes | FORM_POST)
    answer = answer_of(signed_in.get(question.address), library)
    assert set(answer) == {"error", "error_description", "state", "iss"}
    assert (answer["error"], answer["state"]) == (error, question.state)


def test_who_goes_back_is_told_in_a_form(browser: FormBrowser, library: RelyingParty) -> None:
    """Mutation: `cancel` renders its own redirect."""
    page = browser.get(library.ask(FORM_POST).address)
    answer = answer_of(browser.get(f"{page.address}/cancel"), library)
    assert answer["error"] == "access_denied"


def test_a_sign_in_ends_in_a_form(browser: FormBrowser, library: RelyingParty, person: Person) -> None:
    """The response mode is carried through every step."""
    page = browser.sign_in(browser.get(library.ask(FORM_POST).address), person)
    assert answer_of(page, library)["code"]


def test_a_request_by_post_may_ask_for_it(signed_in: FormBrowser, library: RelyingParty) -> None:
    """Requirement 6: GET and POST alike."""
    question = library.ask(FORM_POST)
    page = signed_in.post("/authorize", dict(parse_qsl(urlsplit(question.address).query)))
    assert answer_of(page, library)["state"] == question.state


@pytest.mark.parametrize("mode", ["jwt.jwt", "query.", "web_message", "FORM_POST", "form_post query", "?"])
def test_another_mode_is_refused_in_the_query(signed_in: FormBrowser, library: RelyingParty, mode: str) -> None:
    """Multiple Response Types §2.1. Mutation: an unknown mode answered by a mode that nobody asked for."""
    page = signed_in.get(library.ask({"response_mode": mode}).address)
    assert page.address.startswith(library.redirect_uri + "?")
    assert page.answer["error"] == "invalid_request"


def test_a_mode_that_stands_twice_is_refused_in_the_query(signed_in: FormBrowser, library: RelyingParty) -> None:
    """RFC 6749 §3.1: neither of the two was asked for."""
    page = signed_in.get(library.ask(FORM_POST).address + "&response_mode=form_post")
    assert page.answer["error"] == "invalid_request"


@pytest.mark.parametrize("line_break", ["\r", "\n", "a\r\nb"])
def test_a_state_that_a_form_would_change_is_refused(
    signed_in: FormBrowser, library: RelyingParty, line_break: str
) -> None:
    """Requirement 8: `state` comes back unchanged, or not at all. Mutation: the check left out."""
    page = signed_in.get(library.ask({**FORM_POST, "state": line_break}).address)
    assert (page.answer["error"], page.answer["state"]) == ("invalid_request", line_break)


def test_a_native_app_cannot_have_it(signed_in: FormBrowser, city_app: RelyingParty) -> None:
    """A browser sends forms to the web only; the app is told so by the way that reaches it."""
    schemes = [uri for uri in city_app.metadata["redirect_uris"] if not uri.startswith("http")]
    for redirect_uri in schemes:
        page = signed_in.get(city_app.ask({**FORM_POST, "redirect_uri": redirect_uri}).address)
        assert page.address.startswith(redirect_uri)
        assert page.answer["error"] == "invalid_request"


@pytest.mark.parametrize(
    "state",
    ['"><script>alert(1)</script>', "' onfocus=alert(1) x='", "</form><form action=https://evil.test>", "&quot;"],
)
def test_a_hostile_state_stays_a_value(signed_in: FormBrowser, library: RelyingParty, state: str) -> None:
    """Mutation: `|safe` in the template (threats A06, F12)."""
    page = signed_in.get(library.ask({**FORM_POST, "state": state}).address)
    assert answer_of(page, library)["state"] == state
    assert state not in page.html.replace("&amp;quot;", "")


def test_the_page_is_strict_and_unkept(signed_in: FormBrowser, library: RelyingParty) -> None:
    """Nothing inline, one foreign address, and no cache keeps a code. Mutation: `form-action` left at `'self'`, where
    Chromium would not let the form go.
    """
    page = signed_in.get(library.ask(FORM_POST).address)
    policy = page.headers["content-security-policy"]
    origin = library.redirect_uri.rpartition("/")[0]
    assert policy.startswith("default-src 'none'; script-src 'self'; ")
    assert policy.endswith(f"form-action 'self' {origin}")
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.has("continue")
