"""The door before the check of passwords: who finds no place is told to come back, and learns it for next to nothing."""

import io
from contextlib import ExitStack
from typing import Any

from idp.app import Installation, create_app


def answer(application: Any, path: str, method: str = "POST") -> tuple[str, dict[str, str], str]:
    """Status, headers and page."""
    began: list[Any] = []
    environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": "", "SERVER_PROTOCOL": "HTTP/1.1"}
    environ |= {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "localhost:8000", "wsgi.url_scheme": "http"}
    told = b"".join(application({**environ, "wsgi.input": io.BytesIO()}, lambda *sent: began.extend(sent[:2])))
    return began[0], dict(began[1]), told.decode()


def test_without_a_place_only_the_check_of_passwords_is_busy(installation: Installation) -> None:
    """Mutations: no place asked for; a place that is not given back; the door closed before other pages."""
    application = create_app(installation)
    places = installation.settings.server.threads // 2
    with ExitStack() as full:
        for _ in range(places):
            full.enter_context(installation.services.passwords.place())
        status, headers, page = answer(application, "/s/one-handle/password")
        assert (status[:3], int(headers["Retry-After"]) > 0) == ("503", True)
        assert "one-handle" in page
        _, _, other = answer(application, "/s/another-handle/password")
        assert "another-handle" in other
        assert "one-handle" not in other
        for path, method in (
            ("/s/x/password", "GET"),
            ("/s/x/code", "POST"),
            ("/jwks", "GET"),
            ("/s/x<y/password", "POST"),
        ):
            assert not answer(application, path, method)[0].startswith("503"), path
    for _ in range(places + 1):
        assert not answer(application, "/s/x/password")[0].startswith("503")
