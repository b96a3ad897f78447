"""The one way by which an operation happens, whichever face it came by: permission, state, change, log, commit."""

from dataclasses import dataclass

from pydantic_core import from_json, to_json

from admin.operation import Actor, Desk, Effect, Operation, State, Takes, changes_between, version_of
from admin.permissions import refuse_stranger, wants_second_person
from idp.clock import after
from idp.errors import Refused, Unavailable
from idp.events import Action, Event, Kind
from idp.model.draft import Draft, DraftState, NewDraft
from idp.services import Services

DRAFT_SECONDS = 7 * 86_400
"""How long a draft waits for a second person."""
LONGEST_REASON = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """How it is asked for.

    Attributes:
        is_trial: whether only to say what would change.
        version: what the caller has seen; another one in force is a conflict. None: they did not look.
        is_new: whether nothing may be there yet.
        is_urgent: apply it at once, to be reviewed afterwards.
        reason: why, for whoever decides.
        key: the caller's own name for this request, by which it is done once however often it is sent.
        asked: a digest of what was asked under that name.
    """

    is_trial: bool = False
    version: str | None = None
    is_new: bool = False
    is_urgent: bool = False
    reason: str = ""
    key: str | None = None
    asked: bytes = b""


@dataclass(frozen=True, slots=True)
class Done:
    """It happened, or would.

    Attributes:
        answer: what the operation gives, as JSON.
        changes: one line for each member.
        version: of what it changed, afterwards.
    """

    answer: str
    changes: tuple[str, ...]
    version: str | None


@dataclass(frozen=True, slots=True)
class Drafted:
    """Nothing changed yet: a second person decides."""

    draft: Draft


def perform(services: Services, operation: Operation, wanted: Takes, actor: Actor, ask: Ask = Ask()) -> Done | Drafted:
    """Do it, or propose it; raises `Refused` with nothing written."""
    refuse_stranger(operation, actor)
    if len(ask.reason) > LONGEST_REASON:
        raise Refused("invalid_request", f"reason: at most {LONGEST_REASON} characters.")
    if ask.is_urgent and not operation.is_urgent_at_times:
        raise Refused("invalid_request", "This is never applied at once: another person approves it.")
    if operation.is_never_proposed and (ask.is_trial or not ask.is_urgent):
        raise Refused("invalid_request", "This is applied at once or not at all: it is neither tried out nor proposed.")
    with services.begin() as unit_of_work:
        desk = Desk(services=services, unit_of_work=unit_of_work, actor=actor, at=services.clock())
        performance = _Performance(desk, operation, wanted, ask)
        outcome = performance.answered_before() or performance.happens()
        if ask.is_trial and operation.effect is not Effect.READ:
            unit_of_work.roll_back()
            performance.record_trial()
        unit_of_work.commit()
    return outcome


def apply(desk: Desk, operation: Operation, draft: Draft) -> Done:
    """What was proposed, by a second person; raises `Refused`, and then the caller rolls back."""
    wanted = operation.takes.model_validate_json(draft.wanted)
    before = operation.now(desk, wanted)
    if version_of(before) != draft.version:
        raise Refused("version_conflict", "It has changed since it was proposed: propose it anew.", status=409)
    performance = _Performance(desk, operation, wanted, Ask())
    done = performance.run(before)
    performance.record(done, draft)
    return done


def draft_event(desk: Desk, action: Action, draft: Draft) -> Event:
    """What the log says of a draft; why it was proposed is told to whoever decides, and not to the log."""
    return Event(
        kind=Kind.AUDIT,
        action=action,
        at=desk.at,
        actor_id=desk.actor.account_id,
        data={"draft": draft.id, "operation": draft.operation, "target": draft.target, "via": desk.actor.via},
    )


