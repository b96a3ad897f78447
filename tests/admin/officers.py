"""An officer with a browser and a key of their own."""

import re
from dataclasses import dataclass

from idp.accounts.invitations import PATH, Offer, invite
from idp.app import Installation
from idp.model.office import Role
from tests.benchmarks.operations import Answer
from tests.biometrics.software_authenticator import SoftwareAuthenticator
from tests.idp.pages.page_browser import Browser, csrf_of


@dataclass(frozen=True)
class Officer:
    """Whoever took an invitation."""

    browser: Browser
    key: SoftwareAuthenticator
    account_id: int

    def sign_in(self, page: Answer) -> Answer:
        """Sign in by the key on the page that asks for it."""
        path = self.browser.path
        answer = self.key.get(self.browser.get(f"{path}/options").body.decode())
        self.browser.here = path
        return self.browser.post(path, credential=answer, discover="1", csrf=csrf_of(page))


def token_of(page: Answer, path: str) -> str:
    """The token of the page's own form that goes there: the frame's sign-out comes first."""
    form = rf'<form[^>]*action="{re.escape(path)}"[^>]*>.*?name="csrf" value="(\w+)"'
    found = re.search(form, page.body.decode(), re.DOTALL)
    return found[1] if found else "none"


def invited(installation: Installation, role: Role, name: str = "王芳") -> str:
    """The path of an invitation."""
    services = installation.services
    with services.begin() as unit_of_work:
        sent = invite(unit_of_work, Offer(role=role, name=name), services.clock())
        unit_of_work.commit()
    return f"{PATH}/{sent.token}"


def taken(browser: Browser, path: str, key: SoftwareAuthenticator, name: str = "") -> Answer:
    """The invitation is taken with this key."""
    page = browser.get(path)
    answer = key.create(browser.get(f"{path}/options").body.decode())
    browser.here = path
    return browser.post(path, credential=answer, name=name, csrf=csrf_of(page))


def officer(installation: Installation, role: Role) -> Officer:
    """Somebody who took an invitation and is signed in."""
    browser, key = Browser(installation), SoftwareAuthenticator()
    taken(browser, invited(installation, role), key)
    assert browser.here == "/console", browser.here
    with installation.services.begin() as unit_of_work:
        newest = unit_of_work.appointments.in_force([role])[-1]
    return Officer(browser, key, newest.account_id)
