"""Around every request: an id for the log, a count and a duration for the metrics."""

from collections.abc import Iterable
from time import perf_counter

import structlog

from idp.app import request_id
from idp.app.tally import Tally
from idp.http.request import Environ
from idp.http.response import StartResponse
from idp.http.router import Application

log = structlog.get_logger()

_METHODS = frozenset({"GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"})
_PREFIXES = frozenset({"/authorize", "/s", "/static", "/me", "/help", "/display", "/freeze"})


class Observed:
    """The application, watched. Labels come from fixed lists, so that nobody can make them grow."""

    def __init__(self, application: Application, routes: frozenset[str]) -> None:
        self._application = application
        self._routes = routes
        self.tally = Tally()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer and note it."""
        started = perf_counter()
        request_id.begin()
        told = ""

        def note(status: str, headers: list[tuple[str, str]], *rest: object) -> object:
            nonlocal told
            told = status
            return start_response(status, headers, *rest)

        body = self._application(environ, note)
        path, method, code = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"], told[:3]
        route = path if path in self._routes else _route(path)
        method = method if method in _METHODS else "other"
        if code >= "400":
            log.info("request_refused", route=route, method=method, status=int(code))
        self.tally.note(route, method, code, perf_counter() - started)
        return body


def _route(path: str) -> str:
    end = path.find("/", 1)
    head = path[:end] if end > 0 else path
    return head if head in _PREFIXES else "other"
