"""Every source against the sandbox authority's program: what it knows, and each of its faults (threats K03, K04)."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest

from idp.clock import date_in_china, system_clock
from idp.ports import OrganizationStatus, ReadingFault, ReadingQuestion, SourceOutcome
from realnames.identifiers.social_credit_code import OrganizationKind
from realnames.sources.circuit_breaker import FAILURES
from tests.realnames.sources.authority_program import running_authority
from tests.realnames.sources.registers import (
    CHILD,
    CLOSED,
    DEAD,
    FATHER,
    LONG,
    PERMIT,
    RARE,
    RARER,
    SECONDS,
    SOFTWARE,
    STRANGER,
    SUN,
    SYNCHRONOUS,
    WAYS,
    WU,
    ZHANG,
    ZHANG_CARD,
    ZHANG_PHONE,
    City,
    Told,
    person,
)
from tests.realnames.sources.toy_authority import random43


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, str, Any]]:
    folder = tmp_path_factory.mktemp("reader")
    with running_authority(reader=folder) as (program, lines):
        yield program, lines[1].removeprefix("card reader bridge: ").strip(), folder / "terminals.json"


@pytest.fixture
def city(running: tuple[Any, str, Any]) -> City:
    program, bridge, terminals = running
    program.misbehave("none")
    return City(program, bridge, terminals)


@pytest.mark.parametrize("way", WAYS)
def test_the_truth_is_believed(city: City, way: str) -> None:
    assert WAYS[way].ask(city) == Told("match")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("fault", "whys"),
    [
        ("wrong_signature", {"wrong_signature"}),
        ("another_person", {"wrong_person", "wrong_nonce"}),
        ("expired", {"expired"}),
        ("replay", {"wrong_transaction"}),
    ],
)
def test_what_is_no_answer_to_this_question_is_never_one(city: City, way: str, fault: str, whys: set[str]) -> None:
    """K03. Mutations: a signature, a transaction, a subject or an end that nobody looks at; read as a mismatch."""
    asked = WAYS[way]
    assert asked.ask(city) == Told("match")
    city.program.misbehave(fault, asked.register)
    lied = asked.ask(city)
    assert lied.outcome in {"down", "untrusted", *ReadingFault}, lied
    assert lied.outcome not in {"match", "mismatch", "not_found"}
    assert lied.why in whys
    city.program.misbehave("none")
    assert asked.ask(city) == Told("match")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("fault", ["down", "error", "slow"])
def test_a_source_that_does_not_answer_is_down_and_nothing_else(city: City, way: str, fault: str) -> None:
    """Mutation: an error, a hang-up or a late answer read as a mismatch, or as nobody."""
    asked = WAYS[way]
    city.program.misbehave(fault, asked.register, seconds=2 * SECONDS, times=1)
    told = asked.ask(city)
    assert told.outcome == "down"
    assert told.why in {"", "unreachable"}
    assert asked.ask(city) == Told("match")


@pytest.mark.parametrize("way", SYNCHRONOUS)
def test_after_some_failures_one_source_is_left_alone_and_the_others_are_asked(city: City, way: str) -> None:
    """Mutation: one circuit for all."""
    asked = WAYS[way]
    city.program.misbehave("down", asked.register)
    for _ in range(FAILURES):
        assert asked.ask(city) == Told("down", "unreachable")
    city.program.misbehave("none")
    assert asked.ask(city) == Told("down", "paused")
    for name in SYNCHRONOUS:
        if WAYS[name].register != asked.register:
            assert WAYS[name].ask(city) == Told("match")


def test_an_answer_that_is_not_ours_pauses_nobody(city: City) -> None:
    """It answers; what it says of the next person may be right."""
    city.program.misbehave("wrong_signature", "population")
    for _ in range(FAILURES + 1):
        assert city.population.two_elements(ZHANG).why == "wrong_signature"
    city.program.misbehave("none")
    assert city.population.two_elements(ZHANG).outcome is SourceOutcome.MATCH


@pytest.mark.parametrize("known", [RARE, RARER, LONG, PERMIT, CHILD], ids=lambda known: known.document.value)
def test_every_name_that_somebody_has_goes_through_whole(city: City, known: Any) -> None:
    """Rare characters, 25 characters, a travel permit. Mutation: a length in bytes, or one plane of Unicode."""
    assert city.population.two_elements(known).outcome is SourceOutcome.MATCH
    swapped = person(ZHANG.name, known.document.value, known.document.kind)
    assert city.population.two_elements(swapped).outcome is SourceOutcome.MISMATCH


def test_who_died_is_told_so(city: City) -> None:
    dead, alive = city.population.two_elements(DEAD), city.population.two_elements(ZHANG)
    assert (dead.outcome, dead.is_deceased, alive.is_deceased) == (SourceOutcome.MATCH, True, False)
    assert not city.population.two_elements(person("张小三", DEAD.document.value)).is_deceased


def test_people_are_compared_and_nothing_of_them_comes_back(city: City) -> None:
    population = city.population
    assert population.two_elements(STRANGER).outcome is SourceOutcome.NOT_FOUND
    assert population.three_elements(ZHANG, "+8613800000002").outcome is SourceOutcome.MISMATCH
    answer = population.three_elements(ZHANG, ZHANG_PHONE)
    assert set(asdict(answer)) == {"outcome", "reference", "answered_at", "why", "is_deceased"}
    assert len(answer.reference) >= 16
    assert answer.reference != population.three_elements(ZHANG, ZHANG_PHONE).reference
    assert answer.answered_at is not None
    assert abs(answer.answered_at - system_clock()) < 60


def test_custody_is_the_registers_word(city: City) -> None:
    guardian_of = city.population.guardian_of
    assert guardian_of(CHILD, FATHER).outcome is SourceOutcome.MISMATCH
    assert guardian_of(SUN, CHILD).outcome is SourceOutcome.MISMATCH
    assert guardian_of(FATHER, STRANGER).outcome is SourceOutcome.NOT_FOUND
    assert guardian_of(person("刘建军", FATHER.document.value), CHILD).outcome is SourceOutcome.NOT_FOUND


def test_organizations_are_told_of_also_those_that_are_no_more(city: City) -> None:
    found = city.company.organization(SOFTWARE).organization
    assert found is not None
    assert (found.code, found.name) == (SOFTWARE, "云江江畔软件有限公司")
    assert (found.organization_type, found.status) == (OrganizationKind.ENTERPRISE, OrganizationStatus.ACTIVE)
    closed = city.company.organization(CLOSED).organization
    assert closed is not None
    assert closed.status is OrganizationStatus.STRUCK_OFF
    nothing = city.company.organization("91890101MA0000999X")
    assert (nothing.outcome, nothing.organization) == (SourceOutcome.NOT_FOUND, None)
    assert city.company.legal_representative(CLOSED, WU).status is OrganizationStatus.STRUCK_OFF


def test_who_no_longer_represents_is_told_from_who_never_did(city: City) -> None:
    """The register changes between two questions; the cursor says that one must be asked again."""
    code = "91890101MA0000023G"
    begun = city.company.changed_since("")
    assert begun is not None
    assert (begun.codes, begun.has_more) == ((), False)
    before = city.company.legal_representative(code, SUN)
    assert before.outcome is SourceOutcome.MATCH
    assert before.represented_since is not None
    appointed = city.program.call(f"/companies/{code}/representative", {"number": WU.document.value})
    assert appointed.status == 200
    changed = city.company.changed_since(begun.cursor)
    assert changed is not None
    assert changed.codes == (code,)
    after = city.company.legal_representative(code, SUN)
    assert after.outcome is SourceOutcome.MISMATCH
    assert after.represented_since == after.as_of == date_in_china(system_clock())
    assert after.represented_since is not None
    assert after.represented_since > before.represented_since
    assert city.company.legal_representative(code, WU).outcome is SourceOutcome.MATCH
    settled = city.company.changed_since(changed.cursor)
    assert settled is not None
    assert settled.codes == ()
    forgotten = city.company.changed_since("of-another-start-7")
    assert forgotten is not None
    assert {SOFTWARE, CLOSED, code} <= set(forgotten.codes), "what is not known any more counts as the oldest"
    city.program.call(f"/companies/{code}/representative", {"number": SUN.document.value})


def test_the_bank_tells_not_which_of_the_four_is_wrong(city: City) -> None:
    four = city.bank.four_elements
    wrong = [
        four(person("张三", ZHANG.document.value), ZHANG_PHONE, ZHANG_CARD),
        four(person(ZHANG.name, SUN.document.value), ZHANG_PHONE, ZHANG_CARD),
        four(ZHANG, "+8613800000002", ZHANG_CARD),
        four(ZHANG, ZHANG_PHONE, "6200000000000000158"),
    ]
    assert {each.outcome for each in wrong} == {SourceOutcome.MISMATCH}
    assert four(ZHANG, ZHANG_PHONE, "6200000000000099999").outcome is SourceOutcome.NOT_FOUND


def test_net_id_by_page_and_by_code(city: City) -> None:
    assert city.net_id_of(ZHANG, holder=SUN) == Told("mismatch")
    assert city.net_id_of(ZHANG, choice="not_found") == Told("not_found")
    assert city.net_id_of(ZHANG, choice="cancel") == Told("cancelled")
    page = city.program.call(f"/net-id/codes/{ZHANG.document.value}", token=None).body.decode()
    code = page.partition('id="code">')[2].partition("<")[0]
    assert city.net_id_of(ZHANG, shown_code=code) == Told("match")
    assert city.net_id_of(SUN, shown_code=code) == Told("mismatch")
    assert city.net_id_of(ZHANG, shown_code=code[:-1] + ("0" if code[-1] != "0" else "1")) == Told("not_found")


def test_a_card_is_read_with_its_own_spelling_and_dates(city: City) -> None:
    """Also one whose chip has a private code for a rare character; one that ran out is refused."""
    question = ReadingQuestion(
        transaction=random43(), nonce=random43(), terminal="sandbox-desk-1", asked_at=system_clock()
    )
    city.program.put_card(RARE.document.value)
    statement = city.bridge_reads(question)
    assert statement is not None
    reading = city.reader.reading(statement, question, system_clock())
    assert reading.person == person("周\ue863", RARE.document.value)
    assert city.read_card(RARE) == Told("match")
    assert city.read_card(person("冯丽", "890102198507190203")).outcome == "card_not_valid"
    assert city.read_card(DEAD) == Told("match"), "for life: a chip does not know"
    assert city.bridge_reads(question, origin="https://evil.example") is None
