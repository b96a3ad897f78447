"""A role is offered by a link that works once, within a day, and makes the work account of whoever takes it.

No password ships with an installation and nobody is an officer by default (threat M12): the first three come by invitations
that the command line prints.
"""

import hmac
from dataclasses import dataclass

from idp.clock import Instant, after
from idp.entropy import random_token, random_uid
from idp.errors import Refused
from idp.events import Action, Event, Kind
from idp.model import numbered_secret
from idp.model.office import Invitation, NewInvitation, Role
from idp.ports import UnitOfWork

SECONDS = 86_400
"""How long an invitation works."""
PATH = "/console/invitations"
LONGEST_NAME = 40
LONGEST_SCOPE = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What is offered to whom.

    Attributes:
        name: how the person is called at work; empty: they say it themselves.
        by: the officer's account; None: the operator at the command line.
    """

    role: Role
    name: str = ""
    scope: str = ""
    by: int | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """An invitation and the value in its link, which is here and nowhere else."""

    invitation: Invitation
    token: str


def invite(unit_of_work: UnitOfWork, offer: Offer, now: Instant) -> Sent:
    """Write an invitation; whoever opens its link holds the role. Raises `Refused("invalid_request", …)`."""
    if (fault := _fault_of(offer)) is not None:
        raise Refused("invalid_request", fault)
    secret = random_token()
    new = NewInvitation(
        uid=random_uid(),
        secret_digest=numbered_secret.digest_of(secret),
        role=offer.role,
        scope=offer.scope,
        name=offer.name,
        invited_by=offer.by,
        created_at=now,
        expires_at=after(now, SECONDS),
    )
    invitation = unit_of_work.invitations.add(new)
    unit_of_work.events.record(_event(Action.INVITATION_MADE, invitation, offer.by, now))
    return Sent(invitation, numbered_secret.write(invitation.id, secret))


def invite_first(unit_of_work: UnitOfWork, offer: Offer, now: Instant) -> Sent:
    """The same for the command line: only for a role that nobody holds, and in the place of what it offered before.

    Raises `Refused("role_held", …)`: once somebody holds it, the officers invite.
    """
    if unit_of_work.appointments.in_force([offer.role]):
        raise Refused(
            "role_held",
            f"Somebody holds the role {offer.role} already: the system officer invites others at /console/officers.",
            status=409,
        )
    for former in unit_of_work.invitations.open(now):
        if former.role is offer.role and former.invited_by is None:
            withdraw(unit_of_work, former.id, None, now)
    return invite(unit_of_work, offer, now)


def withdraw(unit_of_work: UnitOfWork, invitation_id: int, by: int | None, now: Instant) -> bool:
    """End an invitation that nobody has accepted; False: it had ended."""
    invitation = unit_of_work.invitations.get(invitation_id)
    if invitation is None or not unit_of_work.invitations.withdraw(invitation_id, now):
        return False
    unit_of_work.events.record(_event(Action.INVITATION_WITHDRAWN, invitation, by, now))
    return True


def find_open(unit_of_work: UnitOfWork, unverified_token: str, now: Instant) -> Invitation | None:
    """The invitation that this link is of, while it may be accepted."""
    presented = numbered_secret.read(unverified_token)
    if presented is None:
        return None
    number, secret = presented
    invitation = unit_of_work.invitations.get(number)
    if invitation is None or not hmac.compare_digest(invitation.secret_digest, numbered_secret.digest_of(secret)):
        return None
    return invitation if invitation.is_open(now) else None


def _fault_of(offer: Offer) -> str | None:
    for member, value, longest in (("name", offer.name, LONGEST_NAME), ("scope", offer.scope, LONGEST_SCOPE)):
        if len(value) > longest or not value.isprintable() or value != value.strip():
            return f"{member}: at most {longest} characters on one line, without spaces at its ends."
    return None


def _event(action: Action, invitation: Invitation, by: int | None, at: Instant) -> Event:
    data: dict[str, str | int | list[str]] = {"invitation": invitation.id, "role": invitation.role.value}
    if invitation.scope:
        data["scope"] = invitation.scope
    return Event(kind=Kind.AUDIT, action=action, at=at, actor_id=by, data=data)
