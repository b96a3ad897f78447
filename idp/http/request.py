"""A strict snapshot of one HTTP request: what was sent, once, decoded or refused.

Everything here is read by the protocol endpoints, so nothing of it may raise anything but `Refused`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

from idp.errors import Refused
from idp.lazily import lazily

MAX_BODY = 64 * 1024
"""Bytes of a form; no protocol message comes near it."""
MAX_QUERY = 16 * 1024
MAX_PARAMETERS = 100
FORM = "application/x-www-form-urlencoded"

Environ = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Hops:
    """The addresses of our own fronts.

    Attributes:
        proxies: believed about whom they speak for (X-Forwarded-For).
        certificates: believed about the client's certificate (Client-Cert); others may only pretend.

    Of a header that came with `_` in its name in place of `-` WSGI cannot tell: fronts must not let it through.
    """

    proxies: frozenset[str] = frozenset()
    certificates: frozenset[str] = frozenset()


NO_HOPS = Hops()
_READ = "idp.body_was_read"


@dataclass(frozen=True)
class Request:
    """What a handler may know of a request; granian copies its process environment into `environ`, we do not."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    """An allow-list of headers, in lower case."""
    peer: str
    read_body: Callable[[], bytes] = field(default=lambda: b"", repr=False)
    certificate: str = field(default="", repr=False)
    """What a front in our trust tells of the client's certificate (RFC 9440 `Client-Cert`); empty from anybody else."""

    @lazily
    def parameters(self) -> "Parameters":
        """The query component."""
        if not self.query:
            return Parameters()
        if len(self.query) > MAX_QUERY:
            raise Refused("invalid_request", "The query is too long.", status=414)
        if not self.query.isascii():
            raise Refused("invalid_request", "The query is not percent-encoded.")
        return parse_form(self.query.encode())

    @lazily
    def form(self) -> "Parameters":
        """The body of a POST, never mixed with the query (RFC 6749 §3.2)."""
        if self.headers.get("content-type", "").split(";", 1)[0].strip().lower() != FORM:
            raise Refused("invalid_request", f"Send the parameters as {FORM}.")
        return parse_form(self.body)

    @lazily
    def body(self) -> bytes:
        """The body, read once and bounded."""
        return self.read_body()

    @lazily
    def cookies(self) -> Mapping[str, str]:
        """Cookies by name; a name that was sent twice is left out, since one of the two was planted (F07)."""
        found: dict[str, str] = {}
        doubled: set[str] = set()
        for pair in self.headers.get("cookie", "").split(";"):
            name, equals, value = pair.strip(" \t").partition("=")
            if not equals or not name:
                continue
            if name in found:
                doubled.add(name)
            found[name] = value
        return {name: value for name, value in found.items() if name not in doubled}

    @property
    def sender(self) -> tuple[str, str, str]:
        """Address, X-Forwarded-For and User-Agent as they came: for whoever counts senders, and judges nobody by it."""
        return self.peer, "", self.headers.get("user-agent", "")

    @property
    def is_cross_site(self) -> bool:
        """Whether another site made the browser send it (Fetch Metadata; absent means unknown, so False)."""
        return self.headers.get("sec-fetch-site", "") == "cross-site"


class Parameters(dict[str, str]):
    """Decoded parameters by name; those that were sent more than once are named in `doubled`."""

    doubled: frozenset[str] = frozenset()
    repeated: Mapping[str, tuple[str, ...]] = {}
    """All values of those that were sent more than once: a few parameters may be (RFC 8707 §2)."""

    def all_of(self, name: str) -> tuple[str, ...]:
        """Every value of a parameter that may be sent more than once; empty ones are absent."""
        values = self.repeated.get(name) or ((self[name],) if name in self else ())
        return tuple(dict.fromkeys(value for value in values if value))

    def refuse_doubled(self, *names: str) -> None:
        """Parameters must not be included more than once (RFC 6749 §3.1)."""
        for name in names if self.doubled else ():
            if name in self.doubled:
                raise Refused("invalid_request", f"Send the parameter {name} once.")

    def text(self, name: str) -> str | None:
        """The value, or None where it is absent or empty (RFC 6749 §3.1 treats them alike)."""
        return self.get(name) or None


_ALLOWED_HEADERS = (
    ("HTTP_ACCEPT", "accept"),
    ("HTTP_ACCEPT_LANGUAGE", "accept-language"),
    ("HTTP_AUTHORIZATION", "authorization"),
    ("HTTP_COOKIE", "cookie"),
    ("HTTP_DPOP", "dpop"),
    ("HTTP_IDEMPOTENCY_KEY", "idempotency-key"),
    ("HTTP_IF_MATCH", "if-match"),
    ("HTTP_IF_NONE_MATCH", "if-none-match"),
    ("HTTP_ORIGIN", "origin"),
    ("HTTP_SEC_FETCH_SITE", "sec-fetch-site"),
    ("HTTP_USER_AGENT", "user-agent"),
    ("HTTP_X_FORWARDED_FOR", "x-forwarded-for"),
    ("CONTENT_TYPE", "content-type"),
)


