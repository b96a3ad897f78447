"""Comparing a number: yes or no about the person of the token, and nothing about anybody else (threat K05)."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from idp.app import Installation
from idp.clock import after, date_in_china, midnight_in_china
from idp.events import Action, EventFilter, Recorded
from idp.model.account import Identifier, IdentifierKind, Proofed
from idp.model.evidence import WithdrawalReason
from idp.model.policy import Proofing
from idp.settings import Settings
from tests.benchmarks.operations import Answer
from tests.idp.installed import CITIZEN_ID, NAME, PHONE, Moment, identifiers, installed, new_person
from tests.idp.pages.person_at_apps import Department, PersonsBrowser
from tests.idp.storage.storm import storm
from tests.plugins.private_servers import StorageUrls

WORDS = {"en": "Art. 74"}
LICENSED: dict[str, Any] = {
    "scope": "openid profile id_match",
    "purpose": WORDS,
    "licences": {"id_match": WORDS},
    "asks_consent": False,
}
SOMEBODY_ELSES = "890102193703180069"
NOBODYS = "890101197601019954"


@pytest.fixture
def city(storage_urls: StorageUrls, tmp_path: Path, clock: Moment) -> Iterator[Installation]:
    """With two people, and budgets that a test can use up."""
    changes = {"IDP_RELEASE__ID_MATCH_PER_PERSON_DAY": "6", "IDP_RELEASE__ID_MATCH_PER_CLIENT_DAY": "9"}
    opened = installed(storage_urls, tmp_path, clock, **changes)
    new_person(opened)
    new_person(opened, *identifiers("13900000002", SOMEBODY_ELSES))
    yield opened
    opened.storage.close()


@pytest.fixture
def person(city: Installation) -> PersonsBrowser:
    signed_in = PersonsBrowser(city)
    signed_in.enter()
    return signed_in


@pytest.fixture
def app(city: Installation) -> Department:
    return Department(city, **LICENSED)


def token_of(app: Department, person: PersonsBrowser, scope: str = "openid id_match") -> str:
    token: str = app.visit(person, scope)["access_token"]
    return token


def compare(person: PersonsBrowser, token: str, number: str | None = CITIZEN_ID, **more: str) -> Answer:
    fields = {**({} if number is None else {"number": number}), **more}
    headers = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
    return person.caller.post("/id_match", headers, urlencode(fields).encode())


def log_of(city: Installation, action: Action) -> list[Recorded]:
    with city.services.begin() as unit_of_work:
        return list(unit_of_work.events.search(EventFilter(action=action), before=None, limit=50))


@pytest.mark.parametrize(
    ("number", "is_match"),
    [
        (CITIZEN_ID, True),
        (f" {CITIZEN_ID[:6]}-{CITIZEN_ID[6:]}\u3000", True),
        ("８９０１０１１９９００３０７００１１", True),
        (f"{CITIZEN_ID[:6]}{CITIZEN_ID[8:17]}", True),
        (SOMEBODY_ELSES, False),
        (NOBODYS, False),
        ("E12345678", False),
        ("USA/123456789", False),
    ],
)
def test_the_answer_is_yes_or_no(person: PersonsBrowser, app: Department, number: str, is_match: bool) -> None:
    """Mutations: anybody's number; one spelling alone; the 15 digits of an old record; a third answer for who is unknown."""
    answer = compare(person, token_of(app, person), number)
    assert (answer.status, answer.json) == (200, {"match": is_match})
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("number", "name", "is_match"),
    [
        (CITIZEN_ID, NAME, True),
        (CITIZEN_ID, f" {NAME[0]} {NAME[1:]}", True),
        (CITIZEN_ID, "李四", False),
        (SOMEBODY_ELSES, NAME, False),
        (SOMEBODY_ELSES, "李四", False),
    ],
)
def test_a_name_is_compared_along(
    person: PersonsBrowser, app: Department, number: str, name: str, is_match: bool
) -> None:
    """Mutations: `or`; a word which of both was wrong."""
    assert compare(person, token_of(app, person), number, name=name).json == {"match": is_match}


