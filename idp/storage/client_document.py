"""A client registration as the JSON text that the store keeps; secrets that sign are encrypted in it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from idp.model.client import AccessTokenFormat, Client, ClientStatus, Profile
from idp.model.office import Role
from idp.model.policy import Level
from idp.ports import Cipher

_PURPOSE = "clients.document.secrets"
_FIELDS = frozenset(field.name for field in fields(Client))


def write(client: Client, cipher: Cipher, version: int | None = None) -> str:
    """The registration as JSON; digests and what is encrypted in hexadecimal."""
    sealed = [
        cipher.seal(_PURPOSE, secret.encode(), client.client_id, version=version).hex() for secret in client.secrets
    ]
    told = {**asdict(client), "secrets": [*sealed, *client.sealed_secrets]}
    del told["sealed_secrets"]
    return as_text(told)


def as_text(document: Mapping[str, object]) -> str:
    """How the store keeps it."""
    return json.dumps(document, default=bytes.hex, ensure_ascii=False, separators=(",", ":"))


def read(document: str, cipher: Cipher) -> Client:
    """The registration back. Fields of a newer program are passed over, missing ones take their default."""
    values = {name: frozen(value) for name, value in json.loads(document).items() if name in _FIELDS}
    secrets, sealed_secrets = _opened(values.get("secrets", ()), values["client_id"], cipher)
    values |= {
        "profile": Profile(values["profile"]),
        "status": ClientStatus(values["status"]),
        "level": Level(values["level"]),
        "access_token_format": AccessTokenFormat(values.get("access_token_format", AccessTokenFormat.OPAQUE)),
        "api_role": Role(values["api_role"]) if values.get("api_role") else None,
        "secret_digests": tuple(bytes.fromhex(digest) for digest in values["secret_digests"]),
        "secrets": secrets,
        "sealed_secrets": sealed_secrets,
    }
    return Client(**values)


def sealed_again(sealed: str, client_id: str, cipher: Cipher, version: int) -> str | None:
    """A secret as it stands in a document, under the key of this version; None when it does not decrypt."""
    value = bytes.fromhex(sealed)
    if value[1] == version:
        return sealed
    secret = cipher.open(_PURPOSE, value, client_id)
    return None if secret is None else cipher.seal(_PURPOSE, secret, client_id, version=version).hex()


def _opened(sealed: Sequence[str], client_id: str, cipher: Cipher) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The secrets, and those that do not decrypt: a missing key must hide no client, and lose nothing of it."""
    opened = [cipher.open(_PURPOSE, bytes.fromhex(each), client_id) for each in sealed]
    secrets = tuple(secret.decode() for secret in opened if secret is not None)
    return secrets, tuple(each for each, secret in zip(sealed, opened, strict=True) if secret is None)


def frozen(value: Any) -> Any:
    """Lists as tuples, however deep."""
    return tuple(frozen(item) for item in value) if isinstance(value, list) else value
