"""Rows of a people file: each rule by itself, and nothing of the row in what is said about it."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from idp.accounts.imported_document import DOCUMENTS
from idp.accounts.imported_refusal import RowRefused
from idp.accounts.imported_row import LONGEST_PASSWORD, MEMBERS, Row, RowReader
from idp.clock import Instant
from idp.model.account import Identifier, IdentifierKind
from idp.model.imported_person import Subject
from idp.model.policy import Proofing
from realnames.identifiers.citizen_id import complete
from tests.idp.installed import NOW

HASH = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$a hash"
ROW: dict[str, Any] = {
    "name": "张 小三",
    "id_type": "citizen_id",
    "id_number": "890101 19900307 0011",
    "phone": "+86 139-0000-0001",
    "email": "Xiao.San@Example.org",
    "password_hash": HASH,
    "proofing": 2,
    "subjects": [{"sector": "apps.example", "sub": "a1"}, {"sector": "other.example", "sub": "a1"}],
}
LATIN = {"name": "John Smith", "id_type": "permanent_resident_id", "id_number": complete("98984019700704001")}


def line(**changes: Any) -> bytes:
    """A good row with these members changed; None takes one away."""
    members = {name: value for name, value in {**ROW, **changes}.items() if value is not None}
    return json.dumps(members, ensure_ascii=False).encode("utf-8", "surrogatepass")


def read(text: bytes | None, *, is_sandbox: bool = True) -> Row:
    return RowReader(NOW, is_sandbox, lambda phc: phc == HASH).read(text)


def refusal(text: bytes | None, *, is_sandbox: bool = True) -> RowRefused:
    with pytest.raises(RowRefused) as refused:
        read(text, is_sandbox=is_sandbox)
    return refused.value


def test_a_row_becomes_what_the_stores_keep() -> None:
    """Mutation: a spelling is stored as it came, and the person is not found by another one."""
    person = read(line()).person
    assert person.account.name == "张小三"
    assert person.account.identifiers == (
        Identifier(IdentifierKind.CITIZEN_ID, "890101199003070011"),
        Identifier(IdentifierKind.PHONE, "+8613900000001"),
        Identifier(IdentifierKind.EMAIL, "xiao.san@example.org"),
    )
    assert (person.account.proofing, person.account.proofed_at, person.account.is_sandbox) == (Proofing.P2, None, True)
    assert (person.password_hash, person.verified) == (HASH, frozenset())
    assert person.subjects == (Subject("apps.example", "a1"), Subject("other.example", "a1"))


@pytest.mark.parametrize("missing", sorted(MEMBERS - {"id_type", "id_number", "id_country"}))
def test_most_members_may_be_missing_or_null(missing: str) -> None:
    proofing = {"proofing": 0} if missing == "name" else {}
    assert read(line(**{**proofing, missing: None})) == read(json.dumps({**ROW, **proofing, missing: None}).encode())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (None, "too_long"),
        (b"", "not_json"),
        (b"{", "not_json"),
        (b"[]", "not_json"),
        (b'"row"', "not_json"),
        (b'{"name": "\xff"}', "not_json"),
        (b'{"proofing": NaN}', "not_json"),
        (b'{"phone": "13900000001", "phone": "13900000002"}', "not_json"),
        (b'{"subjects": [{"sector": "a", "sub": "b", "sub": "c"}]}', "not_json"),
        (b"[" * 60_000, "not_json"),
        (line(nmae="x"), "unknown_member"),
        (line(Name="x"), "unknown_member"),
        (line(name=3), "name"),
        (line(name="张"), "name"),
        (line(name="John Smith"), "name"),
        (line(name="张三\ud800"), "not_json"),
        (line(id_type="identity_card"), "id_type"),
        (line(id_type=["citizen_id"]), "id_type"),
        (line(id_type=None), "id_type"),
        (line(id_type="residence_permit"), "id_type"),
        (line(id_number="810000199408230021"), "id_type"),
        (line(id_number=None), "id_number"),
        (line(id_number=890101199003070011), "id_number"),
        (line(id_number="890101199003070012"), "id_number"),
        (line(id_type="passport"), "id_number"),
        (line(id_country="CHN"), "id_country"),
        (line(id_type="permanent_resident_id", id_number=LATIN["id_number"], id_country="CAN"), "id_country"),
        (line(id_type=None, id_number=None, id_country="USA"), "id_country"),
        (line(id_type="passport", id_number="123456789", id_country="America"), "id_country"),
        (line(id_type="passport", id_number="123456789", id_country=""), "id_country"),
        (line(id_type="passport", id_number="123456789", id_country=840), "id_country"),
        (line(id_type="passport", id_number="K12345678", id_country="HKG"), "id_country"),
        (line(id_type="passport", id_number="123456789"), "id_number"),
        (line(id_type="passport", id_number="123", id_country="USA"), "id_number"),
        (line(id_type="passport", id_number="USA/123456789"), "id_number"),
        (line(phone="12345"), "phone"),
        (line(phone=13900000001), "phone"),
        (line(phone="+85291234567"), "phone"),
        (line(email="xiao.san"), "email"),
        (line(email="xıao.san@example.org"), "email"),
        (line(id_type=None, id_number=None, phone=None, proofing=0), "nothing_to_sign_in_by"),
        (line(password="x"), "password_twice"),
        (line(password_hash="$1$md5"), "password_hash"),
        (line(password_hash=None, password=""), "password"),
        (line(password_hash=None, password="x" * (LONGEST_PASSWORD + 1)), "password"),
        (line(password_hash=None, password=7), "password"),
        (json.dumps({**ROW, "password_hash": None, "password": "\ud800"}).encode(), "password"),
        (line(proofing=5), "proofing"),
        (line(proofing=-1), "proofing"),
        (line(proofing=True), "proofing"),
        (line(proofing=2.0), "proofing"),
        (line(proofing="P2"), "proofing"),
        (line(proofing=[2]), "proofing"),
        (line(proofing={"level": 2, "by": "us"}), "proofing"),
        (line(proofing={"at": "yesterday"}), "proofing"),
        (line(proofing={"at": "2030-01-01"}), "proofing"),
        (line(proofing={"at": 20240501}), "proofing"),
        (line(proofing={"verified": "phone"}), "proofing"),
        (line(proofing={"verified": ["name"]}), "proofing"),
        (line(proofing={"verified": [["phone"]]}), "proofing"),
        (line(proofing={"verified": ["phone"]}, phone=None), "proofing"),
        (line(name=None), "proofing"),
        (line(id_type=None, id_number=None), "proofing"),
        (line(subjects={}), "subjects"),
        (line(subjects=["a1"]), "subjects"),
        (line(subjects=[{"sector": "a"}]), "subjects"),
        (line(subjects=[{"sector": "a", "sub": "b", "app": "c"}]), "subjects"),
        (line(subjects=[{"sector": "a", "sub": "b"}, {"sector": "a", "sub": "c"}]), "subjects"),
        (line(subjects=[{"sector": "a", "sub": ""}]), "subjects"),
        (line(subjects=[{"sector": "a", "sub": "x" * 256}]), "subjects"),
        (line(subjects=[{"sector": "a", "sub": "张"}]), "subjects"),
        (line(subjects=[{"sector": "a", "sub": "b c"}]), "subjects"),
        (line(subjects=[{"sector": "a", "sub": 7}]), "subjects"),
        (line(subjects=[{"sector": str(number), "sub": "s"} for number in range(101)]), "subjects"),
    ],
)
def test_a_row_that_breaks_a_rule(text: bytes | None, code: str) -> None:
    refused = refusal(text)
    assert refused.code == code
    assert refused.reason.endswith(".")
    assert refused.reason.isascii()
    assert refused.__context__ is None or refused.__suppress_context__
    for value in ("890101", "13900000001", "890101199003070012", "xiao", "张"):
        assert value not in refused.reason


def test_only_a_sandbox_knows_province_89() -> None:
    """Mutation: `is_sandbox` is not passed on, or made of what the row says."""
    assert refusal(line(), is_sandbox=False).code == "id_number"
    real = line(id_number="11010519491231002X")
    assert not read(real, is_sandbox=False).person.account.is_sandbox


@pytest.mark.parametrize(
    ("document", "number", "kind", "value"),
    [
        ("residence_permit", "810000199408230021", IdentifierKind.CITIZEN_ID, "810000199408230021"),
        ("residence_permit", "830000199201300022", IdentifierKind.CITIZEN_ID, "830000199201300022"),
        ("permanent_resident_id", "CAN110081080310", IdentifierKind.PERMANENT_RESIDENT_ID, "CAN110081080310"),
        ("permanent_resident_id", "911124198108030024", IdentifierKind.PERMANENT_RESIDENT_ID, "911124198108030024"),
        ("hk_macau_travel_permit", "h1234567801", IdentifierKind.HK_MACAU_TRAVEL_PERMIT, "H12345678"),
        ("taiwan_travel_permit", "12345678", IdentifierKind.TAIWAN_TRAVEL_PERMIT, "12345678"),
        ("passport", "e12345678", IdentifierKind.PASSPORT, "E12345678"),
    ],
)
def test_each_document_has_a_kind_of_its_own(document: str, number: str, kind: IdentifierKind, value: str) -> None:
    person = read(line(id_type=document, id_number=number)).person
    assert person.account.identifiers[0] == Identifier(kind, value)
    assert document in DOCUMENTS


@pytest.mark.parametrize(
    ("country", "number", "value"),
    [
        ("USA", "123456789", "USA/123456789"),
        ("usa", "1234-56789", "USA/123456789"),
        ("D", "c01x00t47", "DEU/C01X00T47"),
        ("CHN", "e12345678", "E12345678"),
        ("UTO", "L898902C3", "UTO/L898902C3"),
    ],
)
def test_a_passport_of_another_country_is_kept_behind_its_state(country: str, number: str, value: str) -> None:
    """Mutations: two countries' equal numbers are one person; one of ours is another when its country is told."""
    members = {"id_type": "passport", "id_number": number, "id_country": country}
    assert read(line(**members)).person.account.identifiers[0] == Identifier(IdentifierKind.PASSPORT, value)


