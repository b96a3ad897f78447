"""The factor: a verdict counts once, in the sign-in, the session and for the person that it was begun for."""

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256

import pytest

from idp.app import Installation
from idp.interaction.face import Binding
from idp.ports import FaceChecks, FaceOrder, FaceOutcome
from tests.idp.installed import CITIZEN_ID, NAME, Moment, installed
from tests.idp.storage.storm import storm
from tests.plugins.private_servers import StorageUrls
from tests.realnames.sources.toy_authority import ToyAuthority, running_toy

WHOSE = Binding(interaction_id="i1", session_id=1, account_id=1)
BINDING = WHOSE.words


@pytest.fixture
def clock() -> Moment:
    return Moment()


@pytest.fixture
def toy(clock: Moment) -> Iterator[ToyAuthority]:
    with running_toy(clock) as toy:
        yield toy


@pytest.fixture
def two_processes(
    storage_urls: StorageUrls, tmp_path_factory: pytest.TempPathFactory, clock: Moment, toy: ToyAuthority
) -> Iterator[tuple[Installation, Installation]]:
    """Two installations over the same stores, as two processes are."""
    directory = tmp_path_factory.mktemp("state")
    both = tuple(installed(storage_urls, directory, clock, **toy.settings) for _ in range(2))
    yield both[0], both[1]
    for each in both:
        each.storage.close()


def face_of(installation: Installation) -> FaceChecks:
    face = installation.services.face
    assert face is not None
    return face


def order(clock: Moment, binding: str = BINDING) -> FaceOrder:
    return FaceOrder(
        binding=binding,
        name=NAME,
        citizen_number=CITIZEN_ID,
        purpose="确认是您本人",
        language="zh-CN",
        consented_at=clock(),
        return_url="http://localhost:8000/s/i1/face/return",
    )


def test_a_verdict_counts_once_over_processes(two_processes: tuple[Installation, Installation], clock: Moment) -> None:
    """Mutation: remembered in one process, or not at all."""
    one, other = map(face_of, two_processes)
    assert one.begin(order(clock)) is not None
    assert other.verdict(BINDING, clock()).outcome is FaceOutcome.MATCH
    assert one.verdict(BINDING, clock()).outcome is FaceOutcome.NOTHING
    assert other.verdict(BINDING, clock()).outcome is FaceOutcome.NOTHING


def test_of_many_that_ask_at_once_one_is_given_it(
    two_processes: tuple[Installation, Installation], clock: Moment
) -> None:
    """Mutation: looked up, then deleted."""
    faces = [face_of(each) for each in two_processes]
    assert faces[0].begin(order(clock)) is not None
    outcomes = storm(12, lambda number: faces[number % 2].verdict(BINDING, clock()).outcome)
    assert outcomes.count(FaceOutcome.MATCH) == 1
    assert set(outcomes) == {FaceOutcome.MATCH, FaceOutcome.NOTHING}


@pytest.mark.parametrize(
    "other",
    [
        replace(WHOSE, interaction_id="i2"),
        replace(WHOSE, session_id=2),
        replace(WHOSE, account_id=2),
    ],
)
def test_another_sign_in_session_or_person_is_given_nothing(
    two_processes: tuple[Installation, Installation], clock: Moment, other: Binding
) -> None:
    """Threat H08. Mutation: bound to the interaction alone, or to nothing; and the owner keeps theirs."""
    face = face_of(two_processes[0])
    assert face.begin(order(clock)) is not None
    assert face.verdict(other.words, clock()).outcome is FaceOutcome.NOTHING
    assert face.verdict(BINDING, clock()).outcome is FaceOutcome.MATCH


def test_a_store_that_was_lost_revives_no_verdict(
    two_processes: tuple[Installation, Installation],
    storage_urls: StorageUrls,
    tmp_path_factory: pytest.TempPathFactory,
    clock: Moment,
    toy: ToyAuthority,
) -> None:
    """Threat O04: after a flush the verdict of before answers a nonce that nobody knows any more."""
    face = face_of(two_processes[0])
    assert face.begin(order(clock)) is not None
    (theirs,) = toy.orders
    verdict = toy.verdict(theirs)
    assert face.verdict(BINDING, clock()).outcome is FaceOutcome.MATCH
    directory = tmp_path_factory.mktemp("emptied")
    emptied = installed(
        replace(storage_urls, ephemeral=f"sqlite:///{directory / 'e.db'}"), directory, clock, **toy.settings
    )
    again = face_of(emptied)
    assert again.verdict(BINDING, clock()).outcome is FaceOutcome.NOTHING
    assert again.begin(order(clock)) is not None
    toy.raw = verdict
    refused = again.verdict(BINDING, clock())
    assert (refused.outcome, refused.why) == (FaceOutcome.UNTRUSTED, "wrong_transaction")
    emptied.storage.close()


