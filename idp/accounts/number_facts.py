"""What a person's number tells of them, without a look at whether anybody matched it."""

from collections.abc import Mapping
from datetime import date

from idp.model.account import Attributes, IdentifierKind
from idp.model.release import AGES
from realnames.identifiers.age import age_on
from realnames.identifiers.citizen_id import CitizenId, Sex

_BIRTH_DATE = slice(
    6, 14
)  # of a resident's card of 2023 as of a citizen number; of that of 2017 the layout is not public
_DATED_LENGTH = 18


def birth_date_of(attributes: Attributes) -> date | None:
    """As the number of a citizen or of a permanent resident tells it; None: the person has neither."""
    if attributes.citizen_id is not None:
        return CitizenId(attributes.citizen_id).birth_date
    for each in attributes.other_documents:
        if each.kind is IdentifierKind.PERMANENT_RESIDENT_ID and len(each.value) == _DATED_LENGTH:
            return date.fromisoformat(each.value[_BIRTH_DATE])
    return None


def sex_of(attributes: Attributes) -> Sex | None:
    """As a citizen number tells it; of other documents no rule is public."""
    return None if attributes.citizen_id is None else CitizenId(attributes.citizen_id).sex


def ages_reached(born: date, today: date) -> Mapping[int, bool]:
    """Which of the ages of the law the person has reached on this day in China."""
    reached = age_on(born, today)
    return {age: reached >= age for age in AGES}
