"""A gateway that notes what it was sent and answers what the test tells it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

PROMISE = b'{"message_id": "1"}'


@dataclass
class Noted:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Gateway:
    url: str
    status: int = 202
    body: bytes = PROMISE
    headers: dict[str, str] = field(default_factory=dict)
    noted: list[Noted] = field(default_factory=list)

    def reset(self) -> None:
        self.status, self.body, self.headers, self.noted = 202, PROMISE, {}, []


@contextmanager
def running_gateway() -> Iterator[Gateway]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            gateway.noted.append(Noted(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            self._answer()

        def do_GET(self) -> None:
            gateway.noted.append(Noted(self.path, {k.lower(): v for k, v in self.headers.items()}, b""))
            self._answer()

        def _answer(self) -> None:
            self.send_response(gateway.status)
            for name, value in gateway.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(gateway.body)))
            self.end_headers()
            self.wfile.write(gateway.body)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        gateway = Gateway(f"http://127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield gateway
        finally:
            server.shutdown()
            thread.join()
