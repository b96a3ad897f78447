"""What happens in each minute: every event counted once, whichever worker is first, and only what has settled."""

from threading import Thread
from typing import Any, cast

import pytest

from admin.operations.dashboard import series_of
from idp.app import Installation
from idp.audit.tally import Tally
from idp.clock import Instant
from idp.events import Action, Counted, Event, EventFilter, Kind
from tests.idp.installed import Moment


class Settled:
    """A log of which somebody else says how far it has settled."""

    def __init__(self, number: int) -> None:
        self.number = number

    def settled(self) -> int:
        return self.number


def tally(installation: Installation, settled: int) -> Tally:
    return Tally(cast("Any", Settled(settled)), installation.services.begin)


def record(installation: Installation, *actions: Action, channel: str = "website", outcome: str = "ok") -> None:
    services = installation.services
    with services.begin() as unit_of_work:
        for action in actions:
            unit_of_work.events.record(
                Event(kind=Kind.AUDIT, action=action, at=services.clock(), channel=channel, outcome=outcome)
            )
        unit_of_work.commit()


def newest(installation: Installation) -> int:
    with installation.services.begin() as unit_of_work:
        return unit_of_work.events.search(EventFilter(), before=None, limit=1)[0].id


def counted(installation: Installation, since: int = 0) -> dict[tuple[int, str, str], int]:
    with installation.services.begin() as unit_of_work:
        found = unit_of_work.event_tally.since(Instant(since))
    return {(each.minute, each.action, each.outcome): each.times for each in found}


def test_each_event_is_counted_once_in_its_minute(installation_on_each_store: Installation, clock: Moment) -> None:
    """Mutations: again at each run; those that are not settled; those of before anybody counted; minutes by the hour."""
    installation, minute = installation_on_each_store, clock() - clock() % 60
    record(installation, Action.SIGNED_IN)
    first = newest(installation)
    tally(installation, first).run(clock())
    assert counted(installation) == {}, "what was before is not counted"
    record(installation, Action.SIGNED_IN, Action.SIGNED_IN, Action.CODE_SENT)
    record(installation, Action.SIGN_IN_REFUSED, outcome="wrong_password", channel="app")
    for more in (2, 2, 4, 4, 1):
        tally(installation, first + more).run(clock())
    clock.pass_by(60)
    record(installation, Action.SIGNED_IN, channel="app")
    tally(installation, first + 5).run(clock())
    assert counted(installation) == {
        (minute, "session.signed_in", "ok"): 2,
        (minute, "message_code.sent", "ok"): 1,
        (minute, "session.refused", "wrong_password"): 1,
        (minute + 60, "session.signed_in", "ok"): 1,
    }
    assert set(counted(installation, minute + 60)) == {(minute + 60, "session.signed_in", "ok")}
    with installation.services.begin() as unit_of_work:
        assert unit_of_work.event_tally.channels("session.signed_in", Instant(minute)) == [("app", 1), ("website", 2)]


def test_two_workers_count_each_event_once(installation_on_each_store: Installation, clock: Moment) -> None:
    """Mutation: the place is read and written in two steps that another worker comes between."""
    installation = installation_on_each_store
    record(installation, Action.SIGNED_IN)
    first = newest(installation)
    tally(installation, first).run(clock())
    record(installation, *[Action.SIGNED_IN] * 300)
    workers = [Thread(target=tally(installation, first + 300).run, args=(clock(),)) for _ in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    tally(installation, first + 300).run(clock())
    assert sum(counted(installation).values()) == 300


@pytest.mark.parametrize(
    ("kind", "action", "outcome", "series"),
    [
        ("audit", "session.signed_in", "ok", "sign_ins"),
        ("audit", "session.refused", "wrong_password", "refused"),
        ("refusal", "token.refused", "invalid_client", "refused"),
        ("usage", "token.issued", "ok", "tokens"),
        ("audit", "token.issued", "ok", "tokens"),
        ("audit", "message_code.sent", "ok", "messages"),
        ("audit", "draft.made", "ok", None),
        ("audit", "of.a.later.version", "ok", None),
    ],
)
def test_where_it_is_shown(kind: str, action: str, outcome: str, series: str | None) -> None:
    assert series_of(Counted(Instant(0), kind, action, outcome, 1)) == series
