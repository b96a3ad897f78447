"""The first proof that somebody holds a phone: whatever was there before them goes (threat G09).

A stranger may have made the account with another person's number, here or in the system it was imported from, and wait
with a password or an open session for the day on which that person comes. Where a register or a window has said who the
account belongs to (P2 and higher), nobody waits: what was there is the person's own.
"""

from idp.clock import Instant
from idp.events import Action, Event, Kind
from idp.model.account import Account, Identifier
from idp.model.policy import Proofing
from idp.ports import UnitOfWork
from idp.sessions.end import end


def prove(unit_of_work: UnitOfWork, account: Account, identifier: Identifier, now: Instant) -> None:
    """Note that the person proved to hold it; at the first time an unchecked account is emptied for them."""
    is_first = unit_of_work.accounts.verify(account.id, identifier, now)
    if not is_first or account.proofing >= Proofing.P2:
        return
    had_factors = bool(unit_of_work.credentials.kinds(account.id))
    unit_of_work.credentials.remove_all(account.id)
    ended = sum(end(unit_of_work, session, now) for session in unit_of_work.sessions.unended(account.id))
    revoked = unit_of_work.authorizations.revoke_all(account.id, now)
    if had_factors or ended or revoked:
        unit_of_work.events.record(
            Event(
                kind=Kind.AUDIT,
                action=Action.ACCOUNT_RECLAIMED,
                at=now,
                account_id=account.id,
                data={"sessions": ended, "authorizations": revoked},
            )
        )
