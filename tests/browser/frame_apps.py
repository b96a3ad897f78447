"""An app with a page of its own for the end of a session, which says in which browser it was opened and what it was told."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Event, Thread
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Opened:
    """One page as it was asked for."""

    path: str
    query: dict[str, list[str]]
    cookie: str
    referrer: str | None
    destination: str


@dataclass
class FrameApp:
    """What its pages were asked; `/hangs` never answers."""

    origin: str
    cookie: str
    """Its session in the browser; a name of its own, since ports of one host share cookies."""
    opened: list[Opened] = field(default_factory=list)
    changed: Condition = field(default_factory=Condition)
    over: Event = field(default_factory=Event)

    def wait_for(self, path: str, seconds: float = 20) -> Opened:
        """How this page was asked for first."""

        def found() -> Opened | None:
            return next((each for each in self.opened if each.path == path), None)

        with self.changed:
            opened = self.changed.wait_for(found, timeout=seconds)
        assert opened is not None, f"{path} was not opened, only {self.opened}"
        return opened

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        parts, headers = urlsplit(request.path), request.headers
        if parts.path == "/favicon.ico":
            request.send_error(404)
            return
        with self.changed:
            self.opened.append(
                Opened(
                    path=parts.path,
                    query=parse_qs(parts.query),
                    cookie=headers.get("Cookie", ""),
                    referrer=headers.get("Referer"),
                    destination=headers.get("Sec-Fetch-Dest", ""),
                )
            )
            self.changed.notify_all()
        if parts.path == "/hangs":
            self.over.wait(30)
            return
        body = b'<!DOCTYPE html><title>app</title><link rel="icon" href="data:,"><p id="app">app</p>'
        request.send_response(200)
        request.send_header("Content-Type", "text/html; charset=utf-8")
        request.send_header("Content-Length", str(len(body)))
        ended = "; Max-Age=0" if parts.path == "/out" else ""
        request.send_header("Set-Cookie", f"{self.cookie}; Path=/{ended}")
        request.end_headers()
        request.wfile.write(body)


@contextmanager
def frame_app(port: int) -> Iterator[FrameApp]:
    """Serve its pages at this port of localhost."""
    app = FrameApp(f"http://localhost:{port}", f"app_{port}=signed-in")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with suppress(OSError):  # the browser went on
                app.answer(self)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield app
    finally:
        app.over.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
