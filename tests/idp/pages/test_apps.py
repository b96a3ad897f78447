"""C18: a person sees which apps may see what, and takes it back: everything the app holds dies, and it has to ask anew."""

import pytest
from sqlalchemy import select

from idp.app import Installation, install
from idp.model.account import Identifier, IdentifierKind
from idp.settings.tree import RuleSettings
from idp.storage.tables import events
from tests.benchmarks.operations import Answer
from tests.idp.installed import Moment, new_person
from tests.idp.pages.page_browser import csrf_of
from tests.idp.pages.person_at_apps import HARMONY, Department, PersonsBrowser, told_apps
from tests.idp.storage.sql import engine_of
from tests.plugins.private_servers import StorageUrls

PATH = "/me/apps/housing-fund"
OTHER_PHONE = "13900000002"


@pytest.fixture
def fund(with_person: Installation) -> Department:
    return Department(with_person)


@pytest.fixture
def by_law(with_person: Installation) -> Department:
    return Department(with_person, "land-registry", client_name="不动产登记", asks_consent=False)


@pytest.fixture
def person(with_person: Installation) -> PersonsBrowser:
    signed_in = PersonsBrowser(with_person)
    signed_in.enter()
    return signed_in


def text(page: Answer) -> str:
    return page.body.decode()


def actions(urls: StorageUrls) -> list[tuple[str, str | None, str]]:
    with engine_of(urls).connect() as connection:
        rows = connection.execute(select(events.c.action, events.c.client_id, events.c.data).order_by(events.c.id))
        return [tuple(row) for row in rows]


def withdraw(person: PersonsBrowser, path: str = PATH) -> Answer:
    return person.post(path, csrf=csrf_of(person.get(path)))


def test_nobody_sees_anything_before_it_was_allowed(person: PersonsBrowser, fund: Department) -> None:
    """Mutation: our own account is listed among the apps."""
    page = text(person.get("/me/apps"))
    assert "还没有应用看过您的信息" in page
    fund.visit(person)
    page = text(person.get("/me/apps"))
    assert "还没有应用看过您的信息" not in page
    assert "住房公积金" in page
    assert "姓名、手机号" in page


def test_what_is_taken_back_is_dead_at_once(
    with_person: Installation, storage_urls: StorageUrls, person: PersonsBrowser, fund: Department
) -> None:
    """Mutations: the families live on; the app is not told; nothing is written down; the consent stays."""
    tokens = fund.visit(person)
    assert fund.read(person, tokens).status == 200
    assert "收回了" in text(withdraw(person))
    assert fund.read(person, tokens).status == 401
    refused = fund.ask(person, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert (refused.status, refused.json["error"]) == (400, "invalid_grant")
    assert told_apps(with_person) == ["housing-fund"]
    assert ("consent.withdrawn", "housing-fund", '{"scope":["openid","profile","phone"]}') in actions(storage_urls)
    assert person.is_signed_in()
    assert "还没有应用看过您的信息" in text(person.get("/me/apps"))
    page = fund.send(person)
    assert person.here.endswith("/consent")
    assert "手机号" in text(page)


def test_tokens_of_other_devices_and_ended_sessions_die_as_well(
    with_person: Installation, person: PersonsBrowser
) -> None:
    """Mutation: only the families of this session, or of living ones, are revoked."""
    fund = Department(with_person, scope="openid profile phone offline_access")
    telephone = PersonsBrowser(with_person, HARMONY)
    telephone.enter()
    elsewhere = fund.visit(telephone, "openid profile offline_access", prompt="consent")
    person.post("/me/devices", csrf=csrf_of(person.get("/me/devices")), action="others")
    assert not telephone.is_signed_in()
    assert fund.read(person, elsewhere).status == 200
    withdraw(person)
    assert fund.read(person, elsewhere).status == 401


def test_what_other_apps_and_other_people_have_stays(
    with_person: Installation, person: PersonsBrowser, fund: Department, by_law: Department
) -> None:
    """Mutation: `revoke_at` without the app, or without the person."""
    new_person(with_person, Identifier(IdentifierKind.PHONE, f"+86{OTHER_PHONE}"))
    neighbour = PersonsBrowser(with_person, phone=OTHER_PHONE)
    neighbour.enter()
    kept = [(fund, fund.visit(neighbour)), (by_law, by_law.visit(person))]
    fund.visit(person)
    withdraw(person)
    assert [app.read(person, tokens).status for app, tokens in kept] == [200, 200]
    assert "住房公积金" in text(neighbour.get("/me/apps"))


def test_where_a_law_obliges_one_signs_out_and_takes_nothing_back(
    with_person: Installation, storage_urls: StorageUrls, person: PersonsBrowser, by_law: Department
) -> None:
    tokens = by_law.visit(person)
    page = text(person.get("/me/apps"))
    assert "依法提供" in page
    assert "收回<" not in page
    page = text(person.get("/me/apps/land-registry"))
    assert "不能收回" in page
    assert "姓名、手机号" in page
    assert "这个应用退出了" in text(withdraw(person, "/me/apps/land-registry"))
    assert by_law.read(person, tokens).status == 401
    assert told_apps(with_person) == ["land-registry"]
    assert ("session.app_signed_out", "land-registry", "{}") in actions(storage_urls)
    assert "不动产登记" not in text(person.get("/me/apps"))
    by_law.visit(person)
    assert "不动产登记" in text(person.get("/me/apps"))


def test_where_a_rule_asks_all_the_same_it_can_be_taken_back(with_person: Installation, clock: Moment) -> None:
    """Mutation: only the registration is looked at, and who was asked has no way back."""
    settings = with_person.settings
    rule = RuleSettings(name="ask", client_ids=("land-registry",), asks_consent=True)
    policy = settings.policy.model_copy(update={"rules": (rule,)})
    ruled = install(settings.model_copy(update={"policy": policy}), clock)
    by_law = Department(ruled, "land-registry", asks_consent=False)
    person = PersonsBrowser(ruled)
    person.enter()
    by_law.visit(person)
    assert "收回了" in text(withdraw(person, "/me/apps/land-registry"))
    by_law.send(person)
    assert person.here.endswith("/consent")
    ruled.storage.close()


def test_a_forged_form_and_an_app_of_nobody_change_nothing(
    with_person: Installation, person: PersonsBrowser, fund: Department
) -> None:
    """Mutation: the token is not compared, or holds for every app."""
    tokens = fund.visit(person)
    Department(with_person, "archive").visit(person)
    elsewhere = csrf_of(person.get("/me/apps/archive"))
    for forged in ("", elsewhere):
        assert "这一页放久了" in text(person.post(PATH, csrf=forged))
    assert fund.read(person, tokens).status == 200
    for path in ("/me/apps/nobody", "/me/apps/account"):
        person.get(path)
        assert person.here == "/me/apps"
    assert "退出了" not in text(person.get("/me/apps?done=%3Cb%3E"))


def test_a_second_press_finds_nothing_to_do(person: PersonsBrowser, fund: Department) -> None:
    fund.visit(person)
    token = csrf_of(person.get(PATH))
    person.post(PATH, csrf=token)
    person.post(PATH, csrf=token)
    assert person.here == "/me/apps"
