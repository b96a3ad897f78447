"""Who may do what: an operation names its roles, and whoever is not named is refused (threats M05, M07)."""

from admin.operation import Actor, Effect, Operation
from idp.clock import Instant, after
from idp.errors import Refused
from idp.model.draft import Draft
from idp.model.office import OFFICERS
from idp.ports import UnitOfWork
from idp.services import Services

FRESH_SECONDS = 300
"""How old a sign-in may be at most when somebody approves."""
IDLE_SECONDS = 900
"""How long an officer may do nothing, or use a token without signing in (threat M12)."""


def refuse_stranger(operation: Operation, actor: Actor) -> None:
    """Raises `Refused("access_denied", …)` unless the actor may do it, or propose it."""
    if actor.role is None and actor.via in {"cli", "registration"}:
        return
    if actor.role not in operation.does:
        raise Refused("access_denied", "Another role does this.", status=403)
    if operation.is_for_people and actor.account_id is None:
        raise Refused("access_denied", "A person does this, no app.", status=403)


def wants_second_person(services: Services, unit_of_work: UnitOfWork, operation: Operation, actor: Actor) -> bool:
    """Whether it becomes a draft.

    The command line applies at once until three officers have come, and in the sandbox. That one of them left later changes nothing:
    else whoever made a role fall vacant could act alone.
    """
    if operation.effect is not Effect.GUARDED:
        return False
    if actor.via != "cli":
        return True
    return unit_of_work.appointments.ever_held().issuperset(OFFICERS) and not services.settings.sandbox.enabled


def refuse_decision(operation: Operation, draft: Draft, actor: Actor, now: Instant) -> None:
    """Raises `Refused("access_denied", …)` unless the actor is a second person who may decide on this draft now."""
    if actor.account_id is None or actor.role not in operation.approves:
        raise Refused("access_denied", "Another role decides on this.", status=403)
    if draft.proposed_by == actor.account_id:
        raise Refused("access_denied", "Whoever proposed it does not decide on it: another person does.", status=403)
    if actor.auth_time is None or now > after(actor.auth_time, FRESH_SECONDS):
        raise Refused(
            "stale_sign_in", "Sign in once more: a decision wants a sign-in of the last five minutes.", status=403
        )
