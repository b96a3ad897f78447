"""People on browsers without JavaScript, inside the test's own process, who let each other act."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx

from idp.app import create_app
from idp.keys import rotation
from tests.idp.accounts.acting import SECRET, City
from tests.idp.installed import PASSWORD, code_that_left
from tests.specs.form_browser import FormBrowser, Page
from tests.specs.relying_party import s256

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
"""RFC 7636, appendix B."""


@dataclass
class Visitor:
    """One person's browser."""

    city: City
    name: str
    browser: FormBrowser

    @classmethod
    def of(cls, city: City, name: str) -> "Visitor":
        installation = city.installation
        browser = FormBrowser(installation.settings.issuer)
        browser.http = httpx.Client(transport=httpx.WSGITransport(create_app(installation)))
        return cls(city, name, browser)

    def open(self, path: str) -> Page:
        """The page, signed in by as many proofs as it asks for."""
        return self.through(self.browser.get(path))

    def through(self, page: Page) -> Page:
        """Sign in where that is asked, by a password and the code of a message."""
        if page.has("username"):
            page = self.browser.press(page, {"name": "way", "value": "password"}, username=self.city.phone(self.name))
            page = self.browser.press(page, {"id": "sign-in"}, password=PASSWORD)
        if page.address.endswith("/ways"):
            page = self.browser.press(page, {"value": "code"})
            page = self.browser.press(page, {"id": "sign-in"}, code=code_that_left(self.city.installation))
        return page

    def offers(self, to: str, *fields: str, path: str = "/me/delegations/new", **changes: str) -> Page:
        """Ask somebody, with these fields ticked."""
        typed = {"phone": self.city.phone(to), "name": to, **dict.fromkeys(fields, "1"), **changes}
        return self.browser.press(self.open(path), {"id": "offer-mandate"}, **typed)

    def acts(self, client_id: str, identity: str) -> Page:
        """Up to the code that the app gets, for this one."""
        page = self.through(self.browser.get(asks(client_id)))
        page = self.through(self.browser.press(page, {"name": "identity", "value": identity}))
        return self.browser.press(page, {"id": "consent-allow"}) if page.has("consent-allow") else page

    def redeem(self, client_id: str, page: Page) -> Any:
        """What the app gets for its code."""
        services = self.city.installation.services
        with services.begin() as unit_of_work:
            rotation.ensure(unit_of_work, services.clock())
            unit_of_work.commit()
        body = {
            "grant_type": "authorization_code",
            "code": page.answer["code"],
            "redirect_uri": f"https://{client_id}.example/callback",
            "code_verifier": VERIFIER,
        }
        issuer = self.city.installation.settings.issuer
        answer = self.browser.http.post(f"{issuer}/token", data=body, auth=(client_id, SECRET))
        assert answer.status_code == 200, answer.text
        return answer.json()


def asks(client_id: str) -> str:
    """The request of an app of this city."""
    asked = {
        "client_id": client_id,
        "redirect_uri": f"https://{client_id}.example/callback",
        "response_type": "code",
        "scope": "openid",
        "state": "s",
        "nonce": "n",
        "code_challenge": s256(VERIFIER),
        "code_challenge_method": "S256",
    }
    return f"/authorize?{urlencode(asked)}"