@pytest.mark.parametrize(
    ("number", "more", "says"),
    [
        (None, {"name": NAME}, "Send the number"),
        ("", {}, "Send the number"),
        ("x", {}, "number is none"),
        (CITIZEN_ID[:-1] + "2", {}, "checksum"),
        ("890101199013010010", {}, "date"),
        (PHONE, {}, "number is none"),
        (CITIZEN_ID[:17], {}, "number is none"),
        ("٨٩٠١٠١١٩٩٠٠٣٠٧٠٠١١", {}, "number is none"),
        ("9" * 5000, {}, "number is none"),
        (CITIZEN_ID, {"name": "x" * 300}, "name is none"),
        (CITIZEN_ID, {"name": "<script>"}, "name is none"),
    ],
    ids=str,
)
def test_what_no_document_has_is_refused_and_costs_nothing(
    person: PersonsBrowser, app: Department, number: str | None, more: dict[str, str], says: str
) -> None:
    """K01, K05. Mutations: taken for a mismatch; a try less; the text of the request in the refusal."""
    token = token_of(app, person)
    for _ in range(8):
        answer = compare(person, token, number, **more)
        assert (answer.status, answer.json["error"]) == (400, "invalid_request")
    assert says in answer.json["error_description"]
    assert CITIZEN_ID[:17] not in answer.body.decode()
    assert compare(person, token).json == {"match": True}


def test_a_parameter_twice_or_in_the_address_is_refused(person: PersonsBrowser, app: Department) -> None:
    """Mutations: the number in logs of addresses; the last of two taken."""
    headers = {"HTTP_AUTHORIZATION": f"Bearer {token_of(app, person)}"}
    body = urlencode({"number": CITIZEN_ID}).encode()
    for path, sent in (("/id_match?number=1", body), ("/id_match", body + b"&" + body)):
        answer = person.caller.post(path, headers, sent)
        assert (answer.status, answer.json["error"]) == (400, "invalid_request")


def test_who_may_not_ask_is_told_so(city: Installation, person: PersonsBrowser, app: Department) -> None:
    """Mutations: any token; the scope without the licence; a licence that was taken back; a token for another resource."""
    narrow = token_of(app, person, "openid profile")
    assert (compare(person, narrow).status, compare(person, narrow).json["error"]) == (403, "insufficient_scope")
    for nobodys in ("", "x", "a.b.c"):
        assert compare(person, nobodys).status == 401
    in_body = person.caller.post("/id_match", {}, urlencode({"number": CITIZEN_ID, "access_token": narrow}).encode())
    assert in_body.status == 401
    assert "resource_metadata=" in in_body.headers["www-authenticate"]
    token = token_of(app, person)
    services = city.services
    with services.begin() as unit_of_work:
        unit_of_work.clients.save(replace(app.client, licences=()), services.clock())
        unit_of_work.commit()
    refused = compare(person, token)
    assert (refused.status, refused.json["error"]) == (403, "insufficient_scope")
    assert "licence" in refused.json["error_description"]
    with services.begin() as unit_of_work:
        unit_of_work.clients.save(
            replace(app.client, token_endpoint_auth_method="none", secret_digests=()), services.clock()
        )
        unit_of_work.commit()
    assert compare(person, token).status == 403, "a client that cannot keep a secret"


def test_a_number_that_nobody_verified_matches_nothing(
    city: Installation, person: PersonsBrowser, app: Department, clock: Moment
) -> None:
    """Mutation: what a person says of themselves, confirmed by us."""
    token = token_of(app, person)
    with city.services.begin() as unit_of_work:
        account = unit_of_work.accounts.find(identifiers()[1])
        assert account is not None
        unit_of_work.evidence.withdraw_all(account.id, WithdrawalReason.DISPUTED, clock())
        unit_of_work.commit()
        account = unit_of_work.accounts.get(account.id)
    assert account is not None
    assert account.proofed(clock()) == Proofed(Proofing.P1, clock())
    refused = compare(person, token)
    assert (refused.status, refused.json["error"]) == (401, "insufficient_user_authentication")
    assert 'acr_values="urn:yizheng:level:3"' in refused.headers["www-authenticate"]


