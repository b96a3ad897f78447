"""Around every request: an id for the log, a count and a duration for the metrics."""

import time
from collections.abc import Iterable
from functools import cache
from itertools import count
from typing import TYPE_CHECKING

import structlog

from idp.entropy import random_token
from idp.http.request import Environ
from idp.http.response import StartResponse
from idp.http.router import Application

if TYPE_CHECKING:
    from prometheus_client import Counter, Histogram

log = structlog.get_logger()

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
_METHODS = frozenset({"GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"})


class Observed:
    """The application, watched. Labels come from fixed lists, so that nobody can make them grow."""

    def __init__(self, application: Application, routes: frozenset[str]) -> None:
        self._application = application
        self._routes = routes
        self._requests, self._duration = _metrics()
        # Which child belongs to which labels is asked at each request and never changes.
        self._counter = cache(self._requests.labels)
        self._histogram = cache(self._duration.labels)
        self._process = random_token(6)
        self._numbers = count(1)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer and note it."""
        started = time.perf_counter()
        route = self._route(environ.get("PATH_INFO", ""))
        method = environ["REQUEST_METHOD"] if environ["REQUEST_METHOD"] in _METHODS else "other"
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=f"{self._process}{next(self._numbers):x}")

        def note(status: str, headers: list[tuple[str, str]], *rest: object) -> object:
            code = status[:3]
            self._counter(route, method, code).inc()
            if code >= "400":
                log.info("request_refused", route=route, method=method, status=int(code))
            return start_response(status, headers, *rest)

        body = self._application(environ, note)
        self._histogram(route).observe(time.perf_counter() - started)
        return body

    def _route(self, path: str) -> str:
        if path in self._routes:
            return path
        head = path[: path.find("/", 1)] if path.find("/", 1) > 0 else path
        return head if head in {"/authorize", "/s", "/static", "/me", "/help", "/display"} else "other"


@cache
def _metrics() -> tuple["Counter", "Histogram"]:
    """The metrics of this process, which the management port adds up.

    prometheus_client looks for PROMETHEUS_MULTIPROC_DIR when it is imported: that must not be before `serve` set it.
    """
    from prometheus_client import Counter, Histogram

    return (
        Counter("idp_http_requests", "Requests answered", ["route", "method", "code"]),
        Histogram(
            "idp_http_request_duration_seconds", "From the first byte to the answer", ["route"], buckets=_BUCKETS
        ),
    )
