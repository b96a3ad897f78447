"""How to get to every page a person may see: each place is the way there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.browser.department_apps import DepartmentApp
from tests.browser.visitor import Visitor
from tests.plugins.running_idp import Person


@dataclass(frozen=True)
class Journey:
    """A visitor on the way to a place."""

    visitor: Visitor
    issuer: str
    library: DepartmentApp
    housing_fund: DepartmentApp
    person: Person

    def open(self, path: str) -> None:
        """A page of the identity provider, by its path."""
        self.visitor.page.goto(self.issuer + path)

    def begin(self) -> None:
        """The first page of a sign-in."""
        self.visitor.page.goto(f"{self.library.base_url}/login")

    def name(self, way: str) -> None:
        """The second page."""
        self.begin()
        self.visitor.name_oneself(self.person, way)

    def fail(self, way: str) -> None:
        """The second page, after something wrong was typed."""
        self.name(way)
        self.visitor.page.locator(f"[name={way}]").fill("123456")
        self.visitor.page.locator("#sign-in").click()

    def sign_in(self) -> None:
        """Signed in at the library."""
        self.name("password")
        self.visitor.prove(self.person, "password")
        self.visitor.page.locator("#person-name").wait_for()

    def press(self, selector: str) -> None:
        self.visitor.page.locator(selector).click()


def _empty_name(journey: Journey) -> None:
    journey.begin()
    journey.press("#sign-in")


def _ways(journey: Journey) -> None:
    journey.name("password")
    journey.visitor.page.goto(journey.visitor.page.url.replace("/password", "/ways"))


def _register(journey: Journey) -> None:
    journey.begin()
    journey.visitor.page.goto(f"{journey.visitor.page.url.partition('?')[0]}/register?again=1")


def _register_with_a_mistake(journey: Journey) -> None:
    _register(journey)
    journey.press("#sign-in")


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


def _not_me(journey: Journey) -> None:
    _in_the_account("/me/activity")(journey)
    journey.visitor.page.locator("ol .link-danger").first.click()


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


PLACES: Mapping[str, Callable[[Journey], None]] = {
    "sign-in": Journey.begin,
    "sign-in with a mistake": _empty_name,
    "code": lambda journey: journey.name("code"),
    "code with a mistake": lambda journey: journey.fail("code"),
    "password": lambda journey: journey.name("password"),
    "password with a mistake": lambda journey: journey.fail("password"),
    "ways": _ways,
    "register": _register,
    "register with a mistake": _register_with_a_mistake,
    "answer in a form": _answer_in_a_form,
    "consent": _consent,
    "error": lambda journey: journey.open("/authorize?client_id=nobody"),
    "not found": lambda journey: journey.open("/nothing/here"),
    "account": _in_the_account("/me"),
    "devices": _in_the_account("/me/devices"),
    "apps": _in_the_account("/me/apps"),
    "one app": lambda journey: _in_the_account(f"/me/apps/{journey.housing_fund.client_id}")(journey),
    "activity": _in_the_account("/me/activity"),
    "activity without lines": _in_the_account("/me/activity?before=1"),
    "not me": _not_me,
    "not me, out of everywhere": _in_the_account("/me/not-me/sign-out"),
    "log out": _log_out,
    "logged out": _logged_out,
    "logout stopped": _logout_stopped,
    "help": lambda journey: journey.open("/help"),
    "privacy": lambda journey: journey.open("/privacy"),
    "accessibility": lambda journey: journey.open("/accessibility"),
    "status": lambda journey: journey.open("/status"),
}
