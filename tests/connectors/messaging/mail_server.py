"""A real SMTP server in a thread, with a certificate of a real authority, that keeps what it takes."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HANG_UP = "hang up"
USERNAME, PASSWORD = "yizheng", "s3cret-mail"


@dataclass
class Mailbox:
    """What came, and what the server answers at which verb instead of taking it."""

    port: int = 0
    answers: dict[str, str] = field(default_factory=dict)
    envelopes: list[Any] = field(default_factory=list)
    was_encrypted: list[bool] = field(default_factory=list)

    def reset(self) -> None:
        self.answers, self.envelopes, self.was_encrypted = {}, [], []

    async def handle_RCPT(  # noqa: N802 - aiosmtpd asks for it by this name
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if "RCPT" not in self.answers:
            envelope.rcpt_tos.append(address)
        return self.answers.get("RCPT", "250 OK")

    async def handle_MAIL(  # noqa: N802 - aiosmtpd asks for it by this name
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if "MAIL" not in self.answers:
            envelope.mail_from = address
        return self.answers.get("MAIL", "250 OK")

    async def handle_DATA(  # noqa: N802 - aiosmtpd asks for it by this name
        self, server: Any, session: Any, envelope: Any
    ) -> str:
        if "DATA" not in self.answers:
            self.envelopes.append(envelope)
            self.was_encrypted.append(session.ssl is not None or server.transport.get_extra_info("cipher") is not None)
        return self.answers.get("DATA", "250 OK")

    async def handle_QUIT(  # noqa: N802 - aiosmtpd asks for it by this name
        self, server: Any, session: Any, envelope: Any
    ) -> str:
        if self.answers.get("QUIT") == HANG_UP:
            server.transport.abort()
        return self.answers.get("QUIT", "221 Bye")

    @property
    def mails(self) -> list[EmailMessage]:
        return [message_from_bytes(envelope.content, policy=default) for envelope in self.envelopes]


class _AnyPort(Controller):  # type: ignore[misc, unused-ignore]
    """Listens where a port is free, and knows it before it looks whether it answers."""

    def _create_server(self) -> Any:
        listener = socket.create_server((self.hostname, 0))
        self.port = listener.getsockname()[1]
        return self.loop.create_server(self._factory_invoker, sock=listener, ssl=self.ssl_context)


@contextmanager
def running_mail_server(tls: SSLContext | None = None, **options: Any) -> Iterator[Mailbox]:
    """Options of aiosmtpd; `ssl_context` is implicit TLS, `tls` offers STARTTLS."""

    def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, sign_in: Any) -> AuthResult:
        is_right = (sign_in.login, sign_in.password) == (USERNAME.encode(), PASSWORD.encode())
        return AuthResult(success=is_right, handled=False)

    mailbox = Mailbox()
    controller = _AnyPort(mailbox, hostname="127.0.0.1", tls_context=tls, authenticator=authenticate, **options)
    controller.start()
    try:
        mailbox.port = controller.port
        yield mailbox
    finally:
        controller.stop()


@dataclass(frozen=True)
class Certificates:
    authority: Path
    """A PEM file, to be trusted."""
    server: SSLContext
    """Shows a certificate for `localhost` and 127.0.0.1."""
    server_elsewhere: SSLContext
    """Shows one of the same authority for another name."""


def make_certificates(folder: Path) -> Certificates:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority of tests")])
    constraints = x509.BasicConstraints(ca=True, path_length=0)
    authority = _certificate(name, key, name, key).add_extension(constraints, critical=True).sign(key, hashes.SHA256())
    file = folder / "authority.pem"
    file.write_bytes(authority.public_bytes(serialization.Encoding.PEM))

    def server(names: list[x509.GeneralName], stem: str) -> SSLContext:
        server_key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, stem)])
        builder = _certificate(subject, server_key, name, key)
        certificate = builder.add_extension(x509.SubjectAlternativeName(names), critical=False).sign(
            key, hashes.SHA256()
        )
        pem = folder / f"{stem}.pem"
        pem.write_bytes(
            server_key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = SSLContext(PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        return context

    here: list[x509.GeneralName] = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    return Certificates(file, server(here, "here"), server([x509.DNSName("mail.example")], "elsewhere"))


def _certificate(
    subject: x509.Name, key: ec.EllipticCurvePrivateKey, issuer: x509.Name, issuer_key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(identifier, critical=False)
    )
