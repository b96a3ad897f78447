"""Whom an address stands for, where requests are counted by where they come from (threat G02), and where people are."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network


def parsed(address: str) -> IPv4Address | IPv6Address | None:
    """The address as a number; an IPv4 one that is written as IPv6 is an IPv4 one. None: it is no address."""
    try:
        number = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(number, IPv6Address) and number.ipv4_mapped is not None:
        return number.ipv4_mapped
    return number


def network_of(address: str) -> str:
    """An IPv4 address stands for itself, an IPv6 one for the /64 that one subscriber has."""
    number = parsed(address)
    if number is None:
        return address
    return str(ip_network((number, 64), strict=False)) if isinstance(number, IPv6Address) else str(number)


def neighbourhood_of(address: str) -> str | None:
    """The /24 of an IPv4 address, the /48 of an IPv6 one: in it a person stays whose address changes from day to day."""
    number = parsed(address)
    if number is None:
        return None
    return str(ip_network((number, 48 if isinstance(number, IPv6Address) else 24), strict=False))
