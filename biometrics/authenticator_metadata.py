"""Metadata of authenticators from a blob of the FIDO Metadata Service that an operator supplied (MDS 3.0).

The blob is a file: a city's network has no internet. It counts only when its signature leads to the root that the operator
named, and what it says of a model counts only when the authenticator's own attestation leads to that model's root.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from idp.ports import PasskeyFault, PasskeyRefused

if TYPE_CHECKING:
    from fido2.mds3 import MdsAttestationVerifier, MetadataBlobPayloadEntry

_CERTIFIED = frozenset(
    {"FIDO_CERTIFIED", *(f"FIDO_CERTIFIED_L{level}{plus}" for level in (1, 2, 3) for plus in ("", "plus"))}
)
_BAD = frozenset(
    {
        "REVOKED",
        "USER_VERIFICATION_BYPASS",
        "ATTESTATION_KEY_COMPROMISE",
        "USER_KEY_REMOTE_COMPROMISE",
        "USER_KEY_PHYSICAL_COMPROMISE",
    }
)
"""Statuses after which a model is trusted no more, whatever it was certified for before (MDS 3.0 §3.1.4)."""


class MetadataFault(Exception):  # noqa: N818 - told to a person
    """A blob that is not to be used; the text tells an operator why."""


class AuthenticatorMetadata:
    """The models that a blob knows."""

    def __init__(self, verifier: "MdsAttestationVerifier") -> None:
        self._verifier = verifier

    def admit(self, attestation_object: bytes, client_data: bytes) -> None:
        """Let a certified model pass; raises `PasskeyRefused` for every other."""
        from fido2.attestation.base import InvalidSignature, UnsupportedType, UntrustedAttestation
        from fido2.webauthn import AttestationObject

        try:
            entry = self._verifier.find_entry(
                AttestationObject(attestation_object), hashlib.sha256(client_data).digest()
            )
        except (UntrustedAttestation, InvalidSignature, UnsupportedType, ValueError, KeyError) as refused:
            raise PasskeyRefused(PasskeyFault.NOT_CERTIFIED, type(refused).__name__) from None
        if entry is None:
            raise PasskeyRefused(PasskeyFault.NOT_CERTIFIED, "no model of the metadata signed this")
        if not is_certified(_statuses(entry)):
            raise PasskeyRefused(PasskeyFault.NOT_CERTIFIED, f"status of {entry.aaguid}")


def is_certified(statuses: Iterable[str]) -> bool:
    """Whether a model with these statuses, in any order, is one to trust."""
    told = frozenset(statuses)
    return bool(told & _CERTIFIED) and not told & _BAD


def load(blob: Path, root: Path) -> AuthenticatorMetadata:
    """Read and verify a blob; raises `MetadataFault`. `root` is a certificate in PEM or DER."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding
    from fido2.mds3 import MdsAttestationVerifier, parse_blob

    try:
        written = root.read_bytes()
        is_pem = written.lstrip().startswith(b"-----BEGIN")
        certificate = x509.load_pem_x509_certificate(written) if is_pem else x509.load_der_x509_certificate(written)
    except (OSError, ValueError) as fault:
        raise MetadataFault(f"the root certificate cannot be read: {fault}") from None
    try:
        payload = parse_blob(blob.read_bytes().strip(), certificate.public_bytes(Encoding.DER))
    except OSError as fault:
        raise MetadataFault(f"the blob cannot be read: {fault}") from None
    except Exception as fault:  # noqa: BLE001 - the library raises whatever its parts raise; none of it is metadata
        raise MetadataFault(f"the blob is not signed by that root, or is no blob: {type(fault).__name__}") from None
    return AuthenticatorMetadata(MdsAttestationVerifier(payload))


def _statuses(entry: "MetadataBlobPayloadEntry") -> Iterable[str]:
    return [str(getattr(report.status, "value", report.status)) for report in entry.status_reports]
