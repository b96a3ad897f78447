"""C19: a person sees where they are signed in, and signs out what they like, and nobody else's."""

import re

import pytest

from idp.app import Installation
from idp.model.account import Identifier, IdentifierKind
from tests.benchmarks.operations import Answer
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


def test_a_stranger_signs_in_first(with_person: Installation) -> None:
    stranger = PersonsBrowser(with_person)
    stranger.get("/me/devices")
    assert stranger.here.startswith("/s/")


def test_every_device_is_told_by_what_it_is(computer: PersonsBrowser, telephone: PersonsBrowser, clock: Moment) -> None:
    """Mutations: ended sessions are listed; the wrong one is this one."""
    clock.pass_by(60)
    page = text(telephone.get("/me/devices"))
    assert page.index("鸿蒙 · 华为浏览器") < page.index("就是这台") < page.index("Windows 电脑 · Chrome")
    assert page.count("就是这台") == 1
    assert len(_SID.findall(page)) == 1
    computer.get("/me/devices")
    computer.post("/me/devices", csrf=csrf_of(computer.get("/me/devices")), action="others")
    assert "鸿蒙" not in text(computer.get("/me/devices"))
    assert not telephone.is_signed_in


def test_what_rested_too_long_is_no_device(with_person: Installation, computer: PersonsBrowser, clock: Moment) -> None:
    """Mutation: only the database is asked, which does not know how long a channel may rest."""
    clock.pass_by(with_person.services.channels["website"].idle_seconds)
    other = PersonsBrowser(with_person, HARMONY)
    assert "Windows" not in text(other.enter("/me/devices"))


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
    assert not computer.is_signed_in
    assert telephone.is_signed_in


def test_all_devices_are_signed_out_this_one_too(computer: PersonsBrowser, telephone: PersonsBrowser) -> None:
    computer.post("/me/devices", csrf=csrf_of(computer.get("/me/devices")), action="all")
    assert computer.here == "/signed-out"
    assert not computer.is_signed_in
    assert not telephone.is_signed_in


def test_the_device_of_another_person_stays(
    with_person: Installation, computer: PersonsBrowser, telephone: PersonsBrowser
) -> None:
    """Mutation: the `sid` is looked up without asking whose it is."""
    sid = _SID.findall(text(telephone.get("/me/devices")))[0]
    new_person(with_person, Identifier(IdentifierKind.PHONE, f"+86{OTHER_PHONE}"))
    other = PersonsBrowser(with_person, phone=OTHER_PHONE)
    page = other.enter("/me/devices")
    assert "鸿蒙" not in text(page)
    other.post("/me/devices", csrf=csrf_of(page), action="one", device=sid)
    for action in ("others", "all"):
        other.post("/me/devices", csrf=csrf_of(page), action=action)
    assert computer.is_signed_in
    assert telephone.is_signed_in


@pytest.mark.parametrize("action", ["one", "others", "all", ""])
def test_a_forged_form_changes_nothing(computer: PersonsBrowser, telephone: PersonsBrowser, action: str) -> None:
    """Mutation: the token is not compared, or is that of another browser."""
    page = computer.get("/me/devices")
    sid = _SID.findall(text(page))[0]
    for forged in ("", csrf_of(telephone.get("/me/devices"))):
        answer = computer.post("/me/devices", csrf=forged, action=action, device=sid)
        assert "这一页放久了" in text(answer)
    assert telephone.is_signed_in
    assert computer.is_signed_in


def test_nonsense_changes_nothing(computer: PersonsBrowser, telephone: PersonsBrowser) -> None:
    page = computer.get("/me/devices")
    for fields in ({"action": "one", "device": "nobody"}, {"action": "one"}, {"action": "everything"}):
        answer = computer.post("/me/devices", csrf=csrf_of(page), **fields)
        assert "退出了。" not in text(answer)
    assert telephone.is_signed_in
    assert "退出了。" not in text(computer.get("/me/devices?done=%3Cb%3E"))
