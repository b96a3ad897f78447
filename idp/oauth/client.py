"""A registered client as Authlib asks for it (RFC 6749 §2)."""

from urllib.parse import urlsplit

from authlib.oauth2.rfc6749 import ClientMixin

from idp.model.client import Client


class RegisteredClient(ClientMixin):
    """Answers Authlib's questions from a `model.Client`."""

    def __init__(self, client: Client) -> None:
        self.model = client

    def get_client_id(self) -> str:
        """The client_id."""
        return self.model.client_id

    def get_default_redirect_uri(self) -> None:
        """None: OpenID Connect Core §3.1.2.1 requires the parameter, so nothing is guessed."""
        return

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """What of the requested scope this client may have; unknown values are dropped (RFC 6749 §3.3)."""
        requested = (scope or "").split()
        return " ".join(name for name in dict.fromkeys(requested) if name in self.model.scope) or None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """See `matches_redirect_uri`."""
        return matches_redirect_uri(self.model, redirect_uri)

    def check_response_type(self, response_type: str) -> bool:
        """Whether it registered this response_type."""
        return response_type in self.model.response_types

    def check_grant_type(self, grant_type: str) -> bool:
        """Whether it registered this grant_type."""
        return grant_type in self.model.grant_types


def matches_redirect_uri(client: Client, redirect_uri: str) -> bool:
    """Exact string comparison (RFC 9700 §4.1); a native app's loopback port is its only freedom (RFC 8252 §7.3)."""
    if redirect_uri in client.redirect_uris:
        return True
    if client.application_type != "native":
        return False
    for registered in client.redirect_uris:
        host = urlsplit(registered).hostname
        if registered.startswith("http://") and host in {"127.0.0.1", "::1"}:
            origin = "http://[::1]" if host == "::1" else "http://127.0.0.1"
            if _differs_in_port_only(redirect_uri, origin, registered.removeprefix(origin)):
                return True
    return False


def _differs_in_port_only(redirect_uri: str, origin: str, registered_rest: str) -> bool:
    path = registered_rest[registered_rest.find("/") :] if registered_rest.startswith(":") else registered_rest
    rest = redirect_uri.removeprefix(f"{origin}:")
    if rest == redirect_uri or not rest.endswith(path):
        return False
    port = rest.removesuffix(path)
    return port.isascii() and port.isdigit() and len(port) <= 5 and 0 < int(port) <= 65535
