"""The number of any document that people are known by, as a record holds it: also the 15 digits of before 1999."""

from datetime import date

from realnames.identifiers.citizen_id import CitizenId
from realnames.identifiers.citizen_id_1989 import upgrade_15_digits
from realnames.identifiers.foreign_passport import ForeignPassport
from realnames.identifiers.normalisation import normalise_number
from realnames.identifiers.passport import Passport
from realnames.identifiers.permanent_resident import PermanentResidentId
from realnames.identifiers.phone import Phone
from realnames.identifiers.refusal import IdentifierRefused, Reason
from realnames.identifiers.sign_in_name import recognise
from realnames.identifiers.travel_permit import TravelPermit

DocumentNumber = CitizenId | PermanentResidentId | TravelPermit | Passport | ForeignPassport

_OLD = 15


def recognise_document(text: str, *, today: date, sandbox: bool = False) -> DocumentNumber:
    """What a record says, in any usual spelling; see `recognise` for how shape decides.

    Args:
        text: may be anything.
        today: the date in China (UTC+8).
        sandbox: accept province 89, and passports of Utopia.

    Raises:
        IdentifierRefused: with the first rule broken; `date` for 15 digits of which nobody can tell the century; `length` for
            what is a phone number, if anything.
    """
    number = normalise_number(text)
    if len(number) == _OLD and number.isascii() and number.isdigit():
        old = upgrade_15_digits(number, sandbox=sandbox)
        if old.is_century_uncertain:
            raise IdentifierRefused(Reason.DATE)
        return old.citizen_id
    found = recognise(number, today=today, sandbox=sandbox)
    if isinstance(found, Phone):
        raise IdentifierRefused(Reason.LENGTH)
    return found
