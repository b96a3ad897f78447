"""The sandbox authority: compares faces as a real one would answer, and asks the person before it what the answer is to be.

    python examples/authority/authority.py --port 8004 --return-to http://localhost:8000

An independent program on the standard library and `cryptography`. It speaks the authority's side of
`docs/contracts/face_authority.json` on the loopback and keeps transactions in memory. The bearer token is taken from
AUTHORITY_TOKEN, or drawn and printed; the signing key is drawn at each start. There is no camera: on its page one chooses
what came of it. Numbers of province 89 are known here, others are not. `POST /faults` makes it slow, dead or a liar.

One file is one register: faces are in `face.py`.
"""

import argparse
import hmac
import json
import os
import re
import secrets
import signal
import socketserver
import sys
import time
from collections.abc import Callable
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from examples.authority.face import CHOICES, FaceRegister, Transaction
    from examples.authority.state import Faults
else:  # run by its path, it finds them beside it
    from face import CHOICES, FaceRegister, Transaction
    from state import Faults

MAX_BODY_BYTES = 65536
MAX_SLOWNESS_SECONDS = 60
ISSUER = "urn:yizheng:sandbox:authority"

FOLDER = Path(__file__).parent
PAGE = Template((FOLDER / "page.html").read_text("utf-8"))
TEXTS: dict[str, dict[str, str]] = json.loads((FOLDER / "texts.json").read_text("utf-8"))
LOOPBACK_HOST = re.compile(r"(localhost|127\.0\.0\.1)(:[0-9]{1,5})?", re.ASCII | re.IGNORECASE)


class RequestError(Exception):
    """A request that is answered with an error: HTTP status and one word."""

    def __init__(self, status: HTTPStatus, word: str) -> None:
        super().__init__(word)
        self.status, self.word = status, word


class HangUpError(Exception):
    """The connection ends without an answer."""


