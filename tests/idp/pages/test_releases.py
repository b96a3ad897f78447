"""What an app was told stands in the person's own log: once for each set of claims, with what for, by what right, and on what."""

import json
from dataclasses import replace
from typing import Any

import pytest

from idp.app import Installation
from idp.events import Action
from idp.model.account import Identifier, IdentifierKind
from idp.model.evidence import EvidenceMethod, NewEvidence
from idp.model.policy import Proofing
from idp.registration.register import register
from tests.idp.installed import CITIZEN_ID, NAME, NOW, PHONE, Moment, identifiers
from tests.idp.pages.page_browser import csrf_of
from tests.idp.pages.person_at_apps import Department, PersonsBrowser
from tests.idp.pages.test_consent import NUMBERS, TICK, answers, text
from tests.idp.storage.storm import storm

PURPOSE = {"zh-CN": "用来找到您的账户", "en": "To find your account"}


@pytest.fixture
def person(with_person: Installation) -> PersonsBrowser:
    signed_in = PersonsBrowser(with_person)
    signed_in.enter()
    return signed_in


def account_of(installation: Installation) -> int:
    with installation.services.begin() as unit_of_work:
        account = unit_of_work.accounts.find(identifiers()[1])
    assert account is not None
    return account.id


def releases(installation: Installation) -> list[dict[str, Any]]:
    """The records of the person, the oldest first."""
    with installation.services.begin() as unit_of_work:
        logged = unit_of_work.events.of_person(account_of(installation), before=None, limit=100)
    return [dict(each.data) for each in reversed(logged) if each.action == Action.CLAIMS_RELEASED]


def test_a_release_is_written_down_once_with_all_that_matters(
    with_person: Installation, person: PersonsBrowser
) -> None:
    """PIPL Art. 23. Mutations: a value in the record; no purpose, right or time of proofing; a record for each reading."""
    app = Department(with_person, scope="openid profile phone age", purpose=PURPOSE)
    tokens = app.visit(person, "openid profile phone age")
    for _ in range(3):
        assert app.read(person, tokens).status == 200
    (record,) = releases(with_person)
    assert record == {
        "claims": ["age_over_18", "name", "phone_number", "phone_number_verified", "sub"],
        "at": "userinfo",
        "basis": ["consent"],
        "terms": app.client.terms.version,
        "verified_at": NOW,
    }
    assert not {NAME, CITIZEN_ID, PHONE} & set(str(record))
    page = text(person.get("/me/activity"))
    for words in (
        "用途：用来找到您的账户",
        "依据：您同意过",
        "凭 2026年9月21日的核验",
        "看了：是否到了某个年龄",
        "看了：姓名",
    ):
        assert words in page, words


def test_what_goes_beyond_is_written_down_as_well(
    with_person: Installation, person: PersonsBrowser, clock: Moment
) -> None:
    """Mutation: one record for a family, whatever was told to it later."""
    app = Department(with_person, scope="openid email gender")
    tokens = app.visit(person, "openid email gender")
    app.read(person, tokens)
    mail = Identifier(IdentifierKind.EMAIL, "z@example.cn")
    with with_person.services.begin() as unit_of_work:
        unit_of_work.accounts.change_identifier(account_of(with_person), IdentifierKind.EMAIL, mail, clock())
        unit_of_work.commit()
    for _ in range(2):
        app.read(person, tokens)
    assert [record["claims"] for record in releases(with_person)] == [
        ["gender", "sub"],
        ["email", "email_verified", "gender", "sub"],
    ]
    again = app.visit(person, "openid email gender")
    app.read(person, again)
    assert len(releases(with_person)) == 3, "each authorization has its own"


def test_what_an_id_token_tells_is_a_release(with_person: Installation, person: PersonsBrowser, clock: Moment) -> None:
    """Mutations: a name that was not asked for as verified is not written down; one record for each refresh."""
    app = Department(with_person)
    wishes: dict[str, Any] = {
        "name": None,
        "verified_claims": {"verification": {"trust_framework": None}, "claims": {"name": None}},
    }
    for asked in ({"name": None}, wishes):
        tokens = app.visit(person, "openid", claims=json.dumps({"id_token": asked}))
        for _ in range(2):
            clock.pass_by(60)
            tokens = app.ask(person, grant_type="refresh_token", refresh_token=tokens["refresh_token"]).json
            assert "id_token" in tokens
    told = [(record["at"], record["claims"], "verified_at" in record) for record in releases(with_person)]
    assert told == [("id_token", ["name"], False), ("id_token", ["name", "verified_claims"], True)]


