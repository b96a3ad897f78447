"""From the message to the frozen account: by the person who reads it, on another device than the stranger's."""

import re
import time

from playwright.sync_api import expect

from tests.browser.conftest import NewVisitor
from tests.browser.department_apps import DepartmentApp
from tests.browser.visitor import Visitor
from tests.plugins.running_idp import Person, RunningIdp


def link_sent_to(idp: RunningIdp, person: Person) -> str:
    """The address in the newest notice, as soon as the worker has brought one."""
    deadline = time.monotonic() + 20
    while True:
        texts = [message["text"] for message in idp.messages_to(person.phone)]
        if found := [link[0] for text in texts if (link := re.search(r"http\S+/freeze/[\w-]+", text))]:
            return str(found[0])
        assert time.monotonic() < deadline, texts
        time.sleep(0.1)


def test_who_was_not_it_freezes_and_the_stranger_is_out(
    visitor: Visitor, new_visitor: NewVisitor, idp_sqlite: RunningIdp, library: DepartmentApp, person: Person
) -> None:
    """Two browsers; the reader is signed in nowhere, with and without JavaScript."""
    stranger = new_visitor()
    stranger.sign_in_at(library, person, "password")
    visitor.page.goto(link_sent_to(idp_sqlite, person))
    expect(visitor.page.locator("main")).to_contain_text("Chrome")
    expect(visitor.page.locator(".btn-primary")).to_have_count(1)
    visitor.page.locator("#freeze").click()
    expect(visitor.page.locator("h1")).to_contain_text("已冻结")
    visitor.page.reload()
    expect(visitor.page.locator("h1")).to_contain_text("已冻结")
    expect(visitor.page.locator("#freeze")).to_have_count(0)

    stranger.page.goto(f"{library.base_url}/login")  # single sign-on is over: asked again
    stranger.name_oneself(person, "password")
    stranger.prove(person, "password")
    expect(stranger.page.locator("h1")).to_contain_text("已冻结")
    expect(stranger.page.locator("#support-code")).to_have_text(re.compile(r"^\w{4} \w{4}$"))
    expect(stranger.page.locator("main")).to_contain_text("12345")


def test_who_was_it_changes_nothing(
    visitor: Visitor, idp_sqlite: RunningIdp, library: DepartmentApp, person: Person
) -> None:
    """The session lives on."""
    visitor.sign_in_at(library, person, "password")
    visitor.page.goto(link_sent_to(idp_sqlite, person))
    visitor.page.locator("#mine").click()
    expect(visitor.page.locator("h1")).to_contain_text("什么都不用做")
    visitor.page.goto(f"{library.base_url}/login")
    expect(visitor.page.locator("#person-name")).to_have_text(person.name)
