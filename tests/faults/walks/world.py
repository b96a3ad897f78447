"""What the load lives in: apps, people, and sessions that were made before anything is killed."""

import base64
import queue
import random
import threading
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.faults.ledger import Ledger
from tests.faults.line import Doors, Line, Traffic
from tests.plugins.running_idp import Person, RunningIdp

SECRET = "a client secret of the load, 32 characters and more"
PEOPLE = 40
ADDRESSEES = 100
VISITORS = 12
CONSENTED_APPS = 16


@dataclass(frozen=True)
class App:
    """A registered client, as it knows itself."""

    client_id: str
    scope: str = "openid profile"
    asks_consent: bool = False

    @property
    def redirect_uri(self) -> str:
        return f"https://{self.client_id}.test/cb"

    @property
    def goodbye_uri(self) -> str:
        return f"https://{self.client_id}.test/bye"

    @property
    def basic(self) -> dict[str, str]:
        credentials = base64.b64encode(f"{self.client_id}:{SECRET}".replace(" ", "+").encode()).decode()
        return {"Authorization": f"Basic {credentials}"}

    @property
    def metadata(self) -> dict[str, Any]:
        return {
            "client_id": self.client_id,
            "client_name": "一个应用",
            "client_secret": SECRET,
            "redirect_uris": [self.redirect_uri],
            "post_logout_redirect_uris": [self.goodbye_uri],
            "token_endpoint_auth_method": "client_secret_basic",
            "scope": self.scope,
            "sector_identifier": "load.sandbox",
            "asks_consent": self.asks_consent,
        }


APPS = tuple(App(f"load-{number}") for number in range(4))
CONSENTING = tuple(App(f"consent-{number}", asks_consent=True) for number in range(CONSENTED_APPS))


class Drip:
    """Lets one through every so many seconds, so that what is rare is spread over the whole run."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._next_at = 0.0
        self._lock = threading.Lock()

    def falls(self) -> bool:
        with self._lock:
            now = time.monotonic()
            if now < self._next_at:
                return False
            self._next_at = now + self._seconds
            return True


class Walk(Protocol):
    """One kind of thing that people and apps do, from beginning to end; raises AnswerLostError to begin anew."""

    def walk(self, line: Line) -> None:
        """Do it once, and write down what is acknowledged."""


@dataclass
class World:
    """Shared by all walkers."""

    idp: RunningIdp
    doors: Doors
    traffic: Traffic
    ledger: Ledger
    visitors: list[dict[str, str]] = field(default_factory=list)
    """Cookies of browsers in which somebody is signed in, who never signs out."""
    people: "queue.Queue[Person]" = field(default_factory=queue.Queue)
    """Each is taken for a sign-in and put back, so that nobody signs in twice at the same moment."""
    addressees: "queue.Queue[Person]" = field(default_factory=queue.Queue)
    """People who were never sent a message."""
    unasked: "queue.Queue[tuple[dict[str, str], App]]" = field(default_factory=queue.Queue)
    """A signed-in browser, and an app that this person was never asked about."""
    strange: Counter[str] = field(default_factory=Counter)
    second_hands: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(32))
    """For what is done at the same moment by somebody else."""

    def app(self) -> App:
        return random.choice(APPS)

    def visitor(self) -> dict[str, str]:
        return dict(random.choice(self.visitors))


def register(world: World, apps: Iterable[App]) -> None:
    """Enter these apps in the registry."""
    from idp.oauth.client_metadata import client_of

    services = world.idp.installation.services
    with services.begin() as unit_of_work:
        for app in apps:
            unit_of_work.clients.save(client_of(app.metadata, is_sandbox=True), services.clock())
        unit_of_work.commit()
