"""What somebody reads who is signed in and has no business on this page of the console."""

from idp.http.html import Html
from idp.http.request import Request
from idp.http.response import Response
from idp.model.office import Role


class Strangers:
    """Two refusals, each with a way on."""

    def __init__(self, html: Html) -> None:
        self._html = html

    def without_role(self, request: Request) -> Response:
        """They hold no role, or are signed in with an account of their own."""
        return self._html.page(request, "console/no_role.html", status=403, role=None)

    def of_another_role(self, request: Request, role: Role) -> Response:
        """Another officer does this."""
        return self._html.page(request, "console/no_role.html", status=403, role=role.value)
