"""A running installation: two processes, a management port, and nothing hostile that becomes a failure."""

import json
import socket
import time
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.plugins.running_idp import RunningIdp


def get(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=20) as answer:
        return bytes(answer.read())


def test_health_is_told_on_the_management_port_alone(idp_sqlite: RunningIdp) -> None:
    for path in ("live", "ready", "started"):
        assert json.loads(get(f"{idp_sqlite.management}/health/{path}"))["status"] == "UP"
        with pytest.raises(urllib.error.HTTPError) as caught:
            get(f"{idp_sqlite.issuer}/health/{path}")
        caught.value.close()


def test_metrics_add_up_both_processes(idp_sqlite: RunningIdp) -> None:
    """Mutation: the metrics of one process, whichever answers."""

    def answered() -> float:
        text = get(f"{idp_sqlite.management}/metrics").decode()
        return sum(
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == "idp_http_requests_total" and sample.labels["route"] == "/jwks"
        )

    before = answered()
    for _ in range(20):
        get(f"{idp_sqlite.issuer}/jwks")
    deadline = time.monotonic() + 10
    while answered() < before + 20 and time.monotonic() < deadline:
        time.sleep(0.1)  # each process passes its counts on now and then
    assert answered() == before + 20


HOSTILE = [
    b"GET /authorize?client_id=\xe4\xb8\xad HTTP/1.1",
    b"GET /authorize?client_id=\xff HTTP/1.1",
    b"GET /authorize?client_id=%00 HTTP/1.1",
    b"GET /authorize?client_id=%ff HTTP/1.1",
    b"GET /authorize/\xe4\xb8\xad HTTP/1.1",
    b"GET /authorize/%E4%B8%AD HTTP/1.1",
    b"GET /authorize/%00 HTTP/1.1",
    b"GET /authorize/~%FF HTTP/1.1",
    b"GET /s/\xff HTTP/1.1",
    b"GET /s/%ED%A0%80 HTTP/1.1",
    b"GET /s/%2e%2e%2fme HTTP/1.1",
    b"GET /static/..%2f..%2fsettings.py HTTP/1.1",
    b"GET /me HTTP/1.1\r\nCookie: session=\xff\xfe; browser=\xe4\xb8\xad",
    b"GET /authorize/x HTTP/1.1\r\nCookie: browser=\xff",
    b"GET /userinfo HTTP/1.1\r\nAuthorization: Bearer \xff.\xfe",
    b"GET /userinfo HTTP/1.1\r\nAuthorization: Bearer 1.\xe4\xb8\xad",
    b"POST /token HTTP/1.1\r\nAuthorization: Basic \xff\r\nContent-Length: 0",
    b"POST /token HTTP/1.1\r\nContent-Type: \xff\r\nContent-Length: 0",
    b"GET /help HTTP/1.1\r\nAccept-Language: \xff\xfe, *;q=abc",
    b"BREW /token HTTP/1.1",
    b"GET http://evil.example/jwks HTTP/1.1",
    b"GET * HTTP/1.1",
    b"OPTIONS * HTTP/1.1",
]


@pytest.mark.parametrize("head", HOSTILE)
def test_hostile_requests_are_never_a_failure(idp_sqlite: RunningIdp, head: bytes) -> None:
    """Mutation: any decoding that trusts what the server of the wire let through."""
    parts = urlsplit(idp_sqlite.issuer)
    assert parts.port is not None
    with socket.create_connection(("127.0.0.1", parts.port), timeout=20) as connection:
        connection.sendall(head + b"\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        status = connection.recv(4096).split(b" ", 2)[1:2]
    assert status in ([], [b"200"], [b"303"]) or status[0].startswith(b"4"), status
