"""A person whose phone is lost, and who has one other proof left, puts a new one in its place (C12).

One proof alone must not be enough to take the account over. So the new phone waits for days in which whoever holds the
account is told by every way, and may object; then everything that was there before is dead, and the new phone opens it.
"""

from dataclasses import replace

import structlog

from idp.accounts.act import Act
from idp.accounts.anew import Anew, start_anew
from idp.accounts.contact import ContactChange
from idp.accounts.notices import Notices
from idp.accounts.waiting import cancel_waiting
from idp.clock import Instant, after
from idp.errors import Refused, Unavailable
from idp.events import Action
from idp.model.account import Identifier, IdentifierKind
from idp.model.notice import Notice, NoticeKind
from idp.model.policy import SENT_CODES, Method
from idp.model.recovery import Basis, Recovery, RecoveryOutcome
from idp.model.session import Session
from idp.ports import UnitOfWork
from idp.services import Services
from idp.sessions.hold import hold

_AT_ONCE = 100

_log = structlog.get_logger()


def may_be_lost(session: Session) -> bool:
    """Whether the person showed anything that does not lie on the phone itself: who stole that must not come by here."""
    return not set(session.methods) <= {*SENT_CODES, Method.ONE_TIME_CODE}


class LostPhone(ContactChange):
    """The new phone is proven by its code like any other, and then waits instead of counting at once."""

    purpose = "lost_phone"

    def _write(self, unit_of_work: UnitOfWork, act: Act, kind: IdentifierKind, new: Identifier | None) -> None:
        hold(unit_of_work, act.visitor)
        account_id = act.visitor.account.id
        if new is None or kind is not IdentifierKind.PHONE or not may_be_lost(act.visitor.session):
            raise Refused("access_denied", "A lost phone is replaced after another proof.", status=403)
        if unit_of_work.accounts.find(new) is not None:
            raise Refused("identifier_taken", "Another account holds this phone.", status=409)
        cancel_waiting(unit_of_work, account_id, act.at, RecoveryOutcome.OVERTAKEN)
        ripe_at = after(act.at, self._services.settings.recovery.lost_phone_seconds)
        unit_of_work.recoveries.open(account_id, Basis.PROOF, new.value, act.at, ripe_at)
        unit_of_work.events.record(act.event(Action.RECOVERY_OPENED, {"basis": Basis.PROOF.value}))
        notice = replace(act.notice(NoticeKind.RECOVERY_OPENED), until=ripe_at)  # as long as there is time to object
        Notices(self._services).notify(unit_of_work, notice)
        unit_of_work.commit()


def waiting(services: Services, account_id: int) -> Recovery | None:
    """The new phone that waits for this person."""
    with services.begin() as unit_of_work:
        return unit_of_work.recoveries.waiting(account_id)


def keep_phone(services: Services, act: Act) -> bool:
    """Think again: the old phone stays; False: nothing waited."""
    with services.begin() as unit_of_work:
        hold(unit_of_work, act.visitor)
        if not cancel_waiting(unit_of_work, act.visitor.account.id, act.at):
            return False
        Notices(services).notify(unit_of_work, act.notice(NoticeKind.RECOVERY_CANCELLED))
        unit_of_work.commit()
    return True


def complete_ripe(services: Services, now: Instant) -> int:
    """Do what has waited long enough; how many. Safe to be killed anywhere, and to run in several workers at once."""
    done = after_id = 0
    while ripe := _ripe(services, now, after_id):
        for after_id in ripe:
            try:
                done += _complete(services, after_id, now)
            except Unavailable as error:  # one that cannot be read keeps nobody else from coming back
                _log.error("recoveries.stuck", recovery=after_id, detail=error.detail)
                break  # where the store is down, the next look says so
    if done:
        _log.info("recoveries.done", recoveries=done)
    return done


def _ripe(services: Services, now: Instant, after_id: int) -> list[int]:
    with services.begin() as unit_of_work:
        return list(unit_of_work.recoveries.ripe(now, _AT_ONCE, after_id))


def _complete(services: Services, recovery_id: int, now: Instant) -> bool:
    """One transaction: who is cut off in the middle has done nothing, and who was faster leaves nothing to do."""
    with services.begin() as unit_of_work:
        recovery = unit_of_work.recoveries.get(recovery_id)
        if recovery is None:
            return False
        account = unit_of_work.accounts.get(recovery.account_id)
        is_held = account is not None and unit_of_work.accounts.hold(account)  # first, as whoever freezes it
        if not unit_of_work.recoveries.end(recovery.id, RecoveryOutcome.DONE, now):
            return False
        if account is not None and is_held:
            try:
                start_anew(services, unit_of_work, account, Anew(basis=recovery.basis, phone=recovery.phone, at=now))
                unit_of_work.commit()
            except Refused as refused:
                if refused.code != "identifier_taken":
                    raise
            else:
                return True
    _give_up(services, recovery, now)
    return False


def _give_up(services: Services, recovery: Recovery, now: Instant) -> None:
    """Another account has the phone by now, so nothing changes, and the person hears it."""
    with services.begin() as unit_of_work:
        if cancel_waiting(unit_of_work, recovery.account_id, now, RecoveryOutcome.TAKEN):
            notice = Notice(account_id=recovery.account_id, kind=NoticeKind.RECOVERY_CANCELLED, at=now)
            Notices(services).notify(unit_of_work, notice)
        unit_of_work.commit()
