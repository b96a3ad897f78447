"""The apps' ears: where they hear of sign-outs (OpenID Connect Back-Channel Logout 1.0 §2.5)."""

import base64
import json
import random
import select
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

MOST_SECONDS = 0.5
"""How long an app takes, so that the worker often has something in hand when it dies."""


@dataclass
class Receivers:
    """One server for all of them; it knows which sessions are over."""

    origin: str
    ended: set[str] = field(default_factory=set)


def unverified_sid(token: str) -> str:
    """The session that a token of ours is about; its signature is looked at elsewhere."""
    payload = token.split(".")[1]
    return str(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["sid"])


@contextmanager
def listening(port: int) -> Iterator[Receivers]:
    """Hear, on this port of 127.0.0.1."""
    receivers = Receivers(f"http://127.0.0.1:{port}")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            with suppress(OSError):  # who called may be dead by now
                body = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                time.sleep(random.uniform(0, MOST_SECONDS))
                if select.select([self.connection], [], [], 0)[0]:
                    return  # who called is dead: an app whose own work is undone, and which has heard nothing
                receivers.ended.add(unverified_sid(body["logout_token"][0]))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1})
    thread.start()
    try:
        yield receivers
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
