"""HTTP over raw sockets for those who measure: next to no work of its own, every answer read to its end."""

import socket
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlencode, urlsplit

SECONDS = 30


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server said; header names in small letters."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body of a page."""
        return self.body.decode()


def reply_in(received: bytes) -> Reply | None:
    """The reply at the beginning of what was received; None while it is not whole yet."""
    head, ended, body = received.partition(b"\r\n\r\n")
    if not ended:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    length = int(headers["content-length"])
    return Reply(int(first.split()[1]), headers, body[:length]) if len(body) >= length else None


def get(path: str, cookies: str = "") -> bytes:
    """The bytes of a GET."""
    cookie = f"Cookie: {cookies}\r\n" if cookies else ""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{cookie}\r\n".encode()


def post(path: str, fields: dict[str, str], *headers: str) -> bytes:
    """The bytes of a POST of a form."""
    body = urlencode(fields)
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
        *headers,
    ]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


class Line:
    """A connection that stays open."""

    def __init__(self, issuer: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", urlsplit(issuer).port or 80), SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.socket.close()

    def ask(self, request: bytes) -> Reply:
        """Send and wait for the whole answer; raises ConnectionError when there is none."""
        self.socket.sendall(request)
        received = b""
        while (reply := reply_in(received)) is None:
            more = self.socket.recv(65_536)
            if not more:
                raise ConnectionError("the server hung up")
            received += more
        return reply
