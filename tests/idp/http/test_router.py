"""The one WSGI callable: protocol endpoints, pages behind, and a last door through which nothing leaks."""

import io
import json
from collections.abc import Iterable
from typing import Any

import pytest

from idp.errors import Refused, Unavailable
from idp.http.request import Environ, Hops, Request
from idp.http.response import Response, json_response
from idp.http.router import Surface, only

failures: list[BaseException] = []


def told(request: Request) -> Response:
    return json_response(200, {"path": request.path, "peer": request.peer})


def refuse(_request: Request) -> Response:
    raise Refused("invalid_request", "Send it once.", detail="secret detail")


def be_away(_request: Request) -> Response:
    raise Unavailable("Try again.", retry_after=7, detail="secret detail")


def break_down(_request: Request) -> Response:
    raise RuntimeError("secret detail")


def read_form(request: Request) -> Response:
    return json_response(200, dict(request.form))


def pages(environ: Environ, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"page ", ",".join(sorted(environ["idp.hops"].proxies)).encode()]


def on_failure(failure: BaseException) -> Response:
    failures.append(failure)
    return json_response(500, {"error": "server_error"})


SURFACE = Surface(
    {
        "/token": told,
        "/refuse": refuse,
        "/away": be_away,
        "/broken": break_down,
        "/form": read_form,
        "/get": only("GET", handler=told),
    },
    {"/authorize": told},
    pages,
    hops=Hops(frozenset({"10.0.0.1"})),
    on_failure=on_failure,
)


def ask(path: str, method: str = "GET", **more: Any) -> tuple[str, dict[str, str], bytes]:
    answers: list[tuple[str, dict[str, str]]] = []

    def start_response(status: str, headers: list[tuple[str, str]]) -> None:
        answers.append((status, dict(headers)))

    environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "REMOTE_ADDR": "10.0.0.1", **more}
    body = b"".join(SURFACE(environ, start_response))
    return (*answers[0], body)


@pytest.mark.parametrize("path", ["/token", "/authorize/handle", "/authorize/a/b", "/authorize/"])
def test_listed_paths_are_endpoints(path: str) -> None:
    status, _, body = ask(path, HTTP_X_FORWARDED_FOR="198.51.100.7")
    assert (status, json.loads(body)) == ("200 OK", {"path": path, "peer": "198.51.100.7"})


@pytest.mark.parametrize(
    "path", ["/", "/s/handle", "/token/", "/token/x", "/Token", "/tokens", "/authorizex/a", "/authorize"]
)
def test_everything_else_is_a_page(path: str) -> None:
    """Mutation: a prefix without its slash, or a path that is taken apart before it is compared (threat F08)."""
    assert ask(path)[2] == b"page 10.0.0.1"


@pytest.mark.parametrize("path", ["//token", "//evil.example/", "/authorize//x", "/s//x", "/token//", "", "*", "token"])
def test_what_is_no_path_of_segments_is_nobodys(path: str) -> None:
    """Mutation: the path given to the pages, which redirect it to the Host that was named."""
    status, headers, _ = ask(path)
    assert status.startswith("404 ")
    assert "Location" not in headers


@pytest.mark.parametrize("path", ["/token", "/refuse", "/get", "/broken", "/page", "//page"])
def test_a_body_that_nobody_asked_for_is_read(path: str) -> None:
    """Otherwise the server below resets the connection, and nginx in front tells the client 502.

    Mutation: no `drain` in `Surface.__call__`.
    """
    body = io.BytesIO(b"x" * 60_000)
    ask(path, "POST", **{"CONTENT_LENGTH": "60000", "wsgi.input": body})
    assert not body.read()


@pytest.mark.parametrize("length", ["65537", "999999999999", "-1", "x", "³", ""])
def test_a_body_that_is_too_long_is_not_read_for_nothing(length: str) -> None:
    """Mutation: `drain` reads whatever length was told, or fails on what is no number."""
    body = io.BytesIO(b"x" * 70_000)
    ask("/token", "POST", **{"CONTENT_LENGTH": length, "wsgi.input": body})
    assert len(body.read()) == 70_000


def test_refusals_and_failures_leave_without_their_detail() -> None:
    """Mutation: the exception's text in the answer."""
    failures.clear()
    status, _, body = ask("/refuse")
    assert status == "400 Bad Request"
    assert json.loads(body) == {"error": "invalid_request", "error_description": "Send it once."}
    status, headers, body = ask("/away")
    assert (status, headers["Retry-After"]) == ("503 Service Unavailable", "7")
    assert b"secret detail" not in body
    status, _, body = ask("/broken")
    assert status == "500 Internal Server Error"
    assert b"secret detail" not in body
    assert [str(failure) for failure in failures] == ["secret detail"]


def test_a_refusal_while_reading_is_one_as_well() -> None:
    assert ask("/form", "POST", CONTENT_TYPE="text/plain")[0] == "400 Bad Request"


@pytest.mark.parametrize("method", ["POST", "HEAD", "PUT", "OPTIONS", "get", "", "X" * 100])
def test_a_handler_answers_its_methods_only(method: str) -> None:
    """Mutation: HEAD or OPTIONS taken for GET (threats T10, F03)."""
    status, headers, body = ask("/get", method)
    assert (status, headers["Allow"]) == ("405 Method Not Allowed", "GET")
    assert (body == b"") is (method == "HEAD")
    assert ask("/get")[0] == "200 OK"
