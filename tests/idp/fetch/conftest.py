"""Fixtures for the fetcher: a certificate authority, servers, a canary, and an internet that ends in this process."""

import datetime as dt
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.idp.fetch.servers import Answer, Canary, Server

PUBLIC_ADDRESS = "93.184.215.14"


@dataclass(frozen=True)
class Authority:
    """A certificate for the host rp.test and no other; it is its own authority, in `certificate`."""

    certificate: Path
    server_side: ssl.SSLContext
    names_asked: list[str | None] = field(default_factory=list)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "rp.test")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("rp.test")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("authority")
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    made = Authority(folder / "certificate.pem", context)
    context.sni_callback = lambda _socket, asked, _context: made.names_asked.append(asked)
    return made


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(answer: Answer, tls: ssl.SSLContext | None = None) -> Server:
        servers.append(Server(answer, tls))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def canary() -> Iterator[Canary]:
    canary = Canary()
    yield canary
    canary.close()


@dataclass
class Internet:
    """What this process connected to, which public destinations lead to which local port, and which swallow all."""

    routes: dict[tuple[str, int], int] = field(default_factory=dict)
    holes: set[tuple[str, int]] = field(default_factory=set)
    attempts: list[tuple[str, int]] = field(default_factory=list)


@pytest.fixture
def internet(monkeypatch: pytest.MonkeyPatch) -> Internet:
    """Stands where the operating system would connect: no test reaches a network, the loopback stays real."""
    internet = Internet()
    connect = socket.create_connection

    def create_connection(address: tuple[str, int], timeout: float) -> socket.socket:
        internet.attempts.append(address)
        if address in internet.routes:
            return connect(("127.0.0.1", internet.routes[address]), timeout)
        if address in internet.holes:
            time.sleep(timeout)
            raise TimeoutError
        if address[0] not in {"127.0.0.1", "::1"}:
            raise ConnectionRefusedError("this internet has no such place")
        return connect(address, timeout)

    monkeypatch.setattr(socket, "create_connection", create_connection)
    return internet
