"""The page that ends a request which cannot be answered at the client."""

from typing import Any

import structlog

from idp.entropy import random_support_code
from idp.errors import Refused, SignInOver, Unavailable
from idp.http.html import Html
from idp.http.request import Request
from idp.http.response import Response

log = structlog.get_logger()


TOO_MANY_TRIES = Refused("too_many_tries", "Too many tries.", status=429, detail="tries or codes are counted")
NO_CARRIER = Refused("temporarily_unavailable", "No message can be sent.", status=200, detail="messaging: no carrier")
NO_AUTHORITY = Refused(
    "temporarily_unavailable", "No face can be compared.", status=200, detail="sources: no face authority"
)
"""Why somebody cannot go on by themselves on a page that is no error page."""


def support_code_for(refused: Refused) -> str:
    """A new support code, which stands in the log with the reason and the id of the request."""
    support_code = random_support_code()
    log.info("refused", code=refused.code, detail=refused.detail, status=refused.status, support_code=support_code)
    return support_code


class ErrorPages:
    """Renders refusals as a page with a support code, and writes the same code to the log."""

    def __init__(self, html: Html) -> None:
        self._html = html

    def page(self, request: Request, kind: str, refused: Refused) -> Response:
        """The page of this kind (see `error.html`); nothing of it comes from the request.

        A sign-in that is over has a kind of its own.
        """
        support_code = support_code_for(refused)
        headers: tuple[tuple[str, str], ...] = ()
        start: dict[str, Any] = {}
        if isinstance(refused, Unavailable):
            kind, headers = "busy", (("Retry-After", str(refused.retry_after)),)
        if isinstance(refused, SignInOver):
            kind, start = refused.kind, {"client_name": refused.client_name, "back_url": refused.back_url}
        response = self._html.page(
            request,
            "error.html",
            status=refused.status,
            kind=kind,
            support_code=support_code,
            protocol_error=refused.code,
            protocol_detail=refused.public,
            **start,
        )
        return response.with_headers(*headers)
