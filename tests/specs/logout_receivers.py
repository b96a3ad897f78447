"""Apps that listen for sign-outs, in every state that apps are in: well, broken, moved, slow, or hanging for good."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Event, Thread
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Heard:
    """One POST as it arrived."""

    path: str
    content_type: str
    form: dict[str, list[str]]

    @property
    def token(self) -> str:
        (token,) = self.form["logout_token"]
        return token


@dataclass
class Receivers:
    """The server of all these apps; the first part of a path says how it answers."""

    origin: str
    heard: list[Heard] = field(default_factory=list)
    changed: Condition = field(default_factory=Condition)
    over: Event = field(default_factory=Event)

    def at(self, path: str) -> list[Heard]:
        with self.changed:
            return [each for each in self.heard if each.path == path]

    def wait_for(self, path: str, times: int = 1, seconds: float = 20) -> list[Heard]:
        """What arrived at this path, once so much of it is there."""
        with self.changed:
            arrived = self.changed.wait_for(lambda: len(self.at(path)) >= times, timeout=seconds)
        assert arrived, f"{path} heard {len(self.at(path))} of {times} in {seconds} s"
        return self.at(path)

    def take(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["Content-Length"]))
        content_type = request.headers["Content-Type"]
        with self.changed:
            self.heard.append(Heard(request.path, content_type, parse_qs(body.decode(), keep_blank_values=True)))
            self.changed.notify_all()
        answers: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {
            "well": lambda request: _answer(request, 200),
            "quiet": lambda request: _answer(request, 204),
            "refusing": lambda request: _answer(request, 400),
            "broken": lambda request: _answer(request, 500),
            "moved": lambda request: _answer(request, 307, f"{self.origin}/well/elsewhere"),
            "hanging": lambda _: self._wait(),
            "slow": self._dribble,
        }
        answers[request.path.split("/")[1]](request)

    def _wait(self) -> None:
        self.over.wait(30)

    def _dribble(self, request: BaseHTTPRequestHandler) -> None:
        """The status at once, a byte of the body every half second."""
        request.send_response(200)
        request.send_header("Content-Length", "60")
        request.end_headers()
        for _ in range(60):
            request.wfile.write(b".")
            request.wfile.flush()
            if self.over.wait(0.5):
                return


def _answer(request: BaseHTTPRequestHandler, status: int, location: str = "") -> None:
    request.send_response(status)
    if location:
        request.send_header("Location", location)
    request.send_header("Content-Length", "0")
    request.end_headers()


@contextmanager
def listening(origin: str) -> Iterator[Receivers]:
    """The apps, listening at this origin."""
    receivers = Receivers(origin)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            with suppress(OSError):  # whoever called has lost patience
                receivers.take(self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", urlsplit(origin).port or 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield receivers
    finally:
        receivers.over.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
