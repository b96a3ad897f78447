"""The name or the number of a person is another one: a marriage, a court, a number that the police corrected (重号更正).

What was verified was the other one, so the account is worth what its person says until somebody verifies it anew; the
history stays, and no `sub` changes.
"""

from idp.accounts.notices import Notices
from idp.clock import Instant
from idp.errors import Refused
from idp.events import Action, Event, Kind
from idp.model.account import Account, Identifier
from idp.model.evidence import WithdrawalReason
from idp.model.notice import Notice, NoticeKind
from idp.ports import UnitOfWork
from idp.services import Services


def correct(
    services: Services,
    unit_of_work: UnitOfWork,
    account: Account,
    wanted: tuple[str | None, Identifier | None],
    now: Instant,
) -> None:
    """Write a canonical name, a document, or both; None: as it is.

    Raises:
        Refused: `invalid_request`, when there is nothing to change; `identifier_taken`.
    """
    name, document = wanted
    known = unit_of_work.accounts.attributes(account.id)
    if (name is None or name == known.name) and (document is None or document in known.identifiers):
        raise Refused("invalid_request", "Name and document are this already; there is nothing to correct.")
    unit_of_work.accounts.correct(account.id, name, document, now)
    withdrawn = unit_of_work.evidence.withdraw_all(account.id, WithdrawalReason.SUPERSEDED, now)
    told: dict[str, str | int | list[str]] = {
        "changed": [word for word, value in (("name", name), ("document", document)) if value is not None],
        "evidence": withdrawn,
    }
    unit_of_work.events.record(
        Event(kind=Kind.AUDIT, action=Action.ACCOUNT_CORRECTED, at=now, account_id=account.id, data=told)
    )
    notice = Notice(account_id=account.id, kind=NoticeKind.IDENTITY_CORRECTED, at=now)
    Notices(services).notify(unit_of_work, notice)
