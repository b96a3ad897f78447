"""A client registration as the JSON text that the store keeps; secrets that sign are encrypted in it."""

import json
from dataclasses import asdict, fields
from typing import Any

from idp.errors import Unavailable
from idp.model.client import AccessTokenFormat, Client, ClientStatus, Profile
from idp.model.office import Role
from idp.model.policy import Level
from idp.ports import Cipher

_PURPOSE = "clients.document.secrets"
_FIELDS = frozenset(field.name for field in fields(Client))


def write(client: Client, cipher: Cipher) -> str:
    """The registration as JSON; digests and what is encrypted in hexadecimal."""
    sealed = [cipher.seal(_PURPOSE, secret.encode(), client.client_id) for secret in client.secrets]
    told = {**asdict(client), "secrets": sealed}
    return json.dumps(told, default=bytes.hex, ensure_ascii=False, separators=(",", ":"))


def read(document: str, cipher: Cipher) -> Client:
    """The registration back. Fields of a newer program are passed over, missing ones take their default."""
    values = {name: frozen(value) for name, value in json.loads(document).items() if name in _FIELDS}
    values |= {
        "profile": Profile(values["profile"]),
        "status": ClientStatus(values["status"]),
        "level": Level(values["level"]),
        "access_token_format": AccessTokenFormat(values.get("access_token_format", AccessTokenFormat.OPAQUE)),
        "api_role": Role(values["api_role"]) if values.get("api_role") else None,
        "secret_digests": tuple(bytes.fromhex(digest) for digest in values["secret_digests"]),
        "secrets": tuple(_opened(each, values["client_id"], cipher) for each in values.get("secrets", ())),
    }
    return Client(**values)


def _opened(sealed: str, client_id: str, cipher: Cipher) -> str:
    secret = cipher.open(_PURPOSE, bytes.fromhex(sealed), client_id)
    if secret is None:
        raise Unavailable(
            "The stored data cannot be read at this moment. Please try again later.",
            detail=f"a secret of {client_id} does not decrypt: a key is missing, or it was altered or moved",
        )
    return secret.decode()


def frozen(value: Any) -> Any:
    """Lists as tuples, however deep."""
    return tuple(frozen(item) for item in value) if isinstance(value, list) else value
