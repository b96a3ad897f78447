"""The one field of the sign-in page that takes a phone number or the number of a document."""

from collections.abc import Callable
from datetime import date

from realnames.identifiers.citizen_id import CitizenId, parse_canonical_citizen_id
from realnames.identifiers.foreign_passport import BEHIND_STATE, ForeignPassport, parse_passport_behind_state
from realnames.identifiers.normalisation import normalise_number
from realnames.identifiers.passport import Passport, parse_passport
from realnames.identifiers.permanent_resident import (
    PermanentResidentId,
    has_form_of_2017,
    parse_canonical_permanent_resident_id,
)
from realnames.identifiers.phone import Phone, parse_phone
from realnames.identifiers.travel_permit import TravelPermit, parse_hk_macau_travel_permit, parse_taiwan_travel_permit

SignInName = CitizenId | PermanentResidentId | TravelPermit | Passport | ForeignPassport | Phone

_LONGEST_PHONE = 15  # 0086 and eleven digits
_TAIWAN_TRAVEL_PERMIT = 8
_PASSPORT = 9
_HK_MACAU = ("H", "M")
_FOREIGNER = "9"


def recognise(text: str, *, today: date, sandbox: bool = False) -> SignInName:
    """What the person typed: every spelling of one number gives one value, so guesses at it share one counter.

    No text can be two things, since shape decides, in this order:

    1. has a stroke: the state that issued a passport, and its number (`USA/123456789`);
    2. three letters and twelve digits: a permanent resident card of 2017;
    3. longer than a phone number: by its first digit a permanent resident card (9), else a citizen number or one of the
       residence permits that share its form;
    4. begins with `H` or `M`: a travel permit of Hong Kong or Macau; no passport of ours does;
    5. begins with another letter, or has nine digits: a passport of the People's Republic;
    6. has eight digits: a travel permit of Taiwan;
    7. anything else: a phone number.

    The number of another country's passport may look like any of these, so it is none without its state.

    Args:
        text: what was typed; may be anything.
        today: the date in China (UTC+8).
        sandbox: accept numbers of province 89, and passports of Utopia.

    Raises:
        IdentifierRefused: with the first rule broken of the number it resembles.
    """
    number = normalise_number(text)
    if BEHIND_STATE in number:
        return parse_passport_behind_state(number, sandbox=sandbox)
    if has_form_of_2017(number):
        return PermanentResidentId(number)
    if len(number) > _LONGEST_PHONE:
        is_foreigner = number.startswith(_FOREIGNER)
        parse = parse_canonical_permanent_resident_id if is_foreigner else parse_canonical_citizen_id
        return parse(number, today=today, sandbox=sandbox)
    return _parser_of_short(number)(number)


def _parser_of_short(number: str) -> Callable[[str], TravelPermit | Passport | Phone]:
    if number.startswith(_HK_MACAU):
        return parse_hk_macau_travel_permit
    if "A" <= number[:1] <= "Z" or _is_digits(number, _PASSPORT):
        return parse_passport
    return parse_taiwan_travel_permit if _is_digits(number, _TAIWAN_TRAVEL_PERMIT) else parse_phone


def _is_digits(number: str, length: int) -> bool:
    return len(number) == length and number.isascii() and number.isdigit()
