"""What a person signs in with, changed by themselves: each change is written down and told, in its own transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from idp.accounts import guesses
from idp.accounts.held import held_by
from idp.accounts.notices import Notices
from idp.accounts.password_rules import PasswordFault, fault_of
from idp.clock import Instant
from idp.events import Action, Event, Kind
from idp.model.account import Identifier, IdentifierKind
from idp.model.credential import CredentialKind
from idp.model.notice import Notice, NoticeKind
from idp.model.policy import Method
from idp.model.session import Visitor
from idp.ports import UnitOfWork
from idp.services import Services
from idp.sessions.end import end
from idp.sessions.hold import hold


class Added(StrEnum):
    """What became of an app that was to be added."""

    DONE = "done"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class _Change:
    """Who changes what."""

    visitor: Visitor
    kind: CredentialKind
    at: Instant

    def notice(self, action: Action) -> NoticeKind:
        """What the person is told by their other ways."""
        if self.kind is CredentialKind.PASSWORD:
            return NoticeKind.PASSWORD_SET
        if self.kind is CredentialKind.RECOVERY_CODE:
            return NoticeKind.RECOVERY_CODES_MADE
        is_removal = action is Action.CREDENTIAL_REMOVED
        return NoticeKind.ONE_TIME_CODE_REMOVED if is_removal else NoticeKind.ONE_TIME_CODE_ADDED


class Methods:
    """The verbs; whoever calls them has asked for a fresh proof before."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._notices = Notices(services)

    def set_password(self, visitor: Visitor, password: str, at: Instant, *, ends_others: bool) -> PasswordFault | None:
        """Set or change it; None: done. Guesses at the old one are forgotten, other devices signed out where asked."""
        with self._services.begin() as unit_of_work:
            person = unit_of_work.accounts.attributes(visitor.account.id)
        if fault := fault_of(password, person, self._services.known_passwords):
            return fault
        with self._services.passwords.place():
            phc = self._services.passwords.hash(password)
        change = _Change(visitor, CredentialKind.PASSWORD, at)
        with self._services.begin() as unit_of_work:
            hold(unit_of_work, visitor)
            is_new = unit_of_work.credentials.get(visitor.account.id, change.kind) is None
            unit_of_work.credentials.put(visitor.account.id, change.kind, phc, at)
            self._forget_guesses(unit_of_work, change)
            if ends_others:
                _end_others(unit_of_work, change)
                unit_of_work.known_devices.forget_all(visitor.account.id)
            self._record(unit_of_work, change, Action.CREDENTIAL_ADDED if is_new else Action.CREDENTIAL_CHANGED)
            unit_of_work.commit()
        return None

    def add_one_time_code(self, visitor: Visitor, secret: str, unverified_code: str, at: Instant) -> Added:
        """Take the app whose code proves that it has the secret; it takes the place of an app that was there.

        The code is used up by that, so that whoever saw it typed cannot sign in with it (threat H03).
        """
        step = self._services.one_time_codes.step_of(secret, unverified_code, at)
        if step is None:
            return Added.WRONG
        change = _Change(visitor, CredentialKind.ONE_TIME_CODE, at)
        with self._services.begin() as unit_of_work:
            hold(unit_of_work, visitor)
            is_new = unit_of_work.credentials.get(visitor.account.id, change.kind) is None
            unit_of_work.credentials.put(visitor.account.id, change.kind, secret, at)
            unit_of_work.credentials.use_step(visitor.account.id, step, at)
            self._forget_guesses(unit_of_work, change)
            self._record(unit_of_work, change, Action.CREDENTIAL_ADDED if is_new else Action.CREDENTIAL_CHANGED)
            unit_of_work.commit()
        return Added.DONE

    def remove_one_time_code(self, visitor: Visitor, at: Instant) -> bool:
        """Take the app away; False, with nothing done, when the person could not sign in any more without it."""
        change = _Change(visitor, CredentialKind.ONE_TIME_CODE, at)
        with self._services.begin() as unit_of_work:
            hold(unit_of_work, visitor)
            held = held_by(self._services, unit_of_work, visitor.account.id)
            if not held.without(Method.ONE_TIME_CODE):
                return False
            if unit_of_work.credentials.remove(visitor.account.id, change.kind):
                self._record(unit_of_work, change, Action.CREDENTIAL_REMOVED)
            unit_of_work.commit()
        return True

    def make_recovery_codes(self, visitor: Visitor, at: Instant) -> Sequence[str]:
        """A new batch, as the person reads it, here and nowhere else; the one before is dead (threat H04)."""
        factor, account_id = self._services.recovery_codes, visitor.account.id
        codes = factor.new()
        change = _Change(visitor, CredentialKind.RECOVERY_CODE, at)
        with self._services.begin() as unit_of_work:
            hold(unit_of_work, visitor)
            is_new = unit_of_work.recovery_codes.batch(account_id) is None
            unit_of_work.recovery_codes.replace(account_id, [factor.digests(account_id, code)[0] for code in codes], at)
            self._forget_guesses(unit_of_work, change)
            self._record(unit_of_work, change, Action.CREDENTIAL_ADDED if is_new else Action.CREDENTIAL_CHANGED)
            unit_of_work.commit()
        return codes

    def _forget_guesses(self, unit_of_work: UnitOfWork, change: _Change) -> None:
        cipher, account = self._services.cipher, change.visitor.account
        nobody = Identifier(IdentifierKind.PHONE, "")  # with an account, the account alone counts
        if change.kind is CredentialKind.PASSWORD:
            unit_of_work.guesses.clear(guesses.subject_of(cipher, account, nobody))
        else:
            unit_of_work.guesses.clear(guesses.subject_of_factor(cipher, account, nobody, change.kind))

    def _record(self, unit_of_work: UnitOfWork, change: _Change, action: Action) -> None:
        """Write it down, and tell the person by every way they have (threat H05)."""
        session = change.visitor.session
        told = Notice(account_id=session.account_id, kind=change.notice(action), at=change.at, device=session.device)
        self._notices.notify(unit_of_work, told)
        unit_of_work.events.record(
            Event(
                kind=Kind.AUDIT,
                action=action,
                at=change.at,
                account_id=session.account_id,
                session_id=session.id,
                channel=session.channel,
                data={"factor": change.kind.value},
            )
        )


def _end_others(unit_of_work: UnitOfWork, change: _Change) -> None:
    for session in unit_of_work.sessions.unended(change.visitor.account.id):
        if session.id != change.visitor.session.id:
            end(unit_of_work, session, change.at)
