"""A card office and cards in a few lines, which do as they are told: also what no honest ones would do."""

import base64
import json
import os
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from idp.clock import as_datetime
from idp.jose import base64url
from tests.idp.installed import NOW

PIN_POLICY = "2.25.1"
TERMINAL = "desk-1"
YEAR = timedelta(days=365)
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def usage(**allowed: bool) -> x509.KeyUsage:
    names = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
        *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{name: allowed.get(name, False) for name in names})


@dataclass
class CardOffice:
    """Who issues cards."""

    name: str = "card office"
    is_issuer: bool = True
    life: timedelta = YEAR
    key: ec.EllipticCurvePrivateKey = field(default_factory=new_key)

    @property
    def subject(self) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.name)])

    @property
    def certificate(self) -> x509.Certificate:
        return (
            x509.CertificateBuilder()
            .subject_name(self.subject)
            .issuer_name(self.subject)
            .public_key(self.key.public_key())
            .serial_number(1)
            .not_valid_before(as_datetime(NOW) - YEAR)
            .not_valid_after(as_datetime(NOW) + self.life)
            .add_extension(x509.BasicConstraints(ca=self.is_issuer, path_length=None), critical=True)
            .sign(self.key, SHA256())
        )

    def settings(self, directory: Path, *lost: str) -> dict[str, str]:
        """Settings as `IDP_*` variables by which its cards are known, and these are lost."""
        anchors, lost_list = directory / "issuers.pem", directory / "lost.txt"
        anchors.write_bytes(self.certificate.public_bytes(Encoding.PEM))
        lost_list.write_text("".join(f"{serial}\n" for serial in lost), "utf-8")
        return {
            "IDP_CITIZEN_CARDS__ANCHORS": str(anchors),
            "IDP_CITIZEN_CARDS__LOST_LIST": str(lost_list),
            "IDP_CITIZEN_CARDS__PIN_POLICY_OID": PIN_POLICY,
        }


@dataclass
class SoftwareCard:
    """One card on one reader.

    Attributes:
        serials: what the subject of its certificate has for serial numbers.
        policies, allowed, life, begins, extensions: of the certificate.
        certified_key: the key in the certificate; None: that which signs.
        said: members that are put over what an honest bridge has it sign.
    """

    office: CardOffice
    serials: tuple[str, ...] = field(default_factory=lambda: (os.urandom(8).hex().upper(),))
    origin: str = "http://localhost:8000"
    terminal: str = TERMINAL
    policies: tuple[str, ...] = (PIN_POLICY,)
    allowed: tuple[str, ...] = ("digital_signature",)
    begins: timedelta = -YEAR
    life: timedelta = YEAR
    is_issuer: bool = False
    extensions: tuple[x509.UnrecognizedExtension, ...] = ()
    certified_key: Any = None
    said: dict[str, Any] = field(default_factory=dict)
    key: ec.EllipticCurvePrivateKey = field(default_factory=new_key)

    @property
    def serial(self) -> str:
        return self.serials[0]

    @property
    def public_key(self) -> bytes:
        from cryptography.hazmat.primitives.serialization import PublicFormat

        return self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @property
    def certificate(self) -> bytes:
        """DER."""
        known_as = [x509.NameAttribute(NameOID.SERIAL_NUMBER, serial) for serial in self.serials]
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([*known_as, x509.NameAttribute(NameOID.ORGANIZATION_NAME, "cards")]))
            .issuer_name(self.office.subject)
            .public_key((self.certified_key or self.key).public_key())
            .serial_number(2)
            .not_valid_before(as_datetime(NOW) + self.begins)
            .not_valid_after(as_datetime(NOW) + self.life)
            .add_extension(x509.BasicConstraints(ca=self.is_issuer, path_length=None), critical=True)
        )
        if self.allowed:
            builder = builder.add_extension(usage(**dict.fromkeys(self.allowed, True)), critical=True)
        if self.policies:
            named = [x509.PolicyInformation(x509.ObjectIdentifier(each), None) for each in self.policies]
            builder = builder.add_extension(x509.CertificatePolicies(named), critical=False)
        for extension in self.extensions:
            builder = builder.add_extension(extension, critical=True)
        return builder.sign(self.office.key, SHA256()).public_bytes(Encoding.DER)

    def signs(self, question: str) -> str:
        """What the page sends after the bridge has answered."""
        asked = json.loads(question)
        statement = json.dumps({**asked, "origin": self.origin, "terminal": self.terminal, **self.said}).encode()
        return self.signs_bytes(statement)

    def signs_bytes(self, statement: bytes) -> str:
        r, s = decode_dss_signature(self.key.sign(statement, ec.ECDSA(SHA256())))
        told = {
            "certificate": base64.b64encode(self.certificate).decode(),
            "statement": base64url(statement),
            "signature": base64url(r.to_bytes(32, "big") + s.to_bytes(32, "big")),
        }
        return json.dumps(told)

    def but(self, **changes: Any) -> "SoftwareCard":
        """The same card, but for something."""
        return replace(self, **changes)
