"""Importing people: written whole or not at all, never twice, and they sign in afterwards."""

import json
from typing import Any

import pytest
from passlib.hash import bcrypt, pbkdf2_sha256, pbkdf2_sha512, scrypt, sha256_crypt, sha512_crypt

from idp.accounts.find import find
from idp.accounts.import_people import Fate, PeopleImport, RowOutcome
from idp.app import Installation
from idp.errors import Refused
from idp.interaction.outcomes import SignedIn
from idp.model.account import Account, Identifier, IdentifierKind, NewAccount, Proofed
from idp.model.credential import CredentialKind
from idp.model.imported_person import ImportedPerson, Subject
from idp.model.policy import Proofing
from realnames.identifiers.citizen_id import complete
from tests.idp.delivery.outbox_rows import Rows
from tests.idp.installed import MASTER_KEY, NOW, PASSWORD, Moment, installed
from tests.idp.interaction.test_login import Visitor
from tests.idp.storage.storm import storm
from tests.plugins.private_servers import StorageUrls


def row(number: int, **changes: Any) -> dict[str, Any]:
    members = {
        "name": "张小三",
        "id_type": "citizen_id",
        "id_number": complete(f"890101199003{number % 28 + 1:02}{number // 28 + 1:03}"),
        "phone": f"{13_900_000_000 + number}",
        "subjects": [{"sector": "apps.example", "sub": f"old-{number}"}],
    }
    return {name: value for name, value in {**members, **changes}.items() if value is not None}


def bring(installation: Installation, *rows: dict[str, Any], is_dry_run: bool = False) -> list[RowOutcome]:
    run = PeopleImport(installation.services, is_dry_run=is_dry_run)
    return list(run.write([run.read(json.dumps(each).encode()) for each in rows]))


def told(outcomes: list[RowOutcome]) -> list[str]:
    return [outcome.code or outcome.fate.value for outcome in outcomes]


def account_of(installation: Installation, phone: str) -> Account | None:
    with installation.services.begin() as unit_of_work:
        return unit_of_work.accounts.find(Identifier(IdentifierKind.PHONE, f"+86{phone}"))


def test_people_are_written_with_all_they_had(
    installation_on_each_store: Installation, storage_urls: StorageUrls
) -> None:
    """Mutations: names or secrets exchanged between rows; an event forgotten; what is unproven taken as proven."""
    installation = installation_on_each_store
    wanted = [
        row(number, name=name, email=f"p{number}@example.org", proofing={"level": 2, "verified": ["phone"]})
        for number, name in enumerate(["张小三", "李想", "王𫖯", "阿卜杜拉·买买提"] * 40)
    ]
    outcomes = bring(installation, *wanted)
    assert told(outcomes) == ["created"] * 160
    assert len({outcome.uid for outcome in outcomes}) == 160
    for outcome, members in list(zip(outcomes, wanted, strict=True))[::37]:
        account = account_of(installation, members["phone"])
        assert account is not None
        assert (account.uid, account.proofings) == (outcome.uid, (Proofed(Proofing.P2),))
        with installation.services.begin() as unit_of_work:
            attributes = unit_of_work.accounts.attributes(account.id)
            sub = unit_of_work.subjects.of(account.id, "apps.example")
        assert attributes.name == members["name"]
        assert attributes.citizen_id == members["id_number"]
        assert (attributes.email, attributes.phone) == (members["email"], f"+86{members['phone']}")
        assert (attributes.phone_is_verified, attributes.email_is_verified) == (True, False)
        assert sub == members["subjects"][0]["sub"]
    events = Rows(storage_urls.database).events()
    assert events == [("account.imported", "ok", '{"proofing":"P2"}')] * 160


HASHES = {
    "bcrypt": bcrypt.using(rounds=4).hash(PASSWORD),
    "pbkdf2": pbkdf2_sha256.using(rounds=10).hash(PASSWORD),
    "pbkdf2 sha512": pbkdf2_sha512.using(rounds=10).hash(PASSWORD),
    "scrypt": scrypt.using(rounds=4).hash(PASSWORD),
    "sha512-crypt": sha512_crypt.using(rounds=1000).hash(PASSWORD),
    "sha256-crypt": sha256_crypt.using(rounds=1000).hash(PASSWORD),
}


