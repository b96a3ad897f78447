"""Keep a visitor's session and account as they are until the transaction ends: for changes of what opens the account.

Between the page that let somebody in and the write lie a hash, a queue, a code: meanwhile the account may have been claimed by
its holder, frozen, or signed out everywhere. What was begun before that must not leave a way in behind it (threat G09).
"""

from idp.errors import Refused
from idp.model.account import AccountStatus
from idp.model.session import Visitor
from idp.ports import UnitOfWork


def hold(unit_of_work: UnitOfWork, visitor: Visitor) -> None:
    """Locks both rows; raises `Refused("access_denied", …)` when the session is over or the account may not sign in.

    In the order in which a freezing takes them; a claim takes them the other way round, and one of the two is then told by
    the database to try again.
    """
    active = AccountStatus.ACTIVE
    is_active = unit_of_work.accounts.move(visitor.account.id, active, active)
    if not (is_active and unit_of_work.sessions.hold(visitor.session.id)):
        raise Refused("access_denied", "This sign-in is over. Please sign in again.", status=403)
