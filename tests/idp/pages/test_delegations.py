"""C21, C22, C23: people let each other act, on pages without JavaScript; every refusal says what to do next."""

import re
from datetime import timedelta

import pytest

from idp.accounts.organization_checks import recheck
from idp.app import Installation
from idp.clock import date_in_china
from idp.model.mandate import EndReason, MandateRole
from idp.model.organization import OrganizationStatus
from idp.model.policy import Proofing
from realnames.identifiers.citizen_id import complete
from tests.idp.accounts.acting import APP, DAY, SHOP, City, remit
from tests.idp.installed import PASSWORD, Moment
from tests.idp.pages.acting_people import Visitor, asks
from tests.idp.pages.person_at_apps import told_apps
from tests.idp.registers import CODE
from tests.specs.form_browser import Page
from tests.specs.test_rfc9396_rich_authorization_requests import LICENCE, WORDS

OF_APP, OF_SHOP = f"app_{APP}", f"app_{SHOP}"
CHILD_NUMBER = complete("89010120150601001")


@pytest.fixture
def city(installation: Installation) -> City:
    city = City.over(installation)
    for name in ("王兰", "李华", "赵敏"):
        city.person(name)
    return city


def on(city: City, name: str) -> Visitor:
    return Visitor.of(city, name)


def uid_in(page: Page) -> str:
    """The one mandate that a page leads to."""
    (uid,) = map(str, set(re.findall(r'href="/me/delegations/([\w-]{22})"', page.html)))
    return uid


def test_from_asking_to_stopping(city: City) -> None:
    """C21. Mutations: it begins unasked; a name in clear; a stop that waits."""
    hers, his = on(city, "王兰"), on(city, "李华")
    page = hers.offers("李华", OF_APP)
    assert page.address.endswith("/me/delegations?done=offered")
    assert "已经请对方了" in page.html
    assert "对方还没有答应" in page.html
    assert "1 个人想托您代办" in his.open("/me").html
    waiting = his.open("/me/delegations")
    assert "王*" in waiting.html
    assert "王兰" not in waiting.html
    asked = his.open(f"/me/delegations/{uid_in(waiting)}")
    done = his.browser.press(asked, {"id": "mandate-accept"})
    assert "您答应了" in done.html
    assert "我替别人办（1）" in done.html
    mine = hers.open("/me/delegations")
    assert "别人替我办（1）" in mine.html
    assert APP in mine.html
    stop = hers.open(f"/me/delegations/{uid_in(mine)}")
    assert "停掉李*的代办" in stop.text("main")
    over = hers.browser.press(stop, {"id": "mandate-end"})
    assert "已经停了" in over.html
    assert "我替别人办（0）" in his.open("/me/delegations").html
    assert "被停了" in his.open("/me/delegations/history").html
    again = hers.browser.press(stop, {"id": "mandate-end"})
    assert again.address.endswith("/me/delegations"), "a second press finds nothing to do"


