"""What the load lives in: apps, people, and sessions that were made before anything is killed."""

import base64
import queue
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from tests.faults.ledger import Ledger
from tests.faults.line import Doors, Line, Traffic
from tests.faults.receivers import Receivers
from tests.plugins.running_idp import Person, RunningIdp

T = TypeVar("T")

SECRET = "a client secret of the load, 32 characters and more"
DELIVERY_SECONDS = 100
"""A worker that was killed keeps what it had in hand for 60."""
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
    refreshes: bool = False
    acts_for_itself: bool = False
    access_token_format: str = "opaque"

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

    def metadata(self, receivers: Receivers | None) -> dict[str, Any]:
        """What registers it; where somebody listens, it hears of sign-outs."""
        told = {
            "client_id": self.client_id,
            "client_name": "一个应用",
            "client_secret": SECRET,
            "scope": self.scope,
            "sector_identifier": "load.sandbox",
            "asks_consent": self.asks_consent,
            "access_token_format": self.access_token_format,
        }
        if self.acts_for_itself:
            return told | {"grant_types": ["client_credentials"]}
        grants = ["authorization_code", "refresh_token"] if self.refreshes else ["authorization_code"]
        addresses = {"redirect_uris": [self.redirect_uri], "post_logout_redirect_uris": [self.goodbye_uri]}
        hears = {} if receivers is None else {"backchannel_logout_uri": f"{receivers.origin}/{self.client_id}"}
        return told | {"grant_types": grants} | addresses | hears


APPS = tuple(App(f"load-{number}") for number in range(4))
REFRESHING = tuple(App(f"refreshing-{number}", refreshes=True) for number in range(2))
MACHINES = tuple(
    App(f"machine-{form}", scope="load:read", acts_for_itself=True, access_token_format=form)
    for form in ("opaque", "jwt")
)
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
    receivers: Receivers | None = None
    """Where apps hear of sign-outs."""
    visitors: list[dict[str, str]] = field(default_factory=list)
    """Cookies of browsers in which somebody is signed in, who never signs out."""
    people: "queue.Queue[Person]" = field(default_factory=queue.Queue)
    """Each is taken for a sign-in and put back, so that nobody signs in twice at the same moment."""
    addressees: "queue.Queue[Person]" = field(default_factory=queue.Queue)
    """People who were never sent a message."""
    unasked: "queue.Queue[tuple[dict[str, str], App]]" = field(default_factory=queue.Queue)
    """A signed-in browser, and an app that this person was never asked about."""
    strange: Counter[str] = field(default_factory=Counter)
    _owed_until: float = 0
    _second_hands: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(32))

    def app(self) -> App:
        return random.choice(APPS)

    def is_brought(self, has_arrived: Callable[[], bool]) -> bool:
        """Whether what the delivery worker owes is there; it has so many seconds from the first such question."""
        self._owed_until = self._owed_until or time.monotonic() + DELIVERY_SECONDS
        while not has_arrived():
            if time.monotonic() > self._owed_until:
                return False
            time.sleep(0.5)
        return True

    def elsewhere(self, act: Callable[[Line], T]) -> "Future[T]":
        """Do this at the same moment, on a line of its own."""

        def on_own_line() -> T:
            with closing(Line(self.doors, self.traffic)) as line:
                return act(line)

        return self._second_hands.submit(on_own_line)

    def visitor(self) -> dict[str, str]:
        return dict(random.choice(self.visitors))


def register(world: World, apps: Iterable[App]) -> None:
    """Enter these apps in the registry."""
    from idp.oauth.client_metadata import client_of

    services = world.idp.installation.services
    with services.begin() as unit_of_work:
        for app in apps:
            unit_of_work.clients.save(client_of(app.metadata(world.receivers), is_sandbox=True), services.clock())
        unit_of_work.commit()
