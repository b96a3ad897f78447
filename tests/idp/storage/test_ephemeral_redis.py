"""What only Redis has: a network between, TLS on it, and a server that may be restarted or flushed."""

import socket
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from idp.clock import as_datetime, system_clock
from idp.errors import Unavailable
from idp.storage.ephemeral.redis import RedisEphemeral
from tests.plugins.server_processes import free_port, redis_server


def test_two_installations_share_a_server_under_two_prefixes(redis_url: str) -> None:
    one, other = RedisEphemeral(redis_url, "one:"), RedisEphemeral(redis_url, "other:")
    one.put("key", b"value", 60)
    assert other.get("key") is None
    assert one.generation() != other.generation()
    with redis.Redis.from_url(redis_url) as connection:
        assert sorted(connection.keys()) == [b"one:key", b"one:\xff generation", b"other:\xff generation"]


def test_every_value_has_an_end(redis_url: str) -> None:
    """Mutation: INCR without EXPIRE, with which a counter locks somebody out for ever."""
    store = RedisEphemeral(redis_url)
    store.put("put", b"value", 60)
    store.add("add", b"value", 60)
    store.incr("incr", 60)
    store.swap("put", b"new", 60)
    with redis.Redis.from_url(redis_url) as connection:
        assert [0 < connection.ttl(f"yizheng:{key}") <= 60 for key in ("put", "add", "incr")] == [True] * 3


def test_a_flush_is_another_generation(redis_url: str) -> None:
    store = RedisEphemeral(redis_url)
    generation = store.generation()
    with redis.Redis.from_url(redis_url) as connection:
        connection.flushdb()
    assert store.generation() != generation


def test_a_restart_is_another_generation_even_if_values_were_kept(tmp_path: Path) -> None:
    """Mutation: trusting the stored value alone; a restart may have lost the last second."""
    keep = ("--appendonly", "yes", "--dir", str(tmp_path))
    generations = []
    for _ in range(2):
        with redis_server(*keep) as port:
            store = RedisEphemeral(f"redis://127.0.0.1:{port}")
            store.add("key", b"value", 60)
            time.sleep(1.1)  # the append-only file is flushed each second
            generations.append(store.generation().split("."))
            store.close()
    (kept, first), (still, second) = generations
    assert kept == still
    assert first != second


def test_scripts_survive_a_restart_of_the_server(redis_url: str) -> None:
    """Mutation: EVALSHA without loading the script again."""
    store = RedisEphemeral(redis_url)
    store.incr("key", 60)
    with redis.Redis.from_url(redis_url) as connection:
        connection.script_flush()
    assert store.incr("key", 60) == 2


def test_a_connection_that_broke_is_replaced(redis_url: str) -> None:
    store = RedisEphemeral(redis_url)
    store.put("key", b"value", 60)
    with redis.Redis.from_url(redis_url) as connection:
        connection.client_kill_filter(_type="normal", skipme=True)
    assert store.get("key") == b"value"


def test_a_server_that_is_not_there_is_unavailable() -> None:
    store = RedisEphemeral(f"redis://:pass-word@127.0.0.1:{free_port()}")
    verbs = (
        lambda: store.put("key", b"value", 60),
        lambda: store.get("key"),
        lambda: store.take("key"),
        lambda: store.add("key", b"value", 60),
        lambda: store.swap("key", b"new", 60),
        lambda: store.incr("key", 60),
        store.generation,
    )
    for verb in verbs:
        with pytest.raises(Unavailable) as refused:
            verb()
        assert "pass-word" not in str(refused.value) + refused.value.detail


def test_a_server_that_does_not_answer_is_given_a_second() -> None:
    """Mutation: no timeouts of our own; those of redis-py hold a worker for five seconds."""
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        store = RedisEphemeral(f"redis://127.0.0.1:{silent.getsockname()[1]}")
        started = time.monotonic()
        with pytest.raises(Unavailable):
            store.get("key")
        assert time.monotonic() - started < 3
        store.close()


def test_over_tls_with_a_known_authority(tmp_path: Path) -> None:
    """Mutation: certificates not checked."""
    certificate, key = tls_files(tmp_path)
    port = free_port()
    options = ("--tls-port", str(port), "--tls-cert-file", certificate, "--tls-key-file", key)
    with redis_server(*options, "--tls-auth-clients", "no"):
        store = RedisEphemeral(f"rediss://localhost:{port}/0?ssl_ca_certs={certificate}")
        store.put("key", b"value", 60)
        assert store.take("key") == b"value"
        store.close()
        with pytest.raises(Unavailable):
            RedisEphemeral(f"rediss://localhost:{port}/0").get("key")


def tls_files(folder: Path) -> tuple[str, str]:
    """A certificate for localhost that vouches for itself, and its key."""
    private_key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = as_datetime(system_clock())
    certificate = (
        x509.CertificateBuilder(name, name, private_key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(private_key, SHA256())
    )
    pem = private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(pem)
    return str(folder / "certificate.pem"), str(folder / "key.pem")
