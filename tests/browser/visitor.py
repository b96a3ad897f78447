"""A person in front of Chromium, and everything the browser complains about while they look at pages."""

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Response

from tests.browser.department_apps import DepartmentApp
from tests.plugins.running_idp import Person

SANDBOX_CODE = "000000"
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}


class Visitor:
    """One browser profile; `complaints` must be empty when it closes.

    Args:
        browser: the running Chromium.
        has_scripts: whether JavaScript is on.
        is_on_phone: whether the screen is 390 pixels wide.
    """

    def __init__(
        self, browser: Browser, *, has_scripts: bool = True, is_on_phone: bool = False, language: str = "zh-CN"
    ) -> None:
        self.has_scripts = has_scripts
        self.context: BrowserContext = browser.new_context(
            java_script_enabled=has_scripts,
            viewport=PHONE if is_on_phone else DESKTOP,  # type: ignore[arg-type]
            locale=language,
        )
        self.context.set_default_timeout(20_000)
        self.context.on("console", self._listen)
        self.context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        self.context.on("response", self._look)
        self.complaints: list[str] = []
        self.visited: list[str] = []
        self._refused_pages: set[str] = set()
        self.page = self.context.new_page()

    def close(self) -> None:
        self.context.close()

    def new_tab(self) -> Page:
        """Another tab of the same browser."""
        return self.context.new_page()

    def name_oneself(self, person: Person, way: str, page: Page | None = None) -> None:
        """On the first page: the phone, then the way; the next page has loaded when this returns."""
        page = page or self.page
        if page.locator("details#other").count():  # somebody was here before
            page.locator("details#other > summary").click()
        page.locator("[name=username]").fill(person.phone)
        with page.expect_navigation():
            page.locator(f"button[name=way][value={way}]").click()

    def prove(self, person: Person, way: str, page: Page | None = None) -> None:
        """On the second page: the code or the password."""
        page = page or self.page
        field, value = ("code", SANDBOX_CODE) if way == "code" else ("password", person.password)
        page.locator(f"[name={field}]").fill(value)
        with page.expect_navigation():
            page.locator("#sign-in").click()

    def sign_in_at(self, app: DepartmentApp, person: Person, way: str = "code") -> None:
        """From the app's button to the app's page, allowing what it asks when it asks."""
        self.page.goto(app.base_url)
        self.page.locator("#sign-in-link").click()
        self.name_oneself(person, way)
        self.prove(person, way)
        if "/consent" in self.page.url:
            self.page.locator("#consent-allow").click()
        self.page.locator("#person-name").wait_for()

    def _listen(self, message: ConsoleMessage) -> None:
        is_told_refusal = message.location["url"] in self._refused_pages and "Failed to load resource" in message.text
        if message.type in {"error", "warning"} and not is_told_refusal:
            self.complaints.append(f"{message.type}: {message.text}")

    def _look(self, response: Response) -> None:
        try:
            is_page = response.request.is_navigation_request()
        except Error:  # the tab was closed while it was loading
            return
        if is_page:
            self.visited.append(response.url)
            if response.status >= 400:
                self._refused_pages.add(response.url)
