"""The housekeeper's round: table after table, step after step, until it is told to stop."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import pytest
from structlog.testing import capture_logs

from idp.accounts.guesses import FORGOTTEN_AFTER
from idp.app import Installation
from idp.clock import Instant
from idp.delivery.housekeeping import GRACE_SECONDS, OFTEN, Errand, Housekeeper, chores
from idp.errors import Unavailable
from idp.model.expiry import Batch, Cutoff, Perishable
from idp.ports import Expiry
from tests.idp.installed import Moment, installed
from tests.plugins.private_servers import StorageUrls

DAY = 86_400


def test_the_settings_decide(sqlite_urls: StorageUrls, tmp_path: Any) -> None:
    """Mutation: a chore that takes another setting's days."""
    changes = {
        "IDP_RETENTION__ENDED_DAYS": "3",
        "IDP_RETENTION__OUTBOX_DAYS": "2",
        "IDP_DEVICES__REMEMBER_SECONDS": str(5 * DAY),
        "IDP_TOKENS__REFRESH_TOKEN": "7000",
        "IDP_TOKENS__REFRESH_IDLE": "700",
    }
    installation = installed(sqlite_urls, tmp_path, Moment(), **changes)
    now = Instant(1_000_000)
    ended = now - 3 * DAY
    assert {chore.perishable: chore.cutoff(now) for chore in chores(installation.settings)} == {
        Perishable.ACCESS_TOKENS: Cutoff(ended=Instant(now - GRACE_SECONDS)),
        Perishable.REVOKED_JWTS: Cutoff(ended=Instant(now - GRACE_SECONDS)),
        Perishable.GUESSES: Cutoff(ended=Instant(now - FORGOTTEN_AFTER)),
        Perishable.KNOWN_DEVICES: Cutoff(ended=Instant(now - 5 * DAY)),
        Perishable.KNOWN_NETWORKS: Cutoff(ended=Instant(now - 5 * DAY)),
        Perishable.OUTBOX: Cutoff(ended=Instant(now - 2 * DAY)),
        Perishable.KEPT_ANSWERS: Cutoff(ended=Instant(now - 86_400)),
        Perishable.SLIPS: Cutoff(ended=Instant(now - GRACE_SECONDS)),
        Perishable.RECOVERIES: Cutoff(ended=Instant(ended)),
        Perishable.AUTHORIZATIONS: Cutoff(
            ended=Instant(ended), begun=Instant(ended - 7000), rested=Instant(ended - 700)
        ),
        Perishable.SESSIONS: Cutoff(ended=Instant(ended)),
    }
    installation.storage.close()


@dataclass
class Book:
    """An `Expiry` that writes down what it was asked, and answers as told."""

    answers: dict[Perishable, list[Batch | Exception]] = field(default_factory=dict)
    asked: list[tuple[Perishable, int]] = field(default_factory=list)
    stop: Event = field(default_factory=Event)
    stop_after: int = 10**6

    def delete(self, perishable: Perishable, cutoff: Cutoff, *, after_id: int, rows: int) -> Batch:
        self.asked.append((perishable, after_id))
        if len(self.asked) >= self.stop_after:
            self.stop.set()
        answers = self.answers.get(perishable, [])
        answer = answers.pop(0) if answers else Batch(0, after_id, is_last=True)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def after_ids(self, perishable: Perishable) -> Sequence[int]:
        return [after_id for table, after_id in self.asked if table is perishable]


def housekeeper_over(expiry: Expiry, installation: Installation, breath_seconds: float = 0) -> Housekeeper:
    return Housekeeper(expiry, installation.services.clock, installation.settings, breath_seconds=breath_seconds)


