"""The account that an operator means: by any identifier of the person, or by the uid that reports and logs name."""

from idp.accounts.identifiers import identifier_of
from idp.clock import Instant, date_in_china
from idp.errors import Refused
from idp.model.account import Account, Identifier
from idp.ports import UnitOfWork
from realnames.identifiers.email import parse_email
from realnames.identifiers.refusal import IdentifierRefused
from realnames.identifiers.sign_in_name import recognise


def find(unit_of_work: UnitOfWork, who: str, now: Instant, *, sandbox: bool) -> Account:
    """Raises `Refused("not_found", …)`. A closed account is found by its uid alone: it gave up what it was found by."""
    account = unit_of_work.accounts.by_uid(who)
    identifier = None if account else _identifier(who, now, sandbox=sandbox)
    if identifier is not None:
        account = unit_of_work.accounts.find(identifier)
    if account is None:
        raise Refused("not_found", "Nobody has this number, phone, mail address or uid.", status=404)
    return account


def _identifier(who: str, now: Instant, *, sandbox: bool) -> Identifier | None:
    try:
        return identifier_of(
            parse_email(who) if "@" in who else recognise(who, today=date_in_china(now), sandbox=sandbox)
        )
    except IdentifierRefused:
        return None
