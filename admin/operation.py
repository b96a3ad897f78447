"""What an operation is: one thing that officers do, written once for the API, the console and the command line.

It says what it takes and gives, who may do it, whether a second person decides, and what of the world it changes: from that
come the OpenAPI document, the diff, the ETag, the dry run, the draft and the line in the log.
"""

import hashlib
import json
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from idp.clock import Instant
from idp.model.office import OFFICERS, Role
from idp.ports import UnitOfWork
from idp.services import Services


class Takes(BaseModel):
    """What an operation takes: unknown members are faults (threat M06)."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Gives(BaseModel):
    """What an operation gives."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Nothing(Takes):
    """It takes nothing."""


class Effect(StrEnum):
    """What an operation does to the world."""

    READ = "read"
    CHANGE = "change"
    """At once, by one person."""
    GUARDED = "guarded"
    """A draft, which another person approves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Whoever does it.

    Attributes:
        via: `console`, `api`, `cli` or `registration`.
        role: None: the operator at the command line, who may do what the machine lets them, or an app that asks for more than it
            was allowed, of which nothing happens before officers approve it.
        account_id: of the work account; None: an app, or the operator.
        client_id: of the app that holds a token.
        auth_time: when the person signed in.
    """

    via: str
    role: Role | None = None
    account_id: int | None = None
    client_id: str | None = None
    auth_time: Instant | None = None

    @property
    def name(self) -> str:
        """How a log, or a key that is theirs alone, calls them."""
        if self.account_id is not None:
            return f"account {self.account_id}"
        return f"client {self.client_id}" if self.client_id is not None else self.via


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What an operation works with; whoever called commits."""

    services: Services
    unit_of_work: UnitOfWork
    actor: Actor
    at: Instant


State = Mapping[str, object]
"""Members of what is changed, as JSON, personal data masked: what diff, ETag and log are made of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One thing that officers do.

    Attributes:
        name: `subject.verb`; stable, since drafts and logs keep it.
        about: one sentence for the API's document.
        method, path: where the API has it; what stands in braces is a member of `takes`.
        does: who may do it, or propose it.
        approves: who may approve it; never whoever proposed it.
        state: what it changes, as it is now; None: there is nothing yet. Of a READ: not needed.
        shows: members of `takes` that whoever decides is shown beside the changes; never one that may hold a secret.
        is_urgent_at_times: whether it may be applied at once in an emergency, to be reviewed afterwards.
        is_for_people: whether an app that holds a token may not do it.
        is_never_proposed: whether it is applied at once or not at all, and never tried out.
        hides: members of `takes` that no draft keeps.
    """

    name: str
    about: str
    method: str
    path: str
    takes: type[Takes]
    gives: type[BaseModel]
    does: frozenset[Role]
    run: Callable[[Desk, Any], BaseModel]
    effect: Effect = Effect.READ
    approves: frozenset[Role] = frozenset()
    state: Callable[[Desk, Any], State | None] | None = None
    shows: tuple[str, ...] = ()
    is_urgent_at_times: bool = False
    is_for_people: bool = False
    is_never_proposed: bool = False
    hides: frozenset[str] = frozenset()

    @property
    def subject(self) -> str:
        """What it is about: the first part of its name."""
        return self.name.partition(".")[0]

    @property
    def places(self) -> tuple[str, ...]:
        """The members of `takes` that stand in the path."""
        return tuple(field for _, field, _, _ in string.Formatter().parse(self.path) if field)

    def target(self, wanted: Takes) -> str:
        """The path with its members filled in."""
        return self.path.format(**{name: getattr(wanted, name) for name in self.places})

    def now(self, desk: Desk, wanted: Takes) -> State | None:
        """What it changes, as it is."""
        return None if self.state is None else self.state(desk, wanted)


def version_of(state: State | None) -> str | None:
    """The ETag's value: another one as soon as any member is another."""
    if state is None:
        return None
    text = json.dumps(state, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def changes_between(before: State | None, after: State | None) -> tuple[str, ...]:
    """One line for each member that is another: `member: before → after`."""
    was, becomes = _flat(before or {}), _flat(after or {})
    return tuple(
        f"{name}: {was.get(name, '∅')} → {becomes.get(name, '∅')}"
        for name in sorted({*was, *becomes})
        if was.get(name) != becomes.get(name)
    )


def _flat(state: State, prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in state.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = json.dumps(value, ensure_ascii=False)
    return flat


ANY_OFFICER = frozenset(OFFICERS)
SYSTEM, SECURITY, AUDIT = (frozenset({role}) for role in OFFICERS)
GUARDIANS = SECURITY | SYSTEM
"""Those of whom one proposes and the other decides."""
