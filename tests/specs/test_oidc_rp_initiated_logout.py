"""OpenID Connect RP-Initiated Logout 1.0: only a hint of ours signs out unasked, and leads to registered addresses only."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from idp.model.client import ClientStatus
from idp.storage.engine import create_engine
from idp.storage.tables import event_counts
from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.form_browser import FormBrowser, Page
from tests.specs.relying_party import RelyingParty, changed

BACK = "http://localhost:8002/signed-out"
NONE_HEADER = "eyJhbGciOiJub25lIn0"


@dataclass(frozen=True)
class Visit:
    """A browser in which a person is signed in at an app, and the id_token the app holds."""

    browser: FormBrowser
    app: RelyingParty
    id_token: str
    access_token: str

    def log_out(self, method: str = "GET", **parameters: str | None) -> Page:
        told = changed({"id_token_hint": self.id_token}, parameters)
        if method == "POST":
            return self.browser.post("/logout", told)
        return self.browser.get("/logout?" + urlencode(told))

    @property
    def is_signed_in(self) -> bool:
        return "code" in self.browser.get(self.app.ask({"prompt": "none"}).address).answer


@pytest.fixture
def visit(browser: FormBrowser, library: RelyingParty, person: Person) -> Visit:
    question = library.ask()
    tokens = library.tokens(browser.go_through(question.address, person), question)
    return Visit(browser, library, tokens["id_token"], tokens["access_token"])


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("state", "query"), [(None, ""), ("a b/é&", "?state=a+b%2F%C3%A9%26")], ids=["without-state", "with-state"]
)
def test_a_hint_and_a_registered_address_lead_straight_back(
    visit: Visit, method: str, state: str | None, query: str
) -> None:
    """§2, §3: `state` and nothing else is added; afterwards nobody is signed in and the tokens are dead."""
    page = visit.log_out(method, post_logout_redirect_uri=BACK, state=state)
    assert page.address == BACK + query
    assert not visit.is_signed_in
    assert visit.app.userinfo(visit.access_token).status_code == 401


def test_the_client_id_may_stand_beside_its_hint(visit: Visit) -> None:
    """§2: it must be the one the hint was issued to."""
    refused = visit.log_out(client_id="housing-fund", post_logout_redirect_uri=BACK)
    assert refused.text("oidc-error").startswith("invalid_request")
    assert visit.is_signed_in
    assert visit.log_out(client_id=visit.app.client_id, post_logout_redirect_uri=BACK).address == BACK


@pytest.mark.parametrize(
    "address",
    [None, BACK + "?added=1", BACK + "/", "http://localhost:8001/signed-out", "https://evil.test/", "//evil.test", ""],
)
def test_an_unregistered_address_is_not_followed(visit: Visit, address: str | None) -> None:
    """§3: signed out, and on our own page. Mutation: redirect to whatever was asked."""
    page = visit.log_out(post_logout_redirect_uri=address, state="x")
    assert page.has("logged-out")
    assert not visit.is_signed_in


def spoiled(id_token: str) -> dict[str, str | None]:
    header, payload, signature = id_token.split(".")
    return {
        "absent": None,
        "empty": "",
        "nonsense": "a.b.c",
        "unsigned": f"{NONE_HEADER}.{payload}.",
        "another-signature": f"{header}.{payload}.{signature[::-1]}",
        "long": "x" * 10000,
    }


@pytest.mark.parametrize("name", ["absent", "empty", "nonsense", "unsigned", "another-signature", "long"])
def test_without_a_hint_of_ours_the_person_is_asked(visit: Visit, name: str) -> None:
    """§2, §6. Mutation: read the hint without verifying it."""
    page = visit.log_out(id_token_hint=spoiled(visit.id_token)[name], post_logout_redirect_uri=BACK)
    assert page.has("logout-confirm")
    assert visit.is_signed_in
    assert visit.browser.press(page, {"value": "stay"}).has("logout-stopped")
    assert visit.is_signed_in
    assert visit.browser.press(page, {"id": "logout-confirm"}).has("logged-out")
    assert not visit.is_signed_in


def test_a_hint_of_another_session_asks(idp_sqlite: RunningIdp, visit: Visit, person: Person) -> None:
    """An old id_token in some log must not sign anybody out. Mutation: compare `sub` instead of `sid`."""
    for somebody in (idp_sqlite.new_person(), person):
        question = visit.app.ask({"prompt": "login"})
        visit.browser.sign_in(visit.browser.get(question.address), somebody)
    assert visit.log_out(post_logout_redirect_uri=BACK).has("logout-confirm")
    assert visit.is_signed_in


def test_an_expired_hint_is_still_a_hint(idp_sqlite: RunningIdp, visit: Visit) -> None:
    """§2: the OP SHOULD accept an id_token whose `exp` has passed."""
    _, claims = visit.app.read(visit.id_token)
    old = {**claims, "iat": claims["iat"] - 7200, "exp": claims["exp"] - 7200}
    expired = idp_sqlite.installation.services.signer.sign(old, "ES256")
    assert visit.log_out(id_token_hint=expired, post_logout_redirect_uri=BACK).address == BACK
    assert not visit.is_signed_in


def test_who_is_not_signed_in_is_told_so(browser: FormBrowser) -> None:
    """Only `state`, or nothing at all: the page that says it is over."""
    assert browser.get("/logout").has("logged-out")
    assert browser.get("/logout?state=x").has("logged-out")


def test_signing_out_twice_is_safe(visit: Visit) -> None:
    assert visit.log_out(post_logout_redirect_uri=BACK).address == BACK
    assert visit.log_out(post_logout_redirect_uri=BACK).address == BACK


def test_a_form_of_another_site_signs_nobody_out(visit: Visit) -> None:
    """F04: without the token of our page the answer is a question. Mutation: leave `csrf.matches` out."""
    for csrf in (None, "", "0" * 64):
        assert visit.log_out("POST", id_token_hint=None, action="confirm", csrf=csrf).has("logout-confirm")
    assert visit.is_signed_in


def test_a_post_of_another_site_signs_out_like_any_other(visit: Visit) -> None:
    """It comes without our Lax cookies. Mutation: answer it as from a browser in which nobody is signed in."""
    told = {"id_token_hint": visit.id_token, "post_logout_redirect_uri": BACK, "state": "x y"}
    with FormBrowser(visit.browser.issuer) as other:
        answer = other.http.post(f"{visit.browser.issuer}/logout", data=told)
    assert answer.status_code == 303
    assert "session=" not in answer.headers.get("Set-Cookie", "")
    assert visit.is_signed_in
    assert visit.browser.get(answer.headers["Location"]).address == BACK + "?state=x+y"
    assert not visit.is_signed_in


def test_a_hint_of_another_persons_session_in_this_browser_asks(idp_sqlite: RunningIdp, visit: Visit) -> None:
    """F02: the app still holds the id_token of whoever was here before."""
    question = visit.app.ask({"prompt": "login"})
    visit.browser.sign_in(visit.browser.get(question.address), idp_sqlite.new_person())
    page = visit.log_out(post_logout_redirect_uri=BACK)
    assert page.has("logout-confirm")
    assert visit.is_signed_in
    page = visit.browser.press(page, {"id": "logout-confirm"})
    assert page.has("logged-out")
    assert f'href="{visit.app.metadata["client_uri"]}"' in page.html
    assert not visit.is_signed_in


def test_a_hint_of_a_session_that_has_ended_leads_back(visit: Visit) -> None:
    """Nothing is left to end, and the address belongs to the app of the hint."""
    assert visit.log_out(post_logout_redirect_uri=BACK).address == BACK
    assert visit.log_out().has("logged-out")


def test_the_hint_of_an_app_that_is_switched_off_counts_for_nothing(
    idp_sqlite: RunningIdp, browser: FormBrowser, register: Callable[..., RelyingParty], person: Person
) -> None:
    """Mutation: the status of the client not looked at."""
    app = register()
    question = app.ask()
    visit = Visit(browser, app, app.tokens(browser.go_through(question.address, person), question)["id_token"], "")
    services = idp_sqlite.installation.services
    with services.begin() as unit_of_work:
        client = unit_of_work.clients.get(app.client_id)
        assert client is not None
        unit_of_work.clients.save(replace(client, status=ClientStatus.DISABLED), services.clock())
        unit_of_work.commit()
    page = visit.log_out(post_logout_redirect_uri=BACK)
    assert page.has("logout-confirm")
    assert visit.browser.press(page, {"id": "logout-confirm"}).has("logged-out")
    assert visit.log_out(post_logout_redirect_uri=BACK).has("logged-out")


@pytest.mark.parametrize("claims", [{"iss": "https://other.example"}, {"aud": ["a", "b"]}, {"sid": None}, {"sid": "x"}])
def test_a_token_of_ours_that_is_no_id_token_of_this_session_asks(
    idp_sqlite: RunningIdp, visit: Visit, claims: dict[str, object]
) -> None:
    _, known = visit.app.read(visit.id_token)
    token = idp_sqlite.installation.services.signer.sign({**known, **claims}, "ES256")
    assert visit.log_out(id_token_hint=token, post_logout_redirect_uri=BACK).has("logout-confirm")
    assert visit.is_signed_in


def test_an_access_token_of_ours_is_no_hint(idp_sqlite: RunningIdp, visit: Visit) -> None:
    """C08, RFC 8725 §3.11. Mutation: verify without a type."""
    _, known = visit.app.read(visit.id_token)
    token = idp_sqlite.installation.services.signer.sign(known, "ES256", "at+jwt")
    assert visit.log_out(id_token_hint=token, post_logout_redirect_uri=BACK).has("logout-confirm")


def test_a_hint_that_is_not_ours_is_counted(idp_sqlite: RunningIdp, visit: Visit) -> None:
    def counted() -> int:
        engine = create_engine(idp_sqlite.installation.settings.storage.database)
        with engine.connect() as connection:
            of_kind = event_counts.c.action == "session.sign_out_refused"
            return sum(row.times for row in connection.execute(select(event_counts.c.times).where(of_kind)))

    before = counted()
    visit.log_out(id_token_hint=spoiled(visit.id_token)["unsigned"])
    assert counted() == before + 1
    visit.log_out(client_id="housing-fund")
    assert counted() == before + 2


@pytest.mark.parametrize(("wanted", "language"), [("en-GB zh", "en"), ("fr zh-Hant-TW", "zh-CN"), ("xx", "zh-CN")])
def test_the_question_is_asked_in_the_language_of_the_app(visit: Visit, wanted: str, language: str) -> None:
    """§2 `ui_locales`; a language that the person chose goes before it."""
    page = visit.log_out(id_token_hint=None, ui_locales=wanted)
    assert f'<html lang="{language}"' in page.html
    visit.browser.http.cookies.set("lang", "zh-CN")
    assert '<html lang="zh-CN"' in visit.log_out(id_token_hint=None, ui_locales="en").html


def test_a_logout_hint_changes_nothing(visit: Visit) -> None:
    """§2: it chooses among several people; a browser has one here."""
    assert visit.log_out(id_token_hint=None, logout_hint="somebody").has("logout-confirm")
    assert visit.log_out(logout_hint="somebody", post_logout_redirect_uri=BACK).address == BACK


def test_our_own_page_signs_out_and_says_who_knows(visit: Visit) -> None:
    """The button on /me."""
    page = visit.browser.press(visit.browser.get("/me"), {"id": "sign-out"})
    assert page.address.endswith("/signed-out")
    assert page.has("apps-summary")
    assert not visit.is_signed_in