class Authority(socketserver.ThreadingTCPServer):
    """The listening program."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, token: str, return_origins: frozenset[str]) -> None:
        self.token = token
        self.return_origins = return_origins
        self.faults = Faults()
        self.faces = FaceRegister(ISSUER)
        super().__init__(("127.0.0.1", port), Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no fault of ours."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """One connection: the contract, the page for people, and the faults."""

    protocol_version = "HTTP/1.1"
    timeout = 10
    server: Authority

    def do_GET(self) -> None:
        """Answer."""
        self._answer()

    def do_POST(self) -> None:
        """Answer."""
        self._answer()

    def log_message(self, *_: object) -> None:
        """Say nothing: secret addresses of people's pages would stand in it."""

    def begin(self) -> None:
        """POST /transactions of the contract."""
        self._check_token()
        self._meet_fault()
        order = self._read_object()
        problem = self.server.faces.problem_with(order, self.headers["Idempotency-Key"])
        if problem:
            raise RequestError(HTTPStatus.BAD_REQUEST, problem)
        parts = urlsplit(order["return_url"])
        if f"{parts.scheme}://{parts.netloc}" not in self.server.return_origins:
            raise RequestError(HTTPStatus.BAD_REQUEST, "return_url_not_registered")
        transaction = self.server.faces.begin(order)
        if transaction is None:
            raise RequestError(HTTPStatus.CONFLICT, "id_used_for_another_transaction")
        opened = {
            "transaction": transaction.id,
            "url": f"http://{self.headers['Host']}/face/{transaction.page}",
            "expires_at": transaction.expires_at,
        }
        self._send_json(HTTPStatus.CREATED, opened)

    def read(self, name: str) -> None:
        """GET /transactions/{transaction} of the contract."""
        self._check_token()
        fault = self._meet_fault()
        state = self.server.faces.state(name, fault)
        if state is None:
            raise RequestError(HTTPStatus.NOT_FOUND, "no_such_transaction")
        self._send_json(HTTPStatus.OK, state)

    def tell_keys(self) -> None:
        """GET /jwks of the contract."""
        self._meet_fault()
        self._send_json(HTTPStatus.OK, self.server.faces.keys())

    def show_page(self, page: str) -> None:
        """GET /face/{page}: the person chooses what came of it."""
        transaction = self._transaction_at(page)
        self._send(HTTPStatus.OK, "text/html; charset=utf-8", render_page(transaction).encode(), transaction)

    def take_choice(self, page: str) -> None:
        """POST /face/{page} choice=…: back to whoever asked."""
        # A form of another site names that site, or nothing (RFC 6454 §7): it does not get in.
        if self.headers.get("Origin", "") != f"http://{self.headers['Host']}":
            raise RequestError(HTTPStatus.FORBIDDEN, "another_site")
        transaction = self._transaction_at(page)
        form = parse_qs(self._read_body("application/x-www-form-urlencoded").decode("ascii", "replace"))
        (choice,) = form.get("choice", [""])[:1]
        if choice not in CHOICES:
            raise RequestError(HTTPStatus.BAD_REQUEST, "bad_choice")
        self.server.faces.decide(transaction, choice)
        self.send_response(HTTPStatus.SEE_OTHER)
        self.send_header("Location", transaction.return_url)
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def set_fault(self) -> None:
        """POST /faults {"fault": kind, "seconds": 5, "times": 0}: misbehave (see `Faults`)."""
        self._check_token()
        order = {"seconds": 5, "times": 0, **self._read_object()}
        kind, seconds, times = order.get("fault"), order["seconds"], order["times"]
        is_known = kind in Faults.KINDS and type(seconds) in (int, float) and type(times) is int
        if not is_known or not 0 <= seconds <= MAX_SLOWNESS_SECONDS or times < 0:
            raise RequestError(HTTPStatus.BAD_REQUEST, "bad_fault")
        self.server.faults.set(str(kind), seconds, times)
        self._send_json(HTTPStatus.OK, order)

    def show_home(self) -> None:
        """GET /: what this is, for whoever opens it."""
        language = "zh-CN" if self.headers.get("Accept-Language", "zh").lower().startswith("zh") else "en"
        texts = TEXTS[language]
        body = f"<p>{texts['home']}</p><p>{texts['now']} <b>{escape(self.server.faults.kind)}</b></p>"
        page = PAGE.substitute(texts, lang=language, body=body)
        self._send(HTTPStatus.OK, "text/html; charset=utf-8", page.encode())

    def send_stylesheet(self) -> None:
        """GET /authority.css."""
        self._send(HTTPStatus.OK, "text/css; charset=utf-8", (FOLDER / "authority.css").read_bytes())

    def _answer(self) -> None:
        try:
            self._find_route()()
        except HangUpError:
            self.close_connection = True
        except RequestError as error:
            self.close_connection = True  # its body may not have been read
            self._send_json(error.status, {"error": error.word})

    def _find_route(self) -> Callable[[], None]:
        # A name that somebody else pointed at this machine opens nobody's page (DNS rebinding).
        if not LOOPBACK_HOST.fullmatch(self.headers.get("Host", "")):
            raise RequestError(HTTPStatus.MISDIRECTED_REQUEST, "unknown_host")
        path = self.path.partition("?")[0]
        if (route := ROUTES.get((self.command, path))) is not None:
            return lambda: route(self)
        folder, _, name = path.rpartition("/")
        named = NAMED_ROUTES.get((self.command, folder))
        if named is None:
            raise RequestError(HTTPStatus.NOT_FOUND, "not_found")
        return lambda: named(self, name)

    def _transaction_at(self, page: str) -> Transaction:
        transaction = self.server.faces.at(page)
        if transaction is None:
            raise RequestError(HTTPStatus.NOT_FOUND, "no_such_transaction")
        return transaction

    def _check_token(self) -> None:
        shown = self.headers.get("Authorization", "").encode()
        if not hmac.compare_digest(shown, f"Bearer {self.server.token}".encode()):
            raise RequestError(HTTPStatus.UNAUTHORIZED, "bad_token")

    def _meet_fault(self) -> str:
        """The fault of this request; those of the line are met at once, those of the verdict where it is signed."""
        fault, seconds = self.server.faults.next(signs=self.path.startswith("/transactions/"))
        if fault == "slow":
            time.sleep(seconds)
        if fault == "down":
            raise HangUpError
        if fault == "error":
            raise RequestError(HTTPStatus.INTERNAL_SERVER_ERROR, "fault_ordered")
        return fault

    def _read_object(self) -> dict[str, Any]:
        try:
            value = json.loads(self._read_body("application/json"))
        except (ValueError, RecursionError):
            raise RequestError(HTTPStatus.BAD_REQUEST, "not_json") from None
        if not isinstance(value, dict):
            raise RequestError(HTTPStatus.BAD_REQUEST, "wrong_keys")
        return value

    def _read_body(self, media_type: str) -> bytes:
        """The body, bounded and of this type."""
        length = self.headers.get("Content-Length", "")
        if not re.fullmatch(r"[0-9]{1,9}", length, re.ASCII):
            raise RequestError(HTTPStatus.LENGTH_REQUIRED, "no_length")
        if int(length) > MAX_BODY_BYTES:
            raise RequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large")
        if self.headers.get_content_type() != media_type:
            raise RequestError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "wrong_type")
        return self.rfile.read(int(length))

    def _send_json(self, status: HTTPStatus, value: object) -> None:
        self._send(status, "application/json", json.dumps(value, ensure_ascii=False).encode())

    def _send(self, status: HTTPStatus, content_type: str, body: bytes, transaction: Transaction | None = None) -> None:
        targets = "'self'" if transaction is None else f"'self' {origin_of(transaction.return_url)}"
        policy = f"default-src 'none'; style-src 'self'; img-src data:; form-action {targets}; frame-ancestors 'none'"
        self.send_response(status)
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


