"""Userinfo as a JWT: signed, encrypted, or both, as the client registered (OpenID Connect Core §5.3.2)."""

from collections.abc import Mapping

from pydantic_core import to_json

from idp.model.client import Client
from idp.oauth.encryption import Recipient
from idp.oauth.profiles import algorithm_for
from idp.oauth.recipients import Recipients
from idp.services import Services

MEDIA_TYPE = "application/jwt"


class UserinfoJwt:
    """Writes it for the clients that want one."""

    def __init__(self, services: Services, recipients: Recipients) -> None:
        self._issuer = services.settings.issuer
        self._signer = services.signer
        self._recipients = recipients

    def recipient(self, client: Client) -> Recipient | None:
        """For whom it is encrypted; their keys may have to be fetched. Raises `NoEncryptionKey`."""
        return self._recipients.of_userinfo(client)

    def write(self, client: Client, told: Mapping[str, object], recipient: Recipient | None) -> str | None:
        """The JWT; None for a client that wants JSON.

        Signed it names issuer and audience; without an `exp` nobody takes it for an id_token, which must have one
        (RFC 8725 §3.12). Encrypted alone it holds the very claims.
        """
        if client.userinfo_signed_response_alg is None:
            return None if recipient is None else recipient.encrypt(to_json(told), is_jwt=False)
        alg = algorithm_for(client, client.userinfo_signed_response_alg)
        signed = self._signer.sign({**told, "iss": self._issuer, "aud": client.client_id}, alg, "JWT")
        return signed if recipient is None else recipient.encrypt(signed.encode(), is_jwt=True)
