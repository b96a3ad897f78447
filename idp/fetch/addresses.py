"""Which addresses may be called: public ones, all of them checked, asked for once (threat N01)."""

import socket
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from threading import Thread

from idp.fetch.outcome import FetchRefused

Resolver = Callable[[str, int], Sequence[str]]
"""Answers all addresses of a host and port as text; raises OSError when there are none."""

# The IANA special-purpose registries (RFC 6890), written out because `ipaddress.is_global` differs between the patch
# releases of Python that we run on, and knows neither relays nor the platform's own services.
_NOT_PUBLIC_IPV4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this network; 0 reaches the loopback
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared (RFC 6598), where some clouds keep their metadata
        "127.0.0.0/8",
        "168.63.129.16/32",  # looks public, is the host beneath an Azure machine
        "169.254.0.0/16",  # link-local: metadata of most clouds
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
# Everything outside 2000::/3 is refused: loopback, unspecified, mapped and NAT64 forms of IPv4, local, multicast.
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NOT_PUBLIC_IPV6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address inside
        "3fff::/20",  # documentation (RFC 9637)
    )
)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether the address lies in the public internet, reachable there under no other address."""
    if isinstance(address, IPv4Address):
        return not any(address in block for block in _NOT_PUBLIC_IPV4)
    return (
        address in _GLOBAL_UNICAST
        and address.scope_id is None
        and not any(address in block for block in _NOT_PUBLIC_IPV6)
    )


def ask_system(host: str, port: int) -> list[str]:
    """All addresses that the operating system's resolver knows, in its order of preference (RFC 6724)."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


def resolve_within(seconds: float, resolve: Resolver, host: str, port: int) -> list[IPv4Address | IPv6Address]:
    """Ask once, for at most so many seconds; TimeoutError after them, FetchRefused for an answer without sense.

    The system's resolver has no deadline of its own, and a hostile name server can let it wait for most of a minute:
    it is asked in a thread that is left behind then, and ends by itself.
    """
    answer: Future[Sequence[str]] = Future()

    def ask() -> None:
        try:
            answer.set_result(resolve(host, port))
        except (OSError, ValueError) as error:
            answer.set_exception(error)

    Thread(target=ask, name="fetch-resolve", daemon=True).start()
    try:
        addresses = [ip_address(text) for text in answer.result(timeout=seconds)]
    except ValueError as error:
        raise FetchRefused("the resolver answered no address") from error
    if not addresses:
        raise FetchRefused("the host has no address")
    return addresses
