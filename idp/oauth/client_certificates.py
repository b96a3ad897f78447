"""Clients that prove themselves by their TLS certificate (RFC 8705 §2), of which a front in our trust tells."""

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.verification import Criticality, ExtensionPolicy, PolicyBuilder, Store, VerificationError

from idp.clock import Clock, as_datetime
from idp.model.client import Client
from idp.oauth.client_keys import ClientKeys
from idp.oauth.profiles import SELF_SIGNED
from resource_server.certificate import der_of

NAMES = (
    "tls_client_auth_subject_dn", "tls_client_auth_san_dns", "tls_client_auth_san_uri", "tls_client_auth_san_ip",
    "tls_client_auth_san_email",
)  # fmt: skip
"""Of which a client of `tls_client_auth` registers exactly one (RFC 8705 §2.1.2)."""


# A department's certificate may have a subject and no other name, by which it is registered then.
_POLICIES = {
    "ca_policy": ExtensionPolicy.webpki_defaults_ca(),
    "ee_policy": ExtensionPolicy.webpki_defaults_ee().may_be_present(
        x509.SubjectAlternativeName, Criticality.AGNOSTIC, None
    ),
}
_UNREADABLE = (ValueError, x509.UnsupportedGeneralNameType, x509.DuplicateExtension)


class ClientCertificates:
    """Compares certificates with registrations.

    Args:
        authorities: a file of certificates in PEM, of those whose word `tls_client_auth` takes; None: nobody's.
    """

    def __init__(self, authorities: Path | None, keys: ClientKeys, clock: Clock) -> None:
        believed = [] if authorities is None else x509.load_pem_x509_certificates(authorities.read_bytes())
        self._store = Store(believed) if believed else None
        self._keys = keys
        self._clock = clock

    def prove(self, header: str, client: Client) -> bool:
        """Whether the certificate that came with the request is this client's."""
        der = der_of(header)
        certificate = None if der is None else _read(der)
        if certificate is None or not self._is_of_today(certificate):
            return False
        if client.token_endpoint_auth_method == SELF_SIGNED:
            wanted = _spki(certificate.public_key())
            return self._keys.holds(client, lambda key: _spki(key.public.public_key) == wanted)
        return self._is_vouched_for(certificate) and _is_named(certificate, client)

    def _is_of_today(self, certificate: x509.Certificate) -> bool:
        now = as_datetime(self._clock())
        return certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc

    def _is_vouched_for(self, certificate: x509.Certificate) -> bool:
        if self._store is None:
            return False
        policy = PolicyBuilder().store(self._store).time(as_datetime(self._clock()))
        verifier = policy.extension_policies(**_POLICIES).build_client_verifier()
        try:
            verifier.verify(certificate, [])
        except (VerificationError, *_UNREADABLE):
            return False
        return True


@lru_cache(1024)
def _read(der: bytes) -> x509.Certificate | None:
    try:
        certificate = x509.load_der_x509_certificate(der)
        # What cannot be read shows only now.
        _ = certificate.subject, certificate.not_valid_after_utc, certificate.public_key()
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion):
        return None
    return certificate


def named_by(known: object) -> list[tuple[str, str | None]]:
    """The members of RFC 8705 §2.1.2 with their values, of a client or of its metadata."""
    return [(name, getattr(known, name)) for name in NAMES]


def _is_named(certificate: x509.Certificate, client: Client) -> bool:
    """The one name that the client registered (§2.1.2): its subject, or one of its alternative names."""
    name, wanted = next(((name, value) for name, value in named_by(client) if value is not None), ("", ""))
    if not name:
        return False
    if name == "tls_client_auth_subject_dn":
        try:
            return certificate.subject == x509.Name.from_rfc4514_string(wanted)
        except ValueError:
            return False
    return wanted in set(_alternatives(certificate, name))


def _alternatives(certificate: x509.Certificate, name: str) -> Iterable[str]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, *_UNREADABLE):
        return []
    kinds: dict[str, type[x509.DNSName | x509.UniformResourceIdentifier | x509.RFC822Name]] = {
        "tls_client_auth_san_dns": x509.DNSName,
        "tls_client_auth_san_uri": x509.UniformResourceIdentifier,
        "tls_client_auth_san_email": x509.RFC822Name,
    }
    if name == "tls_client_auth_san_ip":
        return map(str, extension.value.get_values_for_type(x509.IPAddress))
    return extension.value.get_values_for_type(kinds[name])


def _spki(key: object) -> bytes:
    """A public key in its one spelling (§2.2: a client publishes that of its certificate)."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined,no-any-return]
