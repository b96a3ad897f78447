"""RFC 9207: every authorization response names the issuer, so that no app is sent to the wrong token endpoint."""

from tests.plugins.running_idp import RunningIdp
from tests.specs.form_browser import FormBrowser
from tests.specs.relying_party import RelyingParty


def test_a_code_comes_with_the_issuer(signed_in: FormBrowser, library: RelyingParty) -> None:
    """§2. Mutation: leave `iss` out of `AuthorizationResponses`."""
    question = library.ask()
    assert set(answer := signed_in.get(question.address).answer) == {"code", "state", "iss"}
    assert (answer["iss"], answer["state"]) == (library.issuer, question.state)


def test_an_error_comes_with_the_issuer(browser: FormBrowser, library: RelyingParty) -> None:
    """§2: error responses as well."""
    question = library.ask({"prompt": "none"})
    assert set(answer := browser.get(question.address).answer) == {"error", "error_description", "state", "iss"}
    assert (answer["iss"], answer["error"]) == (library.issuer, "login_required")


def test_going_back_and_saying_no_come_with_the_issuer(
    idp_sqlite: RunningIdp, browser: FormBrowser, housing_fund: RelyingParty
) -> None:
    """Two errors that begin at pages: leaving the sign-in, and refusing consent."""
    page = browser.get(housing_fund.ask().address)
    left = browser.get(page.address.split("?")[0] + "/cancel")
    assert (left.answer["iss"], left.answer["error"]) == (housing_fund.issuer, "access_denied")
    consent = browser.sign_in(browser.get(housing_fund.ask().address), idp_sqlite.new_person())
    refused = browser.press(consent, {"id": "consent-deny"})
    assert (refused.answer["iss"], refused.answer["error"]) == (housing_fund.issuer, "access_denied")
