"""Before the page that checks passwords: who finds no place is told so for next to nothing (threat N11).

A login that waits for its hash holds a thread. Without this door a flood of logins would hold them all, and what it is
refused would cost more than what others ask for: here a refusal is a page that was rendered once for each look.
"""

import re
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from idp.errors import Unavailable
from idp.http.error_page import support_code_for
from idp.http.html import Html, look_of
from idp.http.request import Environ, Request, snapshot
from idp.http.response import Response, send
from idp.http.router import Application

if TYPE_CHECKING:
    from idp.http.templates import Look

_PATH = re.compile(r"/s/([\w-]{1,4096})/password", re.ASCII)
_HANDLE, _SUPPORT_CODE = "handle-of-the-visitor", "code-for-the-support"
"""What stands in the rendered page for what differs from one visitor to the next."""


class PasswordDoor:
    """The pages, with few at once who have their password checked; all others are told to come back, at once.

    Args:
        pages: the WSGI application behind the door.
        place: one of the places inside; raises `Unavailable` when there is none.
        html: renders the page that says so.
    """

    def __init__(self, pages: Application, place: Callable[[], AbstractContextManager[None]], html: Html) -> None:
        self._pages = pages
        self._place = place
        self._html = html
        self._rendered: dict[Look, Response] = {}

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Let in, or tell to come back."""
        path = _PATH.fullmatch(environ.get("PATH_INFO", ""))
        if path is None or environ["REQUEST_METHOD"] != "POST":
            return self._pages(environ, start_response)
        with ExitStack() as inside:
            try:
                inside.enter_context(self._place())
            except Unavailable as busy:
                return send(self._busy(snapshot(environ), path[1], busy), start_response)
            return self._pages(environ, start_response)

    def _busy(self, request: Request, handle: str, busy: Unavailable) -> Response:
        look = look_of(request)
        if (page := self._rendered.get(look)) is None:
            page = self._rendered[look] = self._page(request, busy)
        support_code = support_code_for(busy)
        body = page.body.replace(_HANDLE.encode(), handle.encode()).replace(
            _SUPPORT_CODE.encode(), support_code.encode()
        )
        return replace(page, body=body)

    def _page(self, request: Request, busy: Unavailable) -> Response:
        page = self._html.page(
            replace(request, path=f"/s/{_HANDLE}/password", query=""),
            "error.html",
            status=busy.status,
            kind="busy",
            support_code=_SUPPORT_CODE,
            protocol_error=busy.code,
            protocol_detail=busy.public,
        )
        return page.with_headers(("Retry-After", str(busy.retry_after)))
