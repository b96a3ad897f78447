"""Stop an account at once, let it go on, or close it for good: with everything that was opened by it."""

from enum import StrEnum

from idp.accounts.dropped_factors import drop_factors
from idp.accounts.mandate_end import Ending, finish_unheard
from idp.accounts.waiting import cancel_waiting
from idp.clock import Instant
from idp.errors import Refused, Unavailable
from idp.events import Action, Event, Kind
from idp.model.account import Account, AccountStatus
from idp.model.evidence import WithdrawalReason
from idp.model.mandate import EndReason
from idp.ports import UnitOfWork
from idp.sessions.end import end

_ACTION = {
    AccountStatus.FROZEN: Action.ACCOUNT_FROZEN,
    AccountStatus.ACTIVE: Action.ACCOUNT_UNFROZEN,
    AccountStatus.CLOSED: Action.ACCOUNT_CLOSED,
}
_ATTEMPTS = 5


class Reason(StrEnum):
    """Why: a word of this list and never free text, which would carry personal data into the log."""

    ASKED = "asked"
    """The person asked for it, signed in or at a window."""
    NOT_ME = "not_me"
    """The person saw a sign-in that was not theirs."""
    LOST = "lost"
    """A phone or a card is gone."""
    MISUSE = "misuse"
    DUPLICATE = "duplicate"
    DISPUTED = "disputed"
    """The number that it had is another person's."""
    DECEASED = "deceased"
    AUTHORITY = "authority"
    """A court or another authority ordered it."""
    LEFT = "left"
    """They work here no more."""
    SETTLED = "settled"
    """What it was frozen for is over."""


def freeze(unit_of_work: UnitOfWork, account_id: int, reason: Reason, now: Instant) -> bool:
    """From the commit on nobody signs in to it, and nothing that was opened by it works; False when it was frozen.

    Raises:
        Refused: `not_found`; `account_closed`, since there is nothing left to freeze.
    """
    return _move(unit_of_work, account_id, AccountStatus.FROZEN, reason, now)


def unfreeze(unit_of_work: UnitOfWork, account_id: int, reason: Reason, now: Instant) -> bool:
    """Let it sign in again, with nothing open; False when it was active. Raises as `freeze` does."""
    return _move(unit_of_work, account_id, AccountStatus.ACTIVE, reason, now)


def close(unit_of_work: UnitOfWork, account_id: int, reason: Reason, now: Instant) -> bool:
    """End it for good; False when it was closed. Raises `Refused("not_found", …)`.

    Its factors are forgotten, and nobody acts by it or for it any more. Its number, phone and mail address are free for
    whoever comes to hold them, the person included, who would be a new account with a new `sub` everywhere; those of the
    dead are nobody's any more. The account itself stays, so that no `sub` is ever
    given to anybody else and the log still says whom it tells of.
    """
    if not _move(unit_of_work, account_id, AccountStatus.CLOSED, reason, now):
        return False
    drop_factors(unit_of_work, account_id)
    if reason is Reason.DECEASED:
        unit_of_work.evidence.withdraw_all(account_id, WithdrawalReason.DECEASED, now)
    else:
        unit_of_work.accounts.release_identifiers(account_id, now)
    for mandate_id in unit_of_work.mandates.open_with(account_id):
        acting = unit_of_work.mandates.get(mandate_id)
        if acting is not None:
            finish_unheard(unit_of_work, acting, Ending(EndReason.CLOSED, now))
    return True


def _move(unit_of_work: UnitOfWork, account_id: int, status: AccountStatus, reason: Reason, now: Instant) -> bool:
    for _ in range(_ATTEMPTS):
        account = _found(unit_of_work, account_id)
        if account.status is status:
            return False
        if account.status is AccountStatus.CLOSED:
            raise Refused("account_closed", "This account is closed for good.", status=409)
        if unit_of_work.accounts.move(account.id, account.status, status):
            _end_all(unit_of_work, account, status, reason, now)
            return True
    raise Unavailable("Somebody else is changing this account.", retry_after=1)


def _end_all(unit_of_work: UnitOfWork, account: Account, status: AccountStatus, reason: Reason, now: Instant) -> None:
    """Sessions with their apps, then the families that outlive a session; no browser is known any more.

    Also on the way back: a sign-in that was under way when the account was frozen may have left a session, which would
    wake up with it.
    """
    ended = sum(end(unit_of_work, session, now) for session in unit_of_work.sessions.unended(account.id))
    revoked = unit_of_work.authorizations.revoke_all(account.id, now)
    unit_of_work.accounts.restart(account.id, now)
    unit_of_work.known_devices.forget_all(account.id)
    unit_of_work.slips.remove(account.id)
    cancel_waiting(unit_of_work, account.id, now)
    unit_of_work.events.record(
        Event(
            kind=Kind.AUDIT,
            action=_ACTION[status],
            at=now,
            account_id=account.id,
            data={"reason": reason.value, "sessions": ended, "authorizations": revoked},
        )
    )


def _found(unit_of_work: UnitOfWork, account_id: int) -> Account:
    account = unit_of_work.accounts.get(account_id)
    if account is None:
        raise Refused("not_found", "There is no such account.", status=404)
    return account
