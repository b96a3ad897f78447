"""C17: a person reads what happened with their identity, nobody else reads it, and a way out stands at each line."""

import csv
import io
import re

import pytest

from idp.app import Installation
from idp.events import Action, Event, Kind
from idp.http.languages import CHINESE, ENGLISH, Language
from idp.model.account import Account, Identifier, IdentifierKind
from idp.model.office import Role
from idp.pages.account._lines import NOT_OF_PEOPLE, words_of
from tests.admin.api.api_client import api_of, of_officers, register_apps
from tests.admin.officers import officer
from tests.benchmarks.operations import Answer
from tests.idp.installed import NAME, PHONE, Moment, new_person
from tests.idp.pages.page_browser import csrf_of
from tests.idp.pages.person_at_apps import HARMONY, Department, PersonsBrowser, told_apps

OTHER_PHONE = "13900000002"
_EVENT = re.compile(r"/me/not-me\?event=(\d+)")


@pytest.fixture
def neighbour(with_person: Installation) -> Account:
    return new_person(with_person, Identifier(IdentifierKind.PHONE, f"+86{OTHER_PHONE}"))


@pytest.fixture
def person(with_person: Installation) -> PersonsBrowser:
    signed_in = PersonsBrowser(with_person)
    signed_in.enter()
    return signed_in


def text(page: Answer) -> str:
    return page.body.decode()


def record(installation: Installation, account_id: int, times: int, action: Action = Action.SIGNED_IN) -> None:
    now = installation.services.clock()
    with installation.services.begin() as unit_of_work:
        for _ in range(times):
            event = Event(kind=Kind.AUDIT, action=action, at=now, account_id=account_id, channel="website")
            unit_of_work.events.record(event)
        unit_of_work.commit()


def test_a_visit_is_told_with_all_that_matters(with_person: Installation, person: PersonsBrowser) -> None:
    """Mutations: the device is not in the log; claims are not in words; the level is left out; tokens stand there."""
    app = Department(with_person)
    app.read(person, app.visit(person))
    page = text(person.get("/me/activity"))
    for words in (
        "今天，",
        "登录了住房公积金",
        "网站，Windows 电脑 · Chrome，用密码",
        "同意住房公积金看您的信息",
        "住房公积金看了您的信息",
        "看了：姓名",
        "看了：手机号",
        "可以看：姓名",
        "三级",
    ):
        assert words in page, words
    assert page.index("看了您的信息") < page.index("同意住房公积金") < page.index("用密码")
    assert page.count('class="link-row link-danger"') == page.count("<time ")
    assert "token" not in page


def test_a_sign_in_that_was_refused_is_told_to_its_person(with_person: Installation, person: PersonsBrowser) -> None:
    """Mutation: refusals are left out of what a person is shown."""
    thief = PersonsBrowser(with_person, HARMONY)
    page = thief.get("/me")
    page = thief.post(thief.here.partition("?")[0], csrf=csrf_of(page), username=PHONE, way="password")
    thief.post(thief.here, csrf=csrf_of(page), password="a guess")
    page_of_person = text(person.get("/me/activity"))
    assert "一次登录被拦下" in page_of_person
    assert "鸿蒙 · 华为浏览器，密码不对" in page_of_person
    assert "没有给出信息" in page_of_person


def test_nothing_of_another_person_is_told(
    with_person: Installation, person: PersonsBrowser, neighbour: Account
) -> None:
    """Mutations: the page, a file or the question reads by an id that the person did not have to own."""
    other = PersonsBrowser(with_person, HARMONY, OTHER_PHONE)
    other.enter()
    theirs = set(_EVENT.findall(text(other.get("/me/activity"))))
    mine = set(_EVENT.findall(text(person.get("/me/activity"))))
    assert theirs
    assert mine
    assert not theirs & mine
    newest = max(map(int, theirs))
    for path in ("/me/activity", "/me/activity.csv", "/me/activity.json"):
        for query in ("", f"?before={newest + 1}", f"?account_id={neighbour.id}"):
            assert "鸿蒙" not in text(person.get(path + query))
    for event_id in theirs:
        page = text(person.get(f"/me/not-me?event={event_id}"))
        assert "鸿蒙" not in page
        assert "<time" not in page
    assert "<time" in text(person.get(f"/me/not-me?event={mine.pop()}"))


def test_whoever_works_for_the_city_and_looked_is_told_to_the_person(with_person: Installation) -> None:
    """C17, K07: an officer opens somebody's record, and its person reads that. Mutations: a look that leaves no line; who it was."""
    with with_person.services.begin() as unit_of_work:
        account = unit_of_work.accounts.find(Identifier(IdentifierKind.PHONE, f"+86{PHONE}"))
    assert account is not None
    register_apps(with_person, of_officers())
    security = api_of(officer(with_person, Role.SECURITY))
    assert security("GET", f"/people/{account.uid}").status == 200
    person = PersonsBrowser(with_person)
    person.enter()
    page = text(person.get("/me/activity"))
    assert "工作人员看了您的账号" in page
    assert "王芳" not in page


def test_a_stranger_is_told_nothing(with_person: Installation) -> None:
    stranger = PersonsBrowser(with_person)
    for path in ("/me/activity", "/me/activity.csv", "/me/activity.json", "/me/not-me", "/me/not-me/sign-out"):
        stranger.get(path)
        assert stranger.here.startswith("/s/"), path