PROBLEMS = {
    "no phone": ({"phone": ""}, (OF_APP,), "phone", "请填对方的手机号"),
    "no phone at all": ({"phone": "12"}, (OF_APP,), "phone", "这不像手机号"),
    "no name": ({"name": ""}, (OF_APP,), "name", "请填对方的姓名"),
    "no name at all": ({"name": "<b>"}, (OF_APP,), "name", "这不像姓名"),
    "nothing ticked": ({}, (), "services", "请至少勾一样"),
    "an app that is not offered": ({}, ("app_plain",), "services", "请至少勾一样"),
    "no day": ({"until": ""}, (OF_APP,), "until", "请填一个日期"),
    "no day at all": ({"until": "9999-12-31x"}, (OF_APP,), "until", "请填一个日期"),
    "a day beyond all days": ({"until": "9999-12-31"}, (OF_APP,), "until", "请填一个日期"),
    "yesterday": ({"until": "2026-01-01"}, (OF_APP,), "until", "请选今天到一年以内的一天"),
    "in two years": ({"until": "2028-12-31"}, (OF_APP,), "until", "请选今天到一年以内的一天"),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_what_is_wrong_stands_at_its_field_and_the_rest_stays(city: City, name: str) -> None:
    changes, ticked, field, says = PROBLEMS[name]
    page = on(city, "王兰").offers("李华", *ticked, **changes)
    assert page.status == 200
    assert says in page.text(f"{field}-error")
    assert f'href="#{field}"' in page.html
    for typed, value in {"phone": city.phone("李华"), "name": "李华"}.items():
        if typed not in changes:
            assert f'value="{value}"' in page.html
    with city.installation.services.begin() as unit_of_work:
        assert unit_of_work.mandates.of_principal(city.people["王兰"].id, 9) == []


def test_oneself_and_the_same_person_twice(city: City) -> None:
    hers = on(city, "王兰")
    assert "这是您自己" in hers.offers("王兰", OF_APP).text("phone-error")
    hers.offers("李华", OF_APP)
    assert "已经请过这个人" in hers.offers("李华", OF_SHOP).text("phone-error")


def test_nothing_is_ticked_in_advance_and_it_ends_in_a_month(city: City, clock: Moment) -> None:
    """MISSION: nothing by default. Mutations: the first service is ticked; a year by default."""
    page = on(city, "王兰").open("/me/delegations/new")
    assert "checked" not in page.html
    day = date_in_china(clock()) + timedelta(days=30)
    assert f'value="{day.isoformat()}"' in page.html
    assert "plain" not in page.text("main"), "an app that accepts no mandates"


def test_the_whole_last_day_is_in_it(city: City, clock: Moment) -> None:
    """Mutation: over when the day begins."""
    hers = on(city, "王兰")
    today = date_in_china(clock())
    hers.offers("李华", OF_APP, until=today.isoformat())
    with city.installation.services.begin() as unit_of_work:
        (acting,) = unit_of_work.mandates.of_principal(city.people["王兰"].id, 9)
    until = acting.mandate.valid_until
    assert until is not None
    assert 0 < until - clock() <= DAY
    assert date_in_china(type(until)(until - 1)) == today


def test_single_matters_are_given_by_themselves(city: City) -> None:
    """Mutations: one ticked matter gives all; the app as a whole is ignored."""
    permits = "https://permits.example"
    city.app(
        "permits",
        client_secret="a-secret-of-a-resource-with-letters",
        resource=permits,
        resource_matters={LICENCE: WORDS, "2": WORDS},
        redirect_uris=[],
        response_types=[],
        grant_types=["client_credentials"],
        backchannel_logout_uri=None,
    )
    city.app(
        "counter",
        resources=[permits],
        authorization_details_types=["matter"],
        matters=[LICENCE, "2"],
        client_name="企业开办",
    )
    hers, his = on(city, "王兰"), on(city, "李华")
    page = hers.offers("李华", f"matter_counter:{LICENCE}")
    assert "done=offered" in page.address
    with city.installation.services.begin() as unit_of_work:
        (waits,) = unit_of_work.mandates.of_principal(city.people["王兰"].id, 9)
    (service,) = waits.mandate.remit.services
    assert [matter.code for matter in service.matters or ()] == [LICENCE]
    told = his.open(f"/me/delegations/{waits.mandate.uid}")
    assert f"企业开办（只限{WORDS['zh-CN']}）" in told.html


@pytest.mark.parametrize("path", ["/me/delegations/new", "/me/delegations/child", "/me/organizations/new"])
def test_one_proof_alone_opens_no_door_to_somebody_else(city: City, path: str, clock: Moment) -> None:
    """H05: two kinds of proof from who has two, and a sign-in of the last ten minutes."""
    hers = on(city, "王兰")
    page = hers.browser.press(
        hers.browser.get("/me"), {"name": "way", "value": "password"}, username=city.phone("王兰")
    )
    assert hers.browser.press(page, {"id": "sign-in"}, password=PASSWORD).address.endswith("/me")
    assert hers.browser.get(path).address.endswith("/ways")
    assert hers.through(hers.browser.get(path)).address.endswith(path)
    clock.pass_by(601)
    assert hers.browser.get(path).has("sign-in") or hers.browser.get(path).has("username")


def test_a_person_of_whom_less_is_known_is_told_the_way(city: City) -> None:
    city.person("周末", Proofing.P2)
    page = on(city, "周末").offers("李华", OF_SHOP)
    assert page.has("summary-heading")
    assert "去大厅" in page.html
    assert 'href="/me/proofing"' in page.html
    city.person("孙权", Proofing.P1)
    offered = city.offers("王兰", "孙权")
    his = on(city, "孙权")
    page = his.browser.press(his.open(f"/me/delegations/{offered.uid}"), {"id": "mandate-accept"})
    assert "先" in page.text("main")
    assert page.has("summary-heading")
    assert 'href="/me/proofing"' in page.html
    assert city.now(offered).mandate.accepted_at is None


def test_whoever_is_not_meant_sees_nothing(city: City) -> None:
    """M04, M08. Mutations: a page by its uid alone; an action by it."""
    offered = city.offers("王兰", "李华")
    hers = on(city, "赵敏")
    for path in (f"/me/delegations/{offered.uid}", "/me/delegations/forged"):
        page = hers.open(path)
        assert page.address.endswith("/me/delegations")
    own = hers.open("/me/delegations")
    assert offered.uid not in own.html
    his = on(city, "李华")
    page = his.open(f"/me/delegations/{offered.uid}")
    stolen = page.forms[0]
    hers.browser.post(stolen.action, {**stolen.fields, "action": "accept"})
    assert city.now(offered).mandate.accepted_at is None
    stale = his.browser.post(stolen.action, {"csrf": "forged", "action": "accept"})
    assert "放久了" in stale.html
    assert city.now(offered).mandate.accepted_at is None


def test_a_guardian_enters_a_child(city: City) -> None:
    """Mutations: a mismatch that reads like a fault of the register; who is of age."""
    hers = on(city, "王兰")

    def enter(name: str = "王小乐", number: str = CHILD_NUMBER) -> Page:
        return hers.browser.press(hers.open("/me/delegations/child"), {"id": "enter-child"}, name=name, number=number)

    assert "请填孩子的姓名" in enter(name="").text("name-error")
    assert "这不像身份证号码" in enter(number="12").text("number-error")
    assert "没有核对上" in enter().text("summary-heading")
    city.population.children.add(("王兰", "王小乐"))
    city.population.is_down = True
    assert "登记机关现在查不到" in enter().text("summary-heading")
    city.population.is_down = False
    assert "孩子已经成年" in enter(number="890101199003070011").text("summary-heading")
    page = enter()
    assert page.address.endswith("?done=child")
    assert "监护人" in page.html
    assert "2033年" in page.html
    assert "王*乐" in page.html


def test_an_organisation_from_its_code_to_a_stopped_agent(city: City) -> None:
    """C23. Mutations: another's organisation opens; an agent sees who else there is; an administrator stops the boss."""
    city.company.has(CODE, "王兰")
    hers, his = on(city, "王兰"), on(city, "李华")
    empty = hers.open("/me/organizations")
    assert "还没有" in empty.html

    def enter(code: str) -> Page:
        return hers.browser.press(hers.open("/me/organizations/new"), {"id": "enter-organization"}, code=code)

    assert "请填统一社会信用代码" in enter("").text("code-error")
    assert "这不像统一社会信用代码" in enter("91890100MA0000001X").text("code-error")
    city.company.is_down = True
    assert "登记机关现在查不到" in enter(CODE).text("summary-heading")
    city.company.is_down = False
    city.company.says(CODE, OrganizationStatus.REVOKED)
    assert "现在不能办" in enter(CODE).text("summary-heading")
    city.company.says(CODE, OrganizationStatus.ACTIVE)
    page = enter(CODE)
    assert page.text("main").count("云江示例有限公司") >= 1
    assert "企业" in page.html
    place = page.address
    asked = hers.offers("李华", OF_APP, path=f"{place}/new", role="agent")
    assert asked.address.startswith(place)
    assert "等对方答应的（1）" in asked.html
    waiting = his.open("/me/delegations")
    assert "云江示例有限公司" in waiting.html
    agreed = his.browser.press(his.open(f"/me/delegations/{uid_in(waiting)}"), {"id": "mandate-accept"})
    assert agreed.status == 200
    assert his.open(place).address.endswith("/me/organizations"), "an agent manages nobody"
    assert his.open(f"{place}/new").address.endswith("/me/organizations")
    managed = hers.open(place)
    assert "现在能替单位办的（2）" in managed.html
    stop = hers.open(f"/me/delegations/{uid_in(managed)}")
    done = hers.browser.press(stop, {"id": "mandate-end"})
    assert done.address == f"{place}?done=ended"
    assert "被停了" in done.html
    assert on(city, "赵敏").open(place).address.endswith("/me/organizations")


def test_one_that_is_struck_off_is_greyed_with_the_reason(city: City) -> None:
    """C22."""
    company = city.enters("王兰")
    services = city.installation.services
    city.company.says(CODE, OrganizationStatus.STRUCK_OFF)
    recheck(services, company, services.clock())
    hers = on(city, "王兰")
    for path in ("/me/organizations", "/me/as"):
        assert "按登记，这个单位现在不能办事" in hers.open(path).html
    page = hers.open(f"/me/organizations/{company.uid}")
    assert "注销" in page.html
    assert not page.has("new-mandate")
    assert hers.open(f"/me/organizations/{company.uid}/new").address.endswith("/me/organizations")


def test_back_to_oneself_at_one_app(city: City) -> None:
    """C22: what the app got for it dies, and it is told; nothing of the mandate ends. Mutations: the other app, too."""
    mandate = city.helper("王兰", "李华", remit=remit(APP, SHOP))
    his = on(city, "李华")
    for client_id in (APP, SHOP):
        his.redeem(client_id, his.acts(client_id, mandate.uid))
    page = his.open("/me/as")
    assert page.html.count("您正在代表") == 2
    told_apps(city.installation)
    form = next(each for each in page.forms if each.fields.get("client_id") == APP)
    left = his.browser.post(form.action, form.fields)
    assert "已经换回您自己" in left.html
    assert left.html.count("您正在代表") == 1
    assert told_apps(city.installation) == [APP]
    assert city.now(mandate).mandate.ended_at is None
    again = his.browser.post(form.action, form.fields)
    assert again.address.endswith("/me/as"), "there is nothing left to end"
    assert "您正在代表" in his.open("/me").html


def test_the_account_is_always_ones_own(city: City) -> None:
    """M03: whoever acts for another reaches nothing of theirs. Mutation: a page that takes the principal's number."""
    mandate = city.helper("王兰", "李华")
    his = on(city, "李华")
    page = his.through(his.browser.get(asks(APP)))
    page = his.browser.press(page, {"name": "identity", "value": mandate.uid})
    for path in ("/me", "/me/data", "/me/methods", "/me/activity", "/me/devices"):
        shown = his.open(path)
        assert shown.status == 200
        assert city.phone("王兰")[-4:] not in shown.html
    assert "李*" in his.open("/me/data").html


def test_it_stands_in_both_timelines(city: City) -> None:
    mandate = city.helper("王兰", "李华")
    city.ends("王兰", mandate)
    hers = on(city, "王兰").open("/me/activity?kind=changes").html
    his = on(city, "李华").open("/me/activity?kind=changes").html
    assert ("答应了一项代办" in hers, "托人替自己或单位办事" in hers) == (True, True)
    assert ("答应了一项代办" in his, "托人替自己或单位办事" in his) == (True, False)
    assert city.now(mandate).mandate.ended_why is EndReason.REVOKED
    assert city.now(mandate).mandate.role is MandateRole.HELPER


def test_who_hands_over_first_is_led_there(city: City) -> None:
    """C24. Mutation: the button is there, and pressing it does nothing."""
    company = city.enters("赵敏")
    hers = on(city, "赵敏")
    assert 'id="close-account"' in hers.open("/me/data/close").html
    city.offers("赵敏", "李华", role=MandateRole.AGENT, organization=company.uid)
    page = hers.open("/me/data/close")
    assert 'id="close-account"' not in page.html
    assert f'href="/me/organizations/{company.uid}"' in page.html
