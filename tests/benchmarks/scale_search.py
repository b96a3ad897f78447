"""What an officer waits for who looks a person up in a city: the whole operation, with its line in the log made durable."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from admin.operation import Actor, Operation, Takes
from admin.operations.people import FIND_PERSON, FindPerson, FoundPerson
from admin.operations.people_search import MOST, SEARCH_PEOPLE, NamesakeList, SearchPeople
from admin.perform import Done, perform
from idp.services import Services
from tests.benchmarks.generated_person import COMMON_EVERY, COMMON_NAME, COMMON_YEAR, Person
from tests.benchmarks.report import Table

DEEP = 100_000
"""Rows before the page that is asked for by its cursor; in a city that has not so many namesakes, most of them."""
TARGET = 200.0
"""Milliseconds, of the 95th of a hundred."""
_FEWEST = 20
_OPERATOR = Actor(via="cli")


@dataclass(frozen=True)
class Waited:
    """Milliseconds by the clock.

    Attributes:
        typical: the median.
        p95: what 95 of a hundred stay below.
        draws: how many searches were timed, each for somebody drawn at random.
    """

    typical: float
    p95: float
    draws: int


Searches = Mapping[str, Mapping[int, Waited]]
"""By kind of search, then by people in the city."""
Search = Callable[[random.Random], bool]


class WrongSearchError(Exception):
    """It found somebody else, or nobody."""


def searches(services: Services, people: int) -> Mapping[str, Search]:
    """Each kind; it says whether it found what it should."""
    return {
        "citizen number": lambda drawn: _found(
            services, somebody := _anybody(drawn, people), somebody.citizen_id.value
        ),
        "phone": lambda drawn: _found(services, somebody := _anybody(drawn, people), somebody.phone.value),
        "name and birth year": lambda drawn: _listed(services, _anybody(drawn, people)),
        "the most common name": lambda _: _page(services, people, 0),
        "its page 100,000 rows deep": lambda drawn: _page(services, people, _depth(drawn, people)),
    }


def waited(services: Services, people: int, seconds: float) -> Mapping[str, Waited]:
    """How long each kind takes in this city; raises `WrongSearchError`."""
    drawn = random.Random(people)
    return {name: _waited(name, search, drawn, seconds) for name, search in searches(services, people).items()}


def search_table(store: str, result: Searches) -> Table:
    """Kinds by size."""
    sizes = sorted(next(iter(result.values())))
    columns = ("search", *(f"{size:,} people: p50, p95 ms" for size in sizes), f"p95 ≤ {TARGET:.0f} ms")
    rows = []
    for name, by_size in result.items():
        verdict = "met" if all(each.p95 <= TARGET for each in by_size.values()) else "**missed**"
        rows.append((name, *(f"{by_size[size].typical:.1f}, {by_size[size].p95:.1f}" for size in sizes), verdict))
    draws = min(each.draws for by_size in result.values() for each in by_size.values())
    depths = ", ".join(f"{size:,}: {_deepest(size):,}" for size in sizes)
    notes = [
        f"by the clock, {draws} draws or more of each: {MOST} people decrypted and masked, event recorded, commit durable",
        f"namesakes share name and birth year, one in {COMMON_EVERY} of the city; rows before the deep page: {depths}",
    ]
    return Table(f"a person looked up by an officer, {store}", columns, rows, notes)


def _waited(name: str, search: Search, drawn: random.Random, seconds: float) -> Waited:
    taken: list[float] = []
    until = time.monotonic() + seconds
    while len(taken) < _FEWEST or time.monotonic() < until:
        before = time.perf_counter()
        is_right = search(drawn)
        taken.append((time.perf_counter() - before) * 1000)
        if not is_right:
            raise WrongSearchError(name)
    return Waited(median(taken), quantiles(taken, n=20)[-1], len(taken))


def _found(services: Services, somebody: Person, identifier: str) -> bool:
    told = FoundPerson.model_validate_json(_answer(services, FIND_PERSON, FindPerson(identifier=identifier)))
    return told.uid == somebody.uid


def _listed(services: Services, somebody: Person) -> bool:
    """Of the common name the first page does not hold everybody."""
    told = _namesakes(services, SearchPeople(name=somebody.name, birth_year=somebody.birth_year))
    return somebody.is_common or somebody.uid in {each.uid for each in told.people}


def _page(services: Services, people: int, depth: int) -> bool:
    after = Person(depth * COMMON_EVERY).uid if depth else None
    told = _namesakes(services, SearchPeople(name=COMMON_NAME, birth_year=COMMON_YEAR, after=after))
    last = min(depth + MOST, people // COMMON_EVERY)
    return [each.uid for each in told.people] == [_uid(place) for place in range(depth + 1, last + 1)]


def _uid(place: int) -> str:
    return Person(place * COMMON_EVERY).uid


def _namesakes(services: Services, wanted: SearchPeople) -> NamesakeList:
    return NamesakeList.model_validate_json(_answer(services, SEARCH_PEOPLE, wanted))


def _answer(services: Services, operation: Operation, wanted: Takes) -> str:
    done = perform(services, operation, wanted, _OPERATOR)
    assert isinstance(done, Done)  # nothing that is read waits for a second person
    return done.answer


def _anybody(drawn: random.Random, people: int) -> Person:
    return Person(drawn.randint(1, people))


def _deepest(people: int) -> int:
    namesakes = people // COMMON_EVERY
    return min(DEEP, namesakes - namesakes // 8)


def _depth(drawn: random.Random, people: int) -> int:
    """There or below, so that it is not one page again and again."""
    return drawn.randint(_deepest(people), max(_deepest(people), people // COMMON_EVERY - MOST))


def by_kind(of_sizes: Sequence[tuple[int, Mapping[str, Waited]]]) -> Searches:
    """The other way round."""
    kinds = of_sizes[0][1]
    return {name: {people: waits[name] for people, waits in of_sizes} for name in kinds}
