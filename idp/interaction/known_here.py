"""The people who may say `continue` instead of typing their number: those who signed in on this browser before."""

from dataclasses import dataclass

from idp.accounts.identifiers import masked
from idp.accounts.names import masked_name
from idp.clock import Instant
from idp.interaction.second_proof import WAYS
from idp.model.account import Account, AccountStatus, Identifier
from idp.model.policy import Method
from idp.ports import UnitOfWork
from idp.services import Services
from idp.sessions.known_devices import Entry, KnownDevices

_WAYS = {**WAYS, **dict.fromkeys((Method.RECOVERY_CODE, Method.FACE), WAYS[Method.PASSWORD])}
"""Nobody is led to use up another code, nor a message sent to who may have signed in by one because the phone is lost."""
SHOWN = 3
"""More than a family's grown-ups need no list: they type their number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonHere:
    """One of them.

    Attributes:
        label: how the page calls them: their masked name, else what they signed in by, masked.
        identifier: by which they signed in the last time, which they still have.
        way: the page of the proof that they gave then.
    """

    uid: str
    account_id: int
    label: str
    identifier: Identifier
    way: str


def people_here(
    services: Services, unit_of_work: UnitOfWork, unverified_cookie: str | None, now: Instant
) -> list[PersonHere]:
    """Those who are known on this browser, the last one first.

    What it costs depends on the cookie alone, never on what somebody typed (threat G01).
    """
    known = KnownDevices(services).people(unit_of_work, unverified_cookie, SHOWN, now)
    return [person for entry, account in known if (person := _person(unit_of_work, entry, account)) is not None]


def last_way(
    services: Services, unit_of_work: UnitOfWork, unverified_cookie: str | None, account_id: int, now: Instant
) -> str | None:
    """The page of the proof that the account gave on this browser the last time, at the same cost for every account."""
    known = KnownDevices(services).people(unit_of_work, unverified_cookie, SHOWN, now)
    return next((_WAYS[entry.method] for entry, account in known if account.id == account_id), None)


def _person(unit_of_work: UnitOfWork, entry: Entry, account: Account) -> PersonHere | None:
    if account.status is AccountStatus.CLOSED:
        return None
    stored = unit_of_work.accounts.attributes(account.id)
    identifier = next((each for each in stored.identifiers if each.kind is entry.kind), None)
    if identifier is None:
        return None
    label = masked_name(stored.name) if stored.name else masked(identifier)
    return PersonHere(
        uid=account.uid, account_id=account.id, label=label, identifier=identifier, way=_WAYS[entry.method]
    )
