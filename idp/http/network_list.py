"""A list of networks that the operator supplies: one address or network a line, `#` begins a remark."""

from collections import defaultdict
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_Address = IPv4Address | IPv6Address


class NetworkList:
    """Finds whether an address is in one of very many networks, in as many steps as there are lengths of prefixes."""

    def __init__(self, lines: Iterable[str]) -> None:
        """Raises `ValueError` at a line that is neither."""
        self._by_length: defaultdict[tuple[int, int], set[int]] = defaultdict(set)
        for line in lines:
            written = line.partition("#")[0].strip()
            if written:
                network = ip_network(written)
                length = network.prefixlen
                self._by_length[network.version, length].add(_prefix(network.network_address, length))

    def __contains__(self, address: str) -> bool:
        try:
            parsed: _Address = ip_address(address.partition("%")[0])
        except ValueError:
            return False
        if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
            parsed = parsed.ipv4_mapped
        return any(
            version == parsed.version and _prefix(parsed, length) in prefixes
            for (version, length), prefixes in self._by_length.items()
        )


def _prefix(address: _Address, length: int) -> int:
    return int(address) >> (address.max_prefixlen - length)