def test_older_lines_are_reached_page_by_page(with_person: Installation, neighbour: Account, clock: Moment) -> None:
    """Mutation: the last line of a page comes again, or is lost."""
    record(with_person, neighbour.id, 120)
    person = PersonsBrowser(with_person, phone=OTHER_PHONE)
    page = text(person.enter("/me/activity"))
    seen: list[str] = _EVENT.findall(page)
    assert len(seen) == 50
    while older := re.search(r'id="older" href="([^"]+)"', page):
        page = text(person.get(older[1].replace("&amp;", "&")))
        seen += _EVENT.findall(page)
    assert len(seen) == len(set(seen)) >= 122
    assert seen == sorted(seen, key=int, reverse=True)
    assert "回到最新的" in page


@pytest.mark.parametrize(
    ("kind", "shown", "hidden"),
    [
        ("sign_ins", ["登录了住房公积金", "用密码"], ["看了您的信息", "换了", "冻结"]),
        ("seen", ["登录了住房公积金", "住房公积金看了您的信息"], ["用密码"]),
        ("changes", ["开了账号"], ["登录了住房公积金", "用密码", "看了您的信息"]),
    ],
)
def test_one_kind_is_shown_alone(
    with_person: Installation, person: PersonsBrowser, kind: str, shown: list[str], hidden: list[str]
) -> None:
    app = Department(with_person)
    app.read(person, app.visit(person))
    me = with_person.services
    with me.begin() as unit_of_work:
        account = unit_of_work.accounts.find(Identifier(IdentifierKind.PHONE, f"+86{PHONE}"))
    assert account is not None
    record(with_person, account.id, 1, Action.ACCOUNT_REGISTERED)
    page = text(person.get(f"/me/activity?kind={kind}"))
    assert [words for words in shown if words not in page] == []
    assert [words for words in hidden if words in page] == []
    assert re.search(rf'kind={kind}" aria-current="true"', page)


@pytest.mark.parametrize(
    "query", ["kind=none", "before=x", "before=-1", "before=%D9%A3", f"before={'9' * 30}", "before=0"]
)
def test_nonsense_narrows_nothing(person: PersonsBrowser, query: str) -> None:
    assert "用密码" in text(person.get(f"/me/activity?{query}"))


def test_beyond_the_first_event_is_nothing(person: PersonsBrowser) -> None:
    for number in (1, 2**63 - 1, 2**63, 10**18):
        assert person.get(f"/me/activity?before={number}").status == 200
        assert person.get(f"/me/not-me?event={number}").status == 200
    assert "这里还没有记录" in text(person.get("/me/activity?before=1"))


def test_the_table_is_no_program(with_person: Installation, person: PersonsBrowser) -> None:
    """Mutation: a cell begins with what a spreadsheet runs, since an app may be called anything."""
    Department(with_person, client_name='=HYPERLINK("https://evil.example")').visit(person)
    answer = person.get("/me/activity.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="activity.csv"'
    assert "no-store" in answer.headers["cache-control"]
    assert answer.body.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"))))
    assert rows[0][:3] == ["时间", "事情", "应用"]
    assert len(rows) > 4
    assert '\'=HYPERLINK("https://evil.example")' in {row[2] for row in rows}
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


def test_the_facts_are_whole_and_name_nobody(with_person: Installation, person: PersonsBrowser) -> None:
    """Mutation: the person's data come along with what happened to them."""
    app = Department(with_person)
    app.read(person, app.visit(person))
    answer = person.get("/me/activity.json")
    told = answer.json
    assert answer.headers["content-type"] == "application/json"
    assert told["older"] is None
    actions = {event["action"] for event in told["events"]}
    assert {"session.signed_in", "consent.given", "authorization.granted", "claims.released"} <= actions
    released = next(event for event in told["events"] if event["action"] == "claims.released")
    assert "name" in released["data"]["claims"]
    assert released["app"] == "住房公积金"
    assert released["device"] == "chrome windows"
    for secret in (NAME, PHONE):
        assert secret not in text(answer)


def test_a_file_is_bounded_and_says_where_it_goes_on(
    with_person: Installation, person: PersonsBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutation: one request reads as much as there is."""
    for module in ("idp.accounts.activity", "idp.pages.account.activity"):
        monkeypatch.setattr(f"{module}.MOST", 3)
    Department(with_person).visit(person)
    first = person.get("/me/activity.json").json
    second = person.get(first["older"]).json
    numbers = [event["id"] for event in (*first["events"], *second["events"])]
    assert len(first["events"]) == 3
    assert numbers == sorted(set(numbers), reverse=True)
    assert "更早的在 /me/activity.csv?before=" in text(person.get("/me/activity.csv"))


def test_everybody_else_is_signed_out_by_who_has_just_signed_in(
    with_person: Installation, person: PersonsBrowser, clock: Moment
) -> None:
    """Mutations: an old sign-in is enough; this browser is signed out as well; the apps are not told."""
    thief = PersonsBrowser(with_person, HARMONY)
    thief.enter()
    Department(with_person).visit(thief)
    clock.pass_by(700)
    assert "别慌" in text(person.get("/me/not-me"))
    question = person.get("/me/not-me/sign-out")
    assert person.here.startswith("/s/")
    question = person.sign_in(question)
    assert person.here == "/me/not-me/sign-out"
    assert "这一页放久了" in text(person.post("/me/not-me/sign-out", csrf="forged"))
    assert thief.is_signed_in()
    done = person.post("/me/not-me/sign-out", csrf=csrf_of(question))
    assert "其他设备都退出了" in text(done)
    assert "/me/methods" in text(done)
    assert not thief.is_signed_in()
    assert person.is_signed_in()
    assert told_apps(with_person) == ["housing-fund"]


@pytest.mark.parametrize("language", [CHINESE, ENGLISH], ids=lambda language: language.tag)
def test_every_action_of_people_has_words(language: Language) -> None:
    """Red when an event is added that a person may read, and nobody wrote how it is said to them."""
    assert [action for action in set(Action) - NOT_OF_PEOPLE if words_of(action) not in language.texts] == []
