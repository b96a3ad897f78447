"""A person's passkeys, made, named and taken away by themselves: each is written down and told on every other way."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import count

from idp.accounts.act import Act
from idp.accounts.held import held_by
from idp.accounts.identifiers import masked
from idp.accounts.names import masked_name
from idp.accounts.notices import Notices
from idp.accounts.passkey_challenge import Binding, asked_at, new_challenge
from idp.clock import Instant
from idp.events import Action
from idp.model.account import Account, AccountKind
from idp.model.credential import CredentialKind
from idp.model.notice import NoticeKind
from idp.model.office import OFFICERS
from idp.model.passkey import HANDLE_PURPOSE, NewPasskey, Passkey
from idp.model.policy import PASSKEYS
from idp.model.session import Session, Visitor
from idp.ports import Cipher, PasskeyFault, PasskeyPerson, PasskeyRefused, PasskeyRole, UnitOfWork
from idp.services import Services
from idp.sessions.end import end_others
from idp.sessions.hold import hold

LONGEST_NAME = 40
"""Characters of what a person calls a passkey."""
MOST = 20
"""Passkeys of one person; a browser is given their ids, so they must stay few."""


class NotAdded(StrEnum):
    """Why a passkey was not added, beside the faults of the passkey itself."""

    STALE = "stale"
    """The page lay open too long, or its question was for another session."""
    KNOWN = "known"
    """It is there already."""
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class AddedPasskey:
    """A passkey that was just added, and how it is called."""

    name: str


def user_handle(cipher: Cipher, uid: str, own: Sequence[Passkey] = ()) -> bytes:
    """By what an authenticator knows the account: tells nothing, not even our own name for it (WebAuthn §14.6.1).

    Args:
        own: passkeys of the account; it keeps the handle that one of them knows, whatever key that was made with.
    """
    known = (each.user_handle for each in own if each.user_handle is not None)
    return next(known, None) or cipher.tag(HANDLE_PURPOSE, uid.encode())


def is_handle_of(cipher: Cipher, unverified_handle: bytes, account: Account, passkey: Passkey) -> bool:
    """Whether it is the account's: an authenticator keeps what it was given once, also when that key is gone here."""
    return unverified_handle == passkey.user_handle or unverified_handle in cipher.tags(
        HANDLE_PURPOSE, account.uid.encode()
    )


