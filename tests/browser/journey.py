"""A visitor on the way to a page: the steps that many ways have in common."""

from dataclasses import dataclass, replace

from tests.browser.department_apps import DepartmentApp
from tests.browser.visitor import Visitor
from tests.plugins.running_idp import Person, RunningIdp

WRONG = "123456"


@dataclass(frozen=True)
class Journey:
    """A visitor, and all there is to visit."""

    visitor: Visitor
    idp: RunningIdp
    library: DepartmentApp
    housing_fund: DepartmentApp
    person: Person

    @property
    def issuer(self) -> str:
        return self.idp.issuer

    def as_somebody_else(self) -> "Journey":
        """The same browser, and a person who was never here."""
        return replace(self, person=self.idp.new_person(proofing=3))

    def open(self, path: str) -> None:
        """A page of the identity provider, by its path."""
        self.visitor.page.goto(self.issuer + path)

    def begin(self) -> None:
        """The first page of a sign-in."""
        self.visitor.page.goto(f"{self.library.base_url}/login")

    def begin_with(self, **parameters: str) -> None:
        """The first page of a sign-in that the app asks for in its own way."""
        answer = self.visitor.context.request.get(f"{self.library.base_url}/login", max_redirects=0)
        more = "".join(f"&{name}={value}" for name, value in parameters.items())
        self.visitor.page.goto(answer.headers["location"] + more)

    def name(self, way: str) -> None:
        """The second page."""
        self.begin()
        self.visitor.name_oneself(self.person, way)

    def fail(self, way: str, times: int = 1) -> None:
        """The second page, after something wrong was typed."""
        self.name(way)
        for _ in range(times):
            self.visitor.page.locator(f"[name={way}]").fill(WRONG)
            self.go_on("#sign-in")

    def sign_in(self) -> None:
        """Signed in at the library."""
        self.name("password")
        self.visitor.prove(self.person, "password")
        self.visitor.page.locator("#person-name").wait_for()

    def come_back(self) -> None:
        """The first page of a sign-in, for who was signed in on this browser some days ago."""
        self.sign_in()
        self.visitor.context.clear_cookies(name="session")
        self.begin()

    def new_slip(self) -> str:
        """What a window hands to the person, as `idp person slip` prints it."""
        return self.idp.new_slip(self.person)

    def new_phone(self) -> str:
        """One that nobody has."""
        return self.idp.new_phone()

    def press(self, selector: str) -> None:
        self.visitor.page.locator(selector).click()

    def go_on(self, selector: str) -> None:
        """Press, and wait until the next page is there."""
        with self.visitor.page.expect_navigation():
            self.press(selector)

    def press_with_an_old_token(self, selector: str) -> None:
        """Press on a page that lay open too long."""
        self.visitor.page.locator("[name=csrf]").evaluate_all("fields => fields.forEach(field => field.value = 'old')")
        self.go_on(selector)