class _Snapshot(Request):
    """What was not looked at yet is looked up in the environ: keys and discovery are told without a header."""

    headers = lazily(lambda self: {name: value for key, name in _ALLOWED_HEADERS if (value := self.environ.get(key))})
    sender = lazily(
        lambda self: (
            self.environ.get("REMOTE_ADDR", ""),
            self.environ.get("HTTP_X_FORWARDED_FOR", ""),
            self.environ.get("HTTP_USER_AGENT", ""),
        )
    )
    certificate = lazily(
        lambda self: (
            self.environ.get("HTTP_CLIENT_CERT", "")
            if _without_port(self.environ.get("REMOTE_ADDR", "")) in self.hops.certificates
            else ""
        )
    )
    peer = lazily(
        lambda self: peer_of(
            self.environ.get("REMOTE_ADDR", ""), self.headers.get("x-forwarded-for", ""), self.hops.proxies
        )
    )


def snapshot(environ: Environ, hops: Hops = NO_HOPS) -> Request:
    """The request behind a WSGI environ."""
    request = object.__new__(_Snapshot)
    request.__dict__.update(
        method=environ["REQUEST_METHOD"],
        path=environ.get("PATH_INFO", ""),
        query=environ.get("QUERY_STRING", ""),
        read_body=lambda: _read(environ),
        environ=environ,
        hops=hops,
    )
    return request


def peer_of(address: str, forwarded: str, trusted: frozenset[str]) -> str:
    """The client's address: the last one in X-Forwarded-For that none of our own proxies added (threat G02)."""
    address = _without_port(address)
    for hop in reversed(forwarded.split(",")) if forwarded else ():
        if address not in trusted:
            break
        address = _without_port(hop.strip()) or address
    return address


def _without_port(address: str) -> str:
    """Some proxies write the port, too: it is another one each time, and no other client. IPv4 in IPv6 is IPv4."""
    if address.startswith("["):
        address = address[1:].partition("]")[0]
    elif address.count(":") == 1:
        address = address.partition(":")[0]
    is_mapped = address[:7].lower() == "::ffff:" and "." in address
    return address[7:] if is_mapped else address


def drain(environ: Environ) -> None:
    """Read a body that nobody asked for, as far as a form may be long.

    A server that answers over unread bytes resets the connection, and a proxy in front then says 502 instead of what we
    said.
    """
    length = environ.get("CONTENT_LENGTH")
    if length and _READ not in environ and _is_bounded(length):
        environ["wsgi.input"].read(int(length))


def _is_bounded(length: str) -> bool:
    return length.isascii() and length.isdigit() and len(length) <= 9 and 0 < int(length) <= MAX_BODY


def _read(environ: Environ) -> bytes:
    length = environ.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdigit()):
        raise Refused("invalid_request", "The Content-Length is not a number.")
    if len(length) > 9 or int(length) > MAX_BODY:
        raise Refused("invalid_request", "The body is too large.", status=413)
    stream = environ["wsgi.input"]
    # A chunked body has no length: read one byte more than allowed and see.
    body: bytes = stream.read(int(length) or MAX_BODY + 1)
    environ[_READ] = True
    if len(body) > MAX_BODY:
        raise Refused("invalid_request", "The body is too large.", status=413)
    return body


def parse_form(raw: bytes) -> Parameters:
    """Decode `application/x-www-form-urlencoded`; NUL and invalid UTF-8 are refused, doubles are noted."""
    parameters = Parameters()
    repeated: dict[str, tuple[str, ...]] = {}
    text = _text(raw)
    pairs = text.split("&", MAX_PARAMETERS + 1) if text else []
    if len(pairs) > MAX_PARAMETERS:
        raise Refused("invalid_request", "There are too many parameters.")
    for pair in pairs:
        if not pair:
            continue
        name, _, value = pair.partition("=")
        if "%" in pair or "+" in pair:
            name, value = _decoded(name), _decoded(value)
        if name in parameters:
            repeated[name] = (*repeated.get(name, (parameters[name],)), value)
        else:
            parameters[name] = value
    if repeated:
        parameters.doubled = frozenset(repeated)
        parameters.repeated = repeated
    return parameters


def _decoded(part: str) -> str:
    return _text(unquote_to_bytes(part.replace("+", " ")))


def _text(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("invalid_request", "A parameter is not UTF-8.") from None
    if "\0" in text:
        raise Refused("invalid_request", "A parameter contains NUL.")
    return text
