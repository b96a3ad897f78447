"""A list of networks that the operator supplies: one address or network a line, `#` begins a remark."""

from collections import defaultdict
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_network

from idp.http.networks import parsed


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
        number = parsed(address)
        return number is not None and any(
            version == number.version and _prefix(number, length) in prefixes
            for (version, length), prefixes in self._by_length.items()
        )


def _prefix(address: IPv4Address | IPv6Address, length: int) -> int:
    return int(address) >> (address.max_prefixlen - length)
