"""Which addresses may be called (threat N01; IANA special-purpose registries, RFC 6890)."""

import socket
import threading
import time
from ipaddress import ip_address

import pytest

from idp.fetch.addresses import ask_system, is_public, resolve_within
from idp.fetch.outcome import FetchRefused

NOT_PUBLIC = """
0.0.0.0 0.0.0.1 0.255.255.255 10.0.0.0 10.255.255.255 100.64.0.0 100.100.100.200 100.127.255.255
127.0.0.1 127.0.0.2 127.255.255.255 168.63.129.16 169.254.0.1 169.254.169.254 172.16.0.0 172.31.255.255
192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.0 192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.7
203.0.113.9 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255
:: ::1 ::7f00:1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b::8.8.8.8
64:ff9b:1::a00:1 100::1 2001::1 2001:0:7f00:1:: 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1::
2002:a00:1:: 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 fe80::1%eth0 2600::1%eth0 fec0::1 ff02::1 4000::1
"""

PUBLIC = """
1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 168.63.129.15 168.63.129.17
169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 192.0.1.0 192.167.255.255 192.169.0.0 198.17.255.255
198.20.0.0 223.255.255.255 2001:200::1 2001:4860:4860::8888 2400:3200::1 2600::1 2a00:1450::1 3ffe::1
"""


@pytest.mark.parametrize("text", NOT_PUBLIC.split())
def test_special_addresses_are_not_public(text: str) -> None:
    """Mutation: take the block away that holds the address, or answer `address.is_global`."""
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", PUBLIC.split())
def test_addresses_beside_the_special_blocks_are_public(text: str) -> None:
    assert is_public(ip_address(text))


def test_the_system_answers_each_address_once() -> None:
    assert ask_system("127.0.0.1", 80) == ["127.0.0.1"]


def test_a_slow_name_server_does_not_hold_the_caller() -> None:
    """Mutation: call the resolver in the caller's own thread."""
    released = threading.Event()

    def stalls(host: str, port: int) -> list[str]:
        released.wait(5)
        return ["93.184.215.14"]

    started = time.monotonic()
    with pytest.raises(TimeoutError):
        resolve_within(0.05, stalls, "rp.test", 443)
    assert time.monotonic() - started < 1
    released.set()


@pytest.mark.parametrize("answer", [[], [""], ["rp.test"], ["127.1"], ["93.184.215.14", "0x7f.1"]])
def test_an_answer_that_is_no_address_is_refused(answer: list[str]) -> None:
    """Mutation: hand the resolver's text to the connection unread."""
    with pytest.raises(FetchRefused):
        resolve_within(1, lambda host, port: answer, "rp.test", 443)


def test_an_unknown_host_is_an_error_of_the_resolver() -> None:
    def knows_nothing(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    with pytest.raises(socket.gaierror):
        resolve_within(1, knows_nothing, "rp.test", 443)
