"""What whoever sends a request proves to hold, and what a token is bound to: a key (RFC 9449), a certificate (RFC 8705)."""

from collections.abc import Mapping
from typing import Any

from idp.errors import ProofRefused, Refused
from idp.http.request import Request
from idp.model.authorization import Binding
from idp.model.client import Client
from idp.oauth.extensions.dpop import Nonces, Proofs
from idp.oauth.profiles import Rules, rules_of
from idp.oauth.used_once import UsedOnce
from idp.services import Services
from resource_server.certificate import der_of, thumbprint_of
from resource_server.dpop_proof import address_of


class Possession:
    """Reads the proofs of requests."""

    def __init__(self, services: Services, used_once: UsedOnce) -> None:
        mutual_tls = services.settings.mutual_tls
        self._origins = [services.settings.issuer, *([] if mutual_tls is None else [mutual_tls.origin])]
        self.nonces = Nonces(services.cipher, services.clock)
        self._proofs = Proofs(self.nonces, used_once, services.clock)

    def of_client(self, request: Request, client: Client) -> Binding | None:
        """What the tokens that this client asks for are to be bound to; None: they are bearer tokens.

        Raises:
            ProofRefused: a proof that is wrong, or missing where the client must not have bearer tokens.
            Refused: the certificate is missing that its tokens are to be bound to.
        """
        shows_certificate = client.tls_client_certificate_bound_access_tokens
        jkt = self.key_if_any(request, client) if "dpop" in request.headers else None
        x5t = _thumbprint(request) if shows_certificate else None
        if shows_certificate and x5t is None:
            raise Refused("invalid_request", "Come with the client's certificate (RFC 8705).")
        if jkt is None and (client.dpop_bound_access_tokens or (x5t is None and rules_of(client).binds_tokens)):
            raise ProofRefused("invalid_dpop_proof", "Send a DPoP proof (RFC 9449).")
        return None if jkt is None and x5t is None else Binding(jkt=jkt, x5t=x5t)

    def key_if_any(self, request: Request, client: Client) -> str | None:
        """The key that this request was proven with (RFC 9449 §5 and §10.1)."""
        if "dpop" not in request.headers:
            return None
        return self._proofs.key_of(request, self._addresses(request), rules_of(client))

    def fits(self, request: Request, shown: tuple[str, str], binding: Binding | None, rules: Rules) -> bool:
        """Whether who sends this access token may: a bound one comes with its proof, and no other does (§7.1, §7.2).

        Args:
            shown: scheme and token.

        Raises:
            ProofRefused: the proof is wrong in itself.
        """
        scheme, access_token = shown
        if binding is None:
            return scheme != "dpop"
        if (scheme == "dpop") != (binding.jkt is not None):
            return False
        if binding.x5t is not None and _thumbprint(request) != binding.x5t:
            return False
        if binding.jkt is None:
            return True
        try:
            return self._proofs.key_of(request, self._addresses(request), rules, access_token) == binding.jkt
        except ProofRefused as refused:
            raise ProofRefused(refused.code, refused.public, status=401, nonce=refused.nonce) from None

    def _addresses(self, request: Request) -> list[str]:
        """What this endpoint is called: by configuration, never by Host (threat N04)."""
        return [address_of(origin, request.path) for origin in self._origins]


def _thumbprint(request: Request) -> str | None:
    der = der_of(request.certificate) if request.certificate else None
    return None if der is None else thumbprint_of(der)


def confirmation_of(binding: Binding | None) -> Mapping[str, Any]:
    """The members that tell a token's receiver what it is bound to (RFC 7800 §3.1)."""
    if binding is None:
        return {}
    told = {"jkt": binding.jkt, "x5t#S256": binding.x5t}
    return {"cnf": {name: value for name, value in told.items() if value is not None}}


def type_of(binding: Binding | None) -> str:
    """The `token_type` (RFC 6749 §7.1, RFC 9449 §5); a certificate shows itself (RFC 8705 §3)."""
    return "Bearer" if binding is None or binding.jkt is None else "DPoP"
