"""What another system says about how sure it was of a person: never more than it says."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from idp.accounts.imported_refusal import RowRefused
from idp.clock import Instant
from idp.model.account import IdentifierKind
from idp.model.policy import Proofing

_CAN_BE_VERIFIED = {"phone": IdentifierKind.PHONE, "email": IdentifierKind.EMAIL}
_MEMBERS = frozenset({"level", "at", "verified"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedProofing:
    """The level, when it was reached where that is known, and what the person proved to hold."""

    level: Proofing
    at: Instant | None
    verified: frozenset[IdentifierKind]


def read_proofing(value: object, now: Instant, *, has_real_name: bool) -> ImportedProofing:
    """A number (`2`) or an object (`{"level": 2, "at": "2024-05-01", "verified": ["phone"]}`).

    Whoever says nothing gets what the row itself is worth: P1 for a name with a number, else P0; and phone and mail
    address are taken as unproven, since somebody may have typed another person's in the old system (threat G09).

    Raises:
        RowRefused: `proofing`.
    """
    members = value if isinstance(value, dict) else {} if value is None else {"level": value}
    if not members.keys() <= _MEMBERS:
        raise RowRefused("proofing", "The proofing is a number, or an object with level, at and verified.")
    level = members.get("level", int(Proofing.P1 if has_real_name else Proofing.P0))
    if type(level) is not int or not Proofing.P0 <= level <= Proofing.P4:
        raise RowRefused("proofing", "The level of the proofing is a whole number from 0 to 4.")
    if level > Proofing.P0 and not has_real_name:
        raise RowRefused("proofing", "A level above 0 is about a name and an id_number; the row lacks one of them.")
    return ImportedProofing(
        level=Proofing(level), at=_moment(members.get("at"), now), verified=_verified(members.get("verified"))
    )


def _moment(value: object, now: Instant) -> Instant | None:
    if value is None:
        return None
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        day = None
    if day is None or day.isoformat() != value:
        raise RowRefused("proofing", "The day of the proofing is written YYYY-MM-DD.")
    moment = Instant(int(datetime.combine(day, time(), UTC).timestamp()))
    if moment > now:
        raise RowRefused("proofing", "The day of the proofing lies in the future.")
    return moment


def _verified(value: object) -> frozenset[IdentifierKind]:
    if value is None:
        return frozenset()
    if not isinstance(value, list) or not all(isinstance(each, str) and each in _CAN_BE_VERIFIED for each in value):
        raise RowRefused("proofing", "What is verified is a list of phone and email.")
    return frozenset(_CAN_BE_VERIFIED[each] for each in value)
