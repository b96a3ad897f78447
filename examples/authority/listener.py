"""What every listener of this program has in common: the loopback alone, bounded bodies, answers that no cache keeps."""

import json
import re
import socketserver
import sys
from abc import ABC, abstractmethod
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl

MAX_BODY_BYTES = 65536
LOOPBACK_HOST = re.compile(r"(localhost|127\.0\.0\.1)(:[0-9]{1,5})?", re.ASCII | re.IGNORECASE)


class RequestError(Exception):
    """A request that is answered with an error: HTTP status and one word."""

    def __init__(self, status: HTTPStatus, word: str) -> None:
        super().__init__(word)
        self.status, self.word = status, word


class HangUpError(Exception):
    """The connection ends without an answer."""


class Listener(socketserver.ThreadingTCPServer):
    """Listens on 127.0.0.1."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, handler: type["Handler"]) -> None:
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

    def do_GET(self) -> None:
        """Answer."""
        self._run()

    def do_POST(self) -> None:
        """Answer."""
        self._run()

    def do_OPTIONS(self) -> None:
        """Answer."""
        self._run()

    def log_message(self, *_: object) -> None:
        """Say nothing: secret addresses of people's pages would stand in it."""

    @abstractmethod
    def respond(self) -> None:
        """Answer the request, or raise `RequestError` or `HangUpError`."""

    def shared(self) -> list[tuple[str, str]]:
        """Header fields of every answer."""
        return []

    def read_object(self) -> dict[str, Any]:
        """The JSON object of the body."""
        try:
            value = json.loads(self.read_body("application/json"))
        except (ValueError, RecursionError):
            raise RequestError(HTTPStatus.BAD_REQUEST, "not_json") from None
        if not isinstance(value, dict):
            raise RequestError(HTTPStatus.BAD_REQUEST, "wrong_keys")
        return value

    def read_form(self) -> dict[str, str]:
        """The fields of one of our own pages."""
        # A form of another site names that site, or nothing (RFC 6454 §7): it does not get in.
        if self.headers.get("Origin", "") != f"http://{self.headers['Host']}":
            raise RequestError(HTTPStatus.FORBIDDEN, "another_site")
        return dict(parse_qsl(self.read_body("application/x-www-form-urlencoded").decode("ascii", "replace")))

    def read_body(self, media_type: str) -> bytes:
        """The body, bounded and of this type."""
        length = self.headers.get("Content-Length", "")
        if not re.fullmatch(r"[0-9]{1,9}", length, re.ASCII):
            raise RequestError(HTTPStatus.LENGTH_REQUIRED, "no_length")
        if int(length) > MAX_BODY_BYTES:
            raise RequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large")
        if self.headers.get_content_type() != media_type:
            raise RequestError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "wrong_type")
        return self.rfile.read(int(length))

    def send_json(self, status: HTTPStatus, value: object) -> None:
        """Answer with JSON."""
        self.send(status, "application/json", json.dumps(value, ensure_ascii=False).encode())

    def send_back(self, url: str) -> None:
        """To another page, by GET."""
        self.send_response(HTTPStatus.SEE_OTHER)
        self.send_header("Location", url)
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def send(self, status: HTTPStatus, content_type: str, body: bytes, form_targets: str = "'self'") -> None:
        """Answer."""
        policy = (
            f"default-src 'none'; style-src 'self'; img-src data:; form-action {form_targets}; frame-ancestors 'none'"
        )
        self.send_response(status)
        for name, value in self.shared():
            self.send_header(name, value)
        if status is not HTTPStatus.NO_CONTENT:
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "same-origin")  # so that a form of ours names where it stood
        self.send_header("Content-Security-Policy", policy)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def _run(self) -> None:
        try:
            self._check_host()
            self.respond()
        except HangUpError:
            self.close_connection = True
        except RequestError as error:
            self.close_connection = True  # its body may not have been read
            self.send_json(error.status, {"error": error.word})

    def _check_host(self) -> None:
        """A name that somebody else pointed at this machine gets nothing (DNS rebinding)."""
        if not LOOPBACK_HOST.fullmatch(self.headers.get("Host", "")):
            raise RequestError(HTTPStatus.MISDIRECTED_REQUEST, "unknown_host")