def test_a_verdict_id_that_was_counted_counts_no_more(
    two_processes: tuple[Installation, Installation], clock: Moment, toy: ToyAuthority
) -> None:
    """Whatever else fits. Mutation: `jti` is not looked at."""
    one, other = map(face_of, two_processes)
    toy.bend = lambda claims: {**claims, "jti": "the-same-id-each-time"}
    assert one.begin(order(clock)) is not None
    assert one.verdict(BINDING, clock()).outcome is FaceOutcome.MATCH
    assert other.begin(order(clock)) is not None
    refused = other.verdict(BINDING, clock())
    assert (refused.outcome, refused.why) == (FaceOutcome.UNTRUSTED, "replayed")


@pytest.mark.parametrize("outcome", ["", "down"])
def test_what_is_pending_or_down_stays_under_way(
    two_processes: tuple[Installation, Installation], clock: Moment, toy: ToyAuthority, outcome: str
) -> None:
    """Mutation: used up by asking."""
    face = face_of(two_processes[0])
    assert face.begin(order(clock)) is not None
    toy.outcome = "" if outcome == "" else "match"
    if outcome:
        toy.answers["GET /transactions"] = 503, b"{}"
    seen = face.verdict(BINDING, clock()).outcome
    assert seen is (FaceOutcome.DOWN if outcome else FaceOutcome.PENDING)
    toy.outcome = "match"
    toy.answers.clear()
    assert face.verdict(BINDING, clock()).outcome is FaceOutcome.MATCH


def test_while_one_is_under_way_nothing_is_sent_again(
    two_processes: tuple[Installation, Installation], clock: Moment, toy: ToyAuthority
) -> None:
    """A second press, and the back button. Mutation: the data go out with each press."""
    one, other = map(face_of, two_processes)
    first = one.begin(order(clock))
    assert first is not None
    assert other.begin(order(clock)) == first
    assert len(toy.orders) == 1


def test_it_runs_out_after_ten_minutes(
    two_processes: tuple[Installation, Installation], clock: Moment, toy: ToyAuthority
) -> None:
    face = face_of(two_processes[0])
    first = face.begin(order(clock))
    clock.pass_by(600)
    assert face.verdict(BINDING, clock()).outcome is FaceOutcome.NOTHING
    assert face.begin(order(clock)) not in {None, first}


def test_what_is_kept_meanwhile_is_sealed_and_holds_no_name(
    two_processes: tuple[Installation, Installation], clock: Moment, toy: ToyAuthority
) -> None:
    installation = two_processes[0]
    assert face_of(installation).begin(order(clock)) is not None
    key = f"face_check:{sha256(BINDING.encode()).hexdigest()}"
    stored = installation.services.ephemeral.get(key)
    assert stored is not None
    opened = installation.services.cipher.open("face_check", stored, key)
    assert opened is not None
    (sent,) = toy.orders.values()
    for secret in (NAME, CITIZEN_ID, sent["subject_key"]):
        assert secret.encode() not in opened
    assert sent["nonce"].encode() in opened
    assert sent["nonce"].encode() not in stored


def test_what_was_begun_as_evidence_is_no_proof_of_a_sign_in(
    two_processes: tuple[Installation, Installation], clock: Moment, toy: ToyAuthority
) -> None:
    """Nor the other way round, for the same person in the same flow. Mutation: kept under one key."""
    proof, evidence = face_of(two_processes[0]), two_processes[1].services.sources.face
    assert evidence is not None
    assert evidence.begin(order(clock)) is not None
    assert proof.under_way(BINDING) is None
    assert proof.verdict(BINDING, clock()).outcome is FaceOutcome.NOTHING
    assert evidence.verdict(BINDING, clock()).outcome is FaceOutcome.MATCH
    assert proof.begin(order(clock)) is not None
    assert evidence.verdict(BINDING, clock()).outcome is FaceOutcome.NOTHING
    assert len(toy.orders) == 2


def test_a_verdict_that_counted_as_the_one_does_not_count_as_the_other(
    two_processes: tuple[Installation, Installation], clock: Moment, toy: ToyAuthority
) -> None:
    proof, evidence = face_of(two_processes[0]), two_processes[1].services.sources.face
    assert evidence is not None
    toy.bend = lambda claims: {**claims, "jti": "the-same-id-each-time"}
    assert evidence.begin(order(clock)) is not None
    assert evidence.verdict(BINDING, clock()).outcome is FaceOutcome.MATCH
    assert proof.begin(order(clock)) is not None
    refused = proof.verdict(BINDING, clock())
    assert (refused.outcome, refused.why) == (FaceOutcome.UNTRUSTED, "replayed")
