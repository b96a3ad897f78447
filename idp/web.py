"""The Flask glue of all pages: our strict request in, our response out, one place for what goes wrong."""

from collections.abc import Callable
from typing import Any, NoReturn

import structlog
from flask import Blueprint, Flask, request
from flask import Response as FlaskResponse
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule

from idp.errors import Refused, Unavailable
from idp.http.error_page import ErrorPages
from idp.http.request import FORM, NO_HOPS, Request, snapshot
from idp.http.response import Response
from idp.sessions import csrf

__all__ = ["csrf", "mount", "new_blueprint", "new_pages", "page", "routed"]

log = structlog.get_logger()

Handler = Callable[..., Response]


def page(handler: Handler) -> Callable[..., FlaskResponse]:
    """A Flask view over a handler that knows only our own request and response.

    No form of ours sends a field twice: who does wants one value to be checked and the other one to be used (threat G05).
    """

    def view(**arguments: Any) -> FlaskResponse:
        asked = current_request()
        if asked.method == "POST" and asked.headers.get("content-type", "").startswith(FORM):
            asked.form.refuse_doubled(*sorted(asked.form.doubled))
        return to_flask(handler(asked, **arguments))

    return view


def current_request() -> Request:
    """The strict snapshot of the request that Flask is serving."""
    return snapshot(request.environ, request.environ.get("idp.hops", NO_HOPS))


def to_flask(response: Response) -> FlaskResponse:
    """The same response in Flask's type."""
    return FlaskResponse(response.body, response.status, list(response.headers))


class _Door(Rule):
    """A rule that leads to a page, and never back to an address.

    Werkzeug would make two functions for each, of what `url_for` may ask: most of what it costs to mount a page.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        del append_unknown
        return _makes_no_address


def _makes_no_address(_rule: Rule, **_values: Any) -> NoReturn:
    raise NotImplementedError("Addresses of pages are constants of their modules.")


def new_pages() -> Flask:
    """A Flask for pages alone."""
    pages = Flask("idp.pages", static_folder=None, template_folder=None)
    pages.url_rule_class = _Door
    return pages


def new_blueprint(name: str) -> Blueprint:
    """A blueprint without static files or templates: those live in `idp.http`."""
    return Blueprint(name, __name__, static_folder=None, template_folder=None)


def routed(name: str, *routes: tuple[str, str, Handler]) -> Blueprint:
    """A blueprint with a page for each rule and method."""
    pages = new_blueprint(name)
    for rule, method, handler in routes:
        pages.add_url_rule(rule, f"{method} {rule}", page(handler), methods=[method], provide_automatic_options=False)
    return pages


def mount(app: Flask, blueprint: Blueprint, errors: ErrorPages) -> None:
    """Add pages to the app, with refusals and failures rendered as pages."""
    app.register_blueprint(blueprint)
    app.register_error_handler(Exception, lambda failure: to_flask(_failed(failure, errors)))


def _failed(failure: Exception, errors: ErrorPages) -> Response:
    asked = current_request()
    if isinstance(failure, Refused):
        return errors.page(asked, "busy" if isinstance(failure, Unavailable) else "request", failure)
    if isinstance(failure, HTTPException):
        status = failure.code or 500
        if status == 405:
            return errors.page(asked, "not_found", Refused("invalid_request", "Use another method.", status=405))
        return errors.page(asked, "not_found", Refused("not_found", "There is no such page.", status=404))
    log.error("page_failed", failure=type(failure).__name__, exc_info=failure)
    return errors.page(asked, "fault", Refused("server_error", "Something went wrong here.", status=500))
