"""Between what `realnames.identifiers` parsed and what the stores find people by."""

from datetime import date

from idp.model.account import Identifier, IdentifierKind
from realnames.identifiers.citizen_id import CitizenId
from realnames.identifiers.email import Email
from realnames.identifiers.foreign_passport import BEHIND_STATE, ForeignPassport
from realnames.identifiers.passport import Passport
from realnames.identifiers.permanent_resident import PermanentResidentId
from realnames.identifiers.phone import Phone, parse_phone
from realnames.identifiers.refusal import IdentifierRefused, Reason
from realnames.identifiers.sign_in_name import SignInName, recognise
from realnames.identifiers.travel_permit import TravelPermit, TravelPermitKind

_PERMITS = {
    TravelPermitKind.HK_MACAU: IdentifierKind.HK_MACAU_TRAVEL_PERMIT,
    TravelPermitKind.TAIWAN: IdentifierKind.TAIWAN_TRAVEL_PERMIT,
}
_PERMIT_KINDS = {kind: permit for permit, kind in _PERMITS.items()}


def identifier_of(parsed: SignInName | Email) -> Identifier:
    """How it is stored. A residence permit of Hong Kong, Macau or Taiwan shares the numbers of citizens, and so the kind.

    A passport of another country is stored behind its state (`USA/123456789`), so that no two countries' numbers meet.
    """
    match parsed:
        case Phone():
            return Identifier(IdentifierKind.PHONE, parsed.e164)
        case Email():
            return Identifier(IdentifierKind.EMAIL, parsed.address)
        case TravelPermit():
            return Identifier(_PERMITS[parsed.kind], parsed.number)
        case PermanentResidentId():
            return Identifier(IdentifierKind.PERMANENT_RESIDENT_ID, parsed.number)
        case Passport() | ForeignPassport():
            return Identifier(IdentifierKind.PASSPORT, parsed.canonical)
        case CitizenId():
            return Identifier(IdentifierKind.CITIZEN_ID, parsed.number)


def document_in(text: str, *, today: date, sandbox: bool) -> Identifier:
    """The number of a document, in any spelling. Raises `IdentifierRefused`; `length` for a phone."""
    document = identifier_of(recognise(text, today=today, sandbox=sandbox))
    if document.kind is IdentifierKind.PHONE:
        raise IdentifierRefused(Reason.LENGTH)
    return document


def masked(identifier: Identifier) -> str:
    """The identifier as its holder may see it on a page; it is canonical, so nothing is parsed again but a phone."""
    kind, value = identifier.kind, identifier.value
    if kind is IdentifierKind.PHONE:
        return parse_phone(value).masked
    if kind is IdentifierKind.EMAIL:
        return Email(value).masked
    if kind in _PERMIT_KINDS:
        return TravelPermit(_PERMIT_KINDS[kind], value).masked
    if kind is IdentifierKind.PERMANENT_RESIDENT_ID:
        return PermanentResidentId(value).masked
    return _masked_passport(value) if kind is IdentifierKind.PASSPORT else CitizenId(value).masked


def masked_value(kind: IdentifierKind, value: str | None) -> str | None:
    """The same of a value whose kind is known; None where the person has none."""
    return None if value is None else masked(Identifier(kind, value))


def _masked_passport(value: str) -> str:
    state, _, number = value.rpartition(BEHIND_STATE)
    return ForeignPassport(state, number).masked if state else Passport(number).masked
