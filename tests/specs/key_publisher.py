"""An app that publishes its public keys, changes them, and counts who asks."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass
class KeyPublisher:
    """What stands at `jwks_uri` at this moment; None: the app is broken."""

    jwks_uri: str
    keys: list[dict[str, Any]] | None = field(default_factory=list)
    text: str | None = None
    """Whatever else is to stand there in place of keys."""
    asked: int = 0


@contextmanager
def publishing(port: int) -> Iterator[KeyPublisher]:
    """Serve the keys at this port of 127.0.0.1."""
    publisher = KeyPublisher(f"http://127.0.0.1:{port}/jwks")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            publisher.asked += 1
            body = (publisher.text or json.dumps({"keys": publisher.keys})).encode()
            self.send_response(500 if publisher.keys is None else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield publisher
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
