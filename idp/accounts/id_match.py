"""Whether a number that an app holds is the person's: yes or no, and so often a day.

Nobody is looked up: the number is compared with those of the person whose token the app shows, so the answer cannot tell whether
it is anybody else's (threat K05). It takes the same steps, and so the same time, whether it fits or not.
"""

import hmac
from dataclasses import dataclass
from datetime import timedelta

from idp.accounts.identifiers import identifier_of
from idp.accounts.names import parse_name
from idp.clock import Instant, date_in_china, midnight_in_china
from idp.errors import Refused, TooOften
from idp.model.account import Attributes, Identifier
from idp.ports import Cipher
from idp.services import Services
from realnames.identifiers.document_number import recognise_document
from realnames.identifiers.refusal import IdentifierRefused

_DAY = 86_400
_NAME = "id_match.name"


@dataclass(frozen=True, slots=True)
class Presented:
    """What an app holds: the canonical number of a document and, if it wants that compared as well, a name."""

    document: Identifier
    name: str | None = None


class OverBudget(TooOften):
    """The app has compared enough for today.

    Attributes:
        account_id: of whom it is the first time today that this is said; None: it was said before, or of nobody.
    """

    def __init__(self, seconds: int, client_id: str, account_id: int | None) -> None:
        super().__init__(seconds, "Numbers were compared too often today; go on after midnight in China.")
        self.client_id = client_id
        self.account_id = account_id


def read(services: Services, number: str, name: str | None) -> Presented:
    """Both in their canonical forms, however they are spelled; raises `Refused` for what nobody's can be."""
    today, is_sandbox = date_in_china(services.clock()), services.settings.sandbox.enabled
    try:
        document = identifier_of(recognise_document(number, today=today, sandbox=is_sandbox))
    except IdentifierRefused as refused:
        raise Refused("invalid_request", f"The number is none that a document can have: {refused.reason}.") from None
    try:
        return Presented(document, None if name is None else parse_name(name, may_be_latin=True))
    except IdentifierRefused as refused:
        raise Refused("invalid_request", f"The name is none that a register could write: {refused.reason}.") from None


def matches(cipher: Cipher, attributes: Attributes, presented: Presented) -> bool:
    """Whether it is the number of one of the person's documents, and the name theirs."""
    wanted = _index(cipher, presented.document)
    found = [hmac.compare_digest(_index(cipher, each), wanted) for each in attributes.documents]
    own, told = attributes.name or "", presented.name
    is_name = told is None or hmac.compare_digest(cipher.index(_NAME, own), cipher.index(_NAME, told))
    return any(found) and is_name


def spend(services: Services, client_id: str, account_id: int, now: Instant) -> None:
    """Take one out of both budgets, over all processes; raises `OverBudget`, and counts that as well."""
    limits, today = services.settings.release, date_in_china(now)
    app = services.cipher.index("id_match", client_id).hex()
    until = midnight_in_china(today + timedelta(days=1))
    # The person's first: an app that is over it takes nothing out of what it has for everybody else.
    for whose, limit in (
        (f"{account_id}:", limits.id_match_per_person_day),
        ("", limits.id_match_per_client_day),
    ):
        times = services.ephemeral.incr(f"id_match:{app}:{whose}{today.isoformat()}", _DAY)
        if times > limit:
            raise OverBudget(until - now, client_id, account_id if whose and times == limit + 1 else None)


def _index(cipher: Cipher, document: Identifier) -> bytes:
    return cipher.index(document.kind.value, document.value)
