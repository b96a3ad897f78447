"""A5: what those who work here did, by who did it: looks at people, what they saw in clear and why, and odd hours."""

from collections import Counter
from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from admin.operation import AUDIT, Desk, Gives, Operation, Takes
from idp.clock import Instant, after, in_china
from idp.events import Action
from idp.model.office import Role

_DAY = 86_400
WORK_BEGINS, WORK_ENDS = 7, 20
"""Hours of the city, on Monday to Friday; whatever is done at another hour is counted as done at an odd one."""
_LOOKS = {Action.PERSON_FOUND, Action.PERSON_SEARCHED, Action.PERSON_VIEWED}
_DECISIONS = {Action.DRAFT_APPROVED, Action.DRAFT_REFUSED, Action.DRAFT_REVIEWED}


class ShowConduct(Takes):
    """How many days back."""

    days: Annotated[int, Field(ge=1, le=366)] = 30


class Seen(Gives):
    """What was seen in clear, and the reason that was given."""

    member: str
    why: str
    times: int


class ConductTold(Gives):
    """Somebody, and what they did: `looks` at people, `people` among them, `revealed` in clear, `odd` at odd hours."""

    uid: str
    name: str
    role: Role | None
    looks: int
    people: int
    revealed: list[Seen]
    done: int
    decided: int
    odd: int
    last_at: int


class ConductList(Gives):
    """Whoever did something, those who looked at most people first."""

    since: int
    officers: list[ConductTold]


def _show(desk: Desk, wanted: ShowConduct) -> ConductList:
    since, unit_of_work = after(desk.at, -wanted.days * _DAY), desk.unit_of_work
    people, counts = dict(unit_of_work.conduct.people_since(since)), _counts(desk, since)
    revealed: dict[int, list[Seen]] = {}
    for each in unit_of_work.conduct.revealed_since(since):
        seen = Seen(member=str(each.data.get("member")), why=str(each.data.get("why")), times=each.times)
        revealed.setdefault(each.account_id, []).append(seen)
    officers = [_told(desk, each, counts[each], people.get(each, 0), revealed.get(each, [])) for each in counts]
    return ConductList(since=since, officers=sorted(officers, key=lambda each: (-each.people, -each.done)))


def _counts(desk: Desk, since: Instant) -> Mapping[int, Counter[str]]:
    counts: dict[int, Counter[str]] = {}
    for each in desk.unit_of_work.conduct.done_since(since):
        of_one = counts.setdefault(each.account_id, Counter())
        of_one["looks"] += each.times * (each.action in _LOOKS)
        of_one["done"] += each.times * (each.action == Action.OPERATION_DONE)
        of_one["decided"] += each.times * (each.action in _DECISIONS)
        of_one["odd"] += each.times * is_odd(each.hour)
        of_one["last_at"] = max(of_one["last_at"], each.hour)
    return counts


def _told(desk: Desk, account_id: int, counts: Counter[str], people: int, revealed: list[Seen]) -> ConductTold:
    account = desk.unit_of_work.accounts.get(account_id)
    assert account is not None  # accounts are never deleted
    held = desk.unit_of_work.appointments.of(account_id)
    return ConductTold(
        uid=account.uid,
        name=desk.unit_of_work.accounts.attributes(account_id).name or "",
        role=None if held is None else held.role,
        looks=counts["looks"],
        people=people,
        revealed=sorted(revealed, key=lambda each: -each.times),
        done=counts["done"],
        decided=counts["decided"],
        odd=counts["odd"],
        last_at=counts["last_at"],
    )


def is_odd(hour: Instant) -> bool:
    """Whether nobody is expected to work then."""
    local = in_china(hour)
    return local.weekday() > 4 or not WORK_BEGINS <= local.hour < WORK_ENDS


SHOW_CONDUCT = Operation(
    name="officers.conduct",
    about="What those who work here did: looks at people, what they saw in clear and why, decisions, odd hours.",
    method="GET",
    path="/officers/conduct",
    takes=ShowConduct,
    gives=ConductList,
    does=AUDIT,
    run=_show,
)
OPERATIONS = (SHOW_CONDUCT,)