@dataclass(frozen=True, slots=True)
class _Performance:
    """One operation on its way through one transaction."""

    desk: Desk
    operation: Operation
    wanted: Takes
    ask: Ask

    def answered_before(self) -> Done | Drafted | None:
        """What the caller was told under this key; raises `Refused` when they asked for something else under it."""
        key, unit_of_work = self.ask.key, self.desk.unit_of_work
        kept = None if key is None else unit_of_work.kept_answers.find(self.desk.actor.name, key)
        if kept is None:
            return None
        asked, answer = kept
        if asked != self.ask.asked:
            raise Refused(
                "key_reused", "This Idempotency-Key was used for another request: take a new one.", status=422
            )
        told = from_json(answer)
        if told["draft"] is None:
            return Done(told["answer"], tuple(told["changes"]), told["version"])
        draft = unit_of_work.drafts.get(told["draft"])
        assert draft is not None  # drafts are never deleted
        return Drafted(draft)

    def happens(self) -> Done | Drafted:
        """The change with its line in the log, or a draft of it."""
        unit_of_work, ask = self.desk.unit_of_work, self.ask
        waits = wants_second_person(self.desk.services, unit_of_work, self.operation, self.desk.actor)
        before = self.operation.now(self.desk, self.wanted)
        if (ask.version is not None and ask.version != version_of(before)) or (ask.is_new and before is not None):
            raise Refused("version_conflict", "It is another one than you have seen: read it again.", status=412)
        done = self.run(before)
        if ask.is_trial:
            return done
        if waits and not ask.is_urgent:
            unit_of_work.roll_back()
            if not done.changes:  # there is nothing to decide on
                return done
            draft = unit_of_work.drafts.add(self._draft(done, version_of(before), DraftState.WAITING))
            unit_of_work.events.record(draft_event(self.desk, Action.DRAFT_MADE, draft))
            return self._kept(Drafted(draft))
        if self.operation.effect is not Effect.READ:
            self.record(done)
        if waits:
            draft = unit_of_work.drafts.add(self._draft(done, version_of(before), DraftState.URGENT))
            unit_of_work.events.record(draft_event(self.desk, Action.DRAFT_URGENT, draft))
        return self._kept(done)

    def run(self, before: State | None) -> Done:
        """The change itself, and what it made of the state."""
        given = self.operation.run(self.desk, self.wanted)
        becomes = self.operation.now(self.desk, self.wanted)
        return Done(given.model_dump_json(), changes_between(before, becomes), version_of(becomes))

    def record_trial(self) -> None:
        """That somebody tried it out, which tells them what is there."""
        actor, data = self.desk.actor, {"operation": self.operation.name, "via": self.desk.actor.via}
        event = Event(
            kind=Kind.AUDIT,
            action=Action.OPERATION_TRIED,
            at=self.desk.at,
            actor_id=actor.account_id,
            client_id=actor.client_id,
            data={**data, "target": self.operation.target(self.wanted)},
        )
        self.desk.unit_of_work.events.record(event)

    def record(self, done: Done, draft: Draft | None = None) -> None:
        """Who did what to what, and what it was before (docs/reference/events.md)."""
        data: dict[str, str | int | list[str]] = {
            "operation": self.operation.name,
            "target": self.operation.target(self.wanted),
            "via": self.desk.actor.via,
            "changes": list(done.changes),
        }
        if self.desk.actor.client_id is not None:
            data["app"] = self.desk.actor.client_id
        if draft is not None:
            data |= {"draft": draft.id, "proposed_by": draft.proposed_by or draft.proposed_via}
        actor_id = self.desk.actor.account_id
        event = Event(kind=Kind.AUDIT, action=Action.OPERATION_DONE, at=self.desk.at, actor_id=actor_id, data=data)
        self.desk.unit_of_work.events.record(event)

    def _draft(self, done: Done, version: str | None, state: DraftState) -> NewDraft:
        actor = self.desk.actor
        return NewDraft(
            operation=self.operation.name,
            target=self.operation.target(self.wanted),
            wanted=self.wanted.model_dump_json(exclude=set(self.operation.hides)),
            version=version,
            changes=done.changes,
            reason=self.ask.reason,
            proposed_by=actor.account_id,
            proposed_via=actor.via if actor.client_id is None else f"{actor.via} {actor.client_id}",
            proposed_at=self.desk.at,
            expires_at=after(self.desk.at, DRAFT_SECONDS),
            state=state,
        )

    def _kept(self, outcome: Done | Drafted) -> Done | Drafted:
        """The same, to be told again to whoever asks under this key again."""
        if self.ask.key is None or self.operation.effect is Effect.READ:
            return outcome
        if isinstance(outcome, Done):
            told: dict[str, object] = {
                "answer": outcome.answer,
                "changes": outcome.changes,
                "version": outcome.version,
                "draft": None,
            }
        else:
            told = {"answer": "", "changes": (), "version": None, "draft": outcome.draft.id}
        answer, desk = to_json(told).decode(), self.desk
        if not desk.unit_of_work.kept_answers.keep(desk.actor.name, self.ask.key, self.ask.asked, answer, desk.at):
            raise Unavailable("The same request is being answered at this moment: ask again.", retry_after=1)
        return outcome
