"""Every refusal a person can meet: it names another way, the hall and the hotline, and carries a support code.

A row below for each that a running server can be brought to; the others (a fault of ours, a dead carrier, nobody's
place at the password) are drawn from `tests/idp/http/page_states.py`.
"""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from idp.clock import after
from idp.http.languages import CHINESE, ENGLISH, Language
from idp.http.templates import Look
from idp.interaction.handles import LIFETIME, Interactions
from idp.model.account import AccountStatus
from idp.model.client import ClientStatus
from tests.browser.conftest import NewVisitor
from tests.browser.department_apps import DepartmentApp
from tests.browser.journey import Journey
from tests.browser.places import PLACES
from tests.idp.http.html_document import Document, Element
from tests.idp.http.page_states import CASES
from tests.idp.http.test_templates import PAGES
from tests.plugins.running_idp import RunningIdp

SUPPORT_CODE = re.compile(r"[0-9A-Z]{4} [0-9A-Z]{4}")
BOTH = pytest.mark.parametrize("language", [CHINESE, ENGLISH], ids=lambda language: language.tag)


def _disabled_app(journey: Journey) -> None:
    services = journey.idp.installation.services
    app = journey.library
    with services.begin() as unit_of_work:
        client = unit_of_work.clients.get(app.client_id)
        assert client is not None
        gone = replace(client, client_id=f"{app.client_id}-gone", status=ClientStatus.DISABLED)
        unit_of_work.clients.save(gone, services.clock())
        unit_of_work.commit()
    journey.open(f"/authorize?client_id={gone.client_id}&redirect_uri={app.base_url}/callback&response_type=code")


def _unknown_address(journey: Journey) -> None:
    journey.open(f"/authorize?client_id={journey.library.client_id}&redirect_uri=https://evil.example/&scope=openid")


def _someone_elses_link(journey: Journey) -> None:
    journey.begin()
    journey.visitor.context.clear_cookies(name="browser")
    journey.open("/help")
    journey.visitor.page.go_back()


def open_a_day_later(journey: Journey) -> None:
    """The page of a sign-in that this browser began yesterday."""
    journey.begin()
    services = journey.idp.installation.services
    browser = next(each["value"] for each in journey.visitor.context.cookies() if each["name"] == "browser")
    interactions = Interactions(services.ephemeral, services.cipher, services.clock)
    handle = journey.visitor.page.url.partition("/s/")[2].partition("?")[0]
    begun = interactions.find(handle, browser)
    assert begun is not None
    yesterday = replace(begun, id=f"{begun.id}-old", created_at=after(begun.created_at, -LIFETIME))
    journey.open(f"/s/{interactions.seal(yesterday)}")


def _frozen_account(journey: Journey) -> None:
    services = journey.idp.installation.services
    with services.begin() as unit_of_work:
        unit_of_work.accounts.move(journey.person.account_id, AccountStatus.ACTIVE, AccountStatus.FROZEN)
        unit_of_work.commit()
    journey.name("password")
    journey.visitor.prove(journey.person, "password")


def _register_too_many(journey: Journey) -> None:
    journey.fail("code", times=5)
    journey.begin_with(prompt="create")
    journey.visitor.page.locator("[name=username]").fill(journey.person.phone)
    journey.go_on("#sign-in")


def _method_of_another_page(journey: Journey) -> None:
    journey.begin()
    journey.visitor.page.locator("form").first.evaluate("form => form.action = '/help'")
    journey.go_on("#sign-in")


REFUSALS: dict[str, Callable[[Journey], None]] = {
    **{place.name: place.go for place in PLACES if place.name in {"error", "not found"} or "too many" in place.name},
    "register, too many tries": _register_too_many,
    "no request": lambda journey: journey.open("/authorize"),
    "a disabled app": _disabled_app,
    "an unknown address": _unknown_address,
    "somebody else's link": _someone_elses_link,
    "a link that is nobody's": lambda journey: journey.open("/s/gone"),
    "a door that is nobody's": lambda journey: journey.open("/authorize/gone"),
    "a day-old link": open_a_day_later,
    "a frozen account": _frozen_account,
    "a method of another page": _method_of_another_page,
    "a sign-out that says two things": lambda journey: journey.open("/logout?state=1&state=2"),
}


@BOTH
@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_has_a_door(
    new_visitor: NewVisitor,
    idp_sqlite: RunningIdp,
    apps: tuple[DepartmentApp, DepartmentApp],
    refusal: str,
    language: Language,
) -> None:
    visitor = new_visitor(has_scripts=False, language=language.tag)
    REFUSALS[refusal](Journey(visitor, idp_sqlite, *apps, idp_sqlite.new_person()))
    assert missing_in(visitor.page.content(), language) == []


DRAWN = [name for name in CASES if name.startswith("error-") or name.endswith(("too-many", "-down"))]


@BOTH
@pytest.mark.parametrize("case", DRAWN)
def test_a_drawn_refusal_has_a_door(case: str, language: Language) -> None:
    template, context = CASES[case]
    assert (
        missing_in(PAGES.render(template, Look(language, "standard", "auto"), here="/s/tx", **context), language) == []
    )


def test_what_is_missing_is_found() -> None:
    page = PAGES.render("help.html", Look(CHINESE, "standard", "auto"), here="/help")
    assert missing_in(page.replace("tel:12345", ""), ENGLISH) == [
        "language",
        "title",
        "support code",
        "12345",
        "hall",
        "another way",
    ]


@pytest.fixture(scope="session")
def apps(library: DepartmentApp, housing_fund: DepartmentApp) -> tuple[DepartmentApp, DepartmentApp]:
    return library, housing_fund


def missing_in(html: str, language: Language) -> list[str]:
    """What this page owes to whoever was refused."""
    page = Document(html)
    in_main = [element for element in page.elements if any(each.tag == "main" for each in element.ancestors)]
    links = [element.attributes.get("href") or "" for element in in_main if element.tag == "a"]
    has_code = "support-code" in page.ids() and SUPPORT_CODE.fullmatch(page.by_id("support-code").text)
    is_problem = page.all("title")[0].text.startswith(("错误", "Error"))
    owed = {
        "language": page.all("html")[0].attributes["lang"] == language.tag,
        "title": is_problem or any(element.attributes.get("role") == "status" for element in in_main),
        "support code": bool(has_code),
        "12345": "tel:12345" in [element.attributes.get("href") for element in page.all("a")],
        "hall": "/help#hall" in links,
        "another way": any(_is_a_way(element) for element in in_main),
    }
    return [name for name, is_there in owed.items() if not is_there]


def _is_a_way(element: Element) -> bool:
    """Besides the hall and the hotline: something to press that goes on."""
    classes = (element.attributes.get("class") or "").split()
    href = element.attributes.get("href") or ""
    return bool({"btn-primary", "way"} & set(classes)) and href not in {"/help#hall", "tel:12345"}