ROUTES: dict[tuple[str, str], Callable[[Handler], None]] = {
    ("POST", "/transactions"): Handler.begin,
    ("GET", "/jwks"): Handler.tell_keys,
    ("POST", "/faults"): Handler.set_fault,
    ("GET", "/"): Handler.show_home,
    ("GET", "/authority.css"): Handler.send_stylesheet,
}
NAMED_ROUTES: dict[tuple[str, str], Callable[[Handler, str], None]] = {
    ("GET", "/transactions"): Handler.read,
    ("GET", "/face"): Handler.show_page,
    ("POST", "/face"): Handler.take_choice,
}


def origin_of(url: str) -> str:
    """Scheme, host and port."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def render_page(transaction: Transaction) -> str:
    """The page of one transaction: whom and what for, and a button for each thing that may come of it."""
    language = transaction.language if transaction.language in TEXTS else "en"
    texts = TEXTS[language]
    offered = CHOICES if transaction.is_known else ("not_found", "cancel")
    buttons = "".join(
        f'<button type="submit" name="choice" value="{choice}">{texts[f"choice_{choice}"]}</button>'
        for choice in offered
    )
    person = f"{escape(transaction.masked_name)} · {escape(transaction.masked_number)}"
    body = (
        f'<p>{texts["about"]}</p><p class="person">{person}</p><p>{escape(transaction.purpose)}</p>'
        f'<form action="/face/{transaction.page}" method="post">{buttons}</form>'
    )
    return PAGE.substitute(texts, lang=language, body=body)


def main() -> int:
    """Listen until told to stop."""
    parser = argparse.ArgumentParser(description="The sandbox authority: compares faces as you tell it to.")
    parser.add_argument("--port", type=int, default=8004, help="where to listen on 127.0.0.1; 0 takes any free port")
    parser.add_argument(
        "--return-to", metavar="ORIGIN", action="append", default=[], help="where it may send people back to"
    )
    arguments = parser.parse_args()
    given = os.environ.get("AUTHORITY_TOKEN", "")
    token = given or secrets.token_urlsafe(24)
    try:
        authority = Authority(arguments.port, token, frozenset(arguments.return_to))
    except (OSError, OverflowError) as error:
        print(f"cannot listen on 127.0.0.1:{arguments.port}: {error}", file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with authority:
        print(f"sandbox authority: http://localhost:{authority.server_address[1]}", flush=True)
        if not given:
            print(f"bearer token: {token}", flush=True)
        try:
            authority.serve_forever()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
