"""Places of networks, by an operator's file: the smallest network counts, and a bad line is named, never guessed at."""

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.http.network_places import NetworkPlaces, PlacesFault, Position

PLACES = """
# a remark
192.0.2.0/24, 320500, 31.32, 120.61
192.0.2.128/25,310000   # inside of the other
192.0.2.200,330100,30.25,120.17
198.51.100.0/24,320500,31.32,120.61

2001:db8::/32,CN-JS
2001:db8:0:1::/64,云江市
2001:db8::8/127,110000
"""


def code_of(places: NetworkPlaces, address: str) -> str | None:
    found = places.find(address)
    return None if found is None else found.code


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("192.0.1.255", None),
        ("192.0.2.0", "320500"),
        ("192.0.2.127", "320500"),
        ("192.0.2.128", "310000"),
        ("192.0.2.199", "310000"),
        ("192.0.2.200", "330100"),
        ("192.0.2.201", "310000"),
        ("192.0.2.255", "310000"),
        ("192.0.3.0", None),
        ("198.51.100.7", "320500"),
        ("203.0.113.1", None),
        ("::ffff:192.0.2.5", "320500"),
        ("2001:db7:ffff::", None),
        ("2001:db8::7", "CN-JS"),
        ("2001:db8::8", "110000"),
        ("2001:db8::9", "110000"),
        ("2001:db8::a", "CN-JS"),
        ("2001:db8:0:1::5%eth0", "云江市"),
        ("2001:db8:0:1:ffff:ffff:ffff:ffff", "云江市"),
        ("2001:db8:0:2::", "CN-JS"),
        ("2001:db9::", None),
        ("::", None),
        ("", None),
        ("unknown", None),
    ],
)
def test_the_smallest_network_counts(address: str, code: str | None) -> None:
    """Mutations: the first line that holds it; the outer one forgotten behind the inner; IPv4 written as IPv6 unknown."""
    assert code_of(NetworkPlaces(PLACES.splitlines()), address) == code


