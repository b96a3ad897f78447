"""A window hands out a slip: a code by which one person starts anew, once, within a day (C13)."""

from dataclasses import dataclass

from idp.accounts.guesses import subject_of_slips
from idp.accounts.notices import Notices
from idp.clock import Instant, after
from idp.errors import Refused
from idp.events import Action, Event, Kind
from idp.model.account import Account, AccountStatus
from idp.model.notice import Notice, NoticeKind
from idp.model.policy import Level
from idp.ports import UnitOfWork
from idp.services import Services

SECONDS = 86_400
"""How long a slip works."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A slip as it is printed; the code is here and nowhere else."""

    code: str
    level: Level
    expires_at: Instant


def issue(services: Services, unit_of_work: UnitOfWork, account: Account, level: Level, now: Instant) -> Issued:
    """For whom a person at a window has just seen with their document; the slip before it is dead. Whoever called commits.

    Args:
        level: what the account is worth at most for a while after it was used; `recovery.slip_level` at most.

    Raises:
        Refused: `account_frozen`, `account_closed`: nobody signs in to it, with a slip or without; `invalid_level`.
    """
    if account.status is AccountStatus.FROZEN:
        raise Refused("account_frozen", "This account is frozen: a slip opens nothing.", status=409)
    if account.status is AccountStatus.CLOSED:
        raise Refused("account_closed", "This account is closed for good.", status=409)
    if not Level.ONE <= level <= services.settings.recovery.slip_level:
        most = services.settings.recovery.slip_level
        raise Refused("invalid_level", f"A slip is worth a level from 1 to {most} (recovery.slip_level).")
    code, expires_at = services.slips.new(), after(now, SECONDS)
    if not unit_of_work.accounts.hold(account):
        raise Refused("account_frozen", "Somebody has just changed this account: look at it again.", status=409)
    unit_of_work.guesses.clear(subject_of_slips(services.cipher, account))
    unit_of_work.slips.issue(account.id, services.slips.digests(account.id, code)[0], level, now, expires_at)
    Notices(services).notify(unit_of_work, Notice(account_id=account.id, kind=NoticeKind.SLIP_ISSUED, at=now))
    unit_of_work.events.record(
        Event(
            kind=Kind.AUDIT,
            action=Action.SLIP_ISSUED,
            at=now,
            account_id=account.id,
            data={"level": level.value},
        )
    )
    return Issued(code, level, expires_at)
