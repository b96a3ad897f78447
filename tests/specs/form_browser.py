"""A browser without JavaScript over plain HTTP: cookies, redirects, and forms by the names MISSION fixes for automation."""

import re
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from typing import Self
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx

from tests.plugins.running_idp import Person

Fields = dict[str, str]
SANDBOX_CODE = "000000"


@dataclass
class Form:
    """One form: what it would send as it stands, and what each of its buttons adds."""

    action: str
    fields: Fields = field(default_factory=dict)
    buttons: list[Fields] = field(default_factory=list)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(told["action"]))
        elif tag == "button" and self.found:
            self.found[-1].buttons.append(told)
        elif tag == "input" and self.found and (told.get("type") != "checkbox" or "checked" in told):
            self.found[-1].fields[told["name"]] = told.get("value", "")


@dataclass(frozen=True)
class Page:
    """Where the browser stands: on a page of the identity provider, or about to leave for the app."""

    address: str
    status: int
    html: str = ""
    headers: httpx.Headers = field(default_factory=httpx.Headers)

    @property
    def answer(self) -> Fields:
        """The authorization response in the address; a parameter that stands twice is a failure."""
        parts = urlsplit(self.address)
        pairs = parse_qsl(parts.fragment or parts.query, keep_blank_values=True)
        assert len(dict(pairs)) == len(pairs)
        return dict(pairs)

    @property
    def forms(self) -> list[Form]:
        parser = _Forms()
        parser.feed(self.html)
        return parser.found

    @property
    def error(self) -> str:
        """The protocol's code for what an error page says (`#oidc-error` begins with it)."""
        return self.text("oidc-error").partition(":")[0]

    def has(self, element_id: str) -> bool:
        return f'id="{element_id}"' in self.html

    def text(self, element_id: str) -> str:
        """The text of the element with this id."""
        match = re.search(rf'<(\w+)[^>]*\bid="{element_id}"[^>]*>(.*?)</\1>', self.html, re.DOTALL)
        assert match, f"no #{element_id} at {self.address}"
        return unescape(re.sub(r"<[^>]*>", "", match[2])).strip()


class FormBrowser:
    """Follows redirects inside the identity provider, and stops where one leads out of it."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.http = httpx.Client(trust_env=False, verify=False, timeout=20)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def get(self, address: str) -> Page:
        return self._follow(self.http.get(urljoin(self.issuer, address)))

    def post(self, address: str, fields: Fields) -> Page:
        return self._follow(self.http.post(urljoin(self.issuer, address), data=fields))

    def press(self, page: Page, button: Fields, **typed: str) -> Page:
        """Press the one button with these attributes, after typing into the form it belongs to."""
        for form in page.forms:
            for candidate in form.buttons:
                if button.items() <= candidate.items():
                    pressed = {candidate["name"]: candidate.get("value", "")} if "name" in candidate else {}
                    return self.post(urljoin(page.address, form.action), {**form.fields, **typed, **pressed})
        raise AssertionError(f"no button {button} at {page.address} ({page.status})")

    def sign_in(self, page: Page, person: Person, by: str = "password") -> Page:
        """From the page that asks who it is to the page after the proof."""
        page = self.press(page, {"name": "way", "value": by}, username=person.phone)
        proof = {"password": person.password} if by == "password" else {"code": SANDBOX_CODE}
        return self.press(page, {"id": "sign-in"}, **proof)

    def go_through(self, address: str, person: Person, by: str = "password") -> Page:
        """Whatever the request needs: sign in when asked, allow when asked; the redirect to the app."""
        page = self.get(address)
        if page.has("username"):
            page = self.sign_in(page, person, by)
        if page.has("consent-allow"):
            page = self.press(page, {"id": "consent-allow"})
        assert not page.address.startswith(self.issuer), page.html[-3000:]
        return page

    def _follow(self, response: httpx.Response) -> Page:
        while response.is_redirect:
            address = urljoin(str(response.url), response.headers["Location"])
            if not address.startswith(self.issuer + "/"):
                return Page(address, response.status_code, headers=response.headers)
            response = self.http.get(address)
        return Page(str(response.url), response.status_code, response.text, response.headers)
