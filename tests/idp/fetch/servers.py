"""The other side of a fetch: small servers on the loopback that answer as badly as a test wants."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

Answer = Callable[["Server", socket.socket], None]


@dataclass
class Server:
    """Answers every connection in a thread of its own until it is stopped; remembers the requests and names asked."""

    answer: Answer
    tls: ssl.SSLContext | None = None
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._listen, daemon=True)]
        self._threads[0].start()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connected, _ = self._listener.accept()
                self.connections += 1
                thread = threading.Thread(target=self._serve, args=(connected,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, connected: socket.socket) -> None:
        with connected, contextlib.suppress(OSError):
            connected.settimeout(5)
            if self.tls is None:
                self.answer(self, connected)
            else:
                with self.tls.wrap_socket(connected, server_side=True) as secured:
                    self.answer(self, secured)

    def stop(self) -> None:
        self.stopped.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(timeout=6)


def receive(connected: socket.socket) -> bytes:
    """The next bytes, at least one; ConnectionError when there will be none."""
    data = connected.recv(65536)
    if not data:
        raise ConnectionError("the client hung up")
    return data


def read_request(connected: socket.socket) -> bytes:
    """One whole request, head and body."""
    request = b""
    while b"\r\n\r\n" not in request:
        request += receive(connected)
    head, _, body = request.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    while len(body) < length:
        body += receive(connected)
    return head + b"\r\n\r\n" + body


def says(*pieces: bytes, forever: bytes = b"", pause: float = 0.0) -> Answer:
    """Reads a request and sends the pieces; then, where told so, one piece again and again for three seconds."""

    def answer(server: Server, connected: socket.socket) -> None:
        server.requests.append(read_request(connected))
        for piece in pieces:
            connected.sendall(piece)
        ends_at = time.monotonic() + 3
        while forever and time.monotonic() < ends_at and not server.stopped.wait(pause):
            connected.sendall(forever)

    return answer


def is_silent(server: Server, connected: socket.socket) -> None:
    """Takes the connection and says nothing for three seconds."""
    server.stopped.wait(3)


def reply(body: bytes = b"", status: str = "200 OK", headers: Iterable[str] = ()) -> bytes:
    """A whole HTTP answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Canary:
    """A port on every loopback address that notices whoever connects to it."""

    def __init__(self) -> None:
        self._listeners = [socket.create_server(("127.0.0.1", 0))]
        self.port: int = self._listeners[0].getsockname()[1]
        with contextlib.suppress(OSError):  # a machine without IPv6 has no such loopback to defend
            self._listeners.append(socket.create_server(("::1", self.port), family=socket.AF_INET6))
        for listener in self._listeners:
            listener.setblocking(False)

    def was_touched(self) -> bool:
        """Whether a connection waits on any address; a connection made is in the queue before its maker returns."""
        touched = False
        for listener in self._listeners:
            with contextlib.suppress(BlockingIOError):
                listener.accept()[0].close()
                touched = True
        return touched

    def close(self) -> None:
        for listener in self._listeners:
            listener.close()