@pytest.mark.parametrize("everything", ["0.0.0.0/0,all", "::/0,all"])
def test_a_network_may_be_everything_of_its_kind(everything: str) -> None:
    """Mutation: an end that does not fit, or IPv4 addresses in an IPv6 network."""
    places = NetworkPlaces([everything, "255.255.255.255,last", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff,last"])
    is_four = "." in everything
    assert code_of(places, "8.8.8.8") == ("all" if is_four else None)
    assert code_of(places, "2001:db8::1") == (None if is_four else "all")
    assert code_of(places, "255.255.255.255") == "last"
    assert code_of(places, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff") == "last"
    assert code_of(places, "0.0.0.0") == ("all" if is_four else None)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("192.0.2.0/24", "place is missing"),
        ("192.0.2.0/24,", "place is missing"),
        (",320500", "network is missing"),
        ("network,place", "network cannot be read"),
        ("192.0.2.0/33,1", "length"),
        ("192.0.2.0/,1", "length"),
        ("192.0.2.0/-1,1", "length"),
        ("192.0.2.0/２４,1", "length"),
        ("192.0.2.0/255.255.255.0,1", "length"),
        ("192.0.2.1/24,1", "bits behind its length"),
        ("2001:db8::1/32,1", "bits behind its length"),
        ("192.0.2,1", "network cannot be read"),
        ("010.0.0.0/8,1", "network cannot be read"),
        ("\udcff.0.0.0/8,1", "network cannot be read"),
        ("10.0.0.0/8,\udcff", "place is missing"),
        ("fe80::1%eth0,1", "network cannot be read"),
        ("192.0.2.0/24,the place", "no code"),
        (f"192.0.2.0/24,{'x' * 33}", "no code"),
        ("192.0.2.0/24,1,31.3", "latitude and longitude"),
        ("192.0.2.0/24,1,31.3,120.6,4", "latitude and longitude"),
        ("192.0.2.0/24,1,north,120.6", "latitude and longitude"),
        ("192.0.2.0/24,1,91,120.6", "latitude is -90 to 90"),
        ("192.0.2.0/24,1,31.3,nan", "latitude is -90 to 90"),
        ("192.0.2.0/24,1,31.3,-180.1", "latitude is -90 to 90"),
        ("198.51.100.0/24,2", "line 1 says otherwise"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(line: str, why: str) -> None:
    """Mutations: passed over; quoted, whatever it holds."""
    with pytest.raises(PlacesFault, match=rf"^line 4: .*{why}") as fault:
        NetworkPlaces(["198.51.100.0/24,1", "", "# a remark", line, "198.51.100.0/25,1"])
    assert line.rpartition(",")[2].strip(" 0123456789") == "" or line not in str(fault.value)


def test_the_same_line_twice_is_no_fault() -> None:
    places = NetworkPlaces(["192.0.2.0/24,1,31.31,120.6", "192.0.2.0/24,1,31.33,120.6"])
    assert code_of(places, "192.0.2.1") == "1"


def test_coordinates_are_kept_to_a_tenth_of_a_degree() -> None:
    """Mutation: where somebody lives, as exactly as the file says it."""
    found = NetworkPlaces(["192.0.2.0/24,1,31.31987,-120.61999"]).find("192.0.2.1")
    assert found is not None
    assert found.position == Position(31.3, -120.6)


@pytest.mark.parametrize(
    ("one", "other", "kilometres"),
    [
        (Position(39.9, 116.4), Position(31.2, 121.5), 1071),  # Beijing, Shanghai
        (Position(39.9, 116.4), Position(39.9, 116.4), 0),
        (Position(0, 179.9), Position(0, -179.9), 22),
        (Position(90, 0), Position(-90, 120), 20_015),
        (Position(0, 0), Position(0, 180), 20_015),
    ],
)
def test_distances_are_those_of_a_ball(one: Position, other: Position, kilometres: int) -> None:
    """Mutations: degrees for radians; the date line 360 degrees away."""
    assert round(one.kilometres_to(other)) == kilometres == round(other.kilometres_to(one))


networks = st.one_of(
    st.builds(
        lambda number, length: IPv4Network((number << 24, length), strict=False),
        st.integers(0, 255),
        st.integers(6, 12),
    ),
    st.builds(
        lambda number, length: IPv6Network((number << 62, length), strict=False),
        st.integers(0, 255),
        st.integers(58, 68),
    ),
)


@given(st.dictionaries(networks, st.sampled_from("abc"), max_size=12), st.integers(0, 255), st.integers(0, 2**62 - 1))
def test_whatever_overlaps_the_longest_prefix_wins(
    lines: dict[IPv4Network | IPv6Network, str], number: int, rest: int
) -> None:
    """Against a search through all lines. Mutation: any of the sorting, the stack, the merging, the bisection."""
    places = NetworkPlaces(f"{network},{code}" for network, code in lines.items())
    for address in (ip_address(number << 24 | rest >> 38), ip_address((number << 62 | rest).to_bytes(16, "big"))):
        inside = [network for network in lines if address.version == network.version and address in network]
        expected = lines[max(inside, key=lambda network: network.prefixlen)] if inside else None
        assert code_of(places, str(address)) == expected


def test_a_provinces_file_is_read_in_seconds_and_takes_megabytes() -> None:
    """Half a million lines. Mutation: objects instead of numbers, or a search through all of them."""
    began = process_time()
    places = NetworkPlaces(
        f"{ip_address(0x0A000000 + number * 64)}/26,{320000 + number % 997},{31 + number % 7 / 10},{120.5}"
        for number in range(500_000)
    )
    assert process_time() - began < 30, "some two seconds here"
    borders = places._borders.values()
    held = sum(len(part) * part.itemsize for each in borders for part in (each._upper, each._lower, each._place))
    assert held < 11_000_000
    assert code_of(places, str(ip_address(0x0A000000 + 499_999 * 64 + 63))) == str(320000 + 499_999 % 997)
    assert ip_network("10.0.0.0/26").num_addresses == 64
