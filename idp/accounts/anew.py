"""A person who lost what they signed in with starts anew: whatever opened the account before opens it no more.

No matter whose it was: what is left behind is as good a way in for the thief as for the person. The account itself, its
number, its name and its subject identifiers stay.
"""

from dataclasses import dataclass

from idp.accounts.dropped_factors import drop_factors
from idp.accounts.notices import Notices
from idp.accounts.waiting import cancel_waiting
from idp.clock import Instant
from idp.events import Action, Event, Kind
from idp.model.account import Account, Cap, Identifier, IdentifierKind
from idp.model.credential import CredentialKind
from idp.model.notice import Notice, NoticeKind
from idp.model.recovery import Basis, RecoveryOutcome
from idp.ports import UnitOfWork
from idp.services import Services
from idp.sessions.end import end


@dataclass(frozen=True, slots=True, kw_only=True)
class Anew:
    """By what somebody is let back in, and how they sign in from now on: one of the two.

    Attributes:
        phone: canonical, and proven by a code just now.
        password: the hash of a new one.
        cap: what the account is worth at most for a while; None: it waited before.
        device, language: of the page on which it was done, where there was one.
    """

    basis: Basis
    at: Instant
    phone: str | None = None
    password: str | None = None
    cap: Cap | None = None
    device: str | None = None
    language: str | None = None


def start_anew(services: Services, unit_of_work: UnitOfWork, account: Account, anew: Anew) -> None:
    """In the transaction of whoever used up the right to it; told by the ways that were there before (threats G07, G08).

    The caller holds the account: a factor in flight waits, or is dropped. Raises `Refused`: `identifier_taken` when another
    account has the phone.
    """
    _tell(services, unit_of_work, account, anew)
    factors = drop_factors(unit_of_work, account.id)
    ended = sum(end(unit_of_work, session, anew.at) for session in unit_of_work.sessions.unended(account.id))
    unit_of_work.authorizations.revoke_all(account.id, anew.at)
    unit_of_work.known_devices.forget_all(account.id)
    unit_of_work.slips.remove(account.id)
    cancel_waiting(unit_of_work, account.id, anew.at, RecoveryOutcome.OVERTAKEN)
    unit_of_work.accounts.think_again(account.id)
    unit_of_work.accounts.restart(account.id, anew.at)
    _sign_in_by(unit_of_work, account, anew)
    if anew.cap is not None:
        unit_of_work.accounts.cap(account.id, _tighter(account.cap, anew.cap, anew.at))
    unit_of_work.events.record(
        Event(
            kind=Kind.AUDIT,
            action=Action.ACCOUNT_RECOVERED,
            at=anew.at,
            account_id=account.id,
            data={"basis": anew.basis.value, "sessions": ended, "factors": [kind.value for kind in factors]},
        )
    )


def _tighter(known: Cap | None, new: Cap, now: Instant) -> Cap:
    """A second slip does not lift what the first one holds."""
    if known is None or now >= known.until:
        return new
    return Cap(min(known.level, new.level), max(known.until, new.until))


def _sign_in_by(unit_of_work: UnitOfWork, account: Account, anew: Anew) -> None:
    phone = None if anew.phone is None else Identifier(IdentifierKind.PHONE, anew.phone)
    unit_of_work.accounts.change_identifier(account.id, IdentifierKind.PHONE, phone, anew.at)
    unit_of_work.accounts.change_identifier(account.id, IdentifierKind.EMAIL, None, anew.at)
    if anew.password is not None:
        unit_of_work.credentials.put(account.id, CredentialKind.PASSWORD, anew.password, anew.at)


def _tell(services: Services, unit_of_work: UnitOfWork, account: Account, anew: Anew) -> None:
    notice = Notice(
        account_id=account.id,
        kind=NoticeKind.RECOVERED,
        at=anew.at,
        device=anew.device,
        language=anew.language,
    )
    Notices(services).notify(unit_of_work, notice)
