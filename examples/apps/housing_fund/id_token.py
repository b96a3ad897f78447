"""Reading an id_token: whose signature, from whom, for whom, until when (OpenID Connect Core 1.0 §3.1.3.7)."""

from collections.abc import Callable, Mapping
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import Key, KeySet

from .refusal import IdentityProviderUnavailable, SignInRefused

ALGORITHMS = ("ES256", "RS256")
LEEWAY = 60  # seconds by which two clocks may differ


class KeysOfTheIssuer:
    """The issuer's published keys; a key nobody has heard of makes us ask once more, for keys rotate (Core §10.1.1)."""

    def __init__(self, fetch: Callable[[], dict[str, Any]]) -> None:
        self._fetch = fetch
        self._keys: KeySet | None = None

    def find(self, signature: Any) -> Key:
        """The key a token's header names; InvalidKeyIdError when the issuer does not publish it."""
        header = signature.headers()
        try:
            return self._known().get_by_kid(header.get("kid", ""))
        except InvalidKeyIdError:
            self._keys = None
            return self._known().get_by_kid(header.get("kid", ""))

    def _known(self) -> KeySet:
        if self._keys is None:
            try:
                self._keys = KeySet.import_key_set(self._fetch())  # type: ignore[arg-type]
            except (JoseError, ValueError, KeyError, TypeError) as error:
                raise IdentityProviderUnavailable(f"published keys: {type(error).__name__}") from error
        return self._keys


def read_id_token(tokens: Mapping[str, Any], keys: KeysOfTheIssuer, expected: tuple[str, str, str]) -> dict[str, Any]:
    """The claims of the id_token beside the access token; `expected` is issuer, client_id and nonce."""
    issuer, client_id, nonce = expected
    options = {
        "iss": {"essential": True, "value": issuer},
        # Core asks to refuse audiences we do not trust; we trust none beside ourselves.
        "aud": {"essential": True, "validate": lambda _, audience: audience in (client_id, [client_id])},
        "sub": {"essential": True},
    }
    parameters = {"client_id": client_id, "nonce": nonce, "access_token": tokens["access_token"]}
    try:
        token = jwt.decode(tokens["id_token"], keys.find, algorithms=ALGORITHMS)
        claims = CodeIDToken(token.claims, token.header, options, parameters)
        claims.validate(leeway=LEEWAY)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise SignInRefused("invalid_id_token", "the proof of who signed in does not hold") from error
    return dict(claims)
