"""The forms of the account pages: each carries a token that is bound to this browser and to the page it stands on."""

from idp.http.request import Request
from idp.services import Services
from idp.sessions import csrf


class Forms:
    """Gives tokens out and knows them again."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def token(self, request: Request, subject: str) -> str:
        """What the form carries; `subject` is the path that it is sent to."""
        return csrf.token(self._services.cipher, self._browser(request), subject)

    def is_genuine(self, request: Request, subject: str) -> bool:
        """Whether the form came from a page that we gave to this browser."""
        return csrf.matches(self._services.cipher, self._browser(request), subject, request.form.get("csrf", ""))

    def _browser(self, request: Request) -> str:
        return self._services.cookies.read(request.cookies, "browser") or ""
