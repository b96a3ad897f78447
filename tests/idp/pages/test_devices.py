"""C19: a person sees where they are signed in, and signs out what they like, and nobody else's."""

import re

import pytest

from idp.app import Installation
from idp.model.account import Identifier, IdentifierKind
from tests.benchmarks.operations import Answer
from tests.idp.accounts.notices_of import notices_of
from tests.idp.installed import Moment, new_person
from tests.idp.pages.page_browser import csrf_of
from tests.idp.pages.person_at_apps import HARMONY, Department, PersonsBrowser, told_apps

OTHER_PHONE = "13900000002"
_SID = re.compile(r'name="device" value="([^"]+)"')


@pytest.fixture
def computer(with_person: Installation) -> PersonsBrowser:
    signed_in = PersonsBrowser(with_person)
    signed_in.enter()
    return signed_in


@pytest.fixture
def telephone(with_person: Installation) -> PersonsBrowser:
    signed_in = PersonsBrowser(with_person, HARMONY)
    signed_in.enter()
    return signed_in


def text(page: Answer) -> str:
    return page.body.decode()


def signed_in(page: Answer) -> str:
    """What the page says of sessions, without the browsers that are known."""
    return text(page).partition("认得您的浏览器")[0]


def test_a_stranger_signs_in_first(with_person: Installation) -> None:
    stranger = PersonsBrowser(with_person)
    stranger.get("/me/devices")
    assert stranger.here.startswith("/s/")


def test_every_device_is_told_by_what_it_is(computer: PersonsBrowser, telephone: PersonsBrowser, clock: Moment) -> None:
    """Mutations: ended sessions are listed; the wrong one is this one."""
    clock.pass_by(60)
    page = signed_in(telephone.get("/me/devices"))
    assert page.index("鸿蒙 · 华为浏览器") < page.index("就是这台") < page.index("Windows 电脑 · Chrome")
    assert page.count("就是这台") == 1
    assert len(_SID.findall(page)) == 1
    computer.get("/me/devices")
    computer.post("/me/devices", csrf=csrf_of(computer.get("/me/devices")), action="others")
    assert "鸿蒙" not in signed_in(computer.get("/me/devices"))
    assert not telephone.is_signed_in()


def test_what_rested_too_long_is_no_device(with_person: Installation, computer: PersonsBrowser, clock: Moment) -> None:
    """Mutation: only the database is asked, which does not know how long a channel may rest."""
    clock.pass_by(with_person.services.channels["website"].idle_seconds)
    other = PersonsBrowser(with_person, HARMONY)
    assert "Windows" not in signed_in(other.enter("/me/devices"))


def test_one_device_is_signed_out_and_its_apps_are_told(
    with_person: Installation, computer: PersonsBrowser, telephone: PersonsBrowser
) -> None:
    """Mutation: the session is ended in the database only."""
    Department(with_person).visit(computer)
    page = telephone.get("/me/devices")
    sid = _SID.findall(text(page))[0]
    done = telephone.post("/me/devices", csrf=csrf_of(page), action="one", device=sid)
    assert "那台设备退出了" in text(done)
    assert told_apps(with_person) == ["housing-fund"]
    assert not computer.is_signed_in()
    assert telephone.is_signed_in()


def test_all_devices_are_signed_out_this_one_too(computer: PersonsBrowser, telephone: PersonsBrowser) -> None:
    computer.post("/me/devices", csrf=csrf_of(computer.get("/me/devices")), action="all")
    assert computer.here == "/signed-out"
    assert not computer.is_signed_in()
    assert not telephone.is_signed_in()


def test_the_device_of_another_person_stays(
    with_person: Installation, computer: PersonsBrowser, telephone: PersonsBrowser
) -> None:
    """Mutation: the `sid` is looked up without asking whose it is."""
    sid = _SID.findall(text(telephone.get("/me/devices")))[0]
    new_person(with_person, Identifier(IdentifierKind.PHONE, f"+86{OTHER_PHONE}"))
    other = PersonsBrowser(with_person, phone=OTHER_PHONE)
    page = other.enter("/me/devices")
    assert "鸿蒙" not in signed_in(page)
    other.post("/me/devices", csrf=csrf_of(page), action="one", device=sid)
    for action in ("others", "all"):
        other.post("/me/devices", csrf=csrf_of(page), action=action)
    assert computer.is_signed_in()
    assert telephone.is_signed_in()