def test_whoever_has_another_document_is_compared_by_that(city: Installation, app: Department) -> None:
    """Mutation: citizens alone, and everybody else a mismatch."""
    passport = Identifier(IdentifierKind.PASSPORT, "E12345678")
    new_person(city, Identifier(IdentifierKind.PHONE, "+8613900000003"), passport)
    foreigner = PersonsBrowser(city, phone="13900000003")
    foreigner.enter()
    token = token_of(app, foreigner)
    assert [compare(foreigner, token, number).json["match"] for number in ("e12345678", CITIZEN_ID)] == [True, False]


def test_one_person_is_tried_so_often_a_day(
    city: Installation, person: PersonsBrowser, app: Department, clock: Moment
) -> None:
    """K05. Mutations: right answers that cost nothing; a budget that a new sign-in renews; a day of another clock."""
    answers = [compare(person, token_of(app, person), number) for number in (CITIZEN_ID, *([NOBODYS] * 5))]
    assert [answer.status for answer in answers] == [200] * 6
    for _ in range(2):
        refused = compare(person, token_of(app, person))
        assert (refused.status, refused.json["error"]) == (429, "temporarily_unavailable")
    tomorrow = midnight_in_china(date_in_china(after(clock(), 86_400)))
    assert int(refused.headers["retry-after"]) == tomorrow - clock()
    (record,) = log_of(city, Action.COMPARISON_REFUSED)
    assert (record.kind, record.client_id, record.outcome) == ("refusal", "housing-fund", "temporarily_unavailable")
    assert "核对您的证件号次数太多" in person.get("/me/activity").body.decode()
    other = PersonsBrowser(city, phone="13900000002")
    other.enter()
    assert compare(other, token_of(app, other), SOMEBODY_ELSES).json == {"match": True}, "others have their own"
    clock.now = tomorrow
    person.enter()
    assert compare(person, token_of(app, person)).json == {"match": True}


def test_one_app_compares_so_often_a_day(city: Installation, person: PersonsBrowser, app: Department) -> None:
    """Mutations: no limit for an app with many people; another app's budget; what a person's budget stopped, counted."""
    token = token_of(app, person)
    assert [compare(person, token).status for _ in range(8)] == [200] * 6 + [429] * 2
    other = PersonsBrowser(city, phone="13900000002")
    other.enter()
    theirs = token_of(app, other)
    assert [compare(other, theirs).status for _ in range(4)] == [200] * 3 + [429]
    another = Department(city, "another", **LICENSED)
    assert compare(other, token_of(another, other), SOMEBODY_ELSES).json == {"match": True}
    assert len(log_of(city, Action.COMPARISON_REFUSED)) == 1, "the app's own limit is nobody's"


def test_a_budget_is_one_over_all_processes(city: Installation, person: PersonsBrowser, app: Department) -> None:
    """Mutation: counted by each process, or read before it is counted."""
    token = token_of(app, person)
    statuses = storm(12, lambda _: compare(PersonsBrowser(city), token).status)
    assert sorted(statuses) == [200] * 6 + [429] * 6


def test_the_first_comparison_is_a_release(city: Installation, person: PersonsBrowser, app: Department) -> None:
    """Mutations: no record; one for each; the number or the answer in it; only a match written down."""
    token = token_of(app, person)
    for number in (NOBODYS, CITIZEN_ID, CITIZEN_ID):
        compare(person, token, number)
    (record,) = log_of(city, Action.CLAIMS_RELEASED)
    assert (record.data["claims"], record.data["at"], record.data["basis"]) == (["id_match"], "id_match", ["law"])
    assert not {CITIZEN_ID, NOBODYS, "True", "False", "match'"} & set(str(record.data).split())
    page = person.get("/me/activity").body.decode()
    assert "住房公积金核对了它手里的证件号是不是您的" in page
    assert CITIZEN_ID not in page


def test_the_defaults_leave_a_guesser_nothing() -> None:
    """Mutation: a default by which an app could try a thousand a day on one person."""
    assert Settings.model_fields["release"].default.id_match_per_person_day <= 10
