"""What the bridge and the page have in common: a loopback listener that answers a name of its own alone."""

import json
import re
import socketserver
import sys
from abc import ABC, abstractmethod
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from examples.citizen_card.office import Office
else:  # run by its path, it finds it beside it
    from office import Office

MAX_BODY_BYTES = 16_384
_LOOPBACK_HOST = re.compile(r"(localhost|127\.0\.0\.1)(:[0-9]{1,5})?", re.ASCII | re.IGNORECASE)


class RequestError(Exception):
    """A request that is answered with an error: HTTP status and one word."""

    def __init__(self, status: HTTPStatus, word: str) -> None:
        super().__init__(word)
        self.status, self.word = status, word


class Listener(socketserver.ThreadingTCPServer):
    """A program that listens on 127.0.0.1."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, handler: type["Handler"], office: Office) -> None:
        self.office = office
        super().__init__(("127.0.0.1", port), handler)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no fault of ours."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler, ABC):
    """One connection."""

    protocol_version = "HTTP/1.1"
    timeout = 10
    server: Listener

    def do_GET(self) -> None:
        """Answer."""
        self._run()

    def do_POST(self) -> None:
        """Answer."""
        self._run()

    def do_OPTIONS(self) -> None:
        """Answer."""
        self._run()

    @abstractmethod
    def respond(self) -> None:
        """Answer the request, or raise `RequestError`."""

    def shared(self) -> list[tuple[str, str]]:
        """Header fields of every answer."""
        return []

    def send_json(self, status: HTTPStatus, value: object) -> None:
        """Answer with JSON."""
        self.answer(status, "application/json", json.dumps(value).encode())

    def _run(self) -> None:
        try:
            self.check_host()
            self.respond()
        except RequestError as error:
            self.close_connection = True  # its body may not have been read
            self.send_json(error.status, {"error": error.word})

    def log_message(self, *_: object) -> None:
        """Say nothing: PINs stand in the bodies."""

    def check_host(self) -> None:
        """A name that somebody else pointed at this machine gets nothing (DNS rebinding)."""
        if not _LOOPBACK_HOST.fullmatch(self.headers.get("Host", "")):
            raise RequestError(HTTPStatus.MISDIRECTED_REQUEST, "unknown_host")

    def read_body(self, media_type: str) -> bytes:
        """The body, bounded and of this type."""
        length = self.headers.get("Content-Length", "")
        is_short = re.fullmatch(r"[0-9]{1,9}", length, re.ASCII) and int(length) <= MAX_BODY_BYTES
        if not is_short or self.headers.get_content_type() != media_type:
            raise RequestError(HTTPStatus.BAD_REQUEST, "invalid_request")
        return self.rfile.read(int(length))

    def answer(self, status: HTTPStatus, content_type: str, body: bytes, *headers: tuple[str, str]) -> None:
        """Send an answer that no cache keeps."""
        self.send_response(status)
        for name, value in (*self.shared(), *headers):
            self.send_header(name, value)
        if content_type:
            self.send_header("Content-Type", content_type)
        if status is not HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src data:")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
