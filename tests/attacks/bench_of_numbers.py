"""A city inside the test's own process with a person whose number nobody may learn; what anybody is answered is kept."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import httpx
from joserfc import jwe

from admin.api import resource as officers_api
from idp.app import Installation, create_app
from idp.app.observed import Observed
from idp.keys import rotation
from idp.model.account import Account, Identifier, IdentifierKind
from idp.oauth.client_metadata import client_of
from tests.attacks.apps_without_grant import EVERY_APP, GRANTED, READER, WISHES, registered
from tests.attacks.forms_of_secrets import Secret, of_number, of_text
from tests.idp.installed import PASSWORD, Moment, identifiers, installed, new_person
from tests.plugins.private_servers import StorageUrls
from tests.specs.form_browser import FormBrowser, Page
from tests.specs.relying_party import Question, RelyingParty

if TYPE_CHECKING:
    from tests.plugins.running_idp import RunningIdp

NUMBER = "890107197604236856"
NAME, PHONE, MAIL = "王𫖯", "13987654321", "wang.k07@example.cn"
OTHERS_PHONE, OTHERS_NUMBER = "13900000002", "890102193703180069"
_ENCRYPTED = re.compile(r"\b[\w-]+\.[\w-]*\.[\w-]+\.[\w-]+\.[\w-]+")
_PEOPLE = "people"


@dataclass
class Bench:
    """The installation, the person, and by whom what was seen."""

    installation: Installation
    application: Observed
    person: Account
    seen: dict[str, list[str]] = field(default_factory=dict)
    _tokens: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def number(self) -> list[Secret]:
        """The number, in all its forms."""
        return of_number(self.installation.services.cipher, NUMBER)

    @property
    def person_too(self) -> list[Secret]:
        """What an app without any scope of the person must not see either."""
        texts = {"name": NAME, "phone": PHONE, "mail address": MAIL, "birth date": "1976-04-23"}
        return [*self.number, *(of_text(name, text) for name, text in texts.items())]

    def note(self, who: str, text: str) -> None:
        """Somebody saw this; what was encrypted for them they have read."""
        tokens = (
            jwe.decrypt_compact(found, READER.private) for found in _ENCRYPTED.findall(text) if found.startswith("ey")
        )
        inside = [token.plaintext.decode() for token in tokens if token.plaintext is not None]
        self.seen.setdefault(who, []).append("\n".join((text, *inside)))

    def take(self) -> dict[str, str]:
        """What each has seen since the last time."""
        seen, self.seen = self.seen, {}
        return {who: "\n".join(texts) for who, texts in seen.items()}

    def http(self, who: str) -> httpx.Client:
        """A client without a network; headers and body of each answer are seen by them."""

        def note(response: httpx.Response) -> None:
            response.read()
            headers = "\n".join(f"{name}: {value}" for name, value in response.headers.multi_items())
            self.note(who, f"{headers}\n{response.text}")

        issuer, transport = self.installation.settings.issuer, httpx.WSGITransport(self.application)
        return httpx.Client(transport=transport, base_url=issuer, event_hooks={"response": [note]})

    def party(self, client_id: str) -> RelyingParty:
        """One of the apps."""
        idp = cast("RunningIdp", SimpleNamespace(issuer=self.installation.settings.issuer))
        party = RelyingParty(idp, registered(client_id))
        party.http.close()
        party.http = self.http(client_id)
        return party

    def stranger(self, who: str = _PEOPLE) -> FormBrowser:
        """A browser that was never here; what it shows, they see."""
        browser = FormBrowser(self.installation.settings.issuer)
        browser.http.close()
        browser.http = self.http(who)
        return browser

    def signed_in(self, phone: str = PHONE, who: str = _PEOPLE) -> FormBrowser:
        """The same, after a sign-in."""
        browser = self.stranger(who)
        page = browser.press(browser.get("/me"), {"name": "way", "value": "password"}, username=phone)
        assert browser.press(page, {"id": "sign-in"}, password=PASSWORD).address.endswith("/me")
        return browser

    @cached_property
    def browser(self) -> FormBrowser:
        """The person's."""
        return self.signed_in()

    def asks(self, client_id: str, **changes: str | None) -> tuple[Question, Page]:
        """An app sends the person here, who comes back to it with an answer."""
        asked = {"claims": WISHES, "scope": _first_scope(client_id), **changes}
        question = self.party(client_id).ask(asked)
        page = self.browser.get(question.address)
        self.note(client_id, f"{page.address}\n{page.headers}\n{page.html}")
        return question, page

    def visit(self, client_id: str, **changes: str | None) -> dict[str, Any]:
        """The same, and then the tokens."""
        question, page = self.asks(client_id, **changes)
        return self.party(client_id).tokens(page, question)

    def tokens(self, client_id: str) -> dict[str, Any]:
        """Those of the first visit."""
        if client_id not in self._tokens:
            self._tokens[client_id] = self.visit(client_id)
        return self._tokens[client_id]

    def granted_at(self, resource: str | None) -> dict[str, Any]:
        """Tokens of the one app that was granted the number, by a tick of its own, for our userinfo or a resource."""
        scope = "openid profile id_number archive:read"
        question = self.party(GRANTED).ask({"scope": scope, "resource": resource})
        page = self.browser.get(question.address)
        if page.has("consent-allow"):
            page = self.browser.press(page, {"id": "consent-allow"}, allow_citizen_number="1")
        return self.party(GRANTED).tokens(page, question)


def _first_scope(client_id: str) -> str:
    return "openid profile id_match" if client_id == "unasked" else EVERY_APP[client_id]["scope"]


@contextmanager
def bench(urls: StorageUrls, directory: Path) -> Iterator[Bench]:
    """With everybody registered, the person and somebody else."""
    installation = installed(urls, directory, Moment())
    services = installation.services
    with services.begin() as unit_of_work:
        rotation.ensure(unit_of_work, services.clock())
        officers_api.ensure(unit_of_work, services.settings.issuer, services.clock())
        for client_id in EVERY_APP:
            unit_of_work.clients.save(client_of(registered(client_id)), services.clock())
        unit_of_work.commit()
    application = create_app(installation)
    assert isinstance(application, Observed)
    mail = Identifier(IdentifierKind.EMAIL, MAIL)
    person = new_person(installation, *identifiers(PHONE, NUMBER), mail, name=NAME)
    new_person(installation, *identifiers(OTHERS_PHONE, OTHERS_NUMBER))
    yield Bench(installation, application, person)
    installation.storage.close()
