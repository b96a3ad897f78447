"""For whom a client's id_tokens and userinfo are encrypted (OpenID Connect Registration §2, Core §10.2)."""

from idp.errors import Unavailable
from idp.model.client import Client
from idp.oauth.client_keys import ClientKeys
from idp.oauth.encryption import CONTENT, Recipient


class NoEncryptionKey(Unavailable):
    """The client wants it encrypted, and its key cannot be had: nothing is sent, since nothing is sent in the clear.

    503: its keys are where it publishes them, and are looked for again after `retry_after` seconds.
    """

    def __init__(self, client: Client, alg: str, retry_after: int) -> None:
        super().__init__(
            "The public key of the client for encryption cannot be had now; look at its jwks_uri.",
            retry_after=retry_after,
            detail=f"no key of {client.client_id} for {alg}",
        )


class Recipients:
    """Finds the public keys of clients that have things encrypted."""

    def __init__(self, keys: ClientKeys) -> None:
        self._keys = keys

    def of_id_token(self, client: Client) -> Recipient | None:
        """Who reads its id_tokens and logout tokens (Back-Channel Logout §2.4: the same keys); None: whoever gets them.

        Raises `NoEncryptionKey`.
        """
        return self._of(client, client.id_token_encrypted_response_alg, client.id_token_encrypted_response_enc)

    def of_userinfo(self, client: Client) -> Recipient | None:
        """The same for userinfo (Core §5.3.2)."""
        return self._of(client, client.userinfo_encrypted_response_alg, client.userinfo_encrypted_response_enc)

    def encrypted_as_id_token(self, client: Client, signed: str) -> str:
        """A signed JWT as its client's id_tokens travel: encrypted where that is registered. Raises `NoEncryptionKey`."""
        recipient = self.of_id_token(client)
        return signed if recipient is None else recipient.encrypt(signed.encode(), is_jwt=True)

    def _of(self, client: Client, alg: str | None, enc: str | None) -> Recipient | None:
        if alg is None:
            return None
        key = self._keys.to_encrypt(client, alg)
        if key is None:
            raise NoEncryptionKey(client, alg, self._keys.delay)
        return Recipient(key, alg, enc or CONTENT[0])
