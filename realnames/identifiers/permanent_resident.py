"""The number of a foreigner's permanent resident card, in the form of 2023 and in that of 2017; both are in use."""

import re
from dataclasses import dataclass, field
from datetime import date

from realnames.identifiers.citizen_id import Sex, birth_date_of, complete, sex_of
from realnames.identifiers.issuance import is_province, require_birth_and_sequence
from realnames.identifiers.normalisation import normalise_number, require_form
from realnames.identifiers.refusal import IdentifierRefused, Reason

_FORM_2023 = re.compile("9[0-9]{16}[0-9X]", re.ASCII)
_FORM_2017 = re.compile("[A-Z]{3}[0-9]{12}", re.ASCII)
_LENGTH_2017, _LENGTH_2023 = 15, 18


@dataclass(frozen=True, slots=True)
class PermanentResidentId:
    """A number that `parse_permanent_resident_id` accepted; its repr shows nothing of it.

    Who renews a card of 2017 gets another number. A nationality that changes changes no number, so none is read from it.
    """

    number: str = field(repr=False)

    @property
    def birth_date(self) -> date | None:
        """The Gregorian date of birth; None on a card of 2017, whose layout was never published."""
        return birth_date_of(self.number) if len(self.number) == _LENGTH_2023 else None

    @property
    def sex(self) -> Sex | None:
        """Odd sequences are male, even ones female; None on a card of 2017."""
        return sex_of(self.number) if len(self.number) == _LENGTH_2023 else None

    @property
    def masked(self) -> str:
        """The number as its holder may see it on a page: `9428**********0012`, `CAN1*******0310`."""
        return f"{self.number[:4]}{'*' * (len(self.number) - 8)}{self.number[-4:]}"


def parse_permanent_resident_id(text: str, *, today: date, sandbox: bool = False) -> PermanentResidentId:
    """The number a person typed or a record holds, in any usual spelling.

    Args:
        text: what was typed; may be anything.
        today: the date in China (UTC+8), beyond which nobody is born yet.
        sandbox: accept cards that were asked for in province 89.

    Raises:
        IdentifierRefused: with the first rule broken.
    """
    return parse_canonical_permanent_resident_id(normalise_number(text), today=today, sandbox=sandbox)


def parse_canonical_permanent_resident_id(number: str, *, today: date, sandbox: bool = False) -> PermanentResidentId:
    """The same, for a number that must already stand in its canonical form.

    Of the form of 2017 the inner layout was never published: three letters and twelve digits are all that is asked.

    Raises:
        IdentifierRefused: with the first rule broken.
    """
    if len(number) == _LENGTH_2017:
        require_form(number, _FORM_2017, length=_LENGTH_2017)
        return PermanentResidentId(number)
    require_form(number, _FORM_2023, length=_LENGTH_2023)
    if not is_province(number[1:3], sandbox=sandbox):
        raise IdentifierRefused(Reason.REGION)
    require_birth_and_sequence(number, latest_birth=today)
    if complete(number[:17]) != number:
        raise IdentifierRefused(Reason.CHECKSUM)
    return PermanentResidentId(number)


def has_form_of_2017(number: str) -> bool:
    """Whether a normalised number can be nothing else."""
    return _FORM_2017.fullmatch(number) is not None
