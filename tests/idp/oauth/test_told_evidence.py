"""Evidence in `verified_claims`: told as it is asked for, filtered as it is restricted, and never with a number in it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from idp.app import Installation
from idp.clock import Instant
from idp.model.account import Account, Attributes, Identifier, IdentifierKind, Proofed
from idp.model.authorization import SCOPES
from idp.model.evidence import WORTH, Evidence, EvidenceMethod, NewEvidence
from idp.model.policy import Proofing
from idp.oauth import claims, told_evidence
from idp.oauth.told_evidence import SHAPES, Facts, ToldEvidence, facts_of
from tests.idp.installed import CITIZEN_ID, NAME, NOW, Moment, new_person
from tests.idp.oauth.test_claims import ACCOUNT, FULL, LICENSED, telling
from tests.specs.identity_assurance_schema import ANSWER

AT = Instant(NOW - 1000)
TIME = "2026-09-21T13:56:40Z"
PROOFED = replace(ACCOUNT, proofings=(Proofed(Proofing.P3, AT),))


def record(method: EvidenceMethod, **changes: Any) -> Evidence:
    """One that counts."""
    known = Evidence(
        id=1,
        check_id="random",
        source="city_register",
        method=method,
        proofing=WORTH.get(method, Proofing.P2),
        verified_at=AT,
        recorded_at=AT,
    )
    return replace(known, **changes)


def facts(method: EvidenceMethod, document: str = "idcard", **changes: Any) -> Facts:
    return facts_of(record(method, **changes), document, f"check of {method}")


FACE, CHIP = facts(EvidenceMethod.FACE), facts(EvidenceMethod.CHIP)
BOTH = [FACE, CHIP]


def told(
    evidence: object,
    has: Sequence[Facts] = BOTH,
    person: Account = PROOFED,
    attributes: Attributes = FULL,
    **verification: object,
) -> Any:
    """The verification that is told to who asks for this evidence; None: nothing is."""
    wished = {"trust_framework": None, **({} if evidence is None else {"evidence": evidence}), **verification}
    wish = {"verification": wished, "claims": {"name": None}}
    kept = claims.allowed({"userinfo": {"verified_claims": wish}}, SCOPES)
    of_them = telling("openid", "profile", account=person, attributes=attributes)
    answer = claims.verified(kept, "userinfo", of_them, lambda: has)
    ANSWER.validate(answer)
    return answer.get("verified_claims", {}).get("verification")


def evidence_told(*wishes: dict[str, Any], has: Sequence[Facts] = BOTH) -> Any:
    verification = told(list(wishes), has)
    return None if verification is None else verification["evidence"]


RECORD = {"type": {"value": "electronic_record"}}
DOCUMENT = {"type": {"value": "document"}}


def test_what_was_not_asked_for_is_not_even_read() -> None:
    """Hot path and minimum. Mutations: evidence read for every answer; more of it than was asked for."""

    def read() -> Sequence[Facts]:
        raise AssertionError("nobody asked")

    wish = {"verification": {"trust_framework": None, "time": None}, "claims": {"name": None}}
    kept = claims.allowed({"userinfo": {"verified_claims": wish}}, SCOPES)
    assert claims.verified(kept, "userinfo", telling("openid", account=PROOFED), read)
    assert evidence_told(RECORD) == [{"type": "electronic_record"}]
    assert evidence_told(RECORD, DOCUMENT) == [{"type": "electronic_record"}, {"type": "document"}]


def test_evidence_is_read_once_for_all_that_is_asked() -> None:
    """Mutation: a statement for each of sixteen elements."""
    times = []

    def read() -> Sequence[Facts]:
        times.append(1)
        return BOTH

    element = {
        "verification": {"trust_framework": None, "verification_process": None, "evidence": [RECORD]},
        "claims": {"name": None},
    }
    kept = claims.allowed({"userinfo": {"verified_claims": [element] * 16}}, SCOPES)
    assert len(claims.verified(kept, "userinfo", telling("openid", account=PROOFED), read)["verified_claims"]) == 16
    assert len(times) == 1


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ({"record": {"type": None}}, {"record": {"type": "population_register"}}),
        (
            {"record": {"source": {"name": None}}},
            {"record": {"type": "population_register", "source": {"name": "city_register"}}},
        ),
        (
            {"record": None},
            {"record": {"type": "population_register", "source": {"name": "city_register", "country_code": "CHN"}}},
        ),
        ({"record": {"source": {"locality": None}}}, {"record": {"type": "population_register"}}),
        (
            {"check_details": [{"check_method": None}]},
            {"check_details": [{"check_method": "data"}, {"check_method": "bvr"}]},
        ),
        ({"check_details": [{"check_method": {"value": "bvr"}}]}, {"check_details": [{"check_method": "bvr"}]}),
        (
            {"check_details": [{"check_method": {"value": "bvr"}, "time": {"max_age": 1000}, "organization": {}}]},
            {"check_details": [{"check_method": "bvr", "time": TIME, "organization": "city_register"}]},
        ),
        (
            {"check_details": [{"check_method": {"values": ["pvp", "data"]}, "check_id": None}]},
            {"check_details": [{"check_method": "data", "check_id": "check of face"}]},
        ),
        ({"document_details": {"document_number": None}, "derived_claims": None, "of_tomorrow": {}}, {}),
    ],
    ids=str,
)
def test_of_evidence_what_was_asked_for_is_told(wish: dict[str, Any], expected: dict[str, Any]) -> None:
    """§5.4. Mutations: whole objects; a check without its method, which the schema requires; a member of another type."""
    assert evidence_told({**RECORD, **wish}) == [{"type": "electronic_record", **expected}]


@pytest.mark.parametrize(
    "wish",
    [
        {"type": {"value": "vouch"}},
        {"type": {"value": "electronic_signature"}},
        {"type": {"value": "of_tomorrow"}},
        {**RECORD, "record": {"type": {"value": "bank_account"}}},
        {**RECORD, "record": {"source": {"name": {"value": "another"}}}},
        {**RECORD, "record": {"source": {"locality": {"value": "Yichang"}}}},
        {**RECORD, "record": {"created_at": {"max_age": 10**9}}},
        {**RECORD, "check_details": [{"check_method": {"value": "vpip"}}]},
        {**RECORD, "check_details": [{"check_method": None, "time": {"max_age": 999}}]},
        {**RECORD, "check_details": [{"check_method": None, "txn": {"value": "1"}}]},
        {**RECORD, "document_details": {"type": {"value": "idcard"}}},
        {**DOCUMENT, "document_details": {"document_number": {"value": CITIZEN_ID}}},
        {**RECORD, "check_details": [{"check_method": None, "time": {"max_age": "soon"}}]},
        {**RECORD, "check_details": [{"check_method": None, "time": {"max_age": True}}]},
        {**RECORD, "check_details": [{"check_method": "bvr"}]},
        {**RECORD, "check_details": []},
        {**RECORD, "record": "population_register"},
        {**RECORD, "record": [None]},
    ],
    ids=str,
)
def test_a_restriction_that_nothing_meets_takes_everything_along(wish: dict[str, Any]) -> None:
    """§5.7.4, §5.5.1. Mutations: an empty array of evidence; a restriction passed over; a failure for what is no wish."""
    assert evidence_told(wish) is None


def test_filters_are_joined_by_or() -> None:
    """§5.4. Mutation: `and`, so that nothing fits two types at once."""
    assert evidence_told({"type": {"value": "vouch"}}, DOCUMENT) == [{"type": "document"}]
    only_face = {**RECORD, "check_details": [{"check_method": {"value": "vpip"}}, {"check_method": {"value": "bvr"}}]}
    assert evidence_told(only_face) == [{"type": "electronic_record", "check_details": [{"check_method": "bvr"}]}]


def test_the_process_is_the_check_that_the_level_rests_on() -> None:
    """Mutations: that of another record; one that is made up where there is none."""
    assert told(None, verification_process=None)["verification_process"] == "check of face"
    assert told(None, verification_process={"value": "check of face"}) is not None
    assert told(None, verification_process={"value": "check of chip"}) is None
    assert told(None, has=[], verification_process=None) == {"trust_framework": "cn_gov_service"}
    assert told(None, has=[], verification_process={"value": "x"}) is None


@pytest.mark.parametrize("method", EvidenceMethod)
def test_every_method_is_told_as_the_schema_has_it(method: EvidenceMethod) -> None:
    """facts/identity.md §4.3. Mutations: a method forgotten; one that metadata does not announce; a number in it."""
    shape = SHAPES[method]
    everything = [
        {"type": {"value": kind}, **dict.fromkeys(("check_details", *DETAILS))} for kind in told_evidence.TYPES
    ]
    for changes in ({}, {"verified_at": None}, {"operator_id": 7}):
        (answer,) = evidence_told(*everything, has=[facts(method, **changes)])
        assert answer["type"] == shape.kind
        assert (answer.get("record") or {"type": "idcard"})["type"] in {*told_evidence.RECORDS, "idcard"}
        methods = [check["check_method"] for check in answer["check_details"]]
        assert set(shape.checks) <= set(methods)
        assert ("pvp" in methods) is ("operator_id" in changes or method is EvidenceMethod.IN_PERSON)
        if shape.kind == "document":
            assert set(methods) <= set(told_evidence.CHECKS_OF_DOCUMENTS)
        assert ("time" in answer["check_details"][0]) is ("verified_at" not in changes)
        assert ("organization" in answer["check_details"][0]) is (method is not EvidenceMethod.IMPORTED)
        assert CITIZEN_ID not in str(answer)


DETAILS = ("document_details", "record", "attestation")


@pytest.mark.parametrize(
    ("attributes", "document"),
    [
        (FULL, "idcard"),
        (Attributes(name=NAME, citizen_id="810000199408230021"), "residence_permit"),
        *(
            (Attributes(name=NAME, other_documents=(Identifier(kind, "x"),)), document)
            for kind, document in (
                (IdentifierKind.PASSPORT, "passport"),
                (IdentifierKind.PERMANENT_RESIDENT_ID, "residence_permit"),
                (IdentifierKind.TAIWAN_TRAVEL_PERMIT, "travel_permit"),
                (IdentifierKind.HK_MACAU_TRAVEL_PERMIT, "travel_permit"),
            )
        ),
        (Attributes(), "idcard"),
    ],
)
def test_a_document_is_called_what_it_is(attributes: Attributes, document: str) -> None:
    """Mutation: an id card of somebody who has none."""
    assert told_evidence.document_of(attributes) == document
    assert document in told_evidence.DOCUMENTS


@pytest.fixture
def person(installation: Installation) -> Account:
    """Somebody who was imported."""
    return new_person(installation)


Read = Callable[..., Sequence[Facts]]


@pytest.fixture
def read(installation: Installation, person: Account, clock: Moment) -> Read:
    """What the store has, for an app of this sector."""

    def of(sector: str = "city") -> Sequence[Facts]:
        of_them = telling("openid", account=person, client=replace(LICENSED, sector=sector), at=clock())
        with installation.services.begin() as unit_of_work:
            return ToldEvidence(installation.services.cipher).of(unit_of_work, of_them)

    return of


def test_what_counts_now_is_told_the_strongest_first(
    installation: Installation, person: Account, read: Read, clock: Moment
) -> None:
    """Mutations: what ran out or was withdrawn told; the oldest in front."""
    for method, expires_in in ((EvidenceMethod.TWO_ELEMENTS, None), (EvidenceMethod.FACE, 100)):
        new = NewEvidence(
            source="register",
            method=method,
            proofing=WORTH[method],
            verified_at=clock(),
            expires_at=None if expires_in is None else Instant(clock() + expires_in),
        )
        with installation.services.begin() as unit_of_work:
            unit_of_work.evidence.add(person.id, new, clock())
            unit_of_work.commit()
    assert [each["check_details"][0]["check_method"] for each in read()] == ["data"] * 3
    assert [len(each["check_details"]) for each in read()] == [2, 1, 1]
    clock.pass_by(100)
    assert [each["type"] for each in read()] == ["vouch", "electronic_record"]


def test_a_check_is_called_otherwise_in_each_sector(read: Read) -> None:
    """What `sub` keeps apart a check must not join. Mutation: the id of the record told to everybody."""

    def name(sector: str) -> str:
        found: str = read(sector)[0]["check_details"][0]["check_id"]
        return found

    assert name("housing") == name("housing")
    assert name("housing") != name("licences")
    assert len(name("housing")) == 22


def test_a_passport_tells_no_nationality() -> None:
    """Nobody is asked for it. Mutation: China as the state of every document."""
    (answer,) = evidence_told({**DOCUMENT, "document_details": None}, has=[facts(EvidenceMethod.IN_PERSON, "passport")])
    assert answer == {"type": "document", "document_details": {"type": "passport"}}
