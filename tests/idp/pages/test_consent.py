"""C15: a person sees what an app asks for, on what terms, and answers; to a number in an answer of its own."""

import json
import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from idp.app import Installation
from idp.model.policy import Proofing
from tests.benchmarks.operations import Answer
from tests.idp.installed import CITIZEN_ID, Moment, identifiers, new_person
from tests.idp.pages.page_browser import csrf_of
from tests.idp.pages.person_at_apps import Department, PersonsBrowser

RIGHT = {"zh-CN": "《住房公积金管理条例》第二十四条", "en": "Housing Fund Regulations, Art. 24"}
NUMBERS: dict[str, Any] = {
    "scope": "openid profile id_number id_match",
    "purpose": {"zh-CN": "用来找到您的账户", "en": "To find your account"},
    "licences": {"id_number": RIGHT, "id_match": RIGHT},
}
ASKED = "openid profile id_number"
TICK = {"allow_citizen_number": "1"}
OTHER_PHONE = "13900000002"


@pytest.fixture
def person(with_person: Installation) -> PersonsBrowser:
    signed_in = PersonsBrowser(with_person)
    signed_in.enter()
    return signed_in


def text(page: Answer) -> str:
    return page.body.decode()


def answers(person: PersonsBrowser, page: Answer, action: str = "allow", **ticks: str) -> Answer:
    return person.post(person.here, csrf=csrf_of(page), action=action, **ticks)


def told(app: Department, person: PersonsBrowser, page: Answer, **ticks: str) -> dict[str, Any]:
    """What userinfo says after this answer."""
    answers(person, page, **ticks)
    code = parse_qs(urlsplit(person.here).query)["code"][0]
    tokens = app.ask(
        person, grant_type="authorization_code", code=code, redirect_uri="https://app.example/callback"
    ).json
    userinfo: dict[str, Any] = app.read(person, tokens).json
    return userinfo


def test_the_page_shows_what_is_asked_and_by_what_right(with_person: Installation, person: PersonsBrowser) -> None:
    """Mutations: the number in full; a tick that is there already; no word of purpose, right, or that it is needed."""
    page = text(Department(with_person, **NUMBERS).send(person, f"{ASKED} id_match"))
    for words in ("想看这些信息", "用来找到您的账户", "8901**********0011", "这一项要您单独同意", RIGHT["zh-CN"]):
        assert words in page, words
    assert CITIZEN_ID not in page
    box = re.search(r"<input[^>]*allow_citizen_number[^>]*>", page)
    assert box
    assert "checked" not in box[0]
    assert page.count("依据：") == 2, "the number, and comparing one"
    assert "只回答" in page


def test_a_number_takes_an_answer_of_its_own(with_person: Installation, person: PersonsBrowser) -> None:
    """PIPL Art. 29. Mutations: one button for both; something kept of the answer that was none; the page a dead end."""
    app = Department(with_person, **NUMBERS)
    page = answers(person, app.send(person, ASKED))
    assert person.here.endswith("/consent")
    assert "还差一项没有答" in text(page)
    assert "checked" not in text(page)
    assert CITIZEN_ID not in text(page)
    with with_person.services.begin() as unit_of_work:
        account = unit_of_work.accounts.find(identifiers()[1])
        assert account is not None
        assert unit_of_work.consents.of_account(account.id) == []
    assert told(app, person, page, **TICK)["cn_id_number"] == CITIZEN_ID


def test_the_answer_is_remembered_until_the_words_are_others(
    with_person: Installation, person: PersonsBrowser, clock: Moment
) -> None:
    """C15. Mutations: asked each time; another purpose, or another right, for which nobody is asked anew."""
    told(Department(with_person, **NUMBERS), person, Department(with_person, **NUMBERS).send(person, ASKED), **TICK)
    for changes in (
        {"purpose": {"zh-CN": "用来给您寄广告"}},
        {"licences": {**NUMBERS["licences"], "id_number": {"zh-CN": "别的依据"}}},
    ):
        assert app_is_let_in(Department(with_person, **NUMBERS), person)
        clock.pass_by(1)
        app = Department(with_person, **{**NUMBERS, **changes})
        assert not app_is_let_in(app, person), changes
        told(app, person, app.send(person, ASKED), **TICK)
        assert app_is_let_in(app, person), "the newer answer counts"
        told(Department(with_person, **NUMBERS), person, Department(with_person, **NUMBERS).send(person, ASKED), **TICK)


