"""One Chromium for the whole run, the two apps beside a running identity provider, and visitors."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.department_apps import DepartmentApp, department_app
from tests.browser.visitor import Visitor
from tests.interop.node_packages import install
from tests.plugins.running_idp import Person, RunningIdp

CHROMIUM = "/usr/bin/chromium"
# As root in a container there is no sandbox for the sandbox; the rest keeps the browser from calling home.
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-domain-reliability", "--disable-sync", "--no-first-run", "--no-proxy-server",
]  # fmt: skip

NewVisitor = Callable[..., Visitor]


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of axe-core."""
    return (install() / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def housing_fund(idp_sqlite: RunningIdp, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DepartmentApp]:
    with department_app(idp_sqlite, "housing-fund", tmp_path_factory.mktemp("fund") / "log") as app:
        yield app


@pytest.fixture(scope="session")
def library(idp_sqlite: RunningIdp, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DepartmentApp]:
    with department_app(idp_sqlite, "licence-library", tmp_path_factory.mktemp("library") / "log") as app:
        yield app


@pytest.fixture(scope="session")
def housing_fund_elsewhere(idp_sqlite: RunningIdp, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DepartmentApp]:
    """The fund on 127.0.0.1: for a browser another site than the identity provider's localhost."""
    log = tmp_path_factory.mktemp("elsewhere") / "log"
    with department_app(idp_sqlite, "housing-fund", log, host="127.0.0.1") as app:
        yield app


@pytest.fixture
def person(idp_sqlite: RunningIdp) -> Person:
    """Somebody who was never here."""
    return idp_sqlite.new_person()


@pytest.fixture
def new_visitor(chromium: Browser) -> Iterator[NewVisitor]:
    """Visitors with profiles of their own; whatever a browser complained about fails the test."""
    visitors: list[Visitor] = []

    def come(*, has_scripts: bool = True, is_on_phone: bool = False, language: str = "zh-CN") -> Visitor:
        visitors.append(Visitor(chromium, has_scripts=has_scripts, is_on_phone=is_on_phone, language=language))
        return visitors[-1]

    yield come
    for visitor in visitors:
        visitor.close()
    assert [complaint for visitor in visitors for complaint in visitor.complaints] == []


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def visitor(request: pytest.FixtureRequest, new_visitor: NewVisitor) -> Visitor:
    """A visitor with JavaScript, then one without."""
    return new_visitor(has_scripts=request.param)
