"""Tokens against forged forms (threats F03, F04): bound to one browser and one form's subject, nothing stored."""

import hmac

from idp.http.cookies import BROWSER_COOKIE
from idp.http.request import Request
from idp.ports import Cipher
from idp.services import Services


def token(cipher: Cipher, browser: str, subject: str) -> str:
    """What the form carries."""
    return cipher.tag("csrf", _bound(browser, subject)).hex()


def matches(cipher: Cipher, browser: str, subject: str, unverified_token: str) -> bool:
    """Whether the form came from a page that we gave to this browser, also under a master key of before."""
    if not browser:
        return False
    unverified = unverified_token.encode("utf-8", "replace")
    ours = (tag.hex().encode() for tag in cipher.tags("csrf", _bound(browser, subject)))
    return any(hmac.compare_digest(each, unverified) for each in ours)


def _bound(browser: str, subject: str) -> bytes:
    return f"{browser}\n{subject}".encode("utf-8", "surrogatepass")


class Forms:
    """The forms of whoever is signed in: each carries a token that is bound to its browser and to the page it stands on."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def token(self, request: Request, subject: str) -> str:
        """What the form carries; `subject` is the path that it is sent to."""
        return token(self._services.cipher, self._browser(request), subject)

    def is_genuine(self, request: Request, subject: str) -> bool:
        """Whether the form came from a page that we gave to this browser."""
        return matches(self._services.cipher, self._browser(request), subject, request.form.get("csrf", ""))

    def _browser(self, request: Request) -> str:
        return self._services.cookies.read(request.cookies, BROWSER_COOKIE) or ""
