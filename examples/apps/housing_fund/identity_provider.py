"""The city's identity provider as this app sees it: OpenID Connect Core 1.0 by code, through Authlib's client.

Authlib writes the requests, reads the tokens and checks the claims; httpx carries them. Nothing is asked of the identity
provider before the first visitor, so the two may start in any order.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.common.urls import add_params_to_uri
from authlib.oauth2.client import OAuth2Client

from .configuration import Configuration
from .id_token import KeysOfTheIssuer, read_id_token
from .logout_token import LogoutTokens
from .person import Person, level_from
from .refusal import IdentityProviderUnavailable, SignInRefused

_NEEDED = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")


class IdentityProvider:
    """Sends people to sign in and understands the answer; safe to share between threads."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        # The environment's proxy is not for an identity provider on this machine, and an answer never redirects.
        self._http = httpx.Client(timeout=5, follow_redirects=False, trust_env=False)
        self._metadata: dict[str, Any] = {}
        self._keys = KeysOfTheIssuer(lambda: self._get(self.metadata()["jwks_uri"]))
        self.logout_tokens = LogoutTokens(configuration.issuer, configuration.client_id, self._keys)

    def metadata(self) -> dict[str, Any]:
        """The discovery document, fetched once; it must name the issuer we asked (OpenID Connect Discovery 1.0 §4.3)."""
        if not self._metadata:
            document = self._get(self._configuration.issuer.rstrip("/") + "/.well-known/openid-configuration")
            if document.get("issuer") != self._configuration.issuer:
                raise IdentityProviderUnavailable("the discovery document names another issuer")
            if not all(isinstance(document.get(name), str) for name in _NEEDED):
                raise IdentityProviderUnavailable("the discovery document lacks an address")
            self._metadata = document
        return self._metadata

    def ask(self, *, silently: bool) -> tuple[str, dict[str, str]]:
        """The address to send a person to, and what must be remembered to understand the answer (Core §3.1.2.1)."""
        secrets = {"code_verifier": generate_token(64), "nonce": generate_token(32), "state": generate_token(32)}
        extra = {"prompt": "none"} if silently else {}
        address, _ = self._client().create_authorization_url(
            self.metadata()["authorization_endpoint"], **secrets, **extra
        )
        return address, secrets

    def check_issuer(self, answer: Mapping[str, str]) -> None:
        """Refuse an answer that another issuer gave (RFC 9207 §2.4)."""
        is_promised = self.metadata().get("authorization_response_iss_parameter_supported") is True
        if answer.get("iss", None if is_promised else self._configuration.issuer) != self._configuration.issuer:
            raise SignInRefused("invalid_issuer", "the answer came from another issuer")

    def redeem(self, code: str, remembered: Mapping[str, str]) -> Person:
        """Who signed in: the code becomes tokens, the tokens a person (Core §3.1.3, §5.3)."""
        tokens = self._fetch_tokens(code, remembered["code_verifier"])
        claims = read_id_token(
            tokens, self._keys, (self._configuration.issuer, self._configuration.client_id, remembered["nonce"])
        )
        userinfo = self._get(self.metadata()["userinfo_endpoint"], access_token=tokens["access_token"])
        if userinfo.get("sub") != claims["sub"]:  # Core §5.3.2: else it speaks of somebody else
            raise SignInRefused("invalid_userinfo", "the details belong to somebody else")
        return Person(
            subject=claims["sub"],
            name=str(userinfo.get("name") or "（未提供姓名）"),
            phone_number=str(userinfo.get("phone_number") or ""),
            level=level_from(claims.get("acr")),
            id_token=tokens["id_token"],
            sid=str(claims.get("sid") or ""),
        )

    def sign_out(self, id_token: str, state: str) -> str:
        """The address that ends the session at the identity provider (RP-Initiated Logout 1.0 §2)."""
        parameters = {
            "id_token_hint": id_token,
            "client_id": self._configuration.client_id,
            "post_logout_redirect_uri": self._configuration.post_logout_redirect_uri,
            "state": state,
        }
        return str(add_params_to_uri(self.metadata()["end_session_endpoint"], parameters.items()))

    def _client(self) -> Any:
        return OAuth2Client(
            self._http,
            client_id=self._configuration.client_id,
            client_secret=self._configuration.client_secret,
            scope=self._configuration.scope,
            redirect_uri=self._configuration.redirect_uri,
            code_challenge_method="S256",
        )

    def _fetch_tokens(self, code: str, code_verifier: str) -> dict[str, Any]:
        # RFC 6749 §2.3.1: both halves are form-encoded before they become HTTP Basic.
        credentials = (quote_plus(self._configuration.client_id), quote_plus(self._configuration.client_secret))
        try:
            tokens: dict[str, Any] = self._client().fetch_token(
                self.metadata()["token_endpoint"],
                grant_type="authorization_code",
                code=code,
                redirect_uri=self._configuration.redirect_uri,
                code_verifier=code_verifier,
                auth=httpx.BasicAuth(*credentials),
            )
        except (httpx.HTTPError, ValueError) as error:
            raise IdentityProviderUnavailable(f"token endpoint: {type(error).__name__}") from error
        except AuthlibBaseError as error:
            raise SignInRefused(str(error.error), "the code was not accepted") from error
        if str(tokens.get("token_type")).lower() != "bearer" or not isinstance(tokens.get("access_token"), str):
            raise SignInRefused("invalid_token_response", "no bearer token came back")
        return tokens

    def _get(self, address: str, access_token: str = "") -> dict[str, Any]:
        """A JSON object of the identity provider."""
        headers = {"Authorization": f"Bearer {access_token}"} if access_token else {}
        try:
            response = self._http.get(address, headers=headers)
            document = response.raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise IdentityProviderUnavailable(f"{address}: {type(error).__name__}") from error
        if not isinstance(document, dict):
            raise IdentityProviderUnavailable(f"{address}: not a JSON object")
        return document