@pytest.mark.parametrize("phc", HASHES.values(), ids=HASHES.keys())
def test_an_imported_person_signs_in_and_has_a_hash_of_ours_afterwards(installation: Installation, phc: str) -> None:
    """Mutation: a scheme that is accepted and cannot be compared."""
    assert told(bring(installation, row(1, password_hash=phc))) == ["created"]
    account = account_of(installation, "13900000001")
    assert account is not None
    for _ in range(2):
        assert isinstance(Visitor(installation, "13900000001").types_password(PASSWORD), SignedIn)
        with installation.services.begin() as unit_of_work:
            credential = unit_of_work.credentials.get(account.id, CredentialKind.PASSWORD)
        assert credential is not None
        assert credential.secret.startswith("$argon2id$")


@pytest.mark.parametrize(
    ("document", "number"),
    [
        ("residence_permit", "820000199001010019"),
        ("permanent_resident_id", complete("98984019700704001")),
        ("permanent_resident_id", "CAN110081080310"),
        ("hk_macau_travel_permit", "H12345678"),
        ("taiwan_travel_permit", "12345678"),
        ("passport", "E12345678"),
    ],
)
def test_people_with_other_documents_sign_in_by_their_number(
    installation: Installation, document: str, number: str
) -> None:
    """Mutation: a kind that the sign-in page does not know."""
    if document == "residence_permit":
        number = complete(number[:17])
    members = row(1, id_type=document, id_number=number, phone=None, password=PASSWORD)
    assert told(bring(installation, members)) == ["created"]
    assert isinstance(Visitor(installation, number.lower()).types_password(PASSWORD), SignedIn)


def test_people_with_a_passport_of_another_country_sign_in_behind_its_state(installation: Installation) -> None:
    """Mutation: the number alone opens the account of whoever came first with it."""
    passport = {"id_type": "passport", "id_number": "c01x00t47", "phone": None, "password": PASSWORD}
    rows = [row(1, id_country="D", **passport), row(2, id_country="AUT", **passport)]
    assert told(bring(installation, *rows, row(3, id_country="DEU", **passport))) == ["created", "created", "repeated"]
    with installation.services.begin() as unit_of_work:
        german, same, austrian = (
            find(unit_of_work, typed, NOW, sandbox=True) for typed in ("d/C01X 00T47", "DEU/c01x00t47", "AUT/C01X00T47")
        )
    assert german == same != austrian
    assert isinstance(Visitor(installation, "DEU/c01x00t47").types_password(PASSWORD), SignedIn)


def test_what_is_there_already_is_found_and_what_differs_is_refused(installation_on_each_store: Installation) -> None:
    """Mutations: one number in common makes two rows the same; a row is half written."""
    installation = installation_on_each_store
    bring(installation, row(1), row(2))
    outcomes = bring(installation, row(1), row(3), row(2, password="x"))
    assert told(outcomes) == ["exists", "created", "exists"]
    first = account_of(installation, "13900000001")
    assert first is not None
    assert outcomes[0].uid == first.uid
    other_sub = [{"sector": "apps.example", "sub": "old-4"}]
    taken = [
        row(1, name="李想"),
        row(1, phone="13900000099", subjects=None),
        row(1, email="new@example.org"),
        row(5, phone="13900000001", subjects=None),
        row(6, id_number=row(1)["id_number"], phone=row(2)["phone"], subjects=None),
        row(1, subjects=other_sub),
    ]
    assert [told(bring(installation, each)) for each in taken] == [["identifier_taken"]] * 6
    assert told(bring(installation, row(7, subjects=row(1)["subjects"]))) == ["sub_taken"]
    assert account_of(installation, "13900000007") is None


def test_one_bad_row_spoils_nobody_elses(installation: Installation) -> None:
    rows = [row(1), row(2, id_number="1"), row(3, phone=row(1)["phone"]), row(4)]
    assert told(bring(installation, *rows)) == ["created", "id_number", "repeated", "created"]


@pytest.mark.parametrize("member", ["id_number", "phone", "email", "subjects"])
def test_what_an_earlier_row_of_the_file_has_is_refused(installation: Installation, member: str) -> None:
    """Also in another batch, where the store would call it the same person. Mutation: the store alone is asked."""
    run = PeopleImport(installation.services, is_dry_run=False)
    one, other = row(1, email="a@example.org"), row(2, email="b@example.org")
    other[member] = one[member]
    outcomes = [run.write([run.read(json.dumps(each).encode())])[0] for each in (one, other, one)]
    assert told(outcomes) == ["created", "repeated", "repeated"]


def test_a_refused_row_takes_nothing_from_a_later_one(installation: Installation) -> None:
    assert told(bring(installation, row(1, proofing=9), row(1))) == ["proofing", "created"]


