"""A code by text message is promised in a request and brought by the worker, which is killed as well."""

import queue
from collections.abc import Iterator
from dataclasses import dataclass

from tests.faults.ledger import Broken, Fault
from tests.faults.line import Line
from tests.faults.walks.browser import Browser, StrangePageError, question
from tests.faults.walks.world import Drip, World
from tests.plugins.running_idp import Person

MESSAGE = "text message"
SECONDS_BETWEEN = 2.0


@dataclass
class Message:
    """The page said that a code is on its way to somebody who was never sent one before."""

    world: World
    person: Person

    def acknowledged(self) -> dict[str, int]:
        return {MESSAGE: 1}

    def tried_again(self) -> dict[str, int]:
        return {}

    def broken(self, line: Line) -> Iterator[Broken]:
        if not self.world.is_brought(lambda: bool(self.world.idp.messages_to(self.person.phone))):
            yield Broken(MESSAGE, Fault.LOST, "promised and not brought")


class AskForAMessage:
    """Asks for a code and leaves it at that."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._drip = Drip(SECONDS_BETWEEN)

    def walk(self, line: Line) -> None:
        if not self._drip.falls():
            return
        try:
            person = self._world.addressees.get_nowait()
        except queue.Empty:
            return
        answer = Browser(line).name_oneself(question(self._world.app()), person, "code")
        if not answer.location.endswith("/code"):
            raise StrangePageError(f"no code sent: {answer.status} {answer.body[-300:]!r}")
        self._world.ledger.write(Message(self._world, person))
