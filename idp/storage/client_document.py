"""A client registration as the JSON text that the store keeps."""

import json
from dataclasses import asdict, fields
from typing import Any

from idp.model.client import AccessTokenFormat, Client, ClientStatus, Profile
from idp.model.office import Role
from idp.model.policy import Level

_FIELDS = frozenset(field.name for field in fields(Client))


def write(client: Client) -> str:
    """The registration as JSON; digests in hexadecimal."""
    return json.dumps(asdict(client), default=bytes.hex, ensure_ascii=False, separators=(",", ":"))


def read(document: str) -> Client:
    """The registration back. Fields of a newer program are passed over, missing ones take their default."""
    values = {name: _frozen(value) for name, value in json.loads(document).items() if name in _FIELDS}
    values |= {
        "profile": Profile(values["profile"]),
        "status": ClientStatus(values["status"]),
        "level": Level(values["level"]),
        "access_token_format": AccessTokenFormat(values.get("access_token_format", AccessTokenFormat.OPAQUE)),
        "api_role": Role(values["api_role"]) if values.get("api_role") else None,
        "secret_digests": tuple(bytes.fromhex(digest) for digest in values["secret_digests"]),
    }
    return Client(**values)


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value
