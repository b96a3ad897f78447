"""The one field of the sign-in page that takes a phone number or the number of a document."""

from datetime import date

from realnames.identifiers.citizen_id import CitizenId, parse_canonical_citizen_id
from realnames.identifiers.normalisation import normalise_number
from realnames.identifiers.passport import Passport, parse_passport
from realnames.identifiers.permanent_resident import (
    PermanentResidentId,
    has_form_of_2017,
    parse_canonical_permanent_resident_id,
)
from realnames.identifiers.phone import Phone, parse_phone
from realnames.identifiers.travel_permit import TravelPermit, parse_hk_macau_travel_permit, parse_taiwan_travel_permit

SignInName = CitizenId | PermanentResidentId | TravelPermit | Passport | Phone

_LONGEST_PHONE = 15  # 0086 and eleven digits
_TAIWAN_TRAVEL_PERMIT = 8
_PASSPORT = 9
_HK_MACAU = ("H", "M")
_FOREIGNER = "9"


def recognise(text: str, *, today: date, sandbox: bool = False) -> SignInName:
    """What the person typed: every spelling of one number gives one value, so guesses at it share one counter.

    No text can be two things, since shape decides, in this order:

    1. three letters and twelve digits: a permanent resident card of 2017;
    2. longer than a phone number: by its first digit a permanent resident card (9), else a citizen number or one of the
       residence permits that share its form;
    3. begins with `H` or `M`: a travel permit of Hong Kong or Macau; no passport of ours does;
    4. begins with another letter, or has nine digits: a passport;
    5. has eight digits: a travel permit of Taiwan;
    6. anything else: a phone number.

    Passports of other countries may look like any of these; they are no sign-in names.

    Args:
        text: what was typed; may be anything.
        today: the date in China (UTC+8).
        sandbox: accept numbers of province 89.

    Raises:
        IdentifierRefused: with the first rule broken of the number it resembles.
    """
    number = normalise_number(text)
    if has_form_of_2017(number):
        return PermanentResidentId(number)
    if len(number) > _LONGEST_PHONE:
        is_foreigner = number.startswith(_FOREIGNER)
        parse = parse_canonical_permanent_resident_id if is_foreigner else parse_canonical_citizen_id
        return parse(number, today=today, sandbox=sandbox)
    if number.startswith(_HK_MACAU):
        return parse_hk_macau_travel_permit(number)
    if "A" <= number[:1] <= "Z" or _is_digits(number, _PASSPORT):
        return parse_passport(number)
    if _is_digits(number, _TAIWAN_TRAVEL_PERMIT):
        return parse_taiwan_travel_permit(number)
    return parse_phone(number)


def _is_digits(number: str, length: int) -> bool:
    return len(number) == length and number.isascii() and number.isdigit()
