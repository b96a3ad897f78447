"""A request and a response as plain values, and the little that lies between them and WSGI (PEP 3333)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

MOST_FORM = 16 * 1024  # bytes


@dataclass(frozen=True)
class Request:
    """What a browser asks."""

    method: str
    path: str
    query: dict[str, list[str]]
    cookies: dict[str, str]
    host: str
    origin: str | None
    form: dict[str, list[str]] = field(default_factory=dict)

    def parameter(self, name: str) -> str | None:
        """The one value of a query parameter; none when it is absent or stands twice."""
        values = self.query.get(name, [])
        return values[0] if len(values) == 1 else None


@dataclass
class Response:
    """What it is told."""

    body: str = ""
    status: HTTPStatus = HTTPStatus.OK
    content_type: str = "text/html; charset=utf-8"
    headers: list[tuple[str, str]] = field(default_factory=list)

    def set_cookie(self, name: str, value: str, *, seconds: int | None = None, secure: bool = False) -> "Response":
        """Hand the browser a cookie no script can read; 0 seconds take it back, none keeps it until it closes."""
        age = "" if seconds is None else f"; Max-Age={seconds}"
        attributes = "; Path=/; HttpOnly; SameSite=Lax" + age + ("; Secure" if secure else "")
        self.headers.append(("Set-Cookie", f"{name}={value}{attributes}"))
        return self


def see_other(address: str) -> Response:
    """Lead the browser on with a GET (RFC 9110 §15.4.4)."""
    return Response(status=HTTPStatus.SEE_OTHER, headers=[("Location", address)])


def as_wsgi(answer: Callable[[Request], Response]) -> "WSGIApplication":
    """The WSGI application that answers with this function."""

    def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        response = answer(_read(environ))
        body = response.body.encode()
        headers = [("Content-Type", response.content_type), ("Content-Length", str(len(body))), *response.headers]
        start_response(f"{response.status.value} {response.status.phrase}", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    return application


def _read(environ: "WSGIEnvironment") -> Request:
    try:
        cookies = {name: morsel.value for name, morsel in SimpleCookie(environ.get("HTTP_COOKIE", "")).items()}
    except CookieError:
        cookies = {}
    try:
        query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True, max_num_fields=20)
    except ValueError:
        query = {}
    return Request(
        method="GET" if environ["REQUEST_METHOD"] == "HEAD" else environ["REQUEST_METHOD"],
        path=environ.get("PATH_INFO") or "/",
        query=query,
        cookies=cookies,
        host=environ.get("HTTP_HOST", ""),
        origin=environ.get("HTTP_ORIGIN"),
        form=_read_form(environ),
    )


def _read_form(environ: "WSGIEnvironment") -> dict[str, list[str]]:
    """The form of a POST; none when it is something else or too long for one of ours."""
    length = environ.get("CONTENT_LENGTH") or ""
    is_form = environ.get("CONTENT_TYPE", "").partition(";")[0] == "application/x-www-form-urlencoded"
    if environ["REQUEST_METHOD"] != "POST" or not is_form or not (length.isdigit() and int(length) <= MOST_FORM):
        return {}
    try:
        return parse_qs(environ["wsgi.input"].read(int(length)).decode("ascii"), max_num_fields=20)
    except ValueError:
        return {}
