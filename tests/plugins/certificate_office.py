"""An authority that gives apps TLS certificates, and makes others for them, right or wrong."""

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_numbers = count(1)


@dataclass(frozen=True)
class AppCertificate:
    """A certificate with its key, as files that TLS libraries read."""

    certificate: x509.Certificate
    private: ec.EllipticCurvePrivateKey
    file: Path

    def context(self, trusted: Path) -> ssl.SSLContext:
        """What a client connects with."""
        context = ssl.create_default_context(cafile=str(trusted))
        context.load_cert_chain(str(self.file))
        return context

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()


class CertificateOffice:
    """The authority; its own certificate stands in `file`."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"app office {next(_numbers)}")])
        own = _builder(self._name, self._name, self._key.public_key())
        own = own.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        own = own.add_extension(_usage(signs_certificates=True), critical=True)
        own = own.add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
        file.write_bytes(own.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def issue(
        self, name: str, *, days: int = 1, self_signed: bool = False, alternatives: Mapping[str, str] | None = None
    ) -> AppCertificate:
        """One for an app of this common name, with alternative names by kind: `dns`, `uri`, `email`."""
        private = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Housing Fund"),
                x509.NameAttribute(NameOID.COMMON_NAME, name),
            ]
        )
        issuer, signs = (subject, private) if self_signed else (self._name, self._key)
        known = {"dns": f"{name}.example"} if alternatives is None else alternatives
        kinds: Mapping[str, Callable[[str], x509.GeneralName]] = {
            "dns": x509.DNSName,
            "uri": x509.UniformResourceIdentifier,
            "email": x509.RFC822Name,
        }
        names = [kinds[kind](value) for kind, value in known.items()]
        builder = (
            _builder(subject, issuer, private.public_key(), days=days)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signs.public_key()), critical=False)
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        certificate = builder.sign(signs, hashes.SHA256())
        file = self.file.parent / f"app-{next(_numbers)}.pem"
        file.write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM)
            + private.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return AppCertificate(certificate, private, file)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, *, days: int = 1
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=2))
        .not_valid_after(now + timedelta(days=days))
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
