"""A person closes their account: fifteen days in which everything works and it can be taken back, then for good."""

import structlog

from idp.accounts.act import Act
from idp.accounts.handing_over import left_behind
from idp.accounts.notices import Notices
from idp.accounts.status import Reason, close
from idp.clock import Instant, after
from idp.errors import Refused
from idp.events import Action, Event, Kind
from idp.model.account import AccountStatus
from idp.model.notice import NoticeKind
from idp.services import Services
from idp.sessions.hold import hold

COOLING_OFF_DAYS = 15
_DAY = 86_400
_AT_ONCE = 100
"""People who are looked up at a time; each is closed in a transaction of their own."""

_log = structlog.get_logger()


def ask(services: Services, act: Act) -> None:
    """Close it when the days are over; whoever asks twice does not wait longer. No session ends.

    Raises `Refused("hand_over_first", …)` while others act for an organisation that the person alone represents.
    """
    with services.begin() as unit_of_work:
        hold(unit_of_work, act.visitor)
        if left_behind(unit_of_work, act.visitor.account.id, act.at):
            raise Refused("hand_over_first", "Hand over the organisations that you represent first.", status=409)
        if not unit_of_work.accounts.close_at(act.visitor.account.id, after(act.at, COOLING_OFF_DAYS * _DAY)):
            return
        unit_of_work.events.record(act.event(Action.ACCOUNT_CLOSING_ASKED))
        Notices(services).notify(unit_of_work, act.notice(NoticeKind.CLOSING_ASKED))
        unit_of_work.commit()


def keep(services: Services, act: Act) -> bool:
    """Think again; False: there was nothing to take back."""
    with services.begin() as unit_of_work:
        hold(unit_of_work, act.visitor)
        if not unit_of_work.accounts.think_again(act.visitor.account.id):
            return False
        unit_of_work.events.record(act.event(Action.ACCOUNT_CLOSING_CANCELLED))
        Notices(services).notify(unit_of_work, act.notice(NoticeKind.CLOSING_CANCELLED))
        unit_of_work.commit()
    return True


def close_due(services: Services, now: Instant) -> int:
    """Close whose days are over; how many. Safe to be killed anywhere, and to run in several workers at once."""
    closed = 0
    while due := _due(services, now):
        closed += sum(_close(services, account_id, now) for account_id in due)
    if closed:
        _log.info("accounts.closed", accounts=closed)
    return closed


def _due(services: Services, now: Instant) -> list[int]:
    with services.begin() as unit_of_work:
        return list(unit_of_work.accounts.due_to_close(now, _AT_ONCE))


def _close(services: Services, account_id: int, now: Instant) -> bool:
    """One transaction: who is cut off in the middle has done nothing, and who was faster leaves nothing to do.

    Whoever was frozen meanwhile stays frozen, and is asked anew: it may have been a thief who wanted it closed.
    """
    with services.begin() as unit_of_work:
        if not unit_of_work.accounts.think_again(account_id, due_at=now):
            return False
        account = unit_of_work.accounts.get(account_id)
        is_closed = False
        if account is not None and account.status is AccountStatus.ACTIVE:
            is_closed = close(unit_of_work, account_id, Reason.ASKED, now)
        elif account is not None and account.status is AccountStatus.FROZEN:
            cancelled = Event(
                kind=Kind.AUDIT,
                action=Action.ACCOUNT_CLOSING_CANCELLED,
                at=now,
                outcome="frozen",
                account_id=account_id,
            )
            unit_of_work.events.record(cancelled)
        unit_of_work.commit()
        return is_closed
