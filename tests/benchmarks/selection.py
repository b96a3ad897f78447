"""What of the bench is wanted: `BENCH_ONLY=one-core,code,refresh` names comparisons, servers and operations."""

from collections.abc import Collection
from dataclasses import dataclass

from tests.benchmarks.comparison import Wanted


@dataclass(frozen=True)
class Known:
    """All the names there are, by kind."""

    comparisons: Collection[str]
    servers: Collection[str]
    operations: Collection[str]
    others: Collection[str]
    """Measurements that bring tables of their own."""


@dataclass(frozen=True)
class Selection:
    """Within one kind each name adds; a kind of which nothing is named is wanted whole."""

    comparisons: frozenset[str]
    wanted: Wanted
    others: frozenset[str]


def select(text: str, known: Known) -> Selection:
    """Everything for an empty text; raises `ValueError` for a name that nothing has."""
    names = {name.strip() for name in text.split(",") if name.strip()}
    all_of = {*known.comparisons, *known.servers, *known.operations, *known.others}
    if strange := sorted(names - all_of):
        raise ValueError(f"unknown: {', '.join(strange)}; choose from {', '.join(sorted(all_of))}")
    others = names & set(known.others)
    asks_to_compare = names - others or not names
    servers = names & set(known.servers)
    operations = [each for each in known.operations if each in names] or list(known.operations)
    return Selection(
        comparisons=frozenset((names & set(known.comparisons) or known.comparisons) if asks_to_compare else ()),
        wanted=Wanted(operations, frozenset(servers) if servers else None),
        others=frozenset(others if names else known.others),
    )
