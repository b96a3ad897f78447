"""What a certificate must hold beside a name that fits, as docs/how-to/let-apps-come-with-certificates.md tells it."""

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from idp.clock import system_clock
from idp.fetch import Fetcher
from idp.oauth.client_certificates import ClientCertificates
from idp.oauth.client_keys import ClientKeys
from idp.oauth.client_metadata import client_of

CLIENT = client_of(
    {
        "client_id": "app",
        "client_name": "App",
        "redirect_uris": ["https://app.example/"],
        "token_endpoint_auth_method": "tls_client_auth",
        "tls_client_auth_subject_dn": "CN=app",
    }
)


def certificate(lacks: str, file: Path) -> bytes:
    """One of an authority, whose own goes into the file; one of the two lacks this."""
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    usage = dict.fromkeys(
        (
            *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
            *("crl_sign", "encipher_only", "decipher_only"),
        ),
        False,
    )
    purpose = ExtendedKeyUsageOID.SERVER_AUTH if lacks == "clientAuth" else ExtendedKeyUsageOID.CLIENT_AUTH
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(keys[0].public_key())
    extensions: tuple[dict[str, x509.ExtensionType], ...] = (
        {
            "basicConstraints": x509.BasicConstraints(ca=True, path_length=0),
            "keyUsage": x509.KeyUsage(key_cert_sign=True, **usage),
        },
        {"authorityKeyIdentifier": identifier, "extendedKeyUsage": x509.ExtendedKeyUsage([purpose])},
    )
    made = []
    for name, key, held in zip(("authority", "app"), keys, extensions, strict=True):
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(datetime.now(UTC) - timedelta(days=1))
            .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        )
        for kind, extension in held.items():
            if kind != lacks:
                builder = builder.add_extension(extension, critical=kind in {"basicConstraints", "keyUsage"})
        made.append(builder.sign(keys[0], hashes.SHA256()))
    file.write_bytes(made[0].public_bytes(serialization.Encoding.PEM))
    return made[1].public_bytes(serialization.Encoding.DER)


@pytest.mark.parametrize(
    ("lacks", "is_believed"),
    [
        ("", True),
        ("extendedKeyUsage", True),
        ("basicConstraints", False),
        ("keyUsage", False),
        ("authorityKeyIdentifier", False),
        ("clientAuth", False),
    ],
)
def test_a_certificate_lacks(tmp_path: Path, lacks: str, is_believed: bool) -> None:
    der = certificate(lacks, tmp_path / "authority.pem")
    keys = ClientKeys(Fetcher(), system_clock, lambda *_: None, delay=1, at_once=1)
    certificates = ClientCertificates(tmp_path / "authority.pem", keys, system_clock)
    assert certificates.prove(f":{base64.b64encode(der).decode()}:", CLIENT) is is_believed
