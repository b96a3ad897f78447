"""HTTP byte for byte: what a tidy client would never send, sent while the answer is already being read."""

import re
import select
import socket
import ssl
import time
from collections.abc import Iterable
from urllib.parse import urlsplit

import httpx

FORM = b"Content-Type: application/x-www-form-urlencoded"
SMALL = 60_000
"""Bytes of a body that the server reads to its end."""
TRIES = 3


def exchange(issuer: str, parts: Iterable[bytes], seconds: float = 10) -> tuple[bytes, int]:
    """Send the parts until they end or the server has answered; the answer as it came, and how many bytes left us."""
    connection = _connected(issuer, seconds)
    source, answer, sent, deadline = iter(parts), bytearray(), 0, time.monotonic() + seconds
    waiting: bytes | None = next(source, None)
    with connection:
        try:
            while time.monotonic() < deadline and not _is_whole(bytes(answer)):
                readable, writable, _ = select.select([connection], [connection] if waiting else [], [], 0.2)
                if readable or _holds_more(connection):
                    received = _received(connection)
                    if received == b"":
                        break
                    answer += received or b""
                elif writable and waiting:
                    count = _sent(connection, waiting)
                    sent += count
                    waiting = waiting[count:] or next(source, None)
        except (ConnectionError, ssl.SSLError):  # the server has said what it had to say and closed
            pass
    return bytes(answer), sent


def _connected(issuer: str, seconds: float) -> socket.socket:
    """To the address of the issuer, inside TLS where it wants that; who is there was verified by the browser."""
    parts = urlsplit(issuer)
    connection = socket.create_connection(("127.0.0.1", parts.port or 443), seconds)
    if parts.scheme == "https":
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = context.wrap_socket(connection, server_hostname=parts.hostname)
    connection.setblocking(False)
    return connection


def _holds_more(connection: socket.socket) -> bool:
    return isinstance(connection, ssl.SSLSocket) and connection.pending() > 0


def _received(connection: socket.socket) -> bytes | None:
    """What came; nothing at all at the end, None when a record of TLS is not whole yet."""
    try:
        return connection.recv(65536)
    except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
        return None


def _sent(connection: socket.socket, data: bytes) -> int:
    try:
        return connection.send(data)
    except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
        return 0


def request(
    issuer: str, method: str, target: bytes, *headers: bytes, body: bytes = b"", host: bytes | None = None
) -> httpx.Response:
    """One request with exactly these bytes, and what came back as httpx would have given it."""
    authority = host or urlsplit(issuer).netloc.encode()
    lines = [method.encode() + b" " + target + b" HTTP/1.1", b"Host: " + authority, *headers]
    if method == "HEAD":  # its length is that of a body which does not come
        lines.append(b"Connection: close")
    if body:
        lines.append(b"Content-Length: %d" % len(body))
    message = b"\r\n".join(lines) + b"\r\n\r\n" + body
    # A server that closes on what it does not want to read resets the connection, and that may overtake its answer.
    raw = next(filter(None, (exchange(issuer, [message])[0] for _ in range(TRIES))), b"")
    answer = read(issuer, method, target, raw)
    answer.request.extensions |= {"raw_body": body, "raw_headers": b"\r\n".join(headers)}
    return answer


def read(issuer: str, method: str, target: bytes, raw: bytes) -> httpx.Response:
    """The bytes of an answer as a response; a server that said nothing at all is a failure."""
    head, _, body = raw.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    assert status.startswith("HTTP/1.1 "), f"{method} {target[:100]!r} was answered by {raw[:100]!r}"
    pairs = [(name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    asked = httpx.Request(method, f"{issuer}/?raw={len(target)}", extensions={"raw_target": target})
    kept = [(name, value) for name, value in pairs if name.lower() != "transfer-encoding"]
    return httpx.Response(int(status.split(" ")[1]), headers=kept, content=body, request=asked)


def _is_whole(raw: bytes) -> bool:
    head, separator, body = raw.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: *(\d+)", head.lower())
    return bool(separator) and length is not None and len(body) >= int(length[1])
