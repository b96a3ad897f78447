"""An authenticator in a few lines, which does as it is told: also what no honest one would do."""

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor

from idp.jose import base64url, from_base64url

UP, UV, BE, BS, AT = 0x01, 0x04, 0x08, 0x10, 0x40
ES256 = -7


@dataclass
class SoftwareAuthenticator:
    """One credential of one device.

    Attributes:
        attest: the maker's statement over what is made; none: it says nothing of itself.
        origin, rp_id: what the browser would fill in.
        flags: of every answer, beside `AT` where a credential is made.
        client_data: members that are put over the honest ones.
    """

    origin: str = "http://localhost:8000"
    rp_id: str = "localhost"
    flags: int = UP | UV
    sign_count: int = 0
    alg: int = ES256
    aaguid: bytes = bytes(16)
    client_data: dict[str, Any] = field(default_factory=dict)
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))
    user_handle: bytes | None = None
    attest: Callable[[bytes, bytes], tuple[str, dict[str, Any]]] | None = None
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def public_key(self) -> bytes:
        """COSE_Key."""
        numbers = self.key.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        return cbor.encode({1: 2, 3: self.alg, -1: 1, -2: x, -3: y})

    def create(self, options: str) -> str:
        """Make the credential; what `navigator.credentials.create` would tell."""
        asked = json.loads(options)
        self.user_handle = from_base64url(asked["user"]["id"])
        attested = self.aaguid + len(self.credential_id).to_bytes(2, "big") + self.credential_id + self.public_key
        data = self._data(self.flags | AT) + attested
        client_data = self._client_data("webauthn.create", asked["challenge"])
        fmt, statement = self.attest(data, client_data) if self.attest else ("none", {})
        told = {
            "clientDataJSON": base64url(client_data),
            "attestationObject": base64url(cbor.encode({"fmt": fmt, "attStmt": statement, "authData": data})),
            "transports": ["internal"],
        }
        return self._answer(told)

    def get(self, options: str) -> str:
        """Answer; what `navigator.credentials.get` would tell."""
        asked = json.loads(options)
        client_data = self._client_data("webauthn.get", asked["challenge"])
        data = self._data(self.flags)
        signature = self.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(SHA256()))
        told = {
            "clientDataJSON": base64url(client_data),
            "authenticatorData": base64url(data),
            "signature": base64url(signature),
        }
        if self.user_handle is not None:
            told["userHandle"] = base64url(self.user_handle)
        return self._answer(told)

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.sign_count.to_bytes(4, "big")

    def _client_data(self, kind: str, challenge: str) -> bytes:
        honest = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(honest | self.client_data).encode()

    def _answer(self, response: dict[str, Any]) -> str:
        name = base64url(self.credential_id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})
