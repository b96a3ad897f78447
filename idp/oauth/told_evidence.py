"""Evidence as apps are told of it (OpenID Identity Assurance Schema Definition 1.0 §5.2.2): who looked, how and when.

Never what they looked at: a document's number stands in no answer, since it is the number that takes a licence of its own.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from idp.jose import base64url
from idp.model.account import Attributes, IdentifierKind
from idp.model.client import Client
from idp.model.evidence import Evidence, EvidenceMethod
from idp.oauth.number_claims import Telling
from idp.ports import Cipher, UnitOfWork
from realnames.identifiers.citizen_id import CitizenId, CitizenIdKind

DOCUMENT, RECORD, VOUCH = "document", "electronic_record", "vouch"
_DETAILS = {DOCUMENT: "document_details", RECORD: "record", VOUCH: "attestation"}
"""The member that says more of each."""
CHINA = "CHN"
"""As ICAO Doc 9303 writes it. All registers here are China's; of a passport of another state nothing is told of the state, since
it is the nationality, which nobody is asked for."""

Facts = Mapping[str, Any]
"""What could be told: texts, moments as `Instant`, and objects and arrays of these."""


class Shape(NamedTuple):
    """How a method is told.

    Attributes:
        kind: the type of evidence.
        of: the type of register, or of attestation; of a document the person's own says it.
        checks: as the OpenID Foundation's list of predefined values calls them.
    """

    kind: str
    of: str
    checks: tuple[str, ...]


SHAPES: Mapping[EvidenceMethod, Shape] = {
    EvidenceMethod.IMPORTED: Shape(VOUCH, "digital_attestation", ("data",)),
    EvidenceMethod.TWO_ELEMENTS: Shape(RECORD, "population_register", ("data",)),
    EvidenceMethod.THREE_ELEMENTS: Shape(RECORD, "population_register", ("data",)),
    EvidenceMethod.BANK_ACCOUNT: Shape(RECORD, "bank_account", ("data",)),
    EvidenceMethod.FACE: Shape(RECORD, "population_register", ("data", "bvr")),
    EvidenceMethod.NETWORK_IDENTITY: Shape(RECORD, "network_identity", ("auth",)),
    EvidenceMethod.CERTIFICATE: Shape(RECORD, "certificate", ("vcrypt",)),
    EvidenceMethod.CHIP: Shape(DOCUMENT, "", ("vcrypt",)),
    EvidenceMethod.IN_PERSON: Shape(DOCUMENT, "", ("vpip", "pvp")),
}
"""A certificate is no `electronic_signature`: its serial number, which that requires, is the same at every app."""
BY_A_CLERK = ("vpip", "pvp")
"""What a clerk at the window does beside: looks at the document, and at the person."""
ID_CARD, RESIDENCE_PERMIT, PASSPORT = "idcard", "residence_permit", "passport"
_DOCUMENTS = {
    IdentifierKind.PERMANENT_RESIDENT_ID: RESIDENCE_PERMIT,
    IdentifierKind.HK_MACAU_TRAVEL_PERMIT: "travel_permit",
    IdentifierKind.TAIWAN_TRAVEL_PERMIT: "travel_permit",
    IdentifierKind.PASSPORT: PASSPORT,
}

TYPES = tuple(dict.fromkeys(shape.kind for shape in SHAPES.values()))
RECORDS = tuple(dict.fromkeys(shape.of for shape in SHAPES.values() if shape.kind == RECORD))
DOCUMENTS = (ID_CARD, *dict.fromkeys(_DOCUMENTS.values()))
CHECKS_OF_DOCUMENTS = ("vcrypt", *BY_A_CLERK)


class ToldEvidence:
    """Reads it, for one app."""

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher

    def of(self, unit_of_work: UnitOfWork, telling: Telling) -> Sequence[Facts]:
        """What counts now, the strongest first; what makes the person what they are worth stands in front."""
        counting = [each for each in unit_of_work.evidence.of_account(telling.account.id) if each.counts_at(telling.at)]
        counting.sort(key=lambda each: (each.proofing, each.verified_at or 0), reverse=True)
        document = document_of(telling.attributes)
        return [facts_of(each, document, self._name_for(telling.client, each)) for each in counting]

    def _name_for(self, client: Client, evidence: Evidence) -> str:
        """What the check is called in the app's sector: one name at all of them would join what `sub` keeps apart.

        Whoever is told of one by an app looks through the checks of the person with that `sub`.
        """
        return base64url(self._cipher.tag("check_id", f"{client.sector}\0{evidence.check_id}".encode())[:16])


def facts_of(evidence: Evidence, document: str, name: str) -> Facts:
    """All that could be told of it; what is not known is not there.

    Args:
        document: the type of the person's document.
        name: what the check is called.
    """
    shape = SHAPES[evidence.method]
    has_source = evidence.method is not EvidenceMethod.IMPORTED  # that is a word, and no organization's name
    checks = shape.checks if evidence.operator_id is None else tuple(dict.fromkeys((*shape.checks, *BY_A_CLERK)))
    shared = {
        **({"organization": evidence.source} if has_source else {}),
        "check_id": name,
        **({} if evidence.verified_at is None else {"time": evidence.verified_at}),
    }
    about: Facts = {"type": shape.of}
    if shape.kind == RECORD:
        about = {**about, "source": {"name": evidence.source, "country_code": CHINA}}
    elif shape.kind == DOCUMENT:
        about = {"type": document, **({} if document == PASSPORT else {"issuer": {"country_code": CHINA}})}
    return {
        "type": shape.kind,
        "check_details": [{"check_method": check, **shared} for check in checks],
        _DETAILS[shape.kind]: about,
    }


def document_of(attributes: Attributes) -> str:
    """The type of what the person is known by: there is one for everybody who was verified."""
    if attributes.citizen_id is not None:
        is_id_card = CitizenId(attributes.citizen_id).kind is CitizenIdKind.RESIDENT_ID
        return ID_CARD if is_id_card else RESIDENCE_PERMIT
    return next((_DOCUMENTS[each.kind] for each in attributes.other_documents), ID_CARD)
