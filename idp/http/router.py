"""Exact paths to handlers; whatever is not listed goes to the pages."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from idp.errors import Refused, TooOften, Unavailable
from idp.http.request import NO_HOPS, Environ, Hops, Request, drain, snapshot
from idp.http.response import Response, StartResponse, json_response, send

Handler = Callable[[Request], Response]
Application = Callable[[Environ, Any], Iterable[bytes]]
"""A WSGI application (PEP 3333); frameworks disagree on the exact type of `start_response`."""


class Surface:
    """The one WSGI callable: protocol endpoints first, framework-free; pages behind them.

    Args:
        exact: handlers by path.
        prefixed: handlers by leading path segment, which serve everything below it.
        pages: the WSGI application of everything else.
        hops: our own fronts.
    """

    def __init__(
        self,
        exact: Mapping[str, Handler],
        prefixed: Mapping[str, Handler],
        pages: Application,
        *,
        hops: Hops = NO_HOPS,
        on_failure: Callable[[BaseException], Response],
    ) -> None:
        self._exact = dict(exact)
        self._prefixed = dict(prefixed)
        self._pages = pages
        self._hops = hops
        self._on_failure = on_failure

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request; a handler's failure becomes one clean 500, told to the log and to nobody else."""
        body = self._answered(environ, start_response)
        drain(environ)
        return body

    def _answered(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        handler = self._exact.get(path) or self._below(path)
        if "//" in path or path[:1] != "/":
            handler = _nowhere
        if handler is None:
            environ["idp.hops"] = self._hops
            return self._pages(environ, start_response)
        try:
            response = handler(snapshot(environ, self._hops))
        except Refused as refused:
            response = refusal(refused)
        except Exception as failure:  # noqa: BLE001 - the last door: nothing of our inside leaves through it
            response = self._on_failure(failure)
        return send(response, start_response, is_head=environ["REQUEST_METHOD"] == "HEAD")

    def _below(self, path: str) -> Handler | None:
        end = path.find("/", 1)
        return self._prefixed.get(path[:end]) if end > 0 else None


def _nowhere(_request: Request) -> Response:
    """No path has an empty segment or is empty; Flask would mend both by a 308 to whatever Host was named (threats A08, N04)."""
    raise Refused("not_found", "There is no such page.", status=404)


def refusal(refused: Refused) -> Response:
    """The JSON form of a refusal (RFC 6749 §5.2)."""
    headers = [("Retry-After", str(refused.retry_after))] if isinstance(refused, Unavailable | TooOften) else []
    return json_response(refused.status, {"error": refused.code, "error_description": refused.public}, *headers)


def only(*methods: str, handler: Handler) -> Handler:
    """The handler for these methods; any other gets 405 with Allow (RFC 9110 §15.5.6)."""
    allowed = frozenset(methods)
    refused = json_response(
        405,
        {"error": "invalid_request", "error_description": f"Use {' or '.join(methods)}."},
        ("Allow", ", ".join(methods)),
    )

    def guarded(request: Request) -> Response:
        return handler(request) if request.method in allowed else refused

    return guarded