def test_a_refresh_that_tells_more_is_written_down(
    with_person: Installation, person: PersonsBrowser, clock: Moment
) -> None:
    """Mutation: refreshed id_tokens never looked at."""
    account_id = account_of(with_person)
    asked = {
        "id_token": {
            "verified_claims": {
                "verification": {"trust_framework": None, "assurance_level": {"value": "P3"}},
                "claims": {"name": None},
            }
        }
    }
    app = Department(with_person)
    tokens = app.visit(person, "openid", claims=json.dumps(asked))
    assert releases(with_person) == []
    new = NewEvidence(source="authority", method=EvidenceMethod.FACE, proofing=Proofing.P3, verified_at=clock())
    with with_person.services.begin() as unit_of_work:
        unit_of_work.evidence.add(account_id, new, clock())
        unit_of_work.commit()
    app.ask(person, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert [record["claims"] for record in releases(with_person)] == [["name", "verified_claims"]]


def test_the_words_of_then_are_shown(with_person: Installation, person: PersonsBrowser) -> None:
    """Mutations: the purpose of today told of what was released for another; a version whose words nobody kept."""
    services = with_person.services
    app = Department(with_person, scope="openid profile", purpose=PURPOSE)
    app.read(person, app.visit(person, "openid profile"))
    with services.begin() as unit_of_work:
        # the way that officers go
        register(unit_of_work, [replace(app.client, purpose=(("zh-CN", "用来给您寄广告"),))], services.clock())
        unit_of_work.commit()
    page = text(person.get("/me/activity"))
    assert "用途：用来找到您的账户" in page
    assert "广告" not in page


def test_by_what_right(with_person: Installation, person: PersonsBrowser) -> None:
    """Mutations: a law where the person was asked; the separate answer not told of."""
    by_law = Department(with_person, "land-registry", client_name="不动产登记", asks_consent=False)
    by_law.read(person, by_law.visit(person))
    fund = Department(with_person, **NUMBERS)
    answers(person, fund.send(person, "openid profile id_number"), **TICK)
    fund.read(person, fund.visit(person, "openid profile id_number"))
    assert [record["basis"] for record in releases(with_person)] == [["law"], ["consent", "separate_consent"]]
    page = text(person.get("/me/activity"))
    assert "依据：依法提供" in page
    assert "您单独同意过" in page
    assert "看了：身份证号" in page
    assert CITIZEN_ID not in page
    assert CITIZEN_ID not in text(person.get("/me/activity.json"))
    assert CITIZEN_ID not in text(person.get("/me/activity.csv"))


def test_parallel_readings_are_one_release(with_person: Installation, person: PersonsBrowser) -> None:
    """Mutation: read whether it is the first, and write then."""
    app = Department(with_person)
    tokens = app.visit(person)

    def read(_: int) -> None:
        assert app.read(PersonsBrowser(with_person), tokens).status == 200

    storm(8, read)
    assert len(releases(with_person)) == 1


def test_the_resources_where_tokens_may_be_used_are_told(with_person: Installation, person: PersonsBrowser) -> None:
    """Introspection and exchange tell who it is, and no data: their record is that of the grant. Mutation: no resource named."""
    Department(
        with_person,
        "licences",
        client_name="电子证照库",
        grant_types=["client_credentials"],
        redirect_uris=[],
        backchannel_logout_uri=None,
        scope="",
        resource="https://licences.example/",
    )
    app = Department(with_person, audience="https://licences.example/")
    app.visit(person, "openid")
    assert "用在：电子证照库" in text(person.get("/me/activity"))


def test_a_withdrawn_consent_ends_what_is_told(with_person: Installation, person: PersonsBrowser) -> None:
    """Mutation: the record goes with the consent."""
    app = Department(with_person)
    app.read(person, app.visit(person))
    person.post("/me/apps/housing-fund", csrf=csrf_of(person.get("/me/apps/housing-fund")))
    assert len(releases(with_person)) == 1
