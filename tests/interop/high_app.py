"""The app behind a program that speaks what `gov-high` demands: registered by officers, or about to register itself."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

from tests.interop.client_program import ClientProgram
from tests.interop.high_program import HIGH_PROGRAMS
from tests.plugins.certificate_office import AppCertificate
from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.form_browser import FormBrowser

METADATA: dict[str, Any] = {
    "client_name": "社会保障",
    "grant_types": ["authorization_code", "refresh_token"],
    "token_endpoint_auth_method": "private_key_jwt",
    "scope": "openid profile",
    "asks_consent": False,
    "profile": "gov-high",
    "require_signed_request_object": True,
    "jwks": lambda program: program.ask("publish"),
}
"""Of an app that gets nothing without PAR, signed requests and bound tokens."""
_numbers = count(1)


@dataclass(frozen=True)
class HighApp:
    """A client and the program behind it."""

    idp: RunningIdp
    metadata: dict[str, Any]
    program: ClientProgram

    def ask(self, command: str, **parameters: object) -> dict[str, Any]:
        """What the program answers."""
        return self.program.ask(command, **parameters)

    def sign_in(self, browser: FormBrowser, person: Person) -> dict[str, Any]:
        """The program pushes, the person goes through what the browser shows, the program says who that was."""
        page = browser.go_through(self.ask("authorization", parameters={})["address"], person)
        assert set(page.answer) == {"response"}, "nothing stands beside what is signed (JARM §2.3.1)"
        return self.ask("callback", address=page.address)


NewHighApp = Callable[..., HighApp]


@contextmanager
def high_app(
    idp: RunningIdp, language: str, *, certificate: AppCertificate | None = None, registers: bool = True, **changes: Any
) -> Iterator[HighApp]:
    """A running program and its client.

    Args:
        certificate: what it comes with.
        registers: whether officers register it; or else it does so itself.
        changes: members of its metadata; a callable is asked with the program, `None` leaves out.
    """
    client_id = f"high-{language}-{next(_numbers)}"
    redirect_uri = f"https://{client_id}.example/callback"
    metadata = {"client_id": client_id, "redirect_uris": [redirect_uri], **METADATA, **changes}
    settings = {
        "issuer": idp.issuer,
        "authority": str(idp.authority) if idp.authority else None,
        "client_id": client_id if registers else None,
        "redirect_uri": redirect_uri,
        "certificate": str(certificate.file) if certificate else None,
        **{name: metadata[name] for name in ("scope", "token_endpoint_auth_method")},
    }
    with HIGH_PROGRAMS[language](settings) as program:
        known = {name: value(program) if callable(value) else value for name, value in metadata.items()}
        if registers:
            idp.register({name: value for name, value in known.items() if value is not None})
        yield HighApp(idp, known, program)
