"""Pages of ours that somebody signs in to are an app as any other to the one door, and the only ones that nobody registers.

So single sign-on, step-up and `max_age` hold for them as for everybody else. The code that they are given stays unused and
dies in a minute: the session is what was wanted.
"""

from collections.abc import Mapping
from urllib.parse import urlencode

from idp.clock import Instant
from idp.http.request import Request
from idp.http.return_path import local_path
from idp.jose import base64url
from idp.model.client import Client
from idp.model.interaction import AuthorizationRequest
from idp.registration.register import register
from idp.services import Services


class OwnApp:
    """One such app: its registration, and the way through the door and back.

    Args:
        client: as it is to be registered; where its only redirect URI points, `back_to` leads on.
    """

    def __init__(self, services: Services, client: Client) -> None:
        self._services = services
        self._client = client

    def lead_in(self, wanted: str, now: Instant, asked_beside: Mapping[str, str]) -> str:
        """The address of the door, by which whoever is sent there comes back to the path `wanted`, signed in."""
        self.register(now)
        asked = self.request(wanted)
        parameters = {
            "client_id": asked.client_id,
            "redirect_uri": asked.redirect_uri,
            "response_type": asked.response_type,
            "scope": " ".join(asked.scope),
            "state": wanted,
            "code_challenge": asked.code_challenge or "",
            "code_challenge_method": "S256",
            **asked_beside,
        }
        return f"/authorize?{urlencode(parameters)}"

    def request(self, wanted: str) -> AuthorizationRequest:
        """The same as the door knows it once it is proven."""
        return AuthorizationRequest(
            client_id=self._client.client_id,
            redirect_uri=self._client.redirect_uris[0],
            response_type="code",
            response_mode="query",
            scope=("openid",),
            state=wanted,
            # Of no verifier that anybody knows, so that the code is good for nothing (RFC 7636 §4.6).
            code_challenge=base64url(self._services.cipher.tag("account", b"challenge")),
        )

    def register(self, now: Instant) -> None:
        """Write the app down when it is not there, or was for another address."""
        with self._services.begin() as unit_of_work:
            known = unit_of_work.clients.get(self._client.client_id)
            if known is not None and known.redirect_uris == self._client.redirect_uris:
                return
            register(unit_of_work, [self._client], now)
            unit_of_work.commit()


def wanted_by(request: Request) -> str:
    """The page to come back to; that of a form is the page it stands on."""
    is_page = request.method in {"GET", "HEAD"} and request.query
    return local_path(f"{request.path}?{request.query}" if is_page else request.path)


def back_to(request: Request, home: str, signed_in: str) -> str:
    """Where the redirect URI `signed_in` leads on: to the page that they wanted, if it is one of this app, else `home`."""
    wanted = local_path(request.parameters.get("state", ""))
    is_ours = wanted == home or wanted.startswith((f"{home}/", f"{home}?"))
    return wanted if is_ours and not wanted.startswith(signed_in) else home
