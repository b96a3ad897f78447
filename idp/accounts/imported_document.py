"""The document of one row of a people file: what it is and its number, or why it is none."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from idp.accounts.imported_refusal import RowRefused, require_text
from realnames.identifiers.citizen_id import CitizenIdKind, parse_citizen_id
from realnames.identifiers.foreign_passport import ForeignPassport, parse_passport_of
from realnames.identifiers.passport import Passport
from realnames.identifiers.permanent_resident import PermanentResidentId, parse_permanent_resident_id
from realnames.identifiers.refusal import IdentifierRefused, Reason
from realnames.identifiers.sign_in_name import SignInName
from realnames.identifiers.travel_permit import (
    TravelPermit,
    TravelPermitKind,
    parse_hk_macau_travel_permit,
    parse_taiwan_travel_permit,
)

DOCUMENTS = (
    "citizen_id",
    "residence_permit",
    "permanent_resident_id",
    "hk_macau_travel_permit",
    "taiwan_travel_permit",
    "passport",
)
"""What `id_type` may be; `residence_permit` is that of Hong Kong, Macau or Taiwan, in the form of a citizen number."""
_PEOPLES_REPUBLIC = "CHN"
"""Whose passport it is where the row does not say."""


def read_document(members: Mapping[str, Any], *, today: date, sandbox: bool) -> SignInName | None:
    """The number, parsed; None: the row has no document. Raises `RowRefused` with the first rule broken."""
    kind, number = members.get("id_type"), require_text(members, "id_number")
    country = require_text(members, "id_country")
    if country is not None and kind != "passport":
        raise RowRefused("id_country", "Only a passport has an id_country.")
    if number is None and kind is None:
        return None
    if kind not in DOCUMENTS:
        raise RowRefused("id_type", f"The id_type must be one of {', '.join(DOCUMENTS)}.")
    if number is None:
        raise RowRefused("id_number", "There is an id_type without an id_number.")
    try:
        if kind == "passport":
            return _passport(_PEOPLES_REPUBLIC if country is None else country, number, sandbox=sandbox)
        return _parsed(kind, number, today=today, sandbox=sandbox)
    except IdentifierRefused as refused:
        raise RowRefused("id_number", f"The id_number is not that of a {kind}: {refused.reason}.") from None


def may_have_latin_name(document: SignInName | None) -> bool:
    """Whether a name in Latin letters can stand on it."""
    match document:
        case PermanentResidentId() | ForeignPassport() | TravelPermit(kind=TravelPermitKind.HK_MACAU):
            return True
        case _:
            return False


def _passport(country: str, number: str, *, sandbox: bool) -> Passport | ForeignPassport:
    try:
        return parse_passport_of(country, number, sandbox=sandbox)
    except IdentifierRefused as refused:
        if refused.reason is not Reason.REGION:
            raise
    raise RowRefused(
        "id_country",
        "The id_country is no code of three letters of a state that issues passports (ISO 3166-1), or is HKG, MAC or TWN,"
        " whose people are here by a permit.",
    )


def _parsed(kind: str, number: str, *, today: date, sandbox: bool) -> SignInName:
    if kind == "permanent_resident_id":
        return parse_permanent_resident_id(number, today=today, sandbox=sandbox)
    if kind in _WITHOUT_DATE:
        return _WITHOUT_DATE[kind](number)
    citizen = parse_citizen_id(number, today=today, sandbox=sandbox)
    if (citizen.kind is CitizenIdKind.RESIDENT_ID) is not (kind == "citizen_id"):
        raise RowRefused("id_type", "The id_number is that of another document: citizen_id or residence_permit.")
    return citizen


_WITHOUT_DATE: Mapping[str, Callable[[str], SignInName]] = {
    "hk_macau_travel_permit": parse_hk_macau_travel_permit,
    "taiwan_travel_permit": parse_taiwan_travel_permit,
}