class PasskeyKeeping:
    """The verbs; whoever calls them has asked for a fresh proof before.

    Args:
        role: which passkeys will do.
    """

    def __init__(self, services: Services, role: PasskeyRole = PasskeyRole.CITIZEN) -> None:
        self._services = services
        self._role = role
        self._notices = Notices(services)

    def options(self, visitor: Visitor, browser: str, now: Instant) -> str:
        """What the browser is asked to make."""
        challenge = new_challenge(self._services.cipher, _binding(browser, visitor.session), now)
        with self._services.begin() as unit_of_work:
            stored = unit_of_work.accounts.attributes(visitor.account.id)
            present = own = unit_of_work.passkeys.of_account(visitor.account.id)
            if visitor.account.kind is AccountKind.WORK:
                present = [*own, *passkeys_of_officers(unit_of_work, but=visitor.account.id)]
        called = masked_name(stored.name) if stored.name else ""
        label = next((masked(each) for each in stored.identifiers), called)
        person = PasskeyPerson(
            handle=user_handle(self._services.cipher, visitor.account.uid, own),
            label=label or called,
            display_name=called or label,
            present=present,
        )
        return self._services.passkeys.creation_options(person, challenge, self._role)

    def add(self, act: Act, browser: str, unverified_answer: str) -> AddedPasskey | NotAdded | PasskeyFault:
        """Take the passkey that the browser made."""
        services = self._services
        claimed = services.passkeys.claimed(unverified_answer)
        if claimed is None:
            return PasskeyFault.NOT_VERIFIED
        challenge = claimed.unverified_challenge
        if asked_at(services.cipher, _binding(browser, act.visitor.session), challenge, act.at) is None:
            return NotAdded.STALE
        try:
            new = services.passkeys.created(unverified_answer, challenge, self._role)
        except PasskeyRefused as refused:
            return refused.fault
        with services.begin() as unit_of_work:
            hold(unit_of_work, act.visitor)
            present = unit_of_work.passkeys.of_account(act.visitor.account.id)
            if len(present) >= MOST:
                return NotAdded.TOO_MANY
            name = self._name(new, [each.name for each in present])
            handle = user_handle(services.cipher, act.visitor.account.uid, present)
            if not unit_of_work.passkeys.add(act.visitor.account.id, new, name, act.at, user_handle=handle):
                return NotAdded.KNOWN
            self._record(unit_of_work, act, Action.CREDENTIAL_ADDED)
            unit_of_work.commit()
        return AddedPasskey(name)

    def rename(self, visitor: Visitor, passkey_id: int, name: str) -> bool:
        """Call one something else; False: there is none with this id, or the name is no name."""
        wanted = " ".join(name.split())
        if not 0 < len(wanted) <= LONGEST_NAME or not wanted.isprintable():
            return False
        with self._services.begin() as unit_of_work:
            passkey = found(unit_of_work, visitor.account.id, passkey_id)
            if passkey is not None:
                unit_of_work.passkeys.rename(passkey, wanted)
            unit_of_work.commit()
        return passkey is not None

    def remove(self, act: Act, passkey_id: int) -> bool:
        """Take one away; False, with nothing done, when the person could not sign in any more without it.

        Other sessions that a passkey opened end with it: one that is taken away is often one that was lost.
        """
        with self._services.begin() as unit_of_work:
            hold(unit_of_work, act.visitor)
            if is_last(self._services, unit_of_work, act.visitor.account.id):
                return False
            if unit_of_work.passkeys.remove(act.visitor.account.id, passkey_id):
                end_others(unit_of_work, act.visitor.session, act.at, PASSKEYS)
                self._record(unit_of_work, act, Action.CREDENTIAL_REMOVED)
            unit_of_work.commit()
        return True

    def _name(self, new: NewPasskey, taken: list[str]) -> str:
        """By who keeps it, with a number from the second one on; empty where nobody is known, for pages to fill."""
        provider = self._services.passkeys.provider_of(new.aaguid)
        if provider is None:
            return ""
        names = (provider if number == 1 else f"{provider} – {number}" for number in count(1))
        return next(name for name in names if name not in taken)

    def _record(self, unit_of_work: UnitOfWork, act: Act, action: Action) -> None:
        kind = NoticeKind.PASSKEY_ADDED if action is Action.CREDENTIAL_ADDED else NoticeKind.PASSKEY_REMOVED
        self._notices.notify(unit_of_work, act.notice(kind))
        unit_of_work.events.record(act.event(action, {"factor": CredentialKind.PASSKEY.value}))


def passkeys_of_officers(unit_of_work: UnitOfWork, but: int | None = None) -> list[Passkey]:
    """Those of the three officers: a device that opens the account of one makes none for another."""
    officers = [each.account_id for each in unit_of_work.appointments.in_force(OFFICERS) if each.account_id != but]
    return [each for account_id in officers for each in unit_of_work.passkeys.of_account(account_id)]


def found(unit_of_work: UnitOfWork, account_id: int, passkey_id: int) -> Passkey | None:
    """The person's passkey with this id."""
    return next((each for each in unit_of_work.passkeys.of_account(account_id) if each.id == passkey_id), None)


def is_last(services: Services, unit_of_work: UnitOfWork, account_id: int) -> bool:
    """Whether a passkey of the person is the only way in that they have left."""
    held = held_by(services, unit_of_work, account_id)
    return len(held.passkeys) < 2 and not held.methods - PASSKEYS


def _binding(browser: str, session: Session) -> Binding:
    return Binding("create", browser, str(session.id))
