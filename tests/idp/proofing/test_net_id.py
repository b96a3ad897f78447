"""Net id under way: one for each binding, its result counted once, whatever process asks."""

from collections.abc import Iterator

import pytest

from idp.app import Installation
from idp.clock import after
from idp.ports import NetworkIdentityChecks, NetworkIdentityOrder, NetworkIdentityOutcome
from tests.idp.installed import NOW, Moment, installed
from tests.idp.storage.storm import storm
from tests.plugins.private_servers import StorageUrls
from tests.realnames.sources.registers import ZHANG
from tests.realnames.sources.toy_authority import running_as
from tests.realnames.sources.toy_net_id import ToyNetId

BINDING = "flow i1, session 1, account 1, proofing"


@pytest.fixture
def clock() -> Moment:
    return Moment()


@pytest.fixture
def toy(clock: Moment) -> Iterator[ToyNetId]:
    with running_as(ToyNetId, clock) as toy:
        yield toy


@pytest.fixture
def two_processes(
    storage_urls: StorageUrls, tmp_path_factory: pytest.TempPathFactory, clock: Moment, toy: ToyNetId
) -> Iterator[tuple[Installation, Installation]]:
    """Two installations over the same stores, as two processes are."""
    directory = tmp_path_factory.mktemp("state")
    both = tuple(installed(storage_urls, directory, clock, **toy.settings) for _ in range(2))
    yield both[0], both[1]
    for each in both:
        each.storage.close()


def checks_of(installation: Installation) -> NetworkIdentityChecks:
    checks = installation.services.sources.net_id
    assert checks is not None
    return checks


def order(clock: Moment, binding: str = BINDING, shown_code: str = "") -> NetworkIdentityOrder:
    return NetworkIdentityOrder(
        binding=binding,
        person=ZHANG,
        purpose="确认您是谁",
        language="zh-CN",
        consented_at=clock(),
        return_url="http://localhost:8000/back",
        shown_code=shown_code,
    )


def test_a_result_counts_once_over_processes(two_processes: tuple[Installation, Installation], clock: Moment) -> None:
    one, other = map(checks_of, two_processes)
    assert one.begin(order(clock)) is not None
    assert other.result(BINDING, clock()).outcome is NetworkIdentityOutcome.MATCH
    assert one.result(BINDING, clock()).outcome is NetworkIdentityOutcome.NOTHING


def test_of_many_that_ask_at_once_one_is_given_it(
    two_processes: tuple[Installation, Installation], clock: Moment
) -> None:
    """Mutation: looked up, then deleted."""
    both = [checks_of(each) for each in two_processes]
    assert both[0].begin(order(clock)) is not None
    outcomes = storm(12, lambda number: both[number % 2].result(BINDING, clock()).outcome)
    assert outcomes.count(NetworkIdentityOutcome.MATCH) == 1
    assert set(outcomes) == {NetworkIdentityOutcome.MATCH, NetworkIdentityOutcome.NOTHING}


def test_nothing_is_sent_twice_while_it_is_under_way(
    two_processes: tuple[Installation, Installation], toy: ToyNetId, clock: Moment
) -> None:
    one, other = map(checks_of, two_processes)
    page = one.begin(order(clock))
    assert page is not None
    assert page.startswith(one.page_origin)
    assert other.begin(order(clock)) == other.under_way(BINDING) == page
    assert len(toy.orders) == 1
    toy.outcome = ""
    assert one.result(BINDING, clock()).outcome is NetworkIdentityOutcome.PENDING
    toy.answers["GET /transactions"] = 503, b"{}"
    assert one.result(BINDING, clock()).outcome is NetworkIdentityOutcome.DOWN
    toy.answers.clear()
    toy.outcome = "match"
    assert one.result(BINDING, clock()).outcome is NetworkIdentityOutcome.MATCH
    assert one.under_way(BINDING) is None


def test_a_result_is_of_its_binding_alone(two_processes: tuple[Installation, Installation], clock: Moment) -> None:
    """K03. Mutation: one person's result taken for another's, or for another purpose."""
    one, _ = map(checks_of, two_processes)
    assert one.begin(order(clock)) is not None
    for other in ("flow i1, session 1, account 2, proofing", "flow i1, session 1, account 1, sign-in", ""):
        assert one.result(other, clock()).outcome is NetworkIdentityOutcome.NOTHING
        assert one.under_way(other) is None


def test_it_runs_out(two_processes: tuple[Installation, Installation], clock: Moment) -> None:
    one, _ = map(checks_of, two_processes)
    assert one.begin(order(clock)) is not None
    assert one.result(BINDING, after(NOW, 601)).outcome is NetworkIdentityOutcome.NOTHING


def test_a_result_that_was_counted_before_is_untrusted(
    two_processes: tuple[Installation, Installation], toy: ToyNetId, clock: Moment
) -> None:
    """Mutation: the same result for two transactions, since a service gave both one id."""
    one, other = map(checks_of, two_processes)
    toy.bend = lambda claims: {**claims, "jti": "the same one each time"}
    outcomes = []
    for checks, binding in ((one, "a"), (other, "b")):
        assert checks.begin(order(clock, binding)) is not None
        outcomes.append(checks.result(binding, clock()))
    assert [each.outcome for each in outcomes] == [NetworkIdentityOutcome.MATCH, NetworkIdentityOutcome.UNTRUSTED]
    assert outcomes[1].why == "replayed"


def test_a_code_that_was_shown_needs_no_page_and_a_dead_service_none(
    two_processes: tuple[Installation, Installation], toy: ToyNetId, clock: Moment
) -> None:
    one, _ = map(checks_of, two_processes)
    assert one.begin(order(clock, shown_code="NETID1.code")) == ""
    assert one.result(BINDING, clock()).outcome is NetworkIdentityOutcome.MATCH
    assert one.is_reachable()
    toy.answers["POST /transactions"] = 503, b"{}"
    assert one.begin(order(clock)) is None


def test_what_is_kept_tells_nobody_s_number(
    two_processes: tuple[Installation, Installation], monkeypatch: pytest.MonkeyPatch, clock: Moment
) -> None:
    """Neither key nor value of the ephemeral store."""
    ephemeral, kept = two_processes[0].services.ephemeral, []
    adding = type(ephemeral).add

    def noting(self: object, key: str, value: bytes, seconds: int) -> bool:
        kept.append(f"{key} {value!r}")
        return bool(adding(self, key, value, seconds))  # type: ignore[arg-type]

    monkeypatch.setattr(type(ephemeral), "add", noting)
    assert checks_of(two_processes[0]).begin(order(clock)) is not None
    (told,) = kept
    for secret in (ZHANG.name, ZHANG.document.value, "account 1"):
        assert secret not in told
