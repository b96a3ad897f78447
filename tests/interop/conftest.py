"""The apps that programs of others are: one for each language and pair of stores, and any number with other metadata."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest

from tests.interop.client_program import PROGRAMS, ClientProgram
from tests.interop.high_app import NewHighApp, high_app
from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.form_browser import FormBrowser

SECRET = "secret-of-an-app-of-others-0123456789"
_numbers = count(1)


@dataclass(frozen=True)
class App:
    """A registered client and the program behind it."""

    idp: RunningIdp
    metadata: dict[str, Any]
    program: ClientProgram

    @property
    def client_id(self) -> str:
        return str(self.metadata["client_id"])

    @property
    def signed_out(self) -> str:
        """Where it wants the person after a logout."""
        return str(self.metadata["post_logout_redirect_uris"][0])

    def sign_in(self, browser: FormBrowser, person: Person, **parameters: str) -> dict[str, Any]:
        """The program asks, the person goes through what the browser shows, the program says who that was."""
        address = self.program.ask("authorization", parameters=parameters)["address"]
        callback = browser.go_through(address, person, by="code").address
        return self.program.ask("callback", address=callback)

    def ask_silently(self, browser: FormBrowser) -> dict[str, Any]:
        """The same with `prompt=none`, when there is nobody to ask."""
        address = self.program.ask("authorization", parameters={"prompt": "none"})["address"]
        return self.program.ask("callback", address=browser.get(address).address)


@contextmanager
def receiver_port(idp: RunningIdp) -> Iterator[int]:
    """A port of 127.0.0.1 that the identity provider may call, for as long as somebody listens there."""
    port = idp.receivers.pop()
    try:
        yield port
    finally:
        idp.receivers.append(port)


@contextmanager
def running_app(idp: RunningIdp, language: str, **changes: Any) -> Iterator[App]:
    """An app like the licence library with some of its metadata changed; a member of `None` is left out."""
    with receiver_port(idp) as port:
        metadata = metadata_at(idp, port) | {"client_id": f"{language}-{next(_numbers)}"} | changes
        metadata = {name: value for name, value in metadata.items() if value is not None}
        told = ("client_id", "client_secret", "scope", "token_endpoint_auth_method", "id_token_signed_response_alg")
        settings = {name: metadata.get(name) for name in told}
        settings |= {"issuer": idp.issuer, "redirect_uri": metadata["redirect_uris"][0], "port": port}
        settings["authority"] = str(idp.authority) if idp.authority else None
        with PROGRAMS[language](settings) as program:
            idp.register({name: value(program) if callable(value) else value for name, value in metadata.items()})
            yield App(idp, metadata, program)


def metadata_at(idp: RunningIdp, port: int) -> dict[str, Any]:
    """Metadata of an app that listens at this port; its `client_id` is the licence library's."""
    here = f"http://127.0.0.1:{port}"
    return {
        **idp.client("licence-library"),
        "client_secret": SECRET,
        "redirect_uris": [f"{here}/callback"],
        "post_logout_redirect_uris": [f"{here}/signed-out"],
        "backchannel_logout_uri": f"{here}/backchannel_logout",
        "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
    }


@pytest.fixture(scope="session", params=["sqlite", "behind_nginx"])
def idp(request: pytest.FixtureRequest) -> RunningIdp:
    """By http over SQLite; then by https, two servers behind nginx, over PostgreSQL and Redis."""
    running: RunningIdp = request.getfixturevalue(f"idp_{request.param}")
    return running


@pytest.fixture(scope="package", params=PROGRAMS)
def app(request: pytest.FixtureRequest, idp: RunningIdp) -> Iterator[App]:
    """A confidential client, one in each language; nobody is asked for consent."""
    with running_app(idp, request.param) as app:
        yield app


@pytest.fixture
def new_app(idp: RunningIdp) -> Iterator[Callable[..., App]]:
    """Another app, as a language and what is different about its metadata."""
    with ExitStack() as apps:
        yield lambda language, **changes: apps.enter_context(running_app(idp, language, **changes))


@pytest.fixture
def browser(idp: RunningIdp) -> Iterator[FormBrowser]:
    """A browser that was never here."""
    with FormBrowser(idp.issuer) as browser:
        yield browser


@pytest.fixture
def new_high_app(idp_behind_nginx: RunningIdp) -> Iterator[NewHighApp]:
    """An app that speaks what `gov-high` demands, as a language and what is different about its metadata."""
    with ExitStack() as apps:
        yield lambda language, **changes: apps.enter_context(high_app(idp_behind_nginx, language, **changes))


@pytest.fixture
def high_browser(idp_behind_nginx: RunningIdp) -> Iterator[FormBrowser]:
    """A browser that was never there."""
    with FormBrowser(idp_behind_nginx.issuer) as browser:
        yield browser
