"""`make scale`: what one operation costs as a city grows from a thousand people to a million, on both databases; and how
long an officer waits who looks somebody up, and how fast a hundred thousand come from another system.

`SCALE=10000000 make scale` adds a city of ten million. Generated cities are kept under `.cache/scale`, the tables under
`.run/scale`. Ends with an error when an answer was wrong; a target that was missed is told in the table.
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from tests.benchmarks.generated_cluster import IN_A_CITY
from tests.benchmarks.generated_kept import ROOT, STORES, Kept
from tests.benchmarks.report import Table, keep
from tests.benchmarks.scale_cpu import Microseconds
from tests.benchmarks.scale_import import IMPORTED, import_table, imported
from tests.benchmarks.scale_search import search_table
from tests.benchmarks.scale_slices import Measured, Plan, WrongAnswer, measured

SIZES = (1_000, 100_000, 1_000_000)
TARGET = 1.3
FOLDER = ROOT / ".run" / "scale"


def table_of(store: str, result: Measured) -> Table:
    """Operations by size; behind each figure, where there are two, its two parts."""
    sizes = sorted(result.background)
    ratios = tuple(f"{size:,} / {sizes[0]:,}" for size in sizes[1:])
    columns = ("operation", *(f"{size:,} people" for size in sizes), *ratios, f"≤ {TARGET}x")
    rows = [_row(name, [by_size[size] for size in sizes]) for name, by_size in result.operations.items()]
    return Table(f"CPU µs per operation, {store}", columns, rows, _notes(store, result.background))


def _row(name: str, spent: Sequence[Microseconds]) -> tuple[str, ...]:
    growth = [_total(each) / _total(spent[0]) for each in spent[1:]]
    verdict = "met" if all(round(each, 2) <= TARGET for each in growth) else "**missed**"
    return (name, *map(_cell, spent), *(f"{each:.2f}x" for each in growth), verdict)


def _total(spent: Microseconds) -> float:
    return spent.ours + spent.serving


def _cell(spent: Microseconds) -> str:
    parts = f" ({spent.ours:.0f} + {spent.serving:.0f})" if spent.serving else ""
    return f"{_total(spent):.0f}{parts}"


def _notes(store: str, background: Mapping[int, float]) -> list[str]:
    if store == "sqlite":
        return ["all CPU time of our process; SQLite as the product sets it up, every page read once before"]
    besides = ", ".join(f"{size:,}: {spent:.0f}" for size, spent in sorted(background.items()))
    return [
        "our process + the server's processes that serve it; not counted: Redis",
        f"the server's other processes (checkpoints, vacuum), µs per operation over the whole run: {besides}",
        f"a server of its own for each size: durable, {', '.join(IN_A_CITY)}, all else as it comes, what is looked up read once before",
    ]


def main(arguments: Sequence[str]) -> int:
    """Measure, tell, keep."""
    parser = argparse.ArgumentParser(prog="make scale", description=__doc__)
    also = [int(os.environ["SCALE"])] if os.environ.get("SCALE") else []
    parser.add_argument("--sizes", type=int, nargs="+", default=[*SIZES, *also])
    parser.add_argument("--stores", choices=STORES, nargs="+", default=STORES)
    parser.add_argument("--imported", type=int, default=IMPORTED, help="people who come from another system")
    parser.add_argument("--rounds", type=int, default=5, help="after the one that is thrown away")
    parser.add_argument("--seconds", type=float, default=0.7, help="of one operation, in each round, at each size")
    parser.add_argument(
        "--only-searches",
        action="store_true",
        help="cities in which people are found and nothing else, in a third of the time",
    )
    wanted = parser.parse_args(arguments)
    kept = Kept(is_whole=not wanted.only_searches)
    plan = Plan(sorted(set(wanted.sizes)), wanted.rounds, wanted.seconds, kept)
    head = (
        f"`make scale`, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC: medians of {plan.rounds} slices of {plan.seconds} s "
        "after one that is thrown away, sizes in turn, each operation for a person drawn at random."
    )
    print(head, end="\n\n")
    tables: list[Table] = []
    for store in wanted.stores:
        try:
            result = measured(store, plan)
            of_store = [search_table(store, result.searches)]
            if not wanted.only_searches:
                of_store.insert(0, table_of(store, result))
                of_store.append(import_table(store, imported(store, wanted.imported, plan)))
        except WrongAnswer as wrong:
            print(f"wrong answer: {wrong}", file=sys.stderr)
            return 1
        for table in of_store:
            print(table.markdown(), flush=True)
        tables += of_store
    keep("scale", head, tables, FOLDER)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
