"""One machine over PostgreSQL and Redis, with a relay before each, so that a process dies at a chosen step of a request."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from tests.faults.ledger import Ledger
from tests.faults.line import Line, Traffic
from tests.faults.machines import Machines, watched
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
    """No delivery worker: it commits, too."""
    relays = {"database": WatchedRelay(_port(urls.database)), "ephemeral": WatchedRelay(_port(urls.ephemeral))}
    through = StorageUrls(
        urls.database.replace(f":{_port(urls.database)}/", f":{relays['database'].port}/"),
        urls.ephemeral.replace(f":{_port(urls.ephemeral)}/", f":{relays['ephemeral'].port}/"),
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


def _port(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port
