"""Who works here: who holds which role, who was invited, who leaves."""

from typing import Annotated

from pydantic import Field

from admin.operation import (
    ANY_OFFICER,
    GUARDIANS,
    SECURITY,
    SYSTEM,
    Desk,
    Effect,
    Gives,
    Nothing,
    Operation,
    State,
    Takes,
)
from idp.accounts.invitations import PATH, Offer, invite, withdraw
from idp.accounts.offices import dismiss
from idp.errors import Refused
from idp.model.account import Account
from idp.model.office import Role


class Invite(Takes):
    """A role for somebody; without a name they say their own."""

    role: Role
    name: str = ""
    scope: str = ""


class OneInvitation(Takes):
    """An invitation that nobody has accepted."""

    invitation_id: Annotated[int, Field(gt=0)]


class OneOfficer(Takes):
    """A work account, by its uid."""

    uid: str = Field(max_length=64)


class OfficeTold(Gives):
    """A role that is held. The name is that at work, in full: colleagues know each other. `passkeys`: how many open the account."""

    uid: str
    name: str
    role: Role
    scope: str
    since: int
    passkeys: int


class InvitationTold(Gives):
    """An invitation that may still be accepted; its link is told once, to whoever approves it."""

    invitation_id: int
    role: Role
    scope: str
    name: str
    expires_at: int


class OfficeList(Gives):
    """Who holds a role, who was invited, and how it stands with the sealed envelope: sealed, opened, or neither."""

    officers: list[OfficeTold]
    invitations: list[InvitationTold]
    envelope_sealed_at: int | None
    envelope_opened_at: int | None


class Invited(InvitationTold):
    """The invitation, with its link."""

    link: str


class Outcome(Gives):
    """Whether anything was changed by it."""

    is_changed: bool


def _list(desk: Desk, wanted: Nothing) -> OfficeList:
    del wanted
    unit_of_work, officers = desk.unit_of_work, []
    for held in unit_of_work.appointments.in_force(list(Role)):
        account = unit_of_work.accounts.get(held.account_id)
        assert account is not None  # accounts are never deleted
        name = unit_of_work.accounts.attributes(account.id).name or ""
        passkeys = len(unit_of_work.passkeys.of_account(account.id))
        officers.append(
            OfficeTold(
                uid=account.uid, name=name, role=held.role, scope=held.scope, since=held.since, passkeys=passkeys
            )
        )
    invitations = [
        InvitationTold(
            invitation_id=each.id, role=each.role, scope=each.scope, name=each.name, expires_at=each.expires_at
        )
        for each in unit_of_work.invitations.open(desk.at)
    ]
    last = unit_of_work.envelopes.last()
    return OfficeList(
        officers=officers,
        invitations=invitations,
        envelope_sealed_at=last.sealed_at if last is not None and last.is_sealed else None,
        envelope_opened_at=None if last is None else last.opened_at,
    )


def _invite(desk: Desk, wanted: Invite) -> Invited:
    offer = Offer(role=wanted.role, name=wanted.name, scope=wanted.scope, by=desk.actor.account_id)
    sent = invite(desk.unit_of_work, offer, desk.at)
    return Invited(
        invitation_id=sent.invitation.id,
        role=wanted.role,
        scope=wanted.scope,
        name=wanted.name,
        expires_at=sent.invitation.expires_at,
        link=f"{desk.services.settings.issuer}{PATH}/{sent.token}",
    )


def _withdraw(desk: Desk, wanted: OneInvitation) -> Outcome:
    return Outcome(is_changed=withdraw(desk.unit_of_work, wanted.invitation_id, desk.actor.account_id, desk.at))


def _dismiss(desk: Desk, wanted: OneOfficer) -> Outcome:
    account = _account(desk, wanted)
    if account.id == desk.actor.account_id:
        raise Refused("access_denied", "Nobody decides on their own role.", status=403)
    return Outcome(is_changed=dismiss(desk.unit_of_work, account.id, desk.actor.account_id, desk.at))


def _account(desk: Desk, wanted: OneOfficer) -> Account:
    account = desk.unit_of_work.accounts.by_uid(wanted.uid)
    if account is None or desk.unit_of_work.appointments.of(account.id) is None:
        raise Refused("not_found", "Nobody with this uid holds a role.", status=404)
    return account


def _state_of_role(desk: Desk, wanted: Invite) -> State:
    """How many hold it, and how many were invited: what a second person decides on."""
    held = desk.unit_of_work.appointments.in_force([wanted.role])
    invited = [each for each in desk.unit_of_work.invitations.open(desk.at) if each.role is wanted.role]
    return {wanted.role.value: {"held": len(held), "invited": len(invited)}}


def _state_of_invitation(desk: Desk, wanted: OneInvitation) -> State | None:
    invitation = desk.unit_of_work.invitations.get(wanted.invitation_id)
    return None if invitation is None else {"is_open": invitation.is_open(desk.at)}


def _state_of_officer(desk: Desk, wanted: OneOfficer) -> State | None:
    account = desk.unit_of_work.accounts.by_uid(wanted.uid)
    held = None if account is None else desk.unit_of_work.appointments.of(account.id)
    return None if held is None else {"role": held.role.value, "scope": held.scope}


LIST_OFFICERS = Operation(
    name="officers.list",
    about="Who holds which role, and who was invited.",
    method="GET",
    path="/officers",
    takes=Nothing,
    gives=OfficeList,
    does=ANY_OFFICER,
    run=_list,
)
INVITE = Operation(
    name="officers.invite",
    about="Offer somebody a role, by a link that works once and for a day; whoever approves it is told the link.",
    method="POST",
    path="/officers/invitations",
    takes=Invite,
    gives=Invited,
    does=SYSTEM,
    run=_invite,
    effect=Effect.GUARDED,
    approves=SECURITY,
    state=_state_of_role,
    shows=("role", "name", "scope"),
)
WITHDRAW = Operation(
    name="officers.withdraw",
    about="End an invitation that nobody has accepted.",
    method="POST",
    path="/officers/invitations/{invitation_id}/withdraw",
    takes=OneInvitation,
    gives=Outcome,
    does=GUARDIANS,
    run=_withdraw,
    effect=Effect.CHANGE,
    state=_state_of_invitation,
)
DISMISS = Operation(
    name="officers.dismiss",
    about="Take somebody's role away and close their work account.",
    method="POST",
    path="/officers/{uid}/dismiss",
    takes=OneOfficer,
    gives=Outcome,
    does=SYSTEM,
    run=_dismiss,
    effect=Effect.GUARDED,
    approves=SECURITY,
    state=_state_of_officer,
)
OPERATIONS = (LIST_OFFICERS, INVITE, WITHDRAW, DISMISS)
