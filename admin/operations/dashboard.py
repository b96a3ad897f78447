"""P10: what happens now, minute by minute, as the worker counts it from the log."""

from collections import Counter
from typing import Annotated

from pydantic import Field

from admin.operation import ANY_OFFICER, Desk, Gives, Operation, Takes
from idp.clock import Instant
from idp.events import Action, Counted, Kind

MINUTE = 60
SERIES = ("sign_ins", "refused", "tokens", "messages")
_SERIES_OF = {
    Action.SIGNED_IN: "sign_ins",
    Action.TOKEN_ISSUED: "tokens",
    Action.CODE_SENT: "messages",
}


class ShowDashboard(Takes):
    """How far back, in minutes."""

    minutes: Annotated[int, Field(ge=5, le=24 * 60)] = 60


class Dashboard(Gives):
    """One number a minute in each of the series; the last minute is not over.

    `refused`: sign-ins and requests, whyever; `refusals` says why, the most frequent first. `channels`: sign-ins over each.
    """

    minutes: list[int]
    sign_ins: list[int]
    refused: list[int]
    tokens: list[int]
    messages: list[int]
    refusals: list[tuple[str, int]]
    channels: list[tuple[str, int]]


def _show(desk: Desk, wanted: ShowDashboard) -> Dashboard:
    last = desk.at - desk.at % MINUTE
    minutes = [last - MINUTE * back for back in range(wanted.minutes - 1, -1, -1)]
    per_minute: dict[str, Counter[int]] = {name: Counter() for name in SERIES}
    refusals: Counter[str] = Counter()
    for each in desk.unit_of_work.event_tally.since(Instant(minutes[0])):
        series = series_of(each)
        if series is not None:
            per_minute[series][each.minute] += each.times
        if series == "refused":
            refusals[each.outcome] += each.times
    return Dashboard(
        minutes=minutes,
        refusals=refusals.most_common(10),
        channels=list(desk.unit_of_work.event_tally.channels(Action.SIGNED_IN, Instant(minutes[0]))),
        **{name: [counts[minute] for minute in minutes] for name, counts in per_minute.items()},
    )


def series_of(counted: Counted) -> str | None:
    """Where it is shown; None: nowhere."""
    if counted.kind == Kind.REFUSAL.value or (counted.outcome != "ok" and counted.kind == Kind.AUDIT.value):
        return "refused"
    return _SERIES_OF.get(Action(counted.action)) if counted.action in {*Action} else None


SHOW_DASHBOARD = Operation(
    name="dashboard.show",
    about="Sign-ins, refusals, tokens and messages, minute by minute.",
    method="GET",
    path="/dashboard",
    takes=ShowDashboard,
    gives=Dashboard,
    does=ANY_OFFICER,
    run=_show,
)
OPERATIONS = (SHOW_DASHBOARD,)
