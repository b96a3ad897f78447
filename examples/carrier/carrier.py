"""The sandbox carrier: takes text messages like a gateway and shows them on a page instead of sending them.

    python examples/carrier/carrier.py --port 8003

An independent program on the standard library alone. It speaks the gateway's side of `docs/contracts/sms_http.json` on
the loopback and keeps the last 500 messages in memory (`--keep`). The bearer token is taken from CARRIER_TOKEN, or drawn and
printed. With `--reports-to` it reports what became of each message, by the token in CARRIER_REPORT_TOKEN. `POST /faults`,
or the form on its page, makes it slow, busy, broken or silent, so that one sees what those who depend on it do.
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
from collections.abc import Callable, Mapping
from dataclasses import asdict
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote

if TYPE_CHECKING:
    from examples.carrier.reports import Reporter
    from examples.carrier.state import MESSAGES_KEPT, Faults, Inbox, Received
else:  # run by its path, it finds them beside it
    from reports import Reporter
    from state import MESSAGES_KEPT, Faults, Inbox, Received

SANDBOX_CODE = "000000"
MAX_BODY_BYTES = 65536
MAX_SLOWNESS_SECONDS = 60

FOLDER = Path(__file__).parent
PAGE = Template((FOLDER / "page.html").read_text("utf-8"))
TEXTS: dict[str, dict[str, str]] = json.loads((FOLDER / "texts.json").read_text("utf-8"))

MESSAGE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
PHONE = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
TEXT = re.compile(r"[^\ud800-\udfff]{1,1000}", re.DOTALL)
LOOPBACK_HOST = re.compile(r"(localhost|127\.0\.0\.1)(:[0-9]{1,5})?", re.ASCII | re.IGNORECASE)


class RequestError(Exception):
    """A request that is answered with an error: HTTP status and one word."""

    def __init__(self, status: HTTPStatus, word: str) -> None:
        super().__init__(word)
        self.status, self.word = status, word


class HangUpError(Exception):
    """The connection ends without an answer."""


class Carrier(socketserver.ThreadingTCPServer):
    """The listening program."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        port: int,
        token: str,
        reporter: Reporter | None = None,
        troubled: Mapping[str, tuple[str, float]] | None = None,
        *,
        most: int = MESSAGES_KEPT,
    ) -> None:
        self.token = token
        self.troubled = troubled or {}
        """Phones whose messages always meet this fault."""
        self.reporter = reporter
        self.inbox = Inbox(most)
        self.faults = Faults()
        super().__init__(("127.0.0.1", port), Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no fault of ours."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """One connection: the contract, the faults, and two ways of reading what came."""

    protocol_version = "HTTP/1.1"
    timeout = 10
    server: Carrier

    def do_GET(self) -> None:
        """Answer."""
        self._answer()

    def do_POST(self) -> None:
        """Answer."""
        self._answer()

    def log_message(self, *_: object) -> None:
        """Say nothing: phone numbers stand in the addresses."""

    def take_message(self) -> None:
        """POST /messages of the contract."""
        self._check_token()
        fault, seconds = self._meet_fault(is_message=True)
        message = self._read_object({"id", "to", "text"}, {"medium"})
        id_, to, text, medium = message["id"], message["to"], message["text"], message.get("medium", "sms")
        if not isinstance(id_, str) or not MESSAGE_ID.fullmatch(id_) or self.headers["Idempotency-Key"] != id_:
            raise RequestError(HTTPStatus.BAD_REQUEST, "bad_id")
        if not isinstance(to, str) or not PHONE.fullmatch(to):
            raise RequestError(HTTPStatus.BAD_REQUEST, "bad_phone")
        if not isinstance(text, str) or not TEXT.fullmatch(text):
            raise RequestError(HTTPStatus.BAD_REQUEST, "bad_text")
        if medium not in ("sms", "voice"):
            raise RequestError(HTTPStatus.BAD_REQUEST, "bad_medium")
        fault, seconds = self.server.troubled.get(to, (fault, seconds))
        received = self.server.inbox.take(id_, to, text, medium)
        if received is None:
            raise RequestError(HTTPStatus.CONFLICT, "id_used_for_another_message")
        if fault == "slow":
            time.sleep(seconds)
        self._send_json(HTTPStatus.ACCEPTED, {"message_id": received.message_id})
        if self.server.reporter is not None and fault != "unreported" and received.report is None:
            received.report = "failed" if fault == "undelivered" else "delivered"
            self.server.reporter.tell(id_, received.report)

    def tell_code(self) -> None:
        """GET /sandbox/code of the contract: what sandbox people may type."""
        self._check_token()
        fault, seconds = self._meet_fault(is_message=False)
        if fault == "slow":
            time.sleep(seconds)
        self._send_json(HTTPStatus.OK, {"code": SANDBOX_CODE})

    def set_fault(self) -> None:
        """POST /faults {"fault": kind, "seconds": 5, "times": 0}: misbehave (see `Faults`)."""
        self._check_token()
        order = {"seconds": 5, "times": 0, **self._read_object({"fault"}, {"seconds", "times"})}
        kind, seconds, times = order["fault"], order["seconds"], order["times"]
        is_known = kind in Faults.KINDS and type(seconds) in (int, float) and type(times) is int
        if not is_known or not 0 <= seconds <= MAX_SLOWNESS_SECONDS or times < 0:
            raise RequestError(HTTPStatus.BAD_REQUEST, "bad_fault")
        self.server.faults.set(kind, seconds, times)
        self._send_json(HTTPStatus.OK, order)

    def take_fault_of_page(self) -> None:
        """POST /page/fault fault=kind: the same by the form of the page, until told otherwise."""
        # A form of another site names that site, or nothing (RFC 6454 §7): it does not get in.
        if self.headers.get("Origin", "") != f"http://{self.headers['Host']}":
            raise RequestError(HTTPStatus.FORBIDDEN, "another_site")
        form = parse_qs(self._read_body("application/x-www-form-urlencoded").decode("ascii", "replace"))
        (kind,) = form.get("fault", [""])[:1]
        if kind not in Faults.KINDS:
            raise RequestError(HTTPStatus.BAD_REQUEST, "bad_fault")
        self.server.faults.set(kind, 5, 0)
        self.send_response(HTTPStatus.SEE_OTHER)
        self.send_header("Location", "/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def list_messages(self) -> None:
        """GET /messages?to=+86…: what came, newest first."""
        found = self.server.inbox.newest_first(self._asked_phone())
        self._send_json(HTTPStatus.OK, {"messages": [asdict(message) for message in found]})

    def show_page(self) -> None:
        """GET /?to=+86…&lang=en: the same for people."""
        accepted = self.headers.get("Accept-Language", "zh").lower()
        language = self._asked("lang") or ("zh-CN" if accepted.startswith("zh") else "en")
        language = language if language in TEXTS else "zh-CN"
        page = render_page(self.server.inbox.newest_first(self._asked_phone()), language, self.server.faults.kind)
        self._send(HTTPStatus.OK, "text/html; charset=utf-8", page.encode())

    def send_stylesheet(self) -> None:
        """GET /carrier.css."""
        self._send(HTTPStatus.OK, "text/css; charset=utf-8", (FOLDER / "carrier.css").read_bytes())

    def _answer(self) -> None:
        try:
            self._find_route()()
        except HangUpError:
            self.close_connection = True
        except RequestError as error:
            self.close_connection = True  # its body may not have been read
            self._send_json(error.status, {"error": error.word})

    def _find_route(self) -> Callable[[], None]:
        # A name that somebody else pointed at this machine reads nobody's messages (DNS rebinding).
        if not LOOPBACK_HOST.fullmatch(self.headers.get("Host", "")):
            raise RequestError(HTTPStatus.MISDIRECTED_REQUEST, "unknown_host")
        route = ROUTES.get((self.command, self.path.partition("?")[0]))
        if route is None:
            raise RequestError(HTTPStatus.NOT_FOUND, "not_found")
        return lambda: route(self)

    def _asked(self, name: str) -> str | None:
        """A query parameter, or None."""
        values = parse_qs(self.path.partition("?")[2]).get(name)
        return values[0] if values else None

    def _asked_phone(self) -> str | None:
        """The phone whose messages are wanted; its plus sign, typed by hand and not escaped, comes as a space."""
        phone = self._asked("to")
        return phone and re.sub("^ ", "+", phone)

    def _check_token(self) -> None:
        shown = self.headers.get("Authorization", "").encode()
        if not hmac.compare_digest(shown, f"Bearer {self.server.token}".encode()):
            raise RequestError(HTTPStatus.UNAUTHORIZED, "bad_token")

    def _meet_fault(self, *, is_message: bool) -> tuple[str, float]:
        fault, seconds = self.server.faults.next(is_message=is_message)
        if fault == "down":
            raise HangUpError
        answers = {
            "error": HTTPStatus.INTERNAL_SERVER_ERROR,
            "busy": HTTPStatus.TOO_MANY_REQUESTS,
            "refuse": HTTPStatus.BAD_REQUEST,
        }
        if fault in answers:
            raise RequestError(answers[fault], "fault_ordered")
        return fault, seconds

    def _read_object(self, required: set[str], optional: frozenset[str] | set[str] = frozenset()) -> dict[str, Any]:
        """The JSON object in the body with these keys and no others."""
        try:
            value = json.loads(self._read_body("application/json"))
        except (ValueError, RecursionError):
            raise RequestError(HTTPStatus.BAD_REQUEST, "not_json") from None
        if not isinstance(value, dict) or not required <= value.keys() <= required | optional:
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

    def _send(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src data:")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)


ROUTES: dict[tuple[str, str], Callable[[Handler], None]] = {
    ("POST", "/messages"): Handler.take_message,
    ("GET", "/sandbox/code"): Handler.tell_code,
    ("POST", "/faults"): Handler.set_fault,
    ("POST", "/page/fault"): Handler.take_fault_of_page,
    ("GET", "/messages"): Handler.list_messages,
    ("GET", "/"): Handler.show_page,
    ("GET", "/carrier.css"): Handler.send_stylesheet,
}


def render_page(messages: list[Received], language: str, fault: str) -> str:
    """The page: one section for each phone, the one that rang last on top, and the form that makes us misbehave."""
    phones: dict[str, list[Received]] = {}
    for message in messages:
        phones.setdefault(message.to, []).append(message)
    texts = TEXTS[language]
    sections = "".join(render_phone(to, received, language) for to, received in phones.items())
    choices = "".join(
        f'<option value="{kind}"{" selected" if kind == fault else ""}>{texts[f"fault_{kind}"]}</option>'
        for kind in Faults.KINDS
    )
    phones_or_none = sections or f'<p class="empty">{texts["empty"]}</p>'
    return PAGE.substitute(texts, lang=language, phones=phones_or_none, choices=choices)


def render_phone(to: str, received: list[Received], language: str) -> str:
    """One phone: its number leads to a page of its own, and six digits in a row stand out."""
    items = ""
    for message in received:
        texts = TEXTS[language]
        text = re.sub("[0-9]{6}|[0-9](?:[，,] ?[0-9]){5}", r"<strong>\g<0></strong>", escape(message.text))
        kind = f'<span class="kind">{texts["call"]}</span> ' if message.medium == "voice" else ""
        report = f" · {texts[f'report_{message.report}']}" if message.report else ""
        time_of_day = f'<time datetime="{message.received_at}">{message.received_at[11:19]}</time>'
        items += f"<li><p>{kind}{text}</p>{time_of_day}{report}</li>"
    return f'<section><h2><a href="/?to={quote(to)}&amp;lang={language}">{to}</a></h2><ol>{items}</ol></section>'


def main() -> int:
    """Listen until told to stop."""
    parser = argparse.ArgumentParser(description="The sandbox carrier: text messages, shown on a page.")
    parser.add_argument("--port", type=int, default=8003, help="where to listen on 127.0.0.1; 0 takes any free port")
    parser.add_argument("--reports-to", metavar="URL", help="where to report what became of each message")
    parser.add_argument("--slow", metavar="PHONE", action="append", default=[], help="whose messages take five seconds")
    parser.add_argument("--undelivered", metavar="PHONE", action="append", default=[], help="whose never arrive")
    parser.add_argument("--keep", metavar="NUMBER", type=int, default=MESSAGES_KEPT, help="how many to remember")
    arguments = parser.parse_args()
    troubled = dict.fromkeys(arguments.slow, ("slow", 5.0))
    troubled |= dict.fromkeys(arguments.undelivered, ("undelivered", 0.0))
    port = arguments.port
    report_token = os.environ.get("CARRIER_REPORT_TOKEN", "")
    reporter = Reporter(arguments.reports_to, report_token) if arguments.reports_to else None
    given = os.environ.get("CARRIER_TOKEN", "")
    token = given or secrets.token_urlsafe(24)
    try:
        carrier = Carrier(port, token, reporter, troubled, most=max(1, arguments.keep))
    except (OSError, OverflowError) as error:
        print(f"cannot listen on 127.0.0.1:{port}: {error}", file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with carrier:
        print(f"sandbox carrier: http://localhost:{carrier.server_address[1]}", flush=True)
        if not given:
            print(f"bearer token: {token}", flush=True)
        try:
            carrier.serve_forever()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
