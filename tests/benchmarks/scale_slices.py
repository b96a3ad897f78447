"""Slices of work, taken in turn from cities of every size, so that whatever disturbs the machine disturbs all alike."""

import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from idp.app import Installation
from idp.app.composition import master_keys
from tests.benchmarks import operations
from tests.benchmarks.generated_city import BUILT_AT, generated_city
from tests.benchmarks.generated_kept import Kept
from tests.benchmarks.generated_person import Person
from tests.benchmarks.scale_cpu import Microseconds, used
from tests.benchmarks.scale_operations import Operation, Visits
from tests.benchmarks.scale_search import Searches, Waited, WrongSearchError, by_kind, waited
from tests.benchmarks.scale_warm import warm
from tests.idp.installed import Moment
from tests.plugins.private_servers import StorageUrls
from tests.plugins.server_processes import redis_server

_AT_ONCE = 100
"""Operations between two readings of the clocks; nobody comes twice among them."""


class WrongAnswer(Exception):  # noqa: N818 - it is one
    """An answer that was not the right one: whatever was measured means nothing."""


@dataclass
class Size:
    """One city, open to be measured."""

    people: int
    visits: Visits
    server: int | None
    randomness: random.Random
    installation: Installation
    background: float = 0.0
    done: int = 0

    def slice(self, name: str, operation: Operation, seconds: float) -> Microseconds:
        """CPU time per operation, each of them for anybody at all."""
        spent, count, until = Microseconds(0, 0, 0), 0, time.monotonic() + seconds
        while not count or time.monotonic() < until:
            numbers = self.randomness.sample(range(1, self.people + 1), min(_AT_ONCE, self.people))
            questions = [operation(Person(number)) for number in numbers]
            before = used(self.server)
            try:
                answers = [question.ask() for question in questions]
            except AssertionError as wrong:
                raise WrongAnswer(f"{name}, {self.people} people: {wrong}") from wrong
            spent = spent.plus(used(self.server).since(before))
            count += len(answers)
            for number, question, answer in zip(numbers, questions, answers, strict=True):
                if not question.is_right(answer):
                    raise WrongAnswer(f"{name} of person {number} among {self.people}: {answer}")
        self.background += spent.background
        self.done += count
        return Microseconds(*(each / count for each in spent))


@dataclass(frozen=True)
class Plan:
    """How long and how often; the first round is thrown away."""

    sizes: Sequence[int]
    rounds: int = 5
    seconds: float = 0.7
    kept: Kept = field(default_factory=Kept)


@dataclass(frozen=True)
class Measured:
    """Medians by operation and size, what the server did besides, per operation, by size, and how long searches take."""

    operations: Mapping[str, Mapping[int, Microseconds]]
    background: Mapping[int, float]
    searches: Searches = field(default_factory=dict)


def measured(store: str, plan: Plan) -> Measured:
    """All operations on this kind of store, in cities of every size; where those are not whole, the searches alone."""
    taken: dict[str, dict[int, list[Microseconds]]] = defaultdict(lambda: defaultdict(list))
    with ExitStack() as stack:
        sizes = [stack.enter_context(opened(store, people, plan)) for people in plan.sizes]
        for name in sizes[0].visits.operations if plan.kept.is_whole else ():
            print(f"{store}: {name}", file=sys.stderr, flush=True)
            for number in range(plan.rounds + 1):
                for size in sizes:
                    spent = size.slice(name, size.visits.operations[name], plan.seconds)
                    if number:
                        taken[name][size.people].append(spent)
        return Measured(
            {name: {people: _median(each) for people, each in by_size.items()} for name, by_size in taken.items()},
            {size.people: size.background / max(size.done, 1) for size in sizes},
            by_kind([(size.people, _searched(store, size, plan)) for size in sizes]),
        )


def _searched(store: str, size: Size, plan: Plan) -> Mapping[str, Waited]:
    print(f"{store}: people looked up among {size.people}", file=sys.stderr, flush=True)
    try:
        return waited(size.installation.services, size.people, plan.rounds * plan.seconds)
    except WrongSearchError as wrong:
        raise WrongAnswer(f"search by {wrong} among {size.people} people") from wrong


@contextmanager
def opened(store: str, people: int, plan: Plan) -> Iterator[Size]:
    """The copy of a city of this size, to be measured."""
    with ExitStack() as stack:
        print(f"{store}: {people} people", file=sys.stderr, flush=True)
        city_copy = stack.enter_context(plan.kept.copy(store, people))
        state = Path(stack.enter_context(TemporaryDirectory()))
        if city_copy.cluster is None:
            ephemeral = f"sqlite:///{state / 'ephemeral.db'}"
        else:
            ephemeral = f"redis://127.0.0.1:{stack.enter_context(redis_server())}/0"
        urls = StorageUrls(city_copy.database, ephemeral)
        # The clock stands at the moment when everybody signed in, so that nobody's session or token is too old.
        clock = Moment(BUILT_AT)
        installation = stack.enter_context(operations.city(urls, state, clock))
        warm(installation)
        city = generated_city(installation.services, master_keys(installation.settings))
        server = None if city_copy.cluster is None else city_copy.cluster.process
        yield Size(people, Visits(installation, city, clock), server, random.Random(people), installation)


def _median(slices: Sequence[Microseconds]) -> Microseconds:
    return Microseconds(*(median(each) for each in zip(*slices, strict=True)))
