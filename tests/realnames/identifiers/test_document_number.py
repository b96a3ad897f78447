"""The number of any document, as records hold it."""

from datetime import date

import pytest

from realnames.identifiers.citizen_id import CitizenId
from realnames.identifiers.document_number import recognise_document
from realnames.identifiers.foreign_passport import ForeignPassport
from realnames.identifiers.passport import Passport
from realnames.identifiers.permanent_resident import PermanentResidentId
from realnames.identifiers.refusal import IdentifierRefused, Reason
from realnames.identifiers.travel_permit import TravelPermit

TODAY = date(2026, 12, 1)


@pytest.mark.parametrize(
    ("text", "kind", "canonical"),
    [
        ("11010519491231002x", CitizenId, "11010519491231002X"),
        ("110105 491231 002", CitizenId, "11010519491231002X"),
        ("932682198501010017", PermanentResidentId, "932682198501010017"),
        ("can110081080310", PermanentResidentId, "CAN110081080310"),
        ("H12345678", TravelPermit, "H12345678"),
        ("12345678", TravelPermit, "12345678"),
        ("e12345678", Passport, "E12345678"),
        ("usa/123456789", ForeignPassport, "123456789"),
    ],
)
def test_each_document_is_known_by_its_shape(text: str, kind: type, canonical: str) -> None:
    """Mutations: the 15 digits of before 1999 taken for a phone; one document for another."""
    found = recognise_document(text, today=TODAY)
    assert isinstance(found, kind)
    assert found.number == canonical


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("13900000001", Reason.LENGTH),
        ("+86 139 0000 0001", Reason.LENGTH),
        ("110105491231996", Reason.DATE),
        ("110105491331002", Reason.DATE),
        ("890101491231002", Reason.REGION),
        ("", Reason.LENGTH),
        ("x" * 300, Reason.LENGTH),
    ],
)
def test_what_is_none_is_refused(text: str, reason: Reason) -> None:
    """Mutations: a phone compared as a document; a century that is guessed."""
    with pytest.raises(IdentifierRefused) as caught:
        recognise_document(text, today=TODAY)
    assert caught.value.reason is reason
