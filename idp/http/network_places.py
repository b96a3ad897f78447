"""Where networks are, by a file that the operator supplies: one network a line, the code of its place, its coordinates.

    192.0.2.0/24,320500,31.3,120.6
    2001:db8::/32,CN-JS        # a place of which nobody said where it is

What is kept are the borders at which the place changes, as numbers in arrays: twenty bytes each, and an address is found
by bisection. So a province's half a million lines fit into each process (docs/reference/risk.md has the figures).
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv6Address
from math import asin, cos, radians, sin, sqrt
from socket import AF_INET, AF_INET6, inet_pton

from idp.http.networks import parsed

LONGEST_CODE = 32
_BITS = 128
_HALF = 64
_LOWER_HALF = (1 << _HALF) - 1
_LINE_BITS, _LENGTH_BITS = 32, 8
_EARTH_KILOMETRES = 6371.0
"""The mean radius."""
_NOWHERE = 0


class PlacesFault(ValueError):  # noqa: N818 - as SettingsFault: it is told to an operator
    """A line that cannot be read, named by its number and never quoted."""


@dataclass(frozen=True, slots=True)
class Position:
    """In degrees, to a tenth: some ten kilometres, which is nobody's house."""

    latitude: float
    longitude: float

    def kilometres_to(self, other: "Position") -> float:
        """By the great circle (haversine)."""
        one, two = radians(self.latitude), radians(other.latitude)
        eastward = radians(other.longitude - self.longitude)
        half = sin((two - one) / 2) ** 2 + cos(one) * cos(two) * sin(eastward / 2) ** 2
        return 2 * _EARTH_KILOMETRES * asin(min(1.0, sqrt(half)))


@dataclass(frozen=True, slots=True)
class Place:
    """What the file calls it, and where it is, if it says so."""

    code: str
    position: Position | None


class NetworkPlaces:
    """Finds the place of an address: of the networks that it is in, the smallest counts."""

    def __init__(self, lines: Iterable[str]) -> None:
        """Raises `PlacesFault` at the first line that cannot be read, or that contradicts another."""
        self._places: list[Place | None] = [None]
        of_line = array("I", [_NOWHERE])
        networks: dict[int, list[int]] = {AF_INET: [], AF_INET6: []}
        known: dict[str, int] = {}
        numbers: dict[Place, int] = {}
        for number, line in enumerate(lines, 1):
            network, _, rest = line.partition("#")[0].partition(",")
            if network := network.strip():
                place = known.get(rest)
                if place is None:
                    place = known[rest] = self._number(_place(rest, number), numbers)
                family, start, length = _network(network, number)
                networks[family].append((start << _LENGTH_BITS | length) << _LINE_BITS | number)
            elif rest:
                raise _fault(number, "the network is missing")
            else:
                place = _NOWHERE
            of_line.append(place)
        self._borders = {family: _Borders(sorted(found), of_line) for family, found in networks.items()}

    def find(self, address: str) -> Place | None:
        """None: it is in no network of the file, or is no address."""
        number = parsed(address)
        if number is None:
            return None
        if isinstance(number, IPv6Address):
            return self._places[self._borders[AF_INET6].find(int(number))]
        return self._places[self._borders[AF_INET].find(int(number) << _BITS - number.max_prefixlen)]

    def _number(self, place: Place, numbers: dict[Place, int]) -> int:
        """Lines that differ in less than a tenth of a degree name the same one."""
        if place not in numbers:
            numbers[place] = len(self._places)
            self._places.append(place)
        return numbers[place]


class _Borders:
    """The numbers at which a place begins, and which one; IPv4 addresses stand in the upper bits."""

    def __init__(self, networks: list[int], of_line: "array[int]") -> None:
        self._upper, self._lower, self._place = array("Q"), array("Q"), array("I")
        for start, place in _borders(networks, of_line):
            self._add(start >> _HALF, start & _LOWER_HALF, place)

    def find(self, number: int) -> int:
        """The place of the last border that is not behind it."""
        upper = number >> _HALF
        first = bisect_left(self._upper, upper)
        behind = bisect_right(self._upper, upper, first)
        at = bisect_right(self._lower, number & _LOWER_HALF, first, behind) - 1
        return _NOWHERE if at < 0 else self._place[at]

    def _add(self, upper: int, lower: int, place: int) -> None:
        """Behind the others; of several at one number the last counts, and one at which nothing changes is none."""
        if self._place and (self._upper[-1], self._lower[-1]) == (upper, lower):
            for part in (self._upper, self._lower, self._place):
                part.pop()
        if place != (self._place[-1] if self._place else _NOWHERE):
            self._upper.append(upper)
            self._lower.append(lower)
            self._place.append(place)


def _borders(networks: list[int], of_line: "array[int]") -> Iterator[tuple[int, int]]:
    """From networks in the order of their beginnings, the larger first, to borders in their order."""
    open_: list[tuple[int, int]] = []  # where each network ends that we are in, and its place; the smallest is the last
    for network, number in _each_once(networks, of_line):
        start, length = network >> _LENGTH_BITS, network & (1 << _LENGTH_BITS) - 1
        yield from _ends(open_, start)
        open_.append((start + (1 << _BITS - length), of_line[number]))
        yield start, of_line[number]
    yield from _ends(open_, (1 << _BITS) - 1)


def _ends(open_: list[tuple[int, int]], until: int) -> Iterator[tuple[int, int]]:
    """Leave those that end by then: there the place of the one around them begins again."""
    while open_ and open_[-1][0] <= until:
        end, _ = open_.pop()
        yield end, open_[-1][1] if open_ else _NOWHERE


def _each_once(networks: list[int], of_line: "array[int]") -> Iterator[tuple[int, int]]:
    """The networks with a line of each; the same one may stand there twice if it is in one place."""
    last = last_line = -1
    for each in networks:
        network, number = each >> _LINE_BITS, each & (1 << _LINE_BITS) - 1
        if network != last:
            yield network, number
        elif of_line[number] != of_line[last_line]:
            raise _fault(number, f"line {last_line} says otherwise of the same network")
        last, last_line = network, number


def _network(written: str, line: int) -> tuple[int, int, int]:
    """Its family, its first address in 128 bits, and how many of these are its own."""
    address, slash, length = written.partition("/")
    family = AF_INET6 if ":" in address else AF_INET
    try:
        packed = inet_pton(family, address)
    except (OSError, ValueError):
        raise _fault(line, "the network cannot be read") from None
    bits = len(packed) * 8
    if slash and not (length.isascii() and length.isdigit() and len(length) <= 3 and int(length) <= bits):
        raise _fault(line, "the length of the network cannot be read")
    own = int(length) if slash else bits
    start = int.from_bytes(packed) << _BITS - bits
    if start & (1 << _BITS - own) - 1:
        raise _fault(line, "the network has bits behind its length")
    return family, start, own


def _place(written: str, line: int) -> Place:
    code, *degrees = (field.strip() for field in written.split(","))
    if not (0 < len(code) <= LONGEST_CODE and code.isprintable() and " " not in code):
        raise _fault(line, f"the place is missing, or is no code of at most {LONGEST_CODE} characters")
    if not degrees:
        return Place(code, None)
    try:
        latitude, longitude = map(float, degrees)
    except ValueError:
        raise _fault(line, "behind the place stand latitude and longitude, or nothing") from None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise _fault(line, "latitude is -90 to 90, longitude -180 to 180")
    return Place(code, Position(round(latitude, 1), round(longitude, 1)))


def _fault(line: int, why: str) -> PlacesFault:
    return PlacesFault(f"line {line}: {why}")
