"""One request and one answer over one connection, all of it before one deadline.

httpx writes the message and httpcore, the engine beneath it, carries it. The client class of httpx is left out on
purpose: redirects, cookies, proxies, netrc and decoding are not switched off here, they do not exist.
"""

import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any

import httpcore
import httpx

from idp.fetch.outcome import Fetched, FetchRefused
from idp.fetch.url import Origin

_HEADER_BYTES = 65536
"""What headers, interim answers and chunk framing may add to a body."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Deadline:
    """The moment at which a whole fetch is over: name, connection, handshake, request and answer together."""

    def __init__(self, seconds: float) -> None:
        self._ends_at = time.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds left, always more than zero; TimeoutError afterwards."""
        seconds = self._ends_at - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("the deadline has passed")
        return seconds


class BoundedStream(httpcore.NetworkStream):
    """A socket that neither outlives the deadline nor reads more than it may, however slowly the bytes come.

    The deadline takes the place of httpcore's timeouts, which begin anew with every read.
    """

    def __init__(self, connected: socket.socket, deadline: Deadline, max_bytes: int) -> None:
        self._socket = connected
        self._deadline = deadline
        self._bytes_left = max_bytes

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        """The next bytes; FetchRefused once there were too many."""
        self._socket.settimeout(self._deadline.remaining())
        data = self._socket.recv(max_bytes)
        self._bytes_left -= len(data)
        if self._bytes_left < 0:
            raise FetchRefused("the answer is too large")
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        """Send all bytes, also to a peer that takes them one by one."""
        while buffer:
            self._socket.settimeout(self._deadline.remaining())
            buffer = buffer[self._socket.send(buffer) :]

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> "BoundedStream":
        """The same connection under TLS, the peer proven to be the host that the URL names (RFC 9110 §4.3.4)."""
        self._socket.settimeout(self._deadline.remaining())
        secured = ssl_context.wrap_socket(self._socket, server_hostname=server_hostname)
        return BoundedStream(secured, self._deadline, self._bytes_left)

    def close(self) -> None:
        """End the connection."""
        self._socket.close()


class _Connected(httpcore.NetworkBackend):
    """Hands httpcore the connection that was made to a checked address: it has no means to make another one."""

    def __init__(self, stream: BoundedStream) -> None:
        self._stream = stream

    def connect_tcp(self, *_: Any, **__: Any) -> BoundedStream:
        return self._stream


def write(
    method: str, url: str, origin: Origin, headers: Mapping[str, str] | None, content: Mapping[str, Any]
) -> httpcore.Request:
    """The message to send; our own headers win over the caller's, and one connection serves one message.

    Where it goes and whose certificate must be shown there is told by the origin that was checked; of httpx's reading
    of the URL only path, query and Host header are used.
    """
    fields = httpx.Headers(headers)
    fields.update({"Accept-Encoding": "identity", "Connection": "close", "User-Agent": "yizheng"})
    message = httpx.Request(method, url, headers=fields, **content)
    target = httpcore.URL(scheme=origin.scheme, host=origin.host, port=origin.port, target=message.url.raw_path)
    return httpcore.Request(method, target, headers=message.headers.raw, content=message.read())


def connect(addresses: Sequence[str], port: int, deadline: Deadline) -> socket.socket:
    """A connection to the first address that takes it, each given an equal share of the time left; OSError if none."""
    failure: OSError = ConnectionError("no address to connect to")
    for position, address in enumerate(addresses):
        share = deadline.remaining() / (len(addresses) - position)
        try:
            return socket.create_connection((address, port), timeout=share)
        except OSError as error:
            failure = error
    raise failure


def exchange(
    request: httpcore.Request, connected: socket.socket, tls: ssl.SSLContext, deadline: Deadline, max_bytes: int
) -> Fetched:
    """Send the message, read the answer; FetchRefused for a redirect, an encoded or too large body, broken HTTP."""
    stream = BoundedStream(connected, deadline, max_bytes + _HEADER_BYTES)
    try:
        with (
            httpcore.HTTPConnection(request.url.origin, tls, network_backend=_Connected(stream)) as connection,
            closing(connection.handle_request(request)) as response,
        ):
            headers = dict(httpx.Headers(response.headers))
            _refuse_unwelcome(response.status, headers)
            return Fetched(response.status, headers, _read_body(response, max_bytes))
    except httpcore.ProtocolError as error:
        raise FetchRefused(type(error).__name__) from error


def _refuse_unwelcome(status: int, headers: Mapping[str, str]) -> None:
    """An answer that points elsewhere is not followed; one that could unfold is not decoded."""
    if status in _REDIRECTS:
        raise FetchRefused("the answer is a redirect")
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise FetchRefused("the answer is encoded")


def _read_body(response: httpcore.Response, max_bytes: int) -> bytes:
    """The body, read piece by piece so that one byte too many ends it."""
    body = bytearray()
    for piece in response.iter_stream():
        body += piece
        if len(body) > max_bytes:
            raise FetchRefused("the answer is too large")
    return bytes(body)
