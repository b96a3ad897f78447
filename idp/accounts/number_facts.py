"""What a person's number tells of them, without a look at whether anybody matched it."""

from collections.abc import Mapping
from datetime import date

from idp.model.account import Attributes, Identifier, IdentifierKind
from idp.model.release import AGES
from realnames.identifiers.age import age_on
from realnames.identifiers.citizen_id import CitizenId, Sex
from realnames.identifiers.permanent_resident import PermanentResidentId


def birth_date_of(attributes: Attributes) -> date | None:
    """As the first of their numbers says that says it."""
    return next((born for each in attributes.documents if (born := born_by(each)) is not None), None)


def born_by(document: Identifier) -> date | None:
    """As the number of a citizen says, or that of a permanent resident with a card of 2023; None: it says nothing of it."""
    match document.kind:
        case IdentifierKind.CITIZEN_ID:
            return CitizenId(document.value).birth_date
        case IdentifierKind.PERMANENT_RESIDENT_ID:
            return PermanentResidentId(document.value).birth_date
    return None


def sex_of(attributes: Attributes) -> Sex | None:
    """As a citizen number tells it; no other is read for it."""
    return None if attributes.citizen_id is None else CitizenId(attributes.citizen_id).sex


def ages_reached(born: date, today: date) -> Mapping[int, bool]:
    """Which of the ages of the law the person has reached on this day in China."""
    reached = age_on(born, today)
    return {age: reached >= age for age in AGES}
