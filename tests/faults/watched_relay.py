"""A connection in between that stops at a chosen word: what comes after it never arrives."""

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum

_BYTES = 65536
HELD_SECONDS = 30


class Way(Enum):
    """Which way the bytes go."""

    TO_STORE = "to the store"
    FROM_STORE = "from the store"


@dataclass
class _Trap:
    """Where to stop."""

    way: Way
    word: bytes
    after: bytes
    connections: set[int] = field(default_factory=set)
    """Those that said `after`."""

    def is_met(self, way: Way, data: bytes, connection: int) -> bool:
        is_met = way is self.way and self.word in data and (not self.after or connection in self.connections)
        if way is Way.TO_STORE and self.after in data:
            self.connections.add(connection)
        return is_met


class WatchedRelay:
    """Passes bytes on to a store on this machine until the trap snaps; then that connection stands still."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.chunks = 0
        """How many times something was sent to the store since the trap was set, on all connections together."""
        self._held = threading.Event()
        self._trap: _Trap | None = None
        self._trap_chunk = 0
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def set_trap(self, way: Way, word: bytes, after: bytes = b"") -> None:
        """Stop before the first piece that contains this word, on a connection that said `after` to the store before."""
        with self._lock:
            self._held.clear()
            self._trap = _Trap(way, word, after)

    def set_trap_at(self, chunk: int) -> None:
        """Stop before so manieth piece that is sent to the store; 0: only count."""
        with self._lock:
            self._held.clear()
            self.chunks, self._trap_chunk = 0, chunk

    def wait_until_held(self, seconds: float = HELD_SECONDS) -> bool:
        """Whether the trap snapped."""
        return self._held.wait(seconds)

    @property
    def is_held(self) -> bool:
        return self._held.is_set()

    def lead_to(self, target: int) -> None:
        """From now on to another store; who was connected to the one before is not any more."""
        self.target = target
        self.cut()

    def cut(self) -> None:
        """End all connections; what was held is gone, new ones pass freely."""
        with self._lock:
            self._trap, self._trap_chunk = None, 0
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
                connection.close()
            self._open.clear()

    def close(self) -> None:
        """Listen no more."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                try:
                    server = socket.create_connection(("127.0.0.1", self.target))
                except OSError:
                    client.close()
                    continue
                for each in (client, server):
                    each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with self._lock:
                    self._open |= {client, server}
                for way, source, destination in (
                    (Way.TO_STORE, client, server),
                    (Way.FROM_STORE, server, client),
                ):
                    arguments = (way, source, destination, client.fileno())
                    threading.Thread(target=self._pass_on, args=arguments, daemon=True).start()

    def _pass_on(self, way: Way, source: socket.socket, destination: socket.socket, connection: int) -> None:
        with suppress(OSError):
            while data := source.recv(_BYTES):
                if self._snaps(way, data, connection):
                    return  # both ends stay open, and wait
                destination.sendall(data)
        for end in (source, destination):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)  # closed by `cut`, since the other direction still looks at it

    def _snaps(self, way: Way, data: bytes, connection: int) -> bool:
        with self._lock:
            self.chunks += way is Way.TO_STORE
            is_word = self._trap is not None and self._trap.is_met(way, data, connection)
            is_count = way is Way.TO_STORE and 0 < self._trap_chunk <= self.chunks
            if not (is_word or is_count):
                return False
            self._trap, self._trap_chunk = None, 0
            self._held.set()
            return True