def test_steps_follow_each_other_and_only_tokens_keep_their_place(installation: Installation) -> None:
    """Mutations: a sweep that begins anew after each step; families that are looked at once in a worker's life."""
    kinds = (Perishable.ACCESS_TOKENS, Perishable.AUTHORIZATIONS)
    book = Book(
        {kind: [Batch(5, 10, is_last=False), Batch(5, 20, is_last=False), Batch(1, 25, is_last=True)] for kind in kinds}
    )
    housekeeper = housekeeper_over(book, installation)
    assert housekeeper.run_once()[Perishable.ACCESS_TOKENS] == 11
    assert [book.after_ids(kind) for kind in kinds] == [[0, 10, 20]] * 2
    book.asked.clear()
    housekeeper.run_once()
    assert [book.after_ids(kind) for kind in kinds] == [[20], [0]]


def test_it_stops_after_the_step_in_hand(installation: Installation) -> None:
    """Mutation: a sweep that goes on to its end."""
    endless: list[Batch | Exception] = [Batch(1, number, is_last=False) for number in range(10**4)]
    book = Book({Perishable.ACCESS_TOKENS: endless}, stop_after=3)
    begun = time.monotonic()
    housekeeper_over(book, installation).run(book.stop)
    assert book.asked == [(Perishable.ACCESS_TOKENS, after_id) for after_id in (0, 0, 1)]
    book.asked.clear()
    book.stop.clear()
    book.stop_after = 1
    housekeeper_over(book, installation, breath_seconds=30).run(book.stop)
    assert len(book.asked) == 1
    assert time.monotonic() - begun < 5


def test_a_table_that_fails_is_told_and_keeps_nobody_else(installation: Installation) -> None:
    """Mutation: an error of one table ends the thread."""
    failing: list[Batch | Exception] = [Unavailable("Down.", detail="the disk"), ValueError("a row")]
    book = Book({Perishable.ACCESS_TOKENS: failing[:1], Perishable.GUESSES: failing[1:]}, stop_after=len(Perishable))
    book.answers[Perishable.OUTBOX] = [Batch(4, 4, is_last=True)]
    with capture_logs() as lines:
        housekeeper_over(book, installation).run(book.stop)
    assert {kind for kind, _ in book.asked} == set(Perishable)
    told = [(line["event"], line.get("table"), line.get("detail") or line.get("error")) for line in lines]
    assert ("housekeeping.unavailable", Perishable.ACCESS_TOKENS, "the disk") in told
    assert ("housekeeping.failed", Perishable.GUESSES, "ValueError") in told
    assert [line["outbox"] for line in lines if line["event"] == "housekeeping.deleted"] == [4]
    assert "a row" not in str(lines)


def test_what_is_not_due_is_left_alone(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tokens every minute, families every six hours; what failed after a minute. Mutation: everything each time."""
    moment, stop = [1000.0], Event()
    monkeypatch.setattr("idp.delivery.housekeeping.monotonic", lambda: moment[0])
    book = Book({Perishable.SESSIONS: [Unavailable("Down.")]}, stop=stop)
    housekeeper = housekeeper_over(book, installation)
    rounds: list[set[Perishable]] = []
    for seconds in (0, OFTEN - 1, 1, 6 * 3600):
        moment[0] += seconds
        book.asked.clear()
        stop.clear()
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(housekeeper.run, stop)
            time.sleep(0.2)
            stop.set()
            running.result(10)
        rounds.append({kind for kind, _ in book.asked})
    often = {Perishable.ACCESS_TOKENS, Perishable.REVOKED_JWTS}
    assert rounds == [set(Perishable), set(), {*often, Perishable.SESSIONS}, set(Perishable)]


def test_an_errand_that_fails_is_told_and_run_again(installation: Installation) -> None:
    """Mutation: what fails there ends the thread, and nothing is swept any more."""
    stop, asked = Event(), []

    def fail(now: Instant) -> None:
        asked.append(now)
        raise ValueError("a row")

    def end(_: Instant) -> None:
        stop.set()

    with capture_logs() as lines:
        housekeeper_over(Book(), installation).run(stop, (Errand("failing", fail), Errand("closing", end)))
    assert asked == [installation.services.clock()]
    told = [(line["event"], line.get("errand"), line.get("error")) for line in lines]
    assert ("housekeeping.failed", "failing", "ValueError") in told
    assert "a row" not in str(lines)