def test_a_dry_run_says_the_same_and_writes_nothing(
    installation_on_each_store: Installation, storage_urls: StorageUrls
) -> None:
    installation = installation_on_each_store
    bring(installation, row(1), row(9))
    rows = [row(1), row(2, password=PASSWORD), row(2), row(3, phone="1"), row(4, id_number=row(9)["id_number"])]
    outcomes = bring(installation, *rows, is_dry_run=True)
    assert told(outcomes) == ["exists", "valid", "repeated", "phone", "identifier_taken"]
    assert account_of(installation, "13900000002") is None
    assert len(Rows(storage_urls.database).events()) == 2


@pytest.mark.parametrize("is_dry_run", [True, False])
def test_an_odd_number_is_told_and_let_in(installation: Installation, is_dry_run: bool) -> None:
    """Mutations: it is refused; it is lost where a password has to be hashed first."""
    odd = complete("42059919900307001")
    outcomes = bring(
        installation,
        row(1, id_number=odd),
        row(2, id_number=complete("51020219980307001"), password="a pass phrase"),
        row(3),
        is_dry_run=is_dry_run,
    )
    assert told(outcomes) == ["valid" if is_dry_run else "created"] * 3
    assert [outcome.odd for outcome in outcomes] == [("region_unknown",), ("region_abolished",), ()]


def test_where_the_sandbox_is_off_people_are_real(sqlite_urls: StorageUrls, tmp_path: Any, clock: Moment) -> None:
    """Mutation: imported people are never, or always, of the sandbox."""
    opened = installed(sqlite_urls, tmp_path, clock, IDP_SANDBOX__ENABLED="false")
    real = row(1, id_number="11010519491231002X")
    assert told(bring(opened, real, row(2))) == ["created", "id_number"]
    account = account_of(opened, "13900000001")
    assert account is not None
    assert not account.is_sandbox
    opened.storage.close()


def test_two_imports_of_one_file_at_once_write_everybody_once(installation_on_each_store: Installation) -> None:
    """Mutation: a conflict with another writer is an error, or is passed over."""
    installation = installation_on_each_store
    rows = [row(number) for number in range(60)]

    def act(_number: int) -> list[str]:
        return told(bring(installation, *rows))

    answers = storm(3, act)
    by_row = list(zip(*answers, strict=True))
    assert all(sorted(fates) == ["created", "exists", "exists"] for fates in by_row)


def test_the_store_refuses_to_write_half_a_person(installation_on_each_store: Installation) -> None:
    """Mutation: ON CONFLICT without a look at what was written."""
    services = installation_on_each_store.services
    bring(installation_on_each_store, row(1))
    account = NewAccount(
        name="李想",
        identifiers=(Identifier(IdentifierKind.EMAIL, "a@example.org"),),
        proofing=Proofing.P0,
        proofed_at=None,
        is_sandbox=False,
        created_at=NOW,
    )
    subjects = (Subject("apps.example", "old-1"),)
    person = ImportedPerson(account=account, verified=frozenset(), password_hash=None, subjects=subjects)
    with services.begin() as unit_of_work:
        with pytest.raises(Refused, match="identifier_taken"):
            unit_of_work.newcomers.write([person])
        with pytest.raises(Refused, match="temporarily_unavailable"):
            unit_of_work.commit()
    with services.begin() as unit_of_work:
        assert unit_of_work.accounts.find(account.identifiers[0]) is None


def test_after_a_new_key_those_who_are_there_are_found(sqlite_urls: StorageUrls, tmp_path: Any, clock: Moment) -> None:
    """Mutation: the current key alone is looked up."""
    before = installed(sqlite_urls, tmp_path, clock)
    bring(before, row(1))
    before.storage.close()
    keys = f"{MASTER_KEY} 2:{'Ag' * 21}I="
    later = installed(sqlite_urls, tmp_path, clock, IDP_SECRETS__KEYS=keys)
    assert told(bring(later, row(1), row(2))) == ["exists", "created"]
    later.storage.close()


def test_nothing_of_a_refused_row_is_told(installation: Installation) -> None:
    outcomes = bring(installation, row(1, phone="12345678901"), row(2, name="Secret Name"))
    assert [outcome.fate for outcome in outcomes] == [Fate.REFUSED] * 2
    for outcome in outcomes:
        assert "12345678901" not in str(outcome)
        assert "Secret" not in str(outcome)