def app_is_let_in(app: Department, person: PersonsBrowser) -> bool:
    app.send(person, ASKED)
    return "code=" in person.here


def test_an_app_that_a_law_lets_in_asks_for_the_number_all_the_same(
    with_person: Installation, person: PersonsBrowser
) -> None:
    """MISSION: own scope, consent and licence. Mutations: `asks_consent` false over all; nothing to take back afterwards."""
    app = Department(with_person, **NUMBERS, asks_consent=False)
    app.send(person, "openid profile")
    assert "code=" in person.here
    assert told(app, person, app.send(person, ASKED), **TICK)["cn_id_number"] == CITIZEN_ID
    tokens = app.visit(person, ASKED)
    assert app.read(person, tokens).json["cn_id_number"] == CITIZEN_ID
    page = person.get("/me/apps/housing-fund")
    assert "不能收回" not in text(page)
    person.post("/me/apps/housing-fund", csrf=csrf_of(page))
    assert app.read(person, tokens).status == 401
    app.send(person, ASKED)
    assert person.here.endswith("/consent"), "it has to ask anew"


def test_what_may_be_left_out_is_left_out(with_person: Installation, person: PersonsBrowser) -> None:
    """Mutations: a number that is optional told without a tick; an answer that was given asked for again."""
    app = Department(with_person, **NUMBERS, optional_scope="id_number")
    page = app.send(person, ASKED)
    assert "办这件事必须有" not in text(page).partition("这一项要您单独同意")[2]
    userinfo = told(app, person, page)
    assert "cn_id_number" not in userinfo
    assert userinfo["name"]
    assert app_is_let_in(app, person)


def test_who_says_no_gives_nothing(with_person: Installation, person: PersonsBrowser) -> None:
    app = Department(with_person, **NUMBERS)
    answers(person, app.send(person, ASKED), "deny", **TICK)
    assert parse_qs(urlsplit(person.here).query)["error"] == ["access_denied"]


def test_who_is_not_verified_is_not_even_asked(with_person: Installation) -> None:
    """The door wants level 3. Mutation: a number that nobody matched, told as the person's."""
    new_person(with_person, *identifiers(OTHER_PHONE, "890101198808160036"), proofing=Proofing.P1)
    unverified = PersonsBrowser(with_person, phone=OTHER_PHONE)
    unverified.enter()
    for scope in (ASKED, "openid id_match"):
        Department(with_person, **NUMBERS).send(unverified, scope)
        assert parse_qs(urlsplit(unverified.here).query)["error"] == ["unmet_authentication_requirements"], scope


def test_a_licence_that_is_taken_back_holds_at_once(with_person: Installation, person: PersonsBrowser) -> None:
    """Mutation: the licence looked at when the token was issued alone."""
    app = Department(with_person, **NUMBERS)
    userinfo = told(app, person, app.send(person, ASKED), **TICK)
    assert "cn_id_number" in userinfo
    tokens = app.visit(person, ASKED)
    services = with_person.services
    with services.begin() as unit_of_work:
        unit_of_work.clients.save(replace(app.client, licences=()), services.clock())
        unit_of_work.commit()
    assert "cn_id_number" not in app.read(person, tokens).json


BY_NAME = {
    "userinfo": {
        "age_over_60": None,
        "verified_claims": {
            "verification": {"trust_framework": None},
            "claims": {"age_over_14": None, "gender": None},
        },
    }
}


@pytest.mark.parametrize(
    ("asked", "shown", "hidden"),
    [
        ({"scope": "openid birthdate gender age"}, ["1990-**-**", "男", "满 18 周岁：是"], ["满 60"]),
        (
            {"scope": "openid", "claims": json.dumps(BY_NAME)},
            ["满 14 周岁：是", "满 60 周岁：否", "男"],
            ["满 18", "1990"],
        ),
    ],
    ids=["by scope", "claim by claim"],
)
def test_what_a_number_tells_is_shown_as_far_as_it_is_asked_for(
    with_person: Installation, person: PersonsBrowser, asked: dict[str, str], shown: list[str], hidden: list[str]
) -> None:
    """Mutations: a birth date in full; ages that nobody asked for; what is asked inside `verified_claims` not shown."""
    page = text(Department(with_person, scope="openid birthdate gender age").send(person, **asked))
    main = page[page.index("<main") : page.index("</main>")]
    assert [words for words in shown if words not in main] == []
    assert [words for words in hidden if words in main] == []
