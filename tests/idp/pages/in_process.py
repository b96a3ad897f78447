"""The pages in the test's own process: a clock that a test moves, carriers that it answers for, browsers from anywhere."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import httpx

from idp.accounts.carrier_health import CarrierHealth
from idp.app import Installation, create_app
from idp.cli import demo_city
from idp.delivery.messages import MessageHandler, discard
from idp.delivery.reports import MessageReports
from idp.delivery.worker import Worker
from idp.http.router import Application
from idp.model.message import DISCARD, MESSAGE, Medium, Message, Report
from idp.oauth.client_list import clients_of
from idp.ports import Carrier, DeliveryResult
from idp.registration.register import register
from tests.idp.delivery.test_messages import ACCEPTED, Pigeon
from tests.specs.form_browser import FormBrowser, Page

ROOT = Path(__file__).resolve().parents[3]
VOICE = {
    "IDP_MESSAGING__VOICE": "voice_http",
    "IDP_VOICE_HTTP__URL": "https://voice.example",
    "IDP_VOICE_HTTP__TOKEN": "token-of-the-gateway",
}


@dataclass
class City:
    """One installation with the demo's apps, and the gateway behind it."""

    installation: Installation
    application: Application
    sms: Pigeon = field(default_factory=Pigeon)
    voice: Pigeon = field(default_factory=lambda: Pigeon(Medium.VOICE))

    def browser(self, address: str = "192.0.2.1") -> FormBrowser:
        """A browser that was never here, at this address."""
        browser = FormBrowser(self.installation.settings.issuer)
        browser.http = httpx.Client(transport=httpx.WSGITransport(self.application, remote_addr=address))
        return browser

    def sends(self, answer: DeliveryResult = ACCEPTED) -> None:
        """The worker hands over what is due, and the gateway answers so."""
        self.sms.answer = self.voice.answer = answer
        services = self.installation.services
        carriers: dict[Medium, Carrier] = {Medium.SMS: self.sms, Medium.VOICE: self.voice}
        handler = MessageHandler(carriers, CarrierHealth(services.ephemeral))
        Worker(services.begin, {MESSAGE: handler, DISCARD: discard}, services.clock).run_once()

    def reports(self, message: Message, report: Report) -> None:
        """The gateway tells what became of a message."""
        assert MessageReports(self.installation.services, lambda _: None).take({message.id: report}) == []


def city_of(installation: Installation) -> City:
    """With the demo's apps registered."""
    services = installation.services
    with services.begin() as unit_of_work:
        clients = demo_city.read(ROOT / "examples" / "city.toml")["clients"]
        register(unit_of_work, clients_of(clients, is_sandbox=True), services.clock())
        unit_of_work.commit()
    return City(installation, create_app(installation))


def request_of_app(**changes: str) -> str:
    """A flawless authorization request."""
    parameters = {
        "client_id": "licence-library",
        "redirect_uri": "http://localhost:8002/callback",
        "response_type": "code",
        "scope": "openid",
        "state": "state",
        "nonce": "nonce",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }
    return "/authorize?" + urlencode({**parameters, **changes})


def asks_for_code(browser: FormBrowser, typed: str) -> Page:
    """From the app to the page that comes after the name, by code."""
    return browser.press(browser.get(request_of_app()), {"value": "code"}, username=typed)
