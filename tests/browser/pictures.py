"""Takes pictures of every page and state in four looks, at a desk and on a phone: `make pictures`.

They go to .cache/pictures, which git ignores, to be looked at as a person would. With `--docs` the six pictures of the
documentation are taken instead: they are small, and of one of the demo's people.
"""

import shutil
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.browser.department_apps import DepartmentApp, department_app
from tests.browser.journey import Journey
from tests.browser.looks import DESKTOP, ELDER, FOUR_LOOKS, NORMAL, PHONE, Look
from tests.browser.places import PLACES
from tests.browser.visitor import Visitor
from tests.plugins.private_servers import StorageUrls
from tests.plugins.running_idp import ROOT, Person, RunningIdp, running_idp

EVERYTHING = ROOT / ".cache" / "pictures"
DOCUMENTATION = ROOT / "docs" / "images"
MARGIN = 40
"""Pixels below the last line of a page in the documentation."""
LARGEST = 200_000
"""Bytes: the front page of the project must open quickly."""
LANGUAGE = "zh-CN"


@dataclass(frozen=True)
class Town:
    """Everything that runs while pictures are taken."""

    chromium: Browser
    idp: RunningIdp
    library: DepartmentApp
    housing_fund: DepartmentApp

    @contextmanager
    def journey(self, look: Look, person: Person) -> Iterator[Journey]:
        visitor = Visitor(self.chromium)
        try:
            look.put_on(visitor, self.idp.issuer, LANGUAGE)
            yield Journey(visitor, self.idp, self.library, self.housing_fund, person)
        finally:
            visitor.close()


def main() -> None:
    """Take the pictures that were asked for."""
    with town() as running:
        take_those_of_the_documentation(running) if "--docs" in sys.argv[1:] else take_all(running)


@contextmanager
def town() -> Iterator[Town]:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        directory = Path(folder)
        urls = StorageUrls(f"sqlite:///{directory / 'idp.db'}", f"sqlite:///{directory / 'ephemeral.db'}")
        with (
            running_idp(urls, directory) as idp,
            department_app(idp, "licence-library", directory / "library.log") as library,
            department_app(idp, "housing-fund", directory / "fund.log") as housing_fund,
        ):
            yield Town(playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS), idp, library, housing_fund)


def take_all(running: Town) -> None:
    """One folder a place, one picture a look and width."""
    shutil.rmtree(EVERYTHING, ignore_errors=True)
    for place in PLACES:
        folder = EVERYTHING / place.name.replace(", ", "-").replace(" ", "-")
        folder.mkdir(parents=True)
        for look in FOUR_LOOKS:
            with running.journey(look, running.idp.new_person(proofing=3)) as journey:
                place.go(journey)
                page = journey.visitor.page
                for width in (DESKTOP, PHONE):
                    page.set_viewport_size({"width": width, "height": 900})
                    page.screenshot(path=folder / f"{look.name.replace(' ', '-')}-{width}.png", full_page=True)
        print(f"pictures: {place.name}", flush=True)
    print(f"pictures: {len(list(EVERYTHING.rglob('*.png')))} in {EVERYTHING.relative_to(ROOT)}")


def take_those_of_the_documentation(running: Town) -> None:
    """Six, by what the reader sees in them."""
    person = _demo_person()
    pictures: dict[str, tuple[Look, int, Callable[[Journey], None]]] = {
        "sign-in": (NORMAL, DESKTOP, _first_page),
        "code": (NORMAL, DESKTOP, _code),
        "consent": (NORMAL, DESKTOP, _consent),
        "account": (NORMAL, DESKTOP, _account),
        "error": (NORMAL, DESKTOP, lambda journey: journey.open("/authorize?client_id=nobody")),
        "elder": (ELDER, PHONE, _first_page),
    }
    for name, (look, width, go) in pictures.items():
        with running.journey(look, person) as journey:
            go(journey)
            page = journey.visitor.page
            page.set_viewport_size({"width": width, "height": 400})
            bottom = page.locator("footer").evaluate("footer => footer.getBoundingClientRect().bottom")
            page.set_viewport_size({"width": width, "height": round(bottom) + MARGIN})
            page.screenshot(path=DOCUMENTATION / f"{name}.png")
        size = (DOCUMENTATION / f"{name}.png").stat().st_size
        print(f"pictures: {name}.png, {size // 1000} kB")
        assert size <= LARGEST, f"{name}.png is larger than {LARGEST // 1000} kB"


def _demo_person() -> Person:
    """The first of the demo's people."""
    known = tomllib.loads((ROOT / "examples" / "city.toml").read_text("utf-8"))["people"][0]
    return Person(known["phone"], known["citizen_id"], known["password"], known["name"], account_id=0)


def _first_page(journey: Journey) -> None:
    journey.visitor.page.goto(f"{journey.housing_fund.base_url}/login")


def _code(journey: Journey) -> None:
    _first_page(journey)
    journey.visitor.name_oneself(journey.person, "code")


def _consent(journey: Journey) -> None:
    _first_page(journey)
    journey.visitor.name_oneself(journey.person, "password")
    journey.visitor.prove(journey.person, "password")
    journey.visitor.page.locator("#consent-allow").wait_for()


def _account(journey: Journey) -> None:
    _consent(journey)
    journey.open("/me")


if __name__ == "__main__":
    main()