@pytest.mark.parametrize("action", ["one", "others", "all", ""])
def test_a_forged_form_changes_nothing(computer: PersonsBrowser, telephone: PersonsBrowser, action: str) -> None:
    """Mutation: the token is not compared, or is that of another browser."""
    page = computer.get("/me/devices")
    sid = _SID.findall(text(page))[0]
    for forged in ("", csrf_of(telephone.get("/me/devices"))):
        answer = computer.post("/me/devices", csrf=forged, action=action, device=sid)
        assert "这一页放久了" in text(answer)
    assert telephone.is_signed_in()
    assert computer.is_signed_in()


def test_nonsense_changes_nothing(computer: PersonsBrowser, telephone: PersonsBrowser) -> None:
    page = computer.get("/me/devices")
    for fields in ({"action": "one", "device": "nobody"}, {"action": "one"}, {"action": "everything"}):
        answer = computer.post("/me/devices", csrf=csrf_of(page), **fields)
        assert "退出了。" not in text(answer)
    assert telephone.is_signed_in()
    assert "退出了。" not in text(computer.get("/me/devices?done=%3Cb%3E"))


_KNOWN = re.compile(r'name="known" value="([^"]+)"')


def notices(installation: Installation) -> int:
    return len([item for item in notices_of(installation) if "没用过的设备" in item.payload["text"]])


def test_browsers_that_know_the_person_are_listed(computer: PersonsBrowser, telephone: PersonsBrowser) -> None:
    """Mutations: the wrong one is this one; a shared computer is among them."""
    page = text(telephone.get("/me/devices"))
    known = page[page.index("认得您的浏览器") :]
    assert len(_KNOWN.findall(known)) == 2
    assert known.count("就是这台") == 1
    assert known.index("鸿蒙 · 华为浏览器") < known.index("就是这台") < known.index("Windows 电脑 · Chrome")
    assert "第一次登录" in known


def test_one_browser_is_forgotten_and_its_next_sign_in_is_told(
    with_person: Installation, computer: PersonsBrowser, telephone: PersonsBrowser
) -> None:
    """Mutation: the cookie is still believed."""
    notices(with_person)
    page = telephone.get("/me/devices")
    done = telephone.post("/me/devices", csrf=csrf_of(page), action="forget", known=_KNOWN.findall(text(page))[1])
    assert "那个浏览器忘掉了" in text(done)
    assert len(_KNOWN.findall(text(done))) == 1
    assert computer.is_signed_in()
    for browser in (computer, telephone):
        browser.forgets("session")
    assert 'name="as"' in text(telephone.get("/me"))
    assert 'name="as"' not in text(computer.get("/me"))
    computer.enter()
    assert notices(with_person) == 1


@pytest.mark.parametrize("way", ["forget_all", "all", "not_me"])
def test_all_browsers_are_forgotten(
    with_person: Installation, computer: PersonsBrowser, telephone: PersonsBrowser, way: str
) -> None:
    """Mutation: out of everywhere, or `not me`, leaves the thief's browser known."""
    if way == "not_me":
        page = telephone.get("/me/not-me/sign-out")
        telephone.post("/me/not-me/sign-out", csrf=csrf_of(page))
    else:
        telephone.post("/me/devices", csrf=csrf_of(telephone.get("/me/devices")), action=way)
    assert telephone.is_signed_in() == (way != "all")
    for browser in (computer, telephone):
        browser.forgets("session")
        assert 'name="as"' not in text(browser.get("/me"))


def test_the_browser_of_another_person_stays_known(
    with_person: Installation, computer: PersonsBrowser, telephone: PersonsBrowser
) -> None:
    """Mutation: the number is deleted without asking whose it is."""
    known = _KNOWN.findall(text(telephone.get("/me/devices")))
    new_person(with_person, Identifier(IdentifierKind.PHONE, f"+86{OTHER_PHONE}"))
    other = PersonsBrowser(with_person, phone=OTHER_PHONE)
    page = other.enter("/me/devices")
    for number in (*known, "0", "-1", "x", "9" * 40, ""):
        answer = other.post("/me/devices", csrf=csrf_of(page), action="forget", known=number)
        assert "忘掉了" not in text(answer)
    other.post("/me/devices", csrf=csrf_of(page), action="forget_all")
    assert _KNOWN.findall(text(telephone.get("/me/devices"))) == known


@pytest.mark.parametrize("action", ["forget", "forget_all"])
def test_a_forged_form_forgets_nothing(computer: PersonsBrowser, telephone: PersonsBrowser, action: str) -> None:
    page = telephone.get("/me/devices")
    known = _KNOWN.findall(text(page))
    for forged in ("", csrf_of(computer.get("/me/devices"))):
        assert "这一页放久了" in text(telephone.post("/me/devices", csrf=forged, action=action, known=known[0]))
    assert _KNOWN.findall(text(telephone.get("/me/devices"))) == known
