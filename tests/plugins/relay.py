"""A connection in between, that a test can cut or freeze: for the server behind it nothing happens, for us it is dead."""

import socket
import threading
from contextlib import suppress

_BYTES = 65536


class Relay:
    """Passes bytes on to a port of this machine; cut, it refuses connections and ends those that were open."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self._flows = threading.Event()
        self._flows.set()
        self._listener = self._listen(0)
        self.port: int = self._listener.getsockname()[1]

    def cut(self) -> None:
        """Die."""
        with self._lock:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
                connection.close()
            self._open.clear()

    def freeze(self) -> None:
        """Hang: take everything, connections too, and answer nothing until thawed."""
        self._flows.clear()

    def thaw(self) -> None:
        """Go on where it stopped."""
        self._flows.set()

    def mend(self) -> None:
        """Be there again, under the same address."""
        self._listener = self._listen(self.port)

    def _listen(self, port: int) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return listener

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                with self._lock:
                    self._open += [client, server]
                for source, destination in ((client, server), (server, client)):
                    threading.Thread(target=self._pass_on, args=(source, destination), daemon=True).start()

    def _pass_on(self, source: socket.socket, destination: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(_BYTES):
                self._flows.wait()
                destination.sendall(data)
        with suppress(OSError):
            destination.shutdown(socket.SHUT_WR)
