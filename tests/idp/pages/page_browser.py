"""A browser without JavaScript for pages inside the test's own process: follows redirects, keeps cookies, sends forms."""

import re
from urllib.parse import urlencode

from idp.app import Installation, create_app
from tests.benchmarks.operations import Answer, Caller
from tests.idp.installed import PASSWORD, PHONE, code_that_left

_CSRF = re.compile(r'name="csrf" value="([^"]+)"')


class Browser:
    """One person's browser."""

    def __init__(self, installation: Installation) -> None:
        self.caller = Caller(create_app(installation))
        self._cookies: dict[str, str] = {}
        self.here = ""

    def get(self, path: str) -> Answer:
        """Open a page, and follow where it leads."""
        return self._follow(path, self.caller.get(path, self._headers))

    def post(self, path: str, **fields: str) -> Answer:
        """Send a form, and follow where it leads."""
        return self._follow(path, self.caller.post(path, self._headers, urlencode(fields).encode()))

    def sign_in(self, page: Answer, password: str = PASSWORD, phone: str = PHONE) -> Answer:
        """Sign in by password from the page that asks who one is."""
        page = self.post(self.path, csrf=csrf_of(page), username=phone, way="password")
        return self.post(self.path, csrf=csrf_of(page), password=password)

    def prove_by_message(self, installation: Installation) -> Answer:
        """Show the second proof that is asked for, by the code of a message."""
        assert self.here.endswith("/ways"), self.here
        page = self.post(self.here, csrf=csrf_of(self.get(self.here)), way="code")
        return self.post(self.path, csrf=csrf_of(page), code=code_that_left(installation))

    def forgets(self, cookie: str) -> None:
        """One cookie is gone, as one of a session is when the browser is closed."""
        self._cookies.pop(cookie, None)

    @property
    def path(self) -> str:
        """Where it is, and where the forms of that page go."""
        return self.here.partition("?")[0]

    @property
    def _headers(self) -> dict[str, str]:
        return {"HTTP_COOKIE": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}

    def _follow(self, path: str, answer: Answer) -> Answer:
        self.here = path
        for line in answer.headers.get("set-cookie", "").splitlines():
            name, _, value = line.partition(";")[0].partition("=")
            self._cookies[name] = value
        if answer.status != 303:
            return answer
        leads_to = answer.headers["location"].removeprefix("http://localhost:8000")
        if not leads_to.startswith("/"):  # an app's
            self.here = leads_to
            return answer
        return self.get(leads_to)


def csrf_of(page: Answer) -> str:
    """The token of the form on a page."""
    found = _CSRF.search(page.body.decode())
    assert found is not None, page.body.decode()
    return found[1]
