"""C14: the account at a glance says the little that people look for, masked, and leads to the rest."""

import re

import pytest

from idp.app import Installation
from idp.model.account import Identifier, IdentifierKind
from idp.model.policy import Proofing
from tests.benchmarks.operations import Answer
from tests.idp.installed import CITIZEN_ID, NAME, PHONE, new_person
from tests.idp.pages.person_at_apps import HARMONY, Department, PersonsBrowser

OTHER_PHONE = "13900000002"
LINKS = {"/me/proofing", "/me/methods", "/me/delegations", "/me/devices", "/me/activity", "/me/apps", "/me/data"}


@pytest.fixture
def person(with_person: Installation) -> PersonsBrowser:
    signed_in = PersonsBrowser(with_person)
    signed_in.enter()
    return signed_in


def text(page: Answer) -> str:
    return page.body.decode()


def test_it_tells_everything_at_a_glance(with_person: Installation, person: PersonsBrowser) -> None:
    """Mutations: a card is left out; a count is that of something else; the level is that of nobody."""
    PersonsBrowser(with_person, HARMONY).enter()
    Department(with_person).visit(person)
    page = text(person.get("/me"))
    for words in (
        "张*三",
        "三级",
        "登录方式（2 种）",
        "139****0001",
        "登录着的设备（2 台）",
        "Windows 电脑 · Chrome",
        "鸿蒙 · 华为浏览器",
        "最近的登录",
        "1 个，随时收回",
        "或带身份证去大厅",
    ):
        assert words in page, words
    assert set(re.findall(r'href="(/me/[a-z]+)"', page)) == LINKS
    assert page.count("就是这台") == 1


def test_nothing_is_told_in_clear(person: PersonsBrowser) -> None:
    """Mutation: a value without its mask, which somebody behind the person reads along."""
    page = text(person.get("/me"))
    for value in (NAME, PHONE, CITIZEN_ID):
        assert value not in page


def test_of_the_sign_ins_the_last_three_are_shown(with_person: Installation, person: PersonsBrowser) -> None:
    for _ in range(4):
        PersonsBrowser(with_person, HARMONY).enter()
    page = text(person.get("/me"))
    assert len(re.findall(r"/me/not-me\?event=\d+", page)) == 3


def test_who_has_nothing_yet_finds_no_hole(with_person: Installation) -> None:
    """A person at the lowest level: without a name, without an app."""
    phone = Identifier(IdentifierKind.PHONE, f"+86{OTHER_PHONE}")
    new_person(with_person, phone, name=None, proofing=Proofing.P0, proofed_at=None)
    page = text(PersonsBrowser(with_person, phone=OTHER_PHONE).enter())
    for words in ("您好", "一级", "0 个，随时收回", "139****0002"):
        assert words in page, words


def way_out_of(page: Answer) -> str:
    """The token of the form that signs out; the page has others."""
    found = re.search(r'action="/logout".*?name="csrf" value="(\w+)"', page.body.decode(), re.DOTALL)
    assert found is not None
    return found[1]


def test_the_way_out_is_one_press(person: PersonsBrowser) -> None:
    person.post("/logout", csrf=way_out_of(person.get("/me")), action="confirm")
    assert person.here == "/signed-out"
    assert not person.is_signed_in()
