"""Whoever takes an invitation makes a passkey, and with it the work account that holds the role."""

from collections.abc import Iterable
from dataclasses import dataclass

from idp.accounts.invitations import find_open
from idp.accounts.passkey_challenge import Binding, asked_at, new_challenge
from idp.accounts.passkeys import passkeys_of_officers, user_handle
from idp.clock import Instant
from idp.events import Action, Event, Kind
from idp.model.account import AccountKind, NewAccount
from idp.model.credential import CredentialKind
from idp.model.office import OFFICERS, Invitation, Role
from idp.model.passkey import NewPasskey
from idp.model.policy import PASSKEYS, Method, Proofing
from idp.model.session import Session
from idp.ports import PasskeyFault, PasskeyPerson, PasskeyRefused, PasskeyRole, UnitOfWork
from idp.services import Services
from idp.sessions.begin import SignIn, begin


def proves_work(services: Services, methods: Iterable[Method]) -> bool:
    """Whether a sign-in by these opens a place of work: nothing that could be phished, and in earnest nothing copied."""
    allowed = PASSKEYS if is_tried_out(services) else {Method.BOUND_PASSKEY}
    return not allowed.isdisjoint(methods)


def is_tried_out(services: Services) -> bool:
    """Whether somebody tries the sandbox out on their own machine: then any passkey will do."""
    return services.settings.sandbox.enabled and services.settings.is_loopback


def role_of_passkey(services: Services, role: Role) -> PasskeyRole:
    """An officer's is bound to one device; who tries the sandbox out on their own machine may use any."""
    is_bound = role in OFFICERS and not is_tried_out(services)
    return PasskeyRole.OFFICER if is_bound else PasskeyRole.CITIZEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """Somebody in front of an invitation.

    Attributes:
        unverified_token: what stands in its link.
        name: what they say their name is, where the invitation has none.
        browser: the cookie of this browser, which the question for the device is bound to.
        device: browser and system, for the log.
        replaces: whoever is signed in on this browser.
    """

    unverified_token: str
    name: str
    browser: str
    device: str | None
    replaces: Session | None
    at: Instant


@dataclass(frozen=True, slots=True)
class Taken:
    """The role is theirs, and they are signed in."""

    session: Session
    cookie: str


class WorkAccounts:
    """The two steps of taking an invitation: what the device is asked, and what it answered."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def options(self, invitation: Invitation, name: str, browser: str, now: Instant) -> str:
        """What the browser is asked to make. A device that opens another officer's account makes none for this one."""
        services = self._services
        with services.begin() as unit_of_work:
            present = passkeys_of_officers(unit_of_work) if invitation.role in OFFICERS else []
        person = PasskeyPerson(
            handle=user_handle(services.cipher, invitation.uid),
            label=f"{invitation.role.value} {name}".strip(),
            display_name=name or invitation.role.value,
            present=present,
        )
        challenge = new_challenge(services.cipher, _binding(browser, invitation), now)
        return services.passkeys.creation_options(person, challenge, role_of_passkey(services, invitation.role))

    def take(self, taking: Taking, unverified_answer: str) -> Taken | PasskeyFault | None:
        """Make the account and sign it in; None: the invitation is over, or the page lay open too long."""
        services = self._services
        claimed = services.passkeys.claimed(unverified_answer)
        if claimed is None:
            return PasskeyFault.NOT_VERIFIED
        with services.begin() as unit_of_work:
            invitation = find_open(unit_of_work, taking.unverified_token, taking.at)
        if invitation is None:
            return None
        challenge, binding = claimed.unverified_challenge, _binding(taking.browser, invitation)
        if asked_at(services.cipher, binding, challenge, taking.at) is None:
            return None
        try:
            made = services.passkeys.created(unverified_answer, challenge, role_of_passkey(services, invitation.role))
        except PasskeyRefused as refused:
            return refused.fault
        with services.begin() as unit_of_work:
            taken = self._appointed(unit_of_work, invitation, taking, made)
            if taken is not None:
                unit_of_work.commit()
        return taken

    def _appointed(
        self, unit_of_work: UnitOfWork, invitation: Invitation, taking: Taking, made: NewPasskey
    ) -> Taken | None:
        account = unit_of_work.accounts.create(
            NewAccount(
                name=invitation.name or taking.name,
                identifiers=(),
                proofing=Proofing.P0,
                proofed_at=None,
                is_sandbox=self._services.settings.sandbox.enabled,
                created_at=taking.at,
                kind=AccountKind.WORK,
                uid=invitation.uid,
            )
        )
        is_first = unit_of_work.invitations.accept(invitation.id, account.id, taking.at)
        handle = user_handle(self._services.cipher, invitation.uid)
        if not (is_first and unit_of_work.passkeys.add(account.id, made, "", taking.at, user_handle=handle)):
            return None
        unit_of_work.appointments.appoint(
            account.id, invitation.role, invitation.scope, invitation.invited_by, taking.at
        )
        for action, data in (
            (Action.OFFICE_TAKEN, {"role": invitation.role.value, "invitation": invitation.id}),
            (Action.CREDENTIAL_ADDED, {"factor": CredentialKind.PASSKEY.value}),
        ):
            unit_of_work.events.record(
                Event(kind=Kind.AUDIT, action=action, at=taking.at, account_id=account.id, data=data)
            )
        sign_in = SignIn(
            account_id=account.id,
            methods=(Method.SYNCED_PASSKEY if made.is_synced else Method.BOUND_PASSKEY,),
            channel=self._services.channels["website"],
            is_shared_device=False,
            at=taking.at,
            device=taking.device,
        )
        return Taken(*begin(unit_of_work, sign_in, taking.replaces))


def _binding(browser: str, invitation: Invitation) -> Binding:
    return Binding("take office", browser, invitation.uid)
