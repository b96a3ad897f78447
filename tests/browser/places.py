"""Every page a person may see, in every state it can be brought to here: a row each. A new page adds its rows below.

What no running server can be brought to in a test (a dead carrier's banner, a level too low) is drawn from
`tests/idp/http/page_states.py`; see `test_drawn_states.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tests.browser.journey import Journey
from tests.specs import acting


@dataclass(frozen=True)
class Place:
    """A page in one state.

    Attributes:
        go: the way there.
        is_problem: whether something went wrong: the title then says so first, and the summary has the focus.
        costs_a_try: whether the page cannot be loaded again for nothing, as after a wrong code; it is then walked to anew.
    """

    name: str
    go: Callable[[Journey], None]
    is_problem: bool = False
    costs_a_try: bool = False


def _sign_in_again(journey: Journey) -> None:
    journey.sign_in()
    journey.begin_with(prompt="login")


def _known(journey: Journey) -> None:
    journey.come_back()


def _known_stale(journey: Journey) -> None:
    journey.come_back()
    journey.press_with_an_old_token("#sign-in")


def _about_to_end(journey: Journey) -> None:
    """A page of the account that has lain open for nearly an hour."""
    journey.sign_in()
    told = {"seconds": 100, "may_stay": True, "csrf": "t"}
    journey.visitor.page.route("**/me/staying", lambda route: route.fulfill(json=told))
    journey.open("/me/devices")
    if journey.visitor.has_scripts:
        journey.visitor.page.locator("#stay").wait_for()


def _empty(journey: Journey) -> None:
    journey.go_on("#sign-in")


def _sign_in_empty(journey: Journey) -> None:
    journey.begin()
    _empty(journey)


def _sign_in_malformed(journey: Journey) -> None:
    journey.begin()
    journey.visitor.page.locator("[name=username]").fill("12345")
    _empty(journey)


def _sign_in_too_many(journey: Journey) -> None:
    journey.fail("code", times=5)
    journey.name("code")


def _sign_in_stale(journey: Journey) -> None:
    journey.begin()
    journey.press_with_an_old_token("#sign-in")


def _code_empty(journey: Journey) -> None:
    journey.name("code")
    _empty(journey)


def _code_stale(journey: Journey) -> None:
    journey.name("code")
    journey.press_with_an_old_token("#sign-in")


def _code_with_news(journey: Journey, news: str) -> None:
    journey.name("code")
    journey.visitor.page.goto(f"{journey.visitor.page.url}?sent={news}")


def _password_empty(journey: Journey) -> None:
    journey.name("password")
    _empty(journey)


def _ways(journey: Journey) -> None:
    journey.name("password")
    journey.visitor.page.goto(journey.visitor.page.url.replace("/password", "/ways"))


def _at(step: str) -> Callable[[Journey], None]:
    """Another page of a sign-in in which a name was typed."""

    def go(journey: Journey) -> None:
        journey.name("password")
        journey.visitor.page.goto(journey.visitor.page.url.replace("/password", f"/{step}"))

    return go


def _new_start(journey: Journey) -> None:
    _at("slip")(journey)
    journey.visitor.page.locator("[name=code]").fill(journey.new_slip())
    journey.go_on("#sign-in")


def _new_start_by_password(journey: Journey) -> None:
    _new_start(journey)
    journey.press("a[href$='/new-start/password']")


def _new_start_code(journey: Journey) -> None:
    _new_start(journey)
    journey.visitor.page.locator("[name=username]").fill(journey.new_phone())
    journey.go_on("#sign-in")


def _register(journey: Journey) -> None:
    journey.begin_with(prompt="create")


def _register_empty(journey: Journey) -> None:
    _register(journey)
    _empty(journey)


def _answer_in_a_form(journey: Journey) -> None:
    """The page that a script would leave at once."""
    silent = {"body": "", "content_type": "text/javascript"}
    journey.visitor.page.route("**/send-form.*.js", lambda route: route.fulfill(**silent))
    app = journey.library
    journey.open(
        f"/authorize?client_id={app.client_id}&redirect_uri={app.base_url}/callback&response_mode=form_post&scope=openid"
    )
    journey.visitor.page.locator("#continue").wait_for()


def _consent(journey: Journey) -> None:
    journey.sign_in()
    journey.visitor.page.goto(f"{journey.housing_fund.base_url}/login")
    journey.visitor.page.locator("#consent-allow").wait_for()


def _in_the_account(path: str) -> Callable[[Journey], None]:
    """A page of the account of somebody who let an app see something, and has failed a sign-in before."""

    def go(journey: Journey) -> None:
        journey.fail("password")
        journey.sign_in()
        journey.visitor.page.goto(f"{journey.housing_fund.base_url}/login")
        journey.press("#consent-allow")
        journey.visitor.page.locator("#person-name").wait_for()
        journey.open(path)

    return go


def _by_two_proofs(path: str) -> Callable[[Journey], None]:
    """A page that who has two kinds of proof sees after showing both."""

    def go(journey: Journey) -> None:
        _in_the_account(path)(journey)
        journey.go_on("button[name=way][value=code]")
        journey.visitor.prove(journey.person, "code")

    return go


def _not_me(journey: Journey) -> None:
    _in_the_account("/me/activity")(journey)
    journey.visitor.page.locator("ol .link-danger").first.click()


def _consent_stale(journey: Journey) -> None:
    _consent(journey)
    journey.press_with_an_old_token("#consent-allow")


def _log_out(journey: Journey) -> None:
    journey.sign_in()
    journey.open("/logout")


def _logged_out(journey: Journey) -> None:
    _log_out(journey)
    journey.press("#logout-confirm")
    journey.visitor.page.locator("#logged-out").wait_for()


def _logout_stopped(journey: Journey) -> None:
    _log_out(journey)
    journey.press("button[value=stay]")
    journey.visitor.page.locator("#logout-stopped").wait_for()


def _for_whom(journey: Journey) -> None:
    """The step of a sign-in, for who may act for a person and for a company."""
    acting.helper(journey.idp, journey.idp.new_person(), journey.person, acting.whole(journey.library.client_id))
    acting.represents(journey.idp, journey.person)
    journey.name("password")
    journey.visitor.prove(journey.person, "password")


def _for_whom_unchosen(journey: Journey) -> None:
    _for_whom(journey)
    journey.press_with_an_old_token("[name=identity][value=self]")


def _for_another(path: str) -> Callable[[Journey], None]:
    """A page of the account, while the person acts for somebody at the library, and lets another act for them."""

    def go(journey: Journey) -> None:
        _for_whom(journey)
        journey.press("[name=identity]:not([value=self]) >> nth=0")
        journey.visitor.page.locator("#acting-for").wait_for()
        remit = acting.whole(journey.library.client_id)
        acting.helper(journey.idp, journey.person, journey.idp.new_person(), remit)
        journey.open(path)

    return go


def _mandate(journey: Journey) -> None:
    _for_another("/me/delegations")(journey)
    journey.visitor.page.locator("section a[href^='/me/delegations/']").first.click()


def _organization(journey: Journey) -> None:
    _in_the_account("/me")(journey)
    company, _ = acting.represents(journey.idp, journey.person)
    journey.open(f"/me/organizations/{company.uid}")


def _new_agent(journey: Journey) -> None:
    _by_two_proofs("/me/data/mail")(journey)
    company, _ = acting.represents(journey.idp, journey.person)
    journey.open(f"/me/organizations/{company.uid}/new")


PLACES: tuple[Place, ...] = (
    Place("sign-in", Journey.begin),
    Place("sign-in, empty", _sign_in_empty, is_problem=True),
    Place("sign-in, malformed", _sign_in_malformed, is_problem=True),
    Place("sign-in, too many tries", _sign_in_too_many, is_problem=True),
    Place("sign-in, lain open too long", _sign_in_stale),
    Place("sign-in, asked again", _sign_in_again),
    Place("sign-in, known here", _known),
    Place("sign-in, known here, lain open too long", _known_stale),
    Place("code", lambda journey: journey.name("code")),
    Place("code, empty", _code_empty, is_problem=True),
    Place("code, wrong", lambda journey: journey.fail("code"), is_problem=True, costs_a_try=True),
    Place("code, too many tries", lambda journey: journey.fail("code", times=5), is_problem=True),
    Place("code, lain open too long", _code_stale),
    Place("code, expired and renewed", lambda journey: _code_with_news(journey, "new")),
    Place("code, sent again", lambda journey: _code_with_news(journey, "again")),
    Place("password", lambda journey: journey.name("password")),
    Place("password, empty", _password_empty, is_problem=True),
    Place("password, wrong", lambda journey: journey.fail("password"), is_problem=True, costs_a_try=True),
    Place("password, too many tries", lambda journey: journey.fail("password", times=5), is_problem=True),
    Place("ways", _ways),
    Place("none of these works", _at("recover")),
    Place("slip", _at("slip")),
    Place("new start", _new_start),
    Place("new start, code", _new_start_code),
    Place("new start, password", _new_start_by_password),
    Place("register", _register),
    Place("register, empty", _register_empty, is_problem=True),
    Place("answer in a form", _answer_in_a_form),
    Place("consent", _consent),
    Place("consent, lain open too long", _consent_stale),
    Place("error", lambda journey: journey.open("/authorize?client_id=nobody"), is_problem=True),
    Place("not found", lambda journey: journey.open("/nothing/here"), is_problem=True),
    Place("account", _in_the_account("/me")),
    Place("devices", _in_the_account("/me/devices")),
    Place("devices, about to be signed out", _about_to_end),
    Place("apps", _in_the_account("/me/apps")),
    Place("one app", lambda journey: _in_the_account(f"/me/apps/{journey.housing_fund.client_id}")(journey)),
    Place("activity", _in_the_account("/me/activity")),
    Place("activity without lines", _in_the_account("/me/activity?before=1")),
    Place("not me", _not_me),
    Place("not me, out of everywhere", _in_the_account("/me/not-me/sign-out")),
    Place("ways to sign in", _in_the_account("/me/methods")),
    Place("my data", _in_the_account("/me/data")),
    Place("new phone", _by_two_proofs("/me/data/phone")),
    Place("lost phone", _in_the_account("/me/data/phone/lost")),
    Place("new mail", _by_two_proofs("/me/data/mail")),
    Place("copy of my data", _in_the_account("/me/data/export")),
    Place("closing", _in_the_account("/me/data/close")),
    Place("for whom", _for_whom),
    Place("for whom, lain open too long", _for_whom_unchosen),
    Place("mandates", _for_another("/me/delegations")),
    Place("past mandates", _in_the_account("/me/delegations/history")),
    Place("a mandate", _mandate),
    Place("new mandate", _by_two_proofs("/me/delegations/new")),
    Place("a child", _by_two_proofs("/me/delegations/child")),
    Place("organisations", _for_another("/me/organizations")),
    Place("new organisation", _by_two_proofs("/me/organizations/new")),
    Place("an organisation", _organization),
    Place("new agent", _new_agent),
    Place("for whom I act", _for_another("/me/as")),
    Place("log out", _log_out),
    Place("logged out", _logged_out),
    Place("logout stopped", _logout_stopped),
    Place("help", lambda journey: journey.open("/help")),
    Place("privacy", lambda journey: journey.open("/privacy")),
    Place("accessibility", lambda journey: journey.open("/accessibility")),
    Place("status", lambda journey: journey.open("/status")),
)
