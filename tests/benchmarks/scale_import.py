"""People who come from another system: how many a second one core brings in, and what their sign-in costs afterwards."""

import json
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from idp.accounts.import_people import Fate
from idp.cli.person import bring
from tests.benchmarks.generated_city import PASSWORD_HASH
from tests.benchmarks.generated_person import Person
from tests.benchmarks.report import Table
from tests.benchmarks.scale_cpu import Microseconds, used
from tests.benchmarks.scale_slices import Plan, Size, WrongAnswer, opened

IMPORTED = 100_000
ROWS_PER_SECOND = 3_000
TARGET = 1.3
_FIRST = 10_000_001
"""The first number that no generated city has."""
_SIGN_IN = ("person found by phone", "session begun")


@dataclass(frozen=True)
class Imported:
    """What was measured: CPU of the whole import, its seconds by the clock, and of a sign-in before and after it."""

    rows: int
    spent: Microseconds
    seconds: float
    before: Microseconds
    after: Microseconds


def imported(store: str, rows: int, plan: Plan) -> Imported:
    """Bring so many people into the smallest city: name, number, phone, Argon2id hash, one `sub` each."""
    print(f"{store}: {rows} people come from another system", file=sys.stderr, flush=True)
    with opened(store, min(plan.sizes), plan) as size, _file(range(_FIRST, _FIRST + rows)) as file:
        before = _sign_in(size, plan)
        started, spent = time.monotonic(), used(size.server)
        with file.open("rb") as lines:
            fates = bring(size.installation.services, lines, file.with_suffix(".report"), is_dry_run=False)
        spent, seconds = used(size.server).since(spent), time.monotonic() - started
        if fates != {Fate.CREATED: rows}:
            raise WrongAnswer(f"import of {rows} rows: {dict(fates)}")
        _check(size, range(_FIRST, _FIRST + rows, max(1, rows // 100)))
        return Imported(rows, spent, seconds, before, _sign_in(size, plan))


def import_table(store: str, result: Imported) -> Table:
    """The rate, and the sign-in beside what it was."""
    cpu = result.spent.ours + result.spent.serving
    rate, growth = result.rows / cpu * 1e6, _total(result.after) / _total(result.before)
    columns = ("operation", "figure", "target", "met")
    rows = [
        ("rows/s per core", f"{rate:,.0f}", f"≥ {ROWS_PER_SECOND:,}", _verdict(is_met=rate >= ROWS_PER_SECOND)),
        ("CPU µs per row", f"{cpu / result.rows:.0f}", "", ""),
        ("rows/s by the clock", f"{result.rows / result.seconds:,.0f}", "", ""),
        ("sign-in afterwards / before", f"{growth:.2f}x", f"≤ {TARGET}x", _verdict(is_met=round(growth, 2) <= TARGET)),
    ]
    parts = " + ".join(f"{part / result.rows:.0f}" for part in result.spent)
    return Table(
        f"{result.rows:,} people imported, {store}",
        columns,
        rows,
        [
            f"CPU µs per row: {parts} (our process + the server's processes that serve it + its others, not in the rate)",
            "each with name, citizen number, phone, Argon2id hash and one sub; report included, no plain password",
            f"the sign-in: {' and '.join(_SIGN_IN)}, {_total(result.before):.0f} then {_total(result.after):.0f} CPU µs",
        ],
    )


def _sign_in(size: Size, plan: Plan) -> Microseconds:
    taken = Microseconds(0, 0, 0)
    for name in _SIGN_IN:
        operation = size.visits.operations[name]
        size.slice(name, operation, plan.seconds)
        taken = taken.plus(size.slice(name, operation, plan.seconds * plan.rounds))
    return taken


def _check(size: Size, numbers: Iterable[int]) -> None:
    """They are there, with all they had."""
    for person in map(Person, numbers):
        with size.installation.services.begin() as unit_of_work:
            account = unit_of_work.accounts.find(person.phone)
            if account is None:
                raise WrongAnswer(f"imported person {person.number} is not there")
            found = unit_of_work.accounts.attributes(account.id)
            sub = unit_of_work.subjects.of(account.id, "imported.example")
        if (found.name, found.citizen_id, sub) != (person.name, person.citizen_id.value, person.sub):
            raise WrongAnswer(f"imported person {person.number} is not who they were")


@contextmanager
def _file(numbers: Iterable[int]) -> Iterator[Path]:
    with ExitStack() as stack:
        file = Path(stack.enter_context(TemporaryDirectory())) / "people.jsonl"
        with file.open("w", encoding="utf-8") as out:
            out.writelines(json.dumps(_row(Person(number)), ensure_ascii=False) + "\n" for number in numbers)
        yield file


def _row(person: Person) -> dict[str, object]:
    return {
        "name": person.name,
        "id_type": "citizen_id",
        "id_number": person.citizen_id.value,
        "phone": person.phone.value,
        "password_hash": PASSWORD_HASH,
        "proofing": {"level": 2, "verified": ["phone"]},
        "subjects": [{"sector": "imported.example", "sub": person.sub}],
    }


def _total(spent: Microseconds) -> float:
    return spent.ours + spent.serving


def _verdict(*, is_met: bool) -> str:
    return "met" if is_met else "**missed**"
