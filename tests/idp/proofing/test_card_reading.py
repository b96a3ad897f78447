"""One card, read once: a question counts for one answer, of one binding, over all processes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.accounts.source_budget import NotNow
from idp.app import Installation
from idp.ports import CardReading, ClaimedPerson, ReadingFault, ReadingQuestion, ReadingRefused
from idp.proofing.card_reading import SECONDS, CardReadings
from tests.idp.installed import NOW, Moment, installed
from tests.idp.storage.storm import storm
from tests.plugins.private_servers import StorageUrls
from tests.realnames.sources.registers import ZHANG
from tests.realnames.sources.test_card_reader import CARD, DESK, ORIGIN, listed, statement

BINDING = "clerk 7, session 1, matter 3"


@pytest.fixture
def clock() -> Moment:
    return Moment()


@pytest.fixture
def desks(storage_urls: StorageUrls, tmp_path: Path, clock: Moment) -> Iterator[tuple[CardReadings, CardReadings]]:
    """Two processes with one list of terminals."""
    (tmp_path / "terminals.json").write_text(listed(DESK), "utf-8")
    changes = {
        "IDP_SOURCES__CARD_READER": "card_reader",
        "IDP_CARD_READER__TERMINALS": str(tmp_path / "terminals.json"),
        "IDP_CARD_READER__CLIENT": ORIGIN,
        "IDP_SOURCES__CARD_READER_PER_PERSON_DAY": "3",
    }
    both = [installed(storage_urls, tmp_path, clock, **changes) for _ in range(2)]
    yield readings_of(both[0]), readings_of(both[1])
    for each in both:
        each.storage.close()


def readings_of(installation: Installation) -> CardReadings:
    services = installation.services
    assert services.sources.card_reader is not None
    return CardReadings(services, services.sources.card_reader)


def signed(question: ReadingQuestion, now: int = NOW) -> str:
    bound = {"iss": question.terminal, "aud": ORIGIN, "txn": question.transaction, "nonce": question.nonce}
    return statement({**bound, "jti": "r" * 20, "iat": now, "exp": now + 60, "card": CARD})


def person_in(answer: CardReading | NotNow) -> ClaimedPerson:
    assert isinstance(answer, CardReading)
    return answer.person


def fault_of(readings: CardReadings, unverified: str, binding: str = BINDING) -> ReadingFault:
    with pytest.raises(ReadingRefused) as refused:
        readings.answer(binding, unverified)
    return refused.value.fault


def test_a_card_is_read_once_whatever_process_is_met(desks: tuple[CardReadings, CardReadings]) -> None:
    """Mutation: the nonce stays good until it runs out, and one card is evidence for many."""
    question = desks[0].ask(BINDING, DESK)
    assert person_in(desks[1].answer(BINDING, signed(question))) == ZHANG
    for each in desks:
        assert fault_of(each, signed(question)) is ReadingFault.ANOTHER_QUESTION


def test_of_many_answers_at_once_one_is_looked_at(desks: tuple[CardReadings, CardReadings]) -> None:
    question = desks[0].ask(BINDING, DESK)

    def bring(number: int) -> CardReading | NotNow | None:
        try:
            return desks[number % 2].answer(BINDING, signed(question))
        except ReadingRefused:
            return None

    assert len([each for each in storm(8, bring) if each is not None]) == 1


def test_a_wrong_answer_uses_the_question_up(desks: tuple[CardReadings, CardReadings]) -> None:
    question = desks[0].ask(BINDING, DESK)
    assert fault_of(desks[0], "x") is ReadingFault.NOT_VERIFIED
    assert fault_of(desks[0], signed(question)) is ReadingFault.ANOTHER_QUESTION


def test_a_question_is_of_its_binding_and_the_newest_alone(desks: tuple[CardReadings, CardReadings]) -> None:
    first = desks[0].ask(BINDING, DESK)
    assert fault_of(desks[0], signed(first), "clerk 8, session 2, matter 3") is ReadingFault.ANOTHER_QUESTION
    desks[0].ask(BINDING, DESK)
    assert fault_of(desks[0], signed(first)) is ReadingFault.ANOTHER_QUESTION


def test_a_question_runs_out_and_an_unknown_desk_is_asked_none(
    desks: tuple[CardReadings, CardReadings], clock: Moment
) -> None:
    question = desks[0].ask(BINDING, DESK)
    clock.pass_by(SECONDS + 1)
    assert fault_of(desks[0], signed(question, clock())) in {ReadingFault.EXPIRED, ReadingFault.ANOTHER_QUESTION}
    with pytest.raises(ReadingRefused) as refused:
        desks[0].ask(BINDING, "hall-east-9")
    assert refused.value.fault is ReadingFault.UNKNOWN_TERMINAL


def test_one_card_is_read_so_often_a_day(desks: tuple[CardReadings, CardReadings]) -> None:
    """Over all processes, desks and matters. Mutation: the setting counts nothing."""
    for turn in range(4):
        binding = f"clerk {turn}, session 1, matter 3"
        answer = desks[turn % 2].answer(binding, signed(desks[turn % 2].ask(binding, DESK)))
        assert isinstance(answer, CardReading if turn < 3 else NotNow)
