"""The first proof that somebody holds the phone of an account which was there before (threat G09).

Until then anybody could have set it up: whoever imported it, or a stranger who had it made with somebody else's phone.
What they left open must not work on behind the holder's back.
"""

from idp.accounts.dropped_factors import drop_factors
from idp.accounts.waiting import cancel_waiting
from idp.clock import Instant
from idp.events import Action, Event, Kind
from idp.model.account import Account
from idp.model.session import Session
from idp.ports import UnitOfWork
from idp.sessions.end import end


def claim(unit_of_work: UnitOfWork, account: Account, own: Session | None, now: Instant) -> bool:
    """Every other session ends, and factors that the holder has not shown go; whether there were such factors.

    Args:
        own: the session of the holder's own browser, if the account is signed in there. Who has that has shown a factor
            of the account before its phone, so both are theirs: their factors stay.
    """
    is_at_home = own is not None and own.account_id == account.id and own.ended_at is None
    others = [each for each in unit_of_work.sessions.unended(account.id) if own is None or each.id != own.id]
    ended = sum(end(unit_of_work, session, now) for session in others)
    factors = [] if is_at_home else drop_factors(unit_of_work, account.id)
    if not is_at_home:
        unit_of_work.accounts.restart(account.id, now)
        unit_of_work.slips.remove(account.id)
        cancel_waiting(unit_of_work, account.id, now)
        unit_of_work.known_devices.forget_all(account.id)
        unit_of_work.authorizations.revoke_all(account.id, now)
    if not is_at_home and unit_of_work.accounts.think_again(account.id):  # whoever asked to close it was not the holder
        unit_of_work.events.record(
            Event(
                kind=Kind.AUDIT,
                action=Action.ACCOUNT_CLOSING_CANCELLED,
                at=now,
                outcome="claimed",
                account_id=account.id,
            )
        )
    unit_of_work.events.record(
        Event(
            kind=Kind.AUDIT,
            action=Action.ACCOUNT_CLAIMED,
            at=now,
            account_id=account.id,
            data={"sessions": ended, "factors": [kind.value for kind in factors]},
        )
    )
    return bool(factors)
