"""A metadata service of our own: a root, a signed blob, a maker of authenticators, and their attestation."""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from idp.jose import base64url

AAGUID = "0b7e0f6e-1d0a-4c4e-9d3e-6f6f8a7c5b41"
_AAGUID_EXTENSION = "1.3.6.1.4.1.45724.1.1.4"
_FROM, _UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(2060, 1, 1, tzinfo=UTC)
AnyKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def _name(common_name: str, unit: str) -> x509.Name:
    told = ((NameOID.COUNTRY_NAME, "CN"), (NameOID.ORGANIZATION_NAME, "Toy Maker"))
    more = ((NameOID.ORGANIZATIONAL_UNIT_NAME, unit), (NameOID.COMMON_NAME, common_name))
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in (*told, *more)])


@dataclass
class Authority:
    """A certificate authority."""

    common_name: str
    key: AnyKey
    certificate: x509.Certificate = field(init=False)

    def __post_init__(self) -> None:
        self.certificate = self._signed(_name(self.common_name, "CA"), self.key.public_key(), is_authority=True)

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    def leaf(self, common_name: str, key: AnyKey, aaguid: bytes | None = None) -> bytes:
        """A certificate in DER; that of an authenticator names its model."""
        subject = _name(common_name, "Authenticator Attestation" if aaguid else "Metadata")
        return self._signed(subject, key.public_key(), aaguid=aaguid).public_bytes(Encoding.DER)

    def _signed(
        self, subject: x509.Name, public_key: Any, *, is_authority: bool = False, aaguid: bytes | None = None
    ) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(_name(self.common_name, "CA"))
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(_FROM)
            .not_valid_after(_UNTIL + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        )
        if aaguid is not None:
            told = x509.UnrecognizedExtension(x509.ObjectIdentifier(_AAGUID_EXTENSION), b"\x04\x10" + aaguid)
            builder = builder.add_extension(told, critical=False)
        return builder.sign(self.key, SHA256())


def new_root() -> Authority:
    """The root of a metadata service; the library reads RSA signatures only."""
    return Authority("Toy Metadata Root", rsa.generate_private_key(65537, 2048))


@dataclass
class Maker:
    """Makes one model of authenticators."""

    authority: Authority = field(
        default_factory=lambda: Authority("Toy Makers", ec.generate_private_key(ec.SECP256R1()))
    )
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    aaguid: bytes = bytes.fromhex(AAGUID.replace("-", ""))

    def attest(self, data: bytes, client_data: bytes) -> tuple[str, dict[str, Any]]:
        """A `packed` statement (WebAuthn §8.2)."""
        signature = self.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(SHA256()))
        certificate = self.authority.leaf("Toy Key", self.key, self.aaguid)
        return "packed", {"alg": -7, "sig": signature, "x5c": [certificate]}

    def entry(self, *statuses: str) -> dict[str, Any]:
        """What the metadata say of this model."""
        return {
            "aaguid": AAGUID,
            "statusReports": [{"status": status, "effectiveDate": "2024-01-01"} for status in statuses],
            "timeOfLastStatusChange": "2024-01-01",
            "metadataStatement": {
                "aaguid": AAGUID,
                "description": "Toy Key",
                "authenticatorVersion": 1,
                "schema": 3,
                "upv": [{"major": 1, "minor": 1}],
                "attestationTypes": ["basic_full"],
                "userVerificationDetails": [],
                "keyProtection": ["hardware"],
                "matcherProtection": ["on_chip"],
                "attachmentHint": ["external"],
                "tcDisplay": [],
                "attestationRootCertificates": [base64.b64encode(self.authority.der).decode()],
            },
        }


def blob(root: Authority, *entries: dict[str, Any]) -> bytes:
    """A signed blob (MDS 3.0 §3.1.7)."""
    key = rsa.generate_private_key(65537, 2048)
    chain = [base64.b64encode(root.leaf("Toy Blob Signer", key)).decode()]
    payload = {"legalHeader": "none", "no": 7, "nextUpdate": "2059-12-31", "entries": list(entries)}
    parts = [base64url(json.dumps(part).encode()) for part in ({"alg": "RS256", "typ": "JWT", "x5c": chain}, payload)]
    message = ".".join(parts).encode()
    return message + b"." + base64url(key.sign(message, padding.PKCS1v15(), SHA256())).encode()
