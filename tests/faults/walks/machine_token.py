"""An app that acts for itself (RFC 6749 §4.4): a token, and sometimes its end; introspection tells what it is worth."""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.faults.ledger import Broken, Fault
from tests.faults.line import Line
from tests.faults.walks.browser import StrangePageError
from tests.faults.walks.refresh import REVOCATION
from tests.faults.walks.world import MACHINES, App, World

MACHINE_TOKEN = "token of a machine"
JWT_SECONDS = 540
"""Those that speak for themselves live ten minutes."""


@dataclass
class MachineToken:
    """An access token without a person."""

    app: App
    value: str
    issued_at: float = field(default_factory=time.monotonic)
    asked_to_end: bool = False
    is_revoked: bool = False

    def acknowledged(self) -> dict[str, int]:
        return {MACHINE_TOKEN: 1, REVOCATION: self.is_revoked}

    def tried_again(self) -> dict[str, int]:
        return {}

    def broken(self, line: Line) -> Iterator[Broken]:
        if self.asked_to_end and not self.is_revoked:
            return
        answer = line.ask_until_answered("POST", "/introspect", {"token": self.value}, self.app.basic)
        is_active = answer.json()["active"]
        if self.is_revoked and is_active:
            yield Broken(REVOCATION, Fault.LOST, "a token that was called back is active")
        if not (self.is_revoked or is_active or self._is_old):
            yield Broken(MACHINE_TOKEN, Fault.LOST, "it is not active")

    @property
    def _is_old(self) -> bool:
        return self.value.count(".") == 2 and time.monotonic() > self.issued_at + JWT_SECONDS


class ActForOneself:
    """Every third calls its token back."""

    def __init__(self, world: World) -> None:
        self._world = world

    def walk(self, line: Line) -> None:
        app = random.choice(MACHINES)
        answer = line.ask_until_answered("POST", "/token", {"grant_type": "client_credentials"}, app.basic)
        if answer.status != 200:
            raise StrangePageError(f"no token: {answer.status} {answer.body!r}")
        token = MachineToken(app, answer.json()["access_token"])
        self._world.ledger.write(token)
        if random.random() < 0.33:
            token.asked_to_end = True
            answer = line.ask_until_answered("POST", "/revoke", {"token": token.value}, app.basic)
            token.is_revoked = answer.status == 200
