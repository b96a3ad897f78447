"""Citizen cards that were reported lost: what they opened before is shut, too, since who found one may sit in there.

A session does not say which card opened it. It may be a lost one if it began no later than that was last used; so whoever
goes on with a new card, while the lost one still stands on the list and in the account, is left alone. The card itself is
not taken away: it may be found, and leave the list.
"""

from itertools import islice

import structlog

from idp.accounts.notices import Notices
from idp.clock import Instant, after
from idp.errors import Unavailable
from idp.events import Action, Event, Kind
from idp.model.credential import CredentialKind
from idp.model.notice import Notice, NoticeKind
from idp.model.policy import Method
from idp.services import Services
from idp.sessions.end import end
from idp.sessions.living import is_alive

AGAIN_SECONDS = 3600
"""Where the list did not change: another machine may have got it later than we, and let a card in meanwhile."""
_AT_ONCE = 500
"""Serial numbers that are looked up by one statement."""
_SIGN_IN_SECONDS = 60
"""By which a session may begin after the use of the card that opens it: the clock is read again, and a turn waited for."""

_log = structlog.get_logger()


class ReportedCards:
    """Belongs to one worker; several may do it at once, and one that is killed leaves the rest to its next start."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._looked_through: frozenset[str] | None = None
        self._again_at = Instant(0)

    def end_sessions(self, now: Instant) -> int:
        """Where the list changed, or an hour passed, end what its cards opened; of how many people.

        A new list is looked through twice: a card may have been signing in when the first look came by.
        """
        cards = self._services.citizen_cards
        if cards is None:
            return 0
        listed = cards.lost()
        is_new = listed != self._looked_through
        if not is_new and now < self._again_at:
            return 0
        ended = self._look_through(listed, now)
        self._looked_through, self._again_at = listed, now if is_new else after(now, AGAIN_SECONDS)
        if ended:
            _log.info("lost_cards.sessions_ended", accounts=ended)
        return ended

    def _look_through(self, listed: frozenset[str], now: Instant) -> int:
        serials, ended = iter(listed), 0
        while batch := list(islice(serials, _AT_ONCE)):
            with self._services.begin() as unit_of_work:
                owners = unit_of_work.citizen_cards.signed_in(batch, now)
            for account_id, used_at in owners.items():
                try:
                    ended += self._end(account_id, used_at, now)
                except Unavailable as error:  # what cannot be read of one person keeps nobody else's open
                    _log.error("lost_cards.stuck", account=account_id, detail=error.detail)
        return ended

    def _end(self, account_id: int, used_at: Instant, now: Instant) -> bool:
        """One transaction: who is cut off in the middle has done nothing, and who was faster leaves nothing to do."""
        channels, began_by = self._services.channels, after(used_at, _SIGN_IN_SECONDS)
        with self._services.begin() as unit_of_work:
            ended = [
                end(unit_of_work, session, now)
                for session in unit_of_work.sessions.unended(account_id)  # in one order, for two workers at once
                if Method.CITIZEN_CARD in session.methods
                and session.created_at <= began_by
                and is_alive(session, channels, now)
            ]
            if not any(ended):
                return False
            notice = Notice(account_id=account_id, kind=NoticeKind.CITIZEN_CARD_LOST, at=now)
            Notices(self._services).notify(unit_of_work, notice)
            unit_of_work.events.record(
                Event(
                    kind=Kind.AUDIT,
                    action=Action.CREDENTIAL_LOST,
                    at=now,
                    account_id=account_id,
                    data={"factor": CredentialKind.CITIZEN_CARD.value, "sessions": sum(ended)},
                )
            )
            unit_of_work.commit()
        return True
