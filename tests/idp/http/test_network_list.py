"""A list of networks: each line counts, remarks do not, and a wrong line is told at the start."""

import pytest

from idp.http.network_list import NetworkList

LINES = ["# bad ones", "192.0.2.0/24  # a block", "", "198.51.100.7", "2001:db8:bad::/48"]


@pytest.mark.parametrize(
    ("address", "is_listed"),
    [
        ("192.0.2.255", True),
        ("::ffff:192.0.2.1", True),
        ("192.0.3.0", False),
        ("198.51.100.7", True),
        ("198.51.100.8", False),
        ("2001:DB8:BAD:1::7", True),
        ("2001:db8:bae::7", False),
        ("", False),
        ("unix:", False),
    ],
)
def test_an_address_is_in_a_listed_network(address: str, *, is_listed: bool) -> None:
    """Mutations: IPv4 and IPv6 taken for one another; the last bit of a prefix forgotten."""
    assert (address in NetworkList(LINES)) == is_listed


@pytest.mark.parametrize("line", ["evil.example", "192.0.2.1/24", "192.0.2.0/33"])
def test_a_wrong_line_is_told(line: str) -> None:
    """Mutation: it is skipped, and the list is shorter than the operator believes."""
    with pytest.raises(ValueError, match=r"."):
        NetworkList([line])
