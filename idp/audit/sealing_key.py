"""The sealer's key: in a file of its own, never in the database, so that who can change the log cannot sign it."""

import json
import os
from pathlib import Path

from idp.errors import Refused
from idp.jose import Key, base64url, from_base64url, generate, import_private, thumbprint
from idp.settings import Settings

ALG = "ES256"


def make(path: Path) -> Key:
    """Write a new one, readable for its owner alone; raises `Refused("audit_key", …)` when a file is there already."""
    private_jwk = generate(ALG)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise Refused("audit_key", f"The key file cannot be made: {error.strerror}.") from None
    with os.fdopen(descriptor, "w") as file:
        file.write(base64url(private_jwk.encode()) + "\n")
    return import_private(thumbprint(private_jwk), ALG, private_jwk)


def load(text: str) -> Key:
    """The private key in what that file holds, a JWK in base64url; raises `Refused("audit_key", …)`."""
    try:
        private_jwk = from_base64url(text.strip()).decode()
        return import_private(thumbprint(private_jwk), ALG, private_jwk)
    except (ValueError, KeyError, TypeError):
        raise Refused("audit_key", "audit.key is no private key: idp audit key makes one.") from None


def configured(settings: Settings) -> Key | None:
    """That of this installation; None: another machine seals. Raises `Refused("audit_key", …)` for what is none."""
    return None if settings.audit.key is None else load(settings.audit.key.get_secret_value())


def required(settings: Settings) -> Key:
    """The same, for whoever cannot do without; raises `Refused("audit_key", …)`."""
    key = configured(settings)
    if key is None:
        raise Refused("audit_key", "Set IDP_AUDIT__KEY_FILE: idp audit key makes the file.")
    return key


def public(text: str) -> Key:
    """A public key in JWK JSON, as `idp audit key` prints it and an export names it; raises `Refused("audit_key", …)`."""
    try:
        members = json.loads(text)
        is_ours = (members["kty"], members["crv"]) == ("EC", "P-256")
        kid = thumbprint(text)
    except (ValueError, KeyError, TypeError, RecursionError):
        is_ours, kid, members = False, "", {}
    if not is_ours:
        raise Refused("audit_key", "That is no public key of a sealer.")
    return Key(kid, ALG, members)
