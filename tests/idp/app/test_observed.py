"""Around every request: an id, a count and a duration, with labels that nobody can make grow."""

import threading
import time
from collections.abc import Iterable
from typing import Any

import pytest
import structlog
from prometheus_client import REGISTRY

from idp.app import request_id
from idp.app.observed import Observed
from tests.idp.storage.storm import storm

seen: list[str] = []


def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    seen.append(str(request_id.current()))
    start_response(environ["answer"], [])
    return [b"body"]


OBSERVED = Observed(answer, frozenset({"/token", "/authorize"}))


def ask(path: str, method: str = "GET", answer: str = "200 OK") -> bytes:
    environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "answer": answer}
    return b"".join(OBSERVED(environ, lambda _status, _headers: None))


def counted(**labels: str) -> float:
    OBSERVED.tally.pass_on()
    return REGISTRY.get_sample_value("idp_http_requests_total", labels) or 0


def test_each_request_has_an_id_of_its_own() -> None:
    """Mutation: that of the request before kept on the same thread."""
    seen.clear()
    for _ in range(20):
        assert ask("/token") == b"body"
    assert len(set(seen)) == 20
    ask("/token", answer="204 No Content")
    assert request_id.tell(None, "info", {"event": "e"}) == {"event": "e", "request_id": seen[-1]}


def test_labels_come_from_fixed_lists() -> None:
    """Mutation: the path or the method as they came (threat N12: a series for each handle of each visitor)."""
    for path, route in (
        ("/token", "/token"),
        ("/authorize", "/authorize"),
        ("/authorize/~handle", "/authorize"),
        ("/s/~handle/code", "/s"),
        ("/static/a.css", "/static"),
        ("/me", "/me"),
        ("/freeze/sealed", "/freeze"),
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
    with structlog.testing.capture_logs([request_id.tell]) as lines:
        ask("/s/~secret-handle", answer="303 See Other")
        ask("/s/~secret-handle", answer="400 Bad Request")
    (line,) = lines
    assert (line["event"], line["route"], line["method"], line["status"]) == ("request_refused", "/s", "GET", 400)
    assert line["request_id"] == seen[-1]
    assert "secret-handle" not in str(line)


def test_no_line_of_another_thread_names_this_request() -> None:
    """Mutation: one number for all threads."""
    ask("/token")
    assert storm(2, lambda _number: request_id.current()) == [None, None]
    assert request_id.current() == seen[-1]


def test_each_request_is_counted_once_however_many_threads_answer() -> None:
    """Mutation: a count without the lock; `pass_on` that leaves what it passed on."""
    labels = {"route": "/authorize", "method": "POST", "code": "303"}
    before = counted(**labels)

    def work(_number: int) -> None:
        for _ in range(500):
            ask("/authorize", "POST", "303 See Other")

    storm(8, work)
    assert counted(**labels) == before + 4000
    assert counted(**labels) == before + 4000


def test_the_histogram_holds_each_time_in_its_place() -> None:
    """Mutation: `bisect_right`, with which a time at a bound lies one place too high; places counted one too low."""
    tally = OBSERVED.tally
    tally.pass_on()
    for seconds in (0.0004, 0.001, 0.0011, 0.3, 7.0):
        tally.note("/token", "GET", "200", seconds)
    before = {bound: placed(bound) for bound in ("0.001", "0.0025", "0.25", "0.5", "5.0", "+Inf")}
    total = duration_sum()
    tally.pass_on()
    grown = {bound: placed(bound) - count for bound, count in before.items()}
    assert grown == {"0.001": 2, "0.0025": 3, "0.25": 3, "0.5": 4, "5.0": 4, "+Inf": 5}
    assert duration_sum() - total == pytest.approx(7.3025)


def test_what_was_counted_is_passed_on_without_being_asked() -> None:
    """Mutation: the thread is never started, or not woken."""
    labels = {"route": "/me", "method": "GET", "code": "200"}
    before = counted(**labels)
    ask("/me")
    deadline = time.monotonic() + 20
    while REGISTRY.get_sample_value("idp_http_requests_total", labels) != before + 1:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_disk_that_is_full_ends_no_counting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutation: the thread dies of it, and nothing is counted until the next start."""
    labels = {"route": "/me", "method": "HEAD", "code": "200"}
    tally, failed = OBSERVED.tally, threading.Event()

    def fail() -> None:
        failed.set()
        raise OSError("No space left on device")

    monkeypatch.setattr(tally, "pass_on", fail)
    ask("/me", "HEAD")
    assert failed.wait(20)
    monkeypatch.undo()
    ask("/me", "HEAD")
    deadline = time.monotonic() + 20
    while REGISTRY.get_sample_value("idp_http_requests_total", labels) != 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def placed(bound: str) -> float:
    """How many requests to /token took no longer than this, as the metrics tell it."""
    labels = {"route": "/token", "le": bound}
    return REGISTRY.get_sample_value("idp_http_request_duration_seconds_bucket", labels) or 0


def duration_sum() -> float:
    return REGISTRY.get_sample_value("idp_http_request_duration_seconds_sum", {"route": "/token"}) or 0
