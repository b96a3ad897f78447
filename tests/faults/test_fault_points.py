"""Threat O08 at chosen points: the process dies between two steps of one request, and the person or the app tries again.

A relay before the database stops at a word of the protocol, and then everything of the server is killed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from urllib.parse import urlencode

import pytest

from tests.faults.conftest import QUICK
from tests.faults.line import Answer
from tests.faults.one_machine import OneMachine, one_machine
from tests.faults.report import Report
from tests.faults.walks.browser import Browser, question
from tests.faults.walks.refresh import REVOCATION, Family
from tests.faults.walks.silent_sign_in import is_alive, silent_code
from tests.faults.walks.world import APPS, REFRESHING, register
from tests.faults.watched_relay import Way
from tests.plugins.private_servers import StorageUrls

TIMES = 3


@dataclass(frozen=True)
class Point:
    """Where the request stands still."""

    name: str
    way: Way
    word: bytes

    def __str__(self) -> str:
        return self.name


# A code's redemption and a refresh are one statement, which commits itself (docs/decisions/0015).
BEFORE_STEP = Point("before the step is written", Way.TO_STORE, b"WITH family AS")
AFTER_STEP = Point("after the step is written, before the answer", Way.FROM_STORE, b"SELECT 1")
BEFORE_COMMIT = Point("before the commit", Way.TO_STORE, b"COMMIT")
AFTER_COMMIT = Point("after the commit, before the answer", Way.FROM_STORE, b"COMMIT")
REDEEMS, ENDS, CHANGES = b"INSERT INTO authorizations", b"UPDATE sessions", b"UPDATE authorizations"


@pytest.fixture(scope="module")
def machine(
    postgresql_url: str, redis_port: int, tmp_path_factory: pytest.TempPathFactory, report: Report
) -> Iterator[OneMachine]:
    urls = StorageUrls(postgresql_url, f"redis://127.0.0.1:{redis_port}/3")
    with one_machine(urls, tmp_path_factory.mktemp("one-machine"), QUICK) as machine:
        register(machine.world, (*APPS, *REFRESHING))
        yield machine


@pytest.fixture
def browser(machine: OneMachine) -> Browser:
    """A person nobody has met, signed in."""
    browser = Browser(machine.line())
    browser.sign_in(question(APPS[0]), machine.world.idp.new_person())
    return browser


def die_at(machine: OneMachine, point: Point, act: Callable[[], Answer], after: bytes = b"") -> None:
    """Let `act` come to this point, and kill the server there: its answer is lost.

    Args:
        after: what `act` says to the database before it commits, since others commit as well.
    """
    relay = machine.relays["database"]
    relay.set_trap(point.way, point.word, after)
    actor = machine.begin_in_vain(act)
    assert relay.wait_until_held(), f"never came to {point}"
    machine.die()
    actor.join()
    answers, machine.answers = machine.answers, []
    assert answers == []


@dataclass(frozen=True)
class Expected:
    """What the retry is told, and what is in the database then."""

    status: int
    family: str


@pytest.mark.parametrize(
    ("point", "expected"),
    [
        (BEFORE_STEP, Expected(200, "living")),
        (AFTER_STEP, Expected(400, "dead")),
    ],
    ids=str,
)
def test_a_redemption_that_is_cut_short(
    machine: OneMachine, browser: Browser, report: Report, point: Point, expected: Expected
) -> None:
    """The app asks again with the same code: tokens once or never, and none that live without a holder.

    Mutation: note the code as used before the step; leave `_refuse_replay` out.
    """
    for _ in range(TIMES):
        code = silent_code(machine.world, browser, APPS[0])
        die_at(machine, point, partial(code.redeem, machine.line()), REDEEMS if point is AFTER_STEP else b"")
        status = code.redeem(machine.line()).status
        assert (status, machine.family_of(code)) == (expected.status, expected.family)
        assert list(code.broken(machine.line())) == []
    outcome = "done by the retry" if expected.status == 200 else f"the retry is refused; family: {expected.family}"
    report.note_fault_point(f"redemption, {point}", TIMES, outcome)


@pytest.mark.parametrize(
    ("point", "expected"),
    [(BEFORE_COMMIT, Expected(200, "living")), (AFTER_COMMIT, Expected(400, "dead"))],
    ids=str,
)
def test_a_burning_that_is_cut_short(
    machine: OneMachine, browser: Browser, report: Report, point: Point, expected: Expected
) -> None:
    """A verifier that is wrong burns the code, or is as if it had never come: nobody was told.

    Mutation: remember burnt codes in the process; refuse without the commit.
    """
    for _ in range(TIMES):
        code = silent_code(machine.world, browser, APPS[0])
        die_at(machine, point, partial(replace(code, code_verifier="w" * 43).redeem, machine.line()), REDEEMS)
        status = code.redeem(machine.line()).status
        assert (status, machine.family_of(code)) == (expected.status, expected.family)
    report.note_fault_point(f"burning, {point}", TIMES, "burnt" if expected.status == 400 else "not burnt")


@pytest.mark.parametrize(("point", "is_over"), [(BEFORE_COMMIT, False), (AFTER_COMMIT, True)], ids=str)
def test_a_sign_out_that_is_cut_short(machine: OneMachine, report: Report, point: Point, is_over: bool) -> None:
    """Nobody was told; trying again works either way."""
    for _ in range(TIMES):
        browser = Browser(machine.line())
        browser.sign_in(question(APPS[0]), machine.world.idp.new_person())
        tokens = silent_code(machine.world, browser, APPS[0]).redeem(browser.line).json()
        parameters = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": APPS[0].goodbye_uri}
        target = f"/logout?{urlencode(parameters)}"
        die_at(machine, point, partial(machine.line().ask, "GET", target, headers=browser.cookie), ENDS)
        told = Browser(machine.line(), dict(browser.cookies)).get(question(APPS[0], "none").target).told
        assert told.get("error") == ("login_required" if is_over else None)
        assert browser.get(target).location == APPS[0].goodbye_uri
        assert not is_alive(browser.line, tokens["access_token"])
    report.note_fault_point(f"sign-out, {point}", TIMES, "over" if is_over else "not over; over after the retry")


@pytest.fixture
def family(machine: OneMachine, browser: Browser) -> Family:
    """A refresh token of this person."""
    app = REFRESHING[0]
    return Family.of(app, silent_code(machine.world, browser, app).redeem(browser.line).json())


@pytest.mark.parametrize("point", [BEFORE_STEP, AFTER_STEP], ids=str)
def test_a_refresh_that_is_cut_short(machine: OneMachine, family: Family, report: Report, point: Point) -> None:
    """The honest retry gets the one successor there is, whether the first attempt counted or not.

    Mutation: a random successor; no window for the retry.
    """
    for generation in range(1, TIMES + 1):
        held = family.newest
        die_at(machine, point, partial(family.present, machine.line(), held), CHANGES if point is AFTER_STEP else b"")
        for _ in range(2):
            assert family.present(machine.line(), held).status == 200
        assert family.generation == generation
    assert list(family.broken(machine.line())) == []
    report.note_fault_point(f"refresh, {point}", TIMES, "the retry gets the one successor")


@pytest.mark.parametrize(("point", "is_over"), [(BEFORE_COMMIT, False), (AFTER_COMMIT, True)], ids=str)
def test_a_revocation_that_is_cut_short(
    machine: OneMachine, family: Family, report: Report, point: Point, is_over: bool
) -> None:
    """Nobody was told; asking again ends it, and it stays ended when the server starts anew."""
    revoke = partial(family.revoke, machine.line())
    die_at(machine, point, revoke, CHANGES)
    assert is_alive(machine.line(), family.access_tokens[0]) is not is_over
    assert revoke().status == 200
    machine.die()
    family.asked_to_end, family.ended_by = True, REVOCATION
    assert list(family.broken(machine.line())) == []
    report.note_fault_point(f"revocation, {point}", 1, "over" if is_over else "not over; over after the retry")
