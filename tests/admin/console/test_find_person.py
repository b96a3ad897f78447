"""The page on which a person is looked for: by what they hold, or by name and birth year, with nothing in any address."""

import re

import pytest

from idp.app import Installation
from idp.model.office import Role
from realnames.identifiers.citizen_id import complete
from tests.admin.console.test_pages import Desk, desk
from tests.idp.installed import CITIZEN_ID, NAME, PHONE, identifiers, new_person

PATH = "/console/people"
ASKED = {"name": NAME, "birth_year": "1990"}


@pytest.fixture
def security(installation: Installation) -> Desk:
    return desk(installation, Role.SECURITY)


def uids_in(page: str) -> list[str]:
    return re.findall(rf'href="{PATH}/([\w-]+)"', page)


def test_namesakes_are_listed_and_opened(installation: Installation, security: Desk) -> None:
    """Mutations: a value in clear; the name in an address."""
    account = new_person(installation)
    page = security.press(PATH, **ASKED).body.decode()
    assert (uids_in(page), security.here) == ([account.uid], PATH)
    assert all(shown in page for shown in ("张*三", "139****0001", "8901**********0011", "正常"))
    assert PHONE not in page
    assert CITIZEN_ID not in page
    assert security.get(f"{PATH}/{account.uid}").status == 200
    assert security.here == f"{PATH}/{account.uid}"


def test_the_next_page_is_asked_for_by_a_form(installation: Installation, security: Desk) -> None:
    """Mutations: the first page again; a link that has the name in it."""
    numbers = [complete(f"89010119900308{sequence:03}") for sequence in range(1, 53)]
    everybody = [
        new_person(installation, *identifiers(f"138000{place:05}", number)).uid for place, number in enumerate(numbers)
    ]
    first = security.press(PATH, **ASKED).body.decode()
    assert uids_in(first) == everybody[:50]
    following = re.search(r'name="after" value="([\w-]+)"', first)
    assert following is not None
    last = security.press(PATH, **ASKED, after=following[1]).body.decode()
    assert uids_in(last) == everybody[50:]
    assert 'id="next"' not in last


@pytest.mark.parametrize("storage_urls", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "typed", [{"name": "张", "birth_year": "1990"}, {"name": NAME, "birth_year": "90"}, {"name": NAME}, {"name": ""}]
)
def test_what_is_missing_is_said_and_what_was_typed_is_kept(security: Desk, typed: dict[str, str]) -> None:
    page = security.press(PATH, **typed).body.decode()
    assert "请写全姓名" in page
    assert f'id="name" name="name" value="{typed["name"]}"' in page


@pytest.mark.parametrize("storage_urls", ["sqlite"], indirect=True)
def test_nobody_is_said_in_words_and_a_forged_form_finds_nothing(installation: Installation, security: Desk) -> None:
    new_person(installation)
    assert "没有人叫这个名字" in security.press(PATH, name="欧阳春", birth_year="1990").body.decode()
    forged = security.officer.browser.post(PATH, csrf="forged", **ASKED).body.decode()
    assert uids_in(forged) == []
    assert "这一页开得太久了" in forged


@pytest.mark.parametrize("storage_urls", ["sqlite"], indirect=True)
@pytest.mark.parametrize("role", [Role.SYSTEM, Role.AUDIT])
def test_other_officers_do_not_look_for_people(installation: Installation, role: Role) -> None:
    other = desk(installation, role)
    assert other.get(PATH).status == 403
    assert other.officer.browser.post(PATH, csrf="none", **ASKED).status == 403
