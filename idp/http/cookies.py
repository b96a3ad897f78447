"""Cookies that only we can set and only we can read (threat F07)."""

from collections.abc import Mapping
from dataclasses import dataclass

A_YEAR = 365 * 24 * 3600
BROWSER_COOKIE = "browser"
"""Knows a browser again before anybody signs in there, so that nothing begun in one is finished in another."""
BROWSER_SECONDS = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class CookieJar:
    """Names and flags of our cookies.

    `__Host-` makes the browser refuse a cookie that was set by a sibling domain, without Secure or for a path. A
    loopback http issuer cannot set it; there the plain name is used.
    """

    is_secure: bool

    def name(self, plain: str) -> str:
        """The name on the wire."""
        return f"__Host-{plain}" if self.is_secure else plain

    def read(self, cookies: Mapping[str, str], plain: str) -> str | None:
        """The value the browser sent."""
        return cookies.get(self.name(plain)) or None

    def set(self, plain: str, value: str, seconds: int | None = None) -> tuple[str, str]:
        """A Set-Cookie header; without `seconds` it ends with the browser."""
        life = "" if seconds is None else f"; Max-Age={seconds}"
        secure = "; Secure" if self.is_secure else ""
        return ("Set-Cookie", f"{self.name(plain)}={value}; Path=/{life}; HttpOnly{secure}; SameSite=Lax")

    def remember(self, plain: str, value: str, seconds: int | None = A_YEAR) -> tuple[str, str]:
        """A Set-Cookie header for how pages look: under its plain name, worth nothing to a thief.

        For a year where the person chose it; without `seconds` it ends with the browser.
        """
        life = "" if seconds is None else f"; Max-Age={seconds}"
        secure = "; Secure" if self.is_secure else ""
        return ("Set-Cookie", f"{plain}={value}; Path=/{life}; HttpOnly{secure}; SameSite=Lax")

    def forget(self, plain: str) -> tuple[str, str]:
        """A Set-Cookie header that deletes it."""
        return self.set(plain, "", 0)
