"""A browser without JavaScript over an application in the test's own process."""

from collections.abc import Callable
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urljoin

from tests.attacks.pages import Page
from tests.benchmarks.operations import Caller


class _Application:
    """The application, and every cookie that it sets: the caller keeps one header of a name."""

    def __init__(self, application: Callable[..., Any]) -> None:
        self._application = application
        self.cookies: dict[str, str] = {}

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            for name, value in headers:
                if name.lower() == "set-cookie":
                    self.cookies |= {cookie: morsel.value for cookie, morsel in SimpleCookie(value).items()}
            return start_response(status, headers, *rest)

        return self._application(environ, start)


class Visiting:
    """One person's browser: cookies, the page it is on, and its first form."""

    def __init__(self, application: Callable[..., Any], user_agent: str = "") -> None:
        self._application = _Application(application)
        self._caller = Caller(self._application)
        self._user_agent = user_agent
        self.page, self.here, self.status = "", "/", 0

    @property
    def cookies(self) -> dict[str, str]:
        """What it would send."""
        return self._application.cookies

    @property
    def error(self) -> str:
        """The protocol's error code on the page."""
        return Page(self.page).error.strip().partition(":")[0]

    def opens(self, path: str) -> None:
        """A GET, followed as long as it stays here."""
        self._stands_on(path, self._caller.get(path, self._headers))

    def sends(self, **fields: str) -> None:
        """The first form of the page."""
        form = Page(self.page).forms[0]
        body = urlencode({**form.hidden, **fields}).encode()
        action = urljoin(self.here, form.action)
        self._stands_on(action, self._caller.post(action, self._headers, body))

    @property
    def _headers(self) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"HTTP_COOKIE": cookies, "HTTP_USER_AGENT": self._user_agent}

    def _stands_on(self, path: str, answer: Any) -> None:
        self.here, self.status, self.page = path, answer.status, answer.body.decode()
        location = answer.headers.get("location", "")
        if answer.status == 303 and location.startswith("/"):
            self.opens(location)
