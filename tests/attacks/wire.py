"""HTTP byte for byte: what a tidy client would never send, sent while the answer is already being read."""

import re
import select
import socket
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
    connection = socket.create_connection(("127.0.0.1", urlsplit(issuer).port or 80), seconds)
    connection.setblocking(False)
    source, answer, sent, deadline = iter(parts), bytearray(), 0, time.monotonic() + seconds
    waiting: bytes | None = next(source, None)
    with connection:
        try:
            while time.monotonic() < deadline and not _is_whole(bytes(answer)):
                readable, writable, _ = select.select([connection], [connection] if waiting else [], [], 0.2)
                if readable:
                    received = connection.recv(65536)
                    if not received:
                        break
                    answer += received
                elif writable and waiting:
                    count = connection.send(waiting)
                    sent += count
                    waiting = waiting[count:] or next(source, None)
        except ConnectionError:  # the server has said what it had to say and closed
            pass
    return bytes(answer), sent


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
    return read(issuer, method, target, raw)


def read(issuer: str, method: str, target: bytes, raw: bytes) -> httpx.Response:
    """The bytes of an answer as a response; a server that said nothing at all is a failure."""
    head, _, body = raw.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    assert status.startswith("HTTP/1.1 "), f"{method} {target[:100]!r} was answered by {raw[:100]!r}"
    pairs = [(name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    asked = httpx.Request(method, f"{issuer}/?raw={len(target)}")
    kept = [(name, value) for name, value in pairs if name.lower() != "transfer-encoding"]
    return httpx.Response(int(status.split(" ")[1]), headers=kept, content=body, request=asked)


def _is_whole(raw: bytes) -> bool:
    head, separator, body = raw.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: *(\d+)", head.lower())
    return bool(separator) and length is not None and len(body) >= int(length[1])
