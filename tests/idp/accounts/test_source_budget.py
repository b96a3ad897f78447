"""The budgets of sources: over processes, for each subject, and what a source that was down costs: nothing (threat K05)."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.accounts.source_budget import NotNow, SourceBudget, subject_of
from idp.app import Installation
from idp.model.account import Identifier, IdentifierKind
from idp.ports import SourceAnswer, SourceKind, SourceOutcome
from tests.idp.installed import CITIZEN_ID, NOW, Moment, environment, installed
from tests.plugins.private_servers import StorageUrls

A_DAY, ALL = 3, 5
LIMITS = {
    f"IDP_SOURCES__{kind.upper()}_{limit}": str(number)
    for kind in SourceKind
    for limit, number in (("PER_PERSON_DAY", A_DAY), ("PER_DAY", ALL))
}
ROOT = Path(__file__).parents[3]
SPEND = """
import sys
from idp.app import install, load_settings
from idp.ports import SourceKind
from idp.accounts.source_budget import SourceBudget
services = install(load_settings(None)).services
print("ready", flush=True)
sys.stdin.readline()
spent = [SourceBudget(services, SourceKind.POPULATION, ("1",), services.clock()).spend() for _ in range(20)]
print(sum(spent))
"""


@pytest.fixture
def clock() -> Moment:
    return Moment()


@pytest.fixture
def city(storage_urls: StorageUrls, tmp_path: Path, clock: Moment) -> Iterator[Installation]:
    installation = installed(storage_urls, tmp_path, clock, **LIMITS)
    yield installation
    installation.storage.close()


def budget(city: Installation, *subjects: str, kind: SourceKind = SourceKind.POPULATION) -> SourceBudget:
    return SourceBudget(city.services, kind, subjects, city.services.clock())


def test_two_processes_share_it(storage_urls: StorageUrls, tmp_path: Path) -> None:
    """Each asks twenty times at once. Mutation: counted in one process, or read and then written."""
    limits = {"IDP_SOURCES__POPULATION_PER_PERSON_DAY": "7", "IDP_SOURCES__POPULATION_PER_DAY": "1000"}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", SPEND],
            cwd=ROOT,
            env=dict(environment(storage_urls, tmp_path, **limits)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    spent = [int(process.communicate(timeout=60)[0]) for process in processes]
    assert sum(spent) == 7


@pytest.mark.parametrize("kind", SourceKind)
def test_each_kind_has_one_for_each_subject_and_one_for_all(city: Installation, kind: SourceKind) -> None:
    """Mutation: a kind that has none, or takes it out of another's."""
    assert [budget(city, "1", kind=kind).spend() for _ in range(A_DAY + 1)] == [True] * A_DAY + [False]
    assert [budget(city, "2", kind=kind).spend() for _ in range(A_DAY)] == [True] * (ALL - A_DAY) + [False]
    for other in set(SourceKind) - {kind}:
        assert budget(city, "1", kind=other).spend()


def test_every_subject_of_a_question_is_counted(city: Installation) -> None:
    """Whoever asks, and whom it is about: many accounts together learn no more of one number. Mutation: the first alone."""
    number = subject_of(city.services.cipher, Identifier(IdentifierKind.CITIZEN_ID, CITIZEN_ID))
    assert CITIZEN_ID not in number
    assert [budget(city, str(account), number).spend() for account in range(A_DAY + 1)] == [True] * A_DAY + [False]
    assert [budget(city, str(A_DAY)).spend() for _ in range(ALL - A_DAY)] == [True] * (ALL - A_DAY), "nothing was taken"


def test_it_is_whole_again_at_midnight_in_china(city: Installation, clock: Moment) -> None:
    while budget(city, "1").spend():
        pass
    told = budget(city, "1").ask(lambda: SourceAnswer(outcome=SourceOutcome.MATCH))
    assert isinstance(told, NotNow)
    assert NOW < told.until < NOW + 86_400
    clock.now = told.until
    assert budget(city, "1").spend()


@pytest.mark.parametrize(
    ("outcome", "asked"),
    [
        (SourceOutcome.MATCH, A_DAY),
        (SourceOutcome.MISMATCH, A_DAY),
        (SourceOutcome.NOT_FOUND, A_DAY),
        (SourceOutcome.DOWN, 10),
    ],
)
def test_a_source_that_is_down_uses_nothing_up(city: Installation, outcome: SourceOutcome, asked: int) -> None:
    """And one that is used up is not asked at all. Mutations: what was spent is not given back; asked, then counted."""
    questions = 0

    def question() -> SourceAnswer:
        nonlocal questions
        questions += 1
        return SourceAnswer(outcome=outcome)

    answers = [budget(city, "1").ask(question) for _ in range(10)]
    assert questions == asked
    assert [isinstance(each, NotNow) for each in answers] == [False] * asked + [True] * (10 - asked)
    assert {each.outcome for each in answers if not isinstance(each, NotNow)} == {outcome}
