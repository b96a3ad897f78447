"""A person adds an authenticator app and signs in with it, with scripts and without."""

import time

import pyotp

from tests.browser.department_apps import DepartmentApp
from tests.browser.visitor import Visitor
from tests.plugins.running_idp import Person, RunningIdp


def code_of(secret: str, steps: int = 0) -> str:
    return pyotp.TOTP(secret).generate_otp(int(time.time()) // 30 + steps)


def test_an_app_is_added_and_opens_the_next_session(
    idp_sqlite: RunningIdp, visitor: Visitor, person: Person, library: DepartmentApp
) -> None:
    """Mutations: the drawing hidden from screen readers; a form that only a script can send."""
    page = visitor.page
    page.goto(f"{idp_sqlite.issuer}/me/methods/totp")
    visitor.name_oneself(person, "password")
    visitor.prove(person, "password")
    page.locator("button[name=way][value=code]").click()
    visitor.prove(person, "code")
    assert page.url.endswith("/me/methods/totp")
    drawing = page.locator("svg.qr")
    assert drawing.get_attribute("role") == "img"
    box = drawing.bounding_box()
    assert box is not None
    assert abs(box["width"] - box["height"]) < 1
    secret = page.locator("#secret").inner_text().replace(" ", "")
    page.locator("[name=code]").fill(code_of(secret))
    page.locator("#add-app[type=submit]").click()
    page.locator("#remove-app").wait_for()
    visitor.context.clear_cookies()
    page.goto(f"{library.base_url}/login")
    visitor.name_oneself(person, "password")
    page.locator("button[name=way][value=more]").click()
    page.locator("button[name=way][value=totp]").click()
    page.locator("[name=code]").fill(code_of(secret, 1))  # the one before was used up
    page.locator("#sign-in").click()
    page.locator("#person-name").wait_for()
