"""A response as a value, and the headers that every kind of response owes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from pydantic_core import to_json

Headers = tuple[tuple[str, str], ...]

NO_STORE: Headers = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))
"""For everything with a secret, a session or personal data in it (RFC 6749 §5.1)."""

_JSON_HEADERS: Headers = (("Content-Type", "application/json"), *NO_STORE)

_REASONS = {
    200: "200 OK", 201: "201 Created", 202: "202 Accepted", 204: "204 No Content", 303: "303 See Other", 304: "304 Not Modified",
    400: "400 Bad Request", 401: "401 Unauthorized", 403: "403 Forbidden", 404: "404 Not Found",
    405: "405 Method Not Allowed", 409: "409 Conflict", 412: "412 Precondition Failed", 413: "413 Content Too Large", 414: "414 URI Too Long",
    415: "415 Unsupported Media Type", 422: "422 Unprocessable Content", 428: "428 Precondition Required",
    429: "429 Too Many Requests", 500: "500 Internal Server Error", 503: "503 Service Unavailable",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Response:
    """What goes back; `headers` in order, `body` whole."""

    status: int
    headers: Headers = ()
    body: bytes = b""

    def with_headers(self, *headers: tuple[str, str]) -> "Response":
        """The same response with more headers."""
        return Response(self.status, self.headers + headers, self.body)


class StartResponse(Protocol):
    """The callable of PEP 3333."""

    def __call__(self, status: str, headers: list[tuple[str, str]], /) -> object:
        """Begin the answer."""


def send(response: Response, start_response: StartResponse, *, is_head: bool = False) -> Iterable[bytes]:
    """Answer over WSGI (PEP 3333)."""
    headers = list(response.headers)
    headers.append(("Content-Length", str(len(response.body))))
    start_response(_REASONS[response.status], headers)
    return () if is_head else (response.body,)


def json_response(status: int, value: Mapping[str, object], *headers: tuple[str, str]) -> Response:
    """A JSON object that no cache keeps."""
    return Response(status, _JSON_HEADERS + headers, to_json(value))


def json_text(written: str) -> Response:
    """JSON that a library wrote, which no cache keeps."""
    return Response(200, _JSON_HEADERS, written.encode())


def see_other(location: str, *headers: tuple[str, str]) -> Response:
    """303: the browser follows with GET and never sends a credential again (RFC 9700 §4.12)."""
    return Response(303, (("Location", location), ("Referrer-Policy", "no-referrer"), *NO_STORE, *headers))


def page_headers(
    form_targets: Iterable[str] = (), connect_to: Iterable[str] = (), frame_sources: Iterable[str] = ()
) -> Headers:
    """What every HTML page carries.

    Args:
        form_targets: origins a form on this page may end at beside our own: a POST that is answered by a redirect to
            the app is blocked by Chromium unless the app's origin is named here.
        connect_to: origins that a script of this page may call beside our own.
        frame_sources: origins that frames of this page may show; none: it has no frames.
    """
    form_action = " ".join(("'self'", *form_targets))
    connect_src = " ".join(("'self'", *connect_to))
    frame_src = "".join(f" {source}" for source in frame_sources)
    policy = (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src {connect_src}; "
        "font-src 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
        f"form-action {form_action}{frame_src and f'; frame-src{frame_src}'}"
    )
    return (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Security-Policy", policy),
        ("X-Frame-Options", "DENY"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Vary", "Cookie, Accept-Language"),
        *NO_STORE,
    )
