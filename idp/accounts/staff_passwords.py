"""What the rules for classified protection ask of the passwords of whoever works for the city (GB/T 22239-2019 §8.1.4.1).

Longer, of several kinds of characters, another one every few months, and none of the last few again. A second proof is asked of
them by the level of what they open, as of everybody.
"""

from idp.accounts.password_rules import CITIZENS, PasswordProfile
from idp.clock import Instant, after
from idp.model.account import Account
from idp.model.credential import Credential, CredentialKind
from idp.model.policy import Method
from idp.model.session import Visitor
from idp.ports import UnitOfWork
from idp.services import Services

_DAY = 86_400


def profile_of(services: Services, account: Account) -> PasswordProfile:
    """The rules for a new password of this person."""
    if account.staff_since is None:
        return CITIZENS
    limits = services.settings.passwords
    return PasswordProfile(limits.staff_shortest, limits.staff_kinds)


def is_due(services: Services, unit_of_work: UnitOfWork, visitor: Visitor, now: Instant) -> bool:
    """Whether somebody who signed in by their password must set another one before they go on."""
    since = visitor.account.staff_since
    if since is None or Method.PASSWORD not in visitor.session.methods:
        return False
    known = unit_of_work.credentials.get(visitor.account.id, CredentialKind.PASSWORD)
    if known is None:
        return False
    is_old = now >= after(known.created_at, services.settings.passwords.staff_days * _DAY)
    return is_old or known.created_at < since  # set when nobody asked for anything of it


def was_used(services: Services, unit_of_work: UnitOfWork, account: Account, password: str) -> bool:
    """Whether it is the present one, or one of the last few; each is hashed once, slowly, and of citizens none is."""
    if account.staff_since is None:
        return False
    present = unit_of_work.credentials.get(account.id, CredentialKind.PASSWORD)
    kept = [*([present.secret] if present is not None else []), *unit_of_work.credentials.former(account.id)]
    return any(services.passwords.verify(password, phc)[0] for phc in kept)


def keep_former(
    services: Services, unit_of_work: UnitOfWork, account: Account, known: Credential | None, at: Instant
) -> None:
    """Remember the one that is about to be replaced."""
    if account.staff_since is not None and known is not None:
        unit_of_work.credentials.keep_former(known, services.settings.passwords.staff_remembered, at)
