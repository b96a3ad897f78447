"""One machine with a relay before each of its stores, so that a process dies at a chosen step of a request."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from idp.oauth.codes import origin_of
from tests.faults.ledger import Ledger
from tests.faults.line import Answer, AnswerLostError, Line, Traffic
from tests.faults.machines import Machines, watched
from tests.faults.walks.silent_sign_in import Code
from tests.faults.walks.world import World
from tests.faults.watched_relay import WatchedRelay
from tests.plugins.private_servers import StorageUrls
from tests.plugins.running_idp import running_idp


@dataclass
class OneMachine:
    """It, and what stands between it and its stores."""

    machines: Machines
    relays: dict[str, WatchedRelay]
    world: World
    open_lines: ExitStack = field(default_factory=ExitStack)
    answers: list[Answer] = field(default_factory=list)
    """What came back although the server was killed: there should be nothing."""

    def family_of(self, code: Code) -> str:
        """What the database knows of a code: nothing, or a family, living or dead."""
        with self.world.idp.installation.services.begin() as unit_of_work:
            family = unit_of_work.authorizations.by_origin(origin_of(code.app.client_id, code.value))
        return "none" if family is None else "dead" if family.revoked_at is not None else "living"

    def begin_in_vain(self, act: Callable[[], Answer]) -> threading.Thread:
        """Begin something whose answer will be lost; the thread ends when it is."""

        def act_in_vain() -> None:
            with suppress(AnswerLostError):
                self.answers.append(act())

        thread = threading.Thread(target=act_in_vain)
        thread.start()
        return thread

    def line(self) -> Line:
        """A line that is closed when the machine is stopped."""
        return self.open_lines.enter_context(closing(Line(self.machines.doors, self.world.traffic)))

    def die(self) -> None:
        """All processes of the machine at once, in the middle of whatever they do; then it starts again."""
        self.machines.kill_whole("serve")
        for relay in self.relays.values():
            relay.cut()
        self.machines.wait_until_whole()


@contextmanager
def one_machine(urls: StorageUrls, directory: Path, sections: str) -> Iterator[OneMachine]:
    """Over these stores, each behind a relay unless it is a file; no delivery worker, since it commits, too."""
    relays = {name: WatchedRelay(port) for name, port in _ports(urls).items()}
    through = StorageUrls(
        **{name: _through(getattr(urls, name), relays.get(name)) for name in ("database", "ephemeral")}
    )
    with running_idp(through, directory, sections=sections) as idp:
        worker = idp.processes.pop("worker")
        worker.terminate()
        worker.wait(15)
        with watched(Machines.of(idp)) as machines:
            world = World(idp, machines.doors, Traffic(), Ledger())
            machine = OneMachine(machines, relays, world)
            with machine.open_lines:
                yield machine
    for relay in relays.values():
        relay.close()


def _ports(urls: StorageUrls) -> dict[str, int]:
    found = {"database": urlsplit(urls.database).port, "ephemeral": urlsplit(urls.ephemeral).port}
    return {name: port for name, port in found.items() if port is not None}


def _through(url: str, relay: WatchedRelay | None) -> str:
    return url if relay is None else url.replace(f":{relay.target}/", f":{relay.port}/")
