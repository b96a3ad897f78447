"""What a person signs in with, changed by themselves: each change is written down and told, in its own transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from idp.accounts import guesses
from idp.accounts.act import Act
from idp.accounts.held import held_by
from idp.accounts.notices import Notices
from idp.accounts.password_rules import PasswordFault, fault_of
from idp.accounts.staff_passwords import keep_former, profile_of, was_used
from idp.accounts.waiting import cancel_waiting
from idp.events import Action
from idp.model.account import Identifier, IdentifierKind
from idp.model.credential import CredentialKind
from idp.model.notice import NoticeKind
from idp.model.policy import Method
from idp.ports import UnitOfWork
from idp.services import Services
from idp.sessions.end import end_others
from idp.sessions.hold import hold

RECOVERY_CODES = 10
"""On one sheet."""


_METHOD = {
    CredentialKind.PASSWORD: Method.PASSWORD,
    CredentialKind.ONE_TIME_CODE: Method.ONE_TIME_CODE,
    CredentialKind.RECOVERY_CODE: Method.RECOVERY_CODE,
}


class Added(StrEnum):
    """What became of an app that was to be added."""

    DONE = "done"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class _Change:
    """Who changes what."""

    act: Act
    kind: CredentialKind

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

    def set_password(self, act: Act, password: str, *, ends_others: bool) -> PasswordFault | None:
        """Set or change it; None: done. Guesses at the old one are forgotten, other devices signed out where asked."""
        account = act.visitor.account
        with self._services.begin() as unit_of_work:
            person = unit_of_work.accounts.attributes(account.id)
        if fault := fault_of(password, person, self._services.known_passwords, profile_of(self._services, account)):
            return fault
        with self._services.passwords.place():
            with self._services.begin() as unit_of_work:
                if was_used(self._services, unit_of_work, account, password):
                    return PasswordFault.REUSED
            phc = self._services.passwords.hash(password)
        change = _Change(act, CredentialKind.PASSWORD)
        with self._services.begin() as unit_of_work:
            hold(unit_of_work, act.visitor)
            before = unit_of_work.credentials.get(account.id, change.kind)
            keep_former(self._services, unit_of_work, account, before, act.at)
            unit_of_work.credentials.put(account.id, change.kind, phc, act.at)
            self._forget_guesses(unit_of_work, change)
            if ends_others:
                end_others(unit_of_work, act.visitor.session, act.at)
                unit_of_work.known_devices.forget_all(act.visitor.account.id)
                cancel_waiting(unit_of_work, act.visitor.account.id, act.at)
            self._record(unit_of_work, change, Action.CREDENTIAL_ADDED if before is None else Action.CREDENTIAL_CHANGED)
            unit_of_work.commit()
        return None

    def add_one_time_code(self, act: Act, secret: str, unverified_code: str) -> Added:
        """Take the app whose code proves that it has the secret; it takes the place of an app that was there.

        The code is used up by that, so that whoever saw it typed cannot sign in with it (threat H03).
        """
        step = self._services.one_time_codes.step_of(secret, unverified_code, act.at)
        if step is None:
            return Added.WRONG
        change = _Change(act, CredentialKind.ONE_TIME_CODE)
        with self._services.begin() as unit_of_work:
            hold(unit_of_work, act.visitor)
            is_new = unit_of_work.credentials.get(act.visitor.account.id, change.kind) is None
            unit_of_work.credentials.put(act.visitor.account.id, change.kind, secret, act.at)
            unit_of_work.credentials.use_step(act.visitor.account.id, step, act.at)
            self._forget_guesses(unit_of_work, change)
            self._record(unit_of_work, change, Action.CREDENTIAL_ADDED if is_new else Action.CREDENTIAL_CHANGED)
            unit_of_work.commit()
        return Added.DONE

    def remove_one_time_code(self, act: Act) -> bool:
        """Take the app away; False, with nothing done, when the person could not sign in any more without it."""
        change = _Change(act, CredentialKind.ONE_TIME_CODE)
        with self._services.begin() as unit_of_work:
            hold(unit_of_work, act.visitor)
            held = held_by(self._services, unit_of_work, act.visitor.account.id)
            if not held.without(Method.ONE_TIME_CODE):
                return False
            if unit_of_work.credentials.remove(act.visitor.account.id, change.kind):
                self._record(unit_of_work, change, Action.CREDENTIAL_REMOVED)
            unit_of_work.commit()
        return True

    def make_recovery_codes(self, act: Act) -> Sequence[str]:
        """A new batch, as the person reads it, here and nowhere else; the one before is dead (threat H04)."""
        factor, account_id = self._services.recovery_codes, act.visitor.account.id
        codes = [factor.new() for _ in range(RECOVERY_CODES)]
        change = _Change(act, CredentialKind.RECOVERY_CODE)
        with self._services.begin() as unit_of_work:
            hold(unit_of_work, act.visitor)
            is_new = unit_of_work.recovery_codes.batch(account_id) is None
            unit_of_work.recovery_codes.replace(
                account_id, [factor.digests(account_id, code)[0] for code in codes], act.at
            )
            self._forget_guesses(unit_of_work, change)
            self._record(unit_of_work, change, Action.CREDENTIAL_ADDED if is_new else Action.CREDENTIAL_CHANGED)
            unit_of_work.commit()
        return codes

    def _forget_guesses(self, unit_of_work: UnitOfWork, change: _Change) -> None:
        cipher, account = self._services.cipher, change.act.visitor.account
        nobody = Identifier(IdentifierKind.PHONE, "")  # with an account, the account alone counts
        if change.kind is CredentialKind.PASSWORD:
            unit_of_work.guesses.clear(guesses.subject_of(cipher, account, nobody))
        unit_of_work.guesses.clear(guesses.subject_of_factor(cipher, account, nobody, _METHOD[change.kind]))

    def _record(self, unit_of_work: UnitOfWork, change: _Change, action: Action) -> None:
        """Write it down, and tell the person by every way they have (threat H05)."""
        self._notices.notify(unit_of_work, change.act.notice(change.notice(action)))
        unit_of_work.events.record(change.act.event(action, {"factor": change.kind.value}))
