"""nginx with TLS in front of two server processes over PostgreSQL and Redis: `idp_behind_nginx`.

The configuration is the one of `docs/how-to/run-in-production.md` but for its names, ports and logs, so that what is
tried here is what operators are told to run. Around it stands what makes it hardest: names of headers with underscores pass.
The certificate comes from an authority that is made for the run.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest

from tests.plugins.certificate_office import CertificateOffice
from tests.plugins.private_servers import StorageUrls
from tests.plugins.running_idp import ROOT, RunningIdp, running_idp
from tests.plugins.server_processes import free_port, nginx_server

PAGE = ROOT / "docs" / "how-to" / "run-in-production.md"
OF_CERTIFICATES = PAGE.parent / "let-apps-come-with-certificates.md"
NAME = "login.yunjiang.example"
CONFIGURATION = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1;
events {{ }}
http {{
    log_format harmless '$remote_addr $request_method $status $upstream_addr $ssl_protocol $ssl_cipher';
    access_log off;
    underscores_in_headers on;
    client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
    uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
    {servers}
}}
"""


@contextmanager
def tls_front(port: int, upstreams: Sequence[int], authority: Path, mutual: int) -> Iterator[tuple[Path, Path]]:
    """Listen on the port as the page says, before these; its access log and its error log.

    On the port `mutual` it asks for certificates, as the other page says.

    Each request goes to the other process than the one before it: what one of them keeps to itself, the next misses.
    """

    def configuration(folder: Path) -> str:
        make_certificate(folder, authority)
        addresses = "".join(f"server 127.0.0.1:{upstream} max_fails=0; " for upstream in upstreams)
        servers = _shown(PAGE)
        for told, ours in {
            "server 127.0.0.1:8000;": addresses,
            f"server_name {NAME};": "server_name localhost;",
            "listen 443 ": f"listen 127.0.0.1:{port} ",
            "/etc/yizheng/tls": str(folder),
            "access_log off;": f"access_log {folder}/access.log harmless;",
        }.items():
            assert told in servers, f"{PAGE.name} no longer says {told}"
            servers = servers.replace(told, ours)
        asking = _shown(OF_CERTIFICATES)
        for told, ours in {
            f"server_name mtls.{NAME};": "server_name localhost;",
            "listen 443 ": f"listen 127.0.0.1:{mutual} ",
            "/etc/yizheng/tls": str(folder),
        }.items():
            assert told in asking, f"{OF_CERTIFICATES.name} no longer says {told}"
            asking = asking.replace(told, ours)
        return CONFIGURATION.format(folder=folder, servers=servers + asking)

    with nginx_server(configuration, port) as folder:
        yield folder / "access.log", folder / "error.log"


def _shown(page: Path) -> str:
    block = re.search(r"```nginx\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    assert block, f"{page} shows no nginx"
    return block[1]


def make_certificate(folder: Path, authority: Path) -> None:
    """`fullchain.pem` and `privkey.pem` for localhost, by an authority of this run whose certificate goes to a file."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    now = datetime.now(UTC)
    keys = {name: ec.generate_private_key(ec.SECP256R1()) for name in ("authority", "localhost")}
    names = {name: x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"test run, {name}")]) for name in keys}
    alternatives = [x509.DNSName("localhost"), *(x509.IPAddress(ip_address(each)) for each in ("127.0.0.1", "::1"))]
    extensions: dict[str, list[tuple[x509.ExtensionType, bool]]] = {
        "authority": [(x509.BasicConstraints(ca=True, path_length=0), True)],
        "localhost": [(x509.SubjectAlternativeName(alternatives), False)],
    }
    for name, file in {"authority": authority, "localhost": folder / "fullchain.pem"}.items():
        builder = (
            x509.CertificateBuilder()
            .subject_name(names[name])
            .issuer_name(names["authority"])
            .public_key(keys[name].public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
        )
        for extension, is_critical in extensions[name]:
            builder = builder.add_extension(extension, critical=is_critical)
        certificate = builder.sign(keys["authority"], hashes.SHA256())
        file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = keys["localhost"].private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "privkey.pem").write_bytes(private)


@pytest.fixture(scope="session")
def idp_behind_nginx(
    postgresql_port: int, redis_port: int, postgresql_log: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningIdp]:
    """nginx, two `idp serve`, PostgreSQL that logs every statement with its values, and Redis."""
    import psycopg

    administer = f"postgresql://idp@127.0.0.1:{postgresql_port}/postgres"
    with psycopg.connect(administer, autocommit=True) as connection:
        connection.execute("CREATE DATABASE behind_nginx")
        connection.execute("ALTER DATABASE behind_nginx SET log_statement = 'all'")
    urls = StorageUrls(
        f"postgresql://idp@127.0.0.1:{postgresql_port}/behind_nginx", f"redis://127.0.0.1:{redis_port}/8"
    )
    directory, port, mutual = tmp_path_factory.mktemp("behind-nginx"), free_port(), free_port()
    office = CertificateOffice(directory / "app-authorities.pem")
    sections = (
        f'[mutual_tls]\norigin = "https://localhost:{mutual}"\nfronts = ["127.0.0.1"]\nauthorities = "{office.file}"'
    )
    with ExitStack() as stack:
        running = stack.enter_context(
            running_idp(urls, directory, front=port, server='trusted_proxies = ["127.0.0.1"]', sections=sections)
        )
        running.authority = directory / "authority.pem"
        running.office = office
        logs = stack.enter_context(tls_front(port, running.ports, running.authority, mutual))
        running.other_logs = (*logs, postgresql_log)
        yield running