def test_only_a_sandbox_knows_utopia() -> None:
    utopian = line(id_type="passport", id_number="L898902C3", id_country="UTO")
    assert refusal(utopian, is_sandbox=False).code == "id_country"


def test_a_latin_name_stands_on_documents_that_can_hold_one() -> None:
    assert read(line(**LATIN)).person.account.name == "JOHN SMITH"
    assert read(line(**LATIN).replace(b"John Smith", "史密斯".encode())).person.account.name == "史密斯"
    american = {"id_type": "passport", "id_number": "123456789", "id_country": "USA"}
    assert read(line(name="John Smith", **american)).person.account.name == "JOHN SMITH"
    assert refusal(line(name="John Smith", id_type="passport", id_number="E12345678")).code == "name"
    assert refusal(line(name="John Smith", id_type="taiwan_travel_permit", id_number="12345678")).code == "name"


@pytest.mark.parametrize(
    ("proofing", "changes", "level"),
    [
        (None, {}, Proofing.P1),
        (None, {"name": None}, Proofing.P0),
        (None, {"id_type": None, "id_number": None}, Proofing.P0),
        (0, {"name": None}, Proofing.P0),
        (4, {}, Proofing.P4),
        ({}, {}, Proofing.P1),
        ({"level": 3}, {}, Proofing.P3),
    ],
)
def test_the_level_is_what_is_said_or_what_the_row_is_worth(
    proofing: object, changes: dict[str, Any], level: Proofing
) -> None:
    """Mutation: a level that nobody claimed."""
    assert read(line(proofing=proofing, **changes)).person.account.proofing is level


def test_the_day_and_what_was_verified_are_taken_over() -> None:
    """Threats G09, G10. Mutation: phones count as proven since they came by a file."""
    person = read(line(proofing={"level": 3, "at": "2024-05-01", "verified": ["phone"]})).person
    assert person.account.proofed_at == Instant(int(datetime(2024, 5, 1, tzinfo=UTC).timestamp()))
    assert person.verified == {IdentifierKind.PHONE}


def test_a_plain_password_is_kept_apart_to_be_hashed() -> None:
    row = read(line(password_hash=None, password=" 密码 "))
    assert (row.password, row.person.password_hash) == (" 密码 ", None)
