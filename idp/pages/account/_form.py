"""The forms of the account pages: each carries a token for this browser, this session and this page."""

from idp.http.request import Request
from idp.model.session import Visitor
from idp.services import Services
from idp.sessions import csrf


class Forms:
    """Gives tokens, and knows them again; those of one session are worth nothing in the next one."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def token(self, request: Request, visitor: Visitor, page: str) -> str:
        """What the form of this page carries."""
        return csrf.token(self._services.cipher, self._browser(request), _subject(visitor, page))

    def is_genuine(self, request: Request, visitor: Visitor, page: str) -> bool:
        """Whether the form came from this page, as we gave it to this browser in this session."""
        sent = request.form.get("csrf", "")
        return csrf.matches(self._services.cipher, self._browser(request), _subject(visitor, page), sent)

    def _browser(self, request: Request) -> str:
        return self._services.cookies.read(request.cookies, "browser") or ""


def _subject(visitor: Visitor, page: str) -> str:
    return f"{page}\n{visitor.session.id}"
