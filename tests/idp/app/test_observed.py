"""Around every request: an id, a count and a duration, with labels that nobody can make grow."""

from collections.abc import Iterable
from typing import Any

import structlog
from prometheus_client import REGISTRY

from idp.app.observed import Observed

seen: list[str] = []


def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    seen.append(structlog.contextvars.get_contextvars()["request_id"])
    structlog.contextvars.bind_contextvars(left_behind="by an earlier request")
    start_response(environ["answer"], [])
    return [b"body"]


OBSERVED = Observed(answer, frozenset({"/token", "/authorize"}))


def ask(path: str, method: str = "GET", answer: str = "200 OK") -> bytes:
    environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "answer": answer}
    return b"".join(OBSERVED(environ, lambda _status, _headers: None))


def counted(**labels: str) -> float:
    return REGISTRY.get_sample_value("idp_http_requests_total", labels) or 0


def test_each_request_has_an_id_of_its_own() -> None:
    """Mutation: the context of the request before kept on the same thread."""
    seen.clear()
    for _ in range(20):
        assert ask("/token") == b"body"
    assert len(set(seen)) == 20
    ask("/token", answer="204 No Content")
    structlog.contextvars.clear_contextvars()


def test_labels_come_from_fixed_lists() -> None:
    """Mutation: the path or the method as they came (threat N12: a series for each handle of each visitor)."""
    for path, route in (
        ("/token", "/token"),
        ("/authorize", "/authorize"),
        ("/authorize/~handle", "/authorize"),
        ("/s/~handle/code", "/s"),
        ("/static/a.css", "/static"),
        ("/me", "/me"),
        ("/somewhere/else", "other"),
        ("/tokens", "other"),
        ("", "other"),
        ("/\u00e4", "other"),
    ):
        before = counted(route=route, method="GET", code="200")
        ask(path)
        assert counted(route=route, method="GET", code="200") == before + 1, path
    before = counted(route="/token", method="other", code="405")
    ask("/token", "X" * 1000, "405 Method Not Allowed")
    assert counted(route="/token", method="other", code="405") == before + 1
    assert REGISTRY.get_sample_value("idp_http_request_duration_seconds_count", {"route": "/token"})


def test_only_what_was_refused_is_worth_a_line_without_its_path() -> None:
    """Mutation: the path in the log, in which handles stand."""
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as lines:
        ask("/s/~secret-handle", answer="303 See Other")
        ask("/s/~secret-handle", answer="400 Bad Request")
    (line,) = lines
    assert (line["event"], line["route"], line["method"], line["status"]) == ("request_refused", "/s", "GET", 400)
    assert line["request_id"] == seen[-1]
    assert "secret-handle" not in str(line)
    structlog.contextvars.clear_contextvars()
