"""K10: names that look alike, rare and hostile ones: one canonical form, a clear no, and no two people who look the same to officers."""

import re
import shutil
from collections.abc import Iterator
from html import unescape
from itertools import count
from pathlib import Path

import pytest

from idp.app import Installation
from idp.model.office import Role
from idp.model.policy import Proofing
from realnames.identifiers.citizen_id import complete
from tests.admin.api.api_client import Api, api_of, of_officers, register_apps
from tests.admin.officers import Officer, officer, token_of
from tests.idp.installed import Moment, identifiers, installed, new_person
from tests.idp.pages.page_browser import csrf_of
from tests.idp.pages.person_at_apps import PersonsBrowser
from tests.plugins.private_servers import StorageUrls

PATH = "/console/people"
BORN = "1990"
ONE_NAME = {
    "阿依古丽·买买提": ("阿依古丽•买买提", "阿依古丽・买买提", "阿依古丽‧买买提", " 阿依古丽 ·\u3000买买提 "),
    "王芳": ("王\u200b芳", "\u202e王芳\u202c", "\ufeff王芳", "王\u00ad芳"),
    "王㐂": ("王㐂",),
    "類王": ("\uf9d0王",),
    "王\ufa0e": ("王\ufa0e",),
    "王𫖯": ("王\U0002b5af",),
    "ZOË O'BRIEN": ("Zoe\u0308 O\u2019Brien", "ZOË  O'BRIEN"),
}
"""By the name as it is kept, what is the same name however it is written."""
NO_NAME = (
    "王˙芳",
    "王々",
    "⼀王",
    "王\ue000",
    "王\U000f0000",
    "王\ufe00芳",
    "王\U000e0100芳",
    "王芳\u0301",
    "○王",
    "王1",
    "王Ａ",
    "Аlice",
    "ａｌｉｃｅ",
    "·王芳",
    "王··芳",
    "王芳" * 26,
    "王" * 2000,
    "e\u0301" * 120,
    "\u0301" * 2000,
    "<b>王芳</b>",
    "王'; --",
    "",
)
"""What no register writes: dots that are none, repetition marks, radicals, private use, selectors, other scripts, too long."""


def shown(name: str) -> str:
    """For the list of tests."""
    return ascii(name)[1:25]


@pytest.fixture(scope="module")
def city(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    directory = tmp_path_factory.mktemp("names")
    shutil.copy(migrated_sqlite, directory / "idp.db")
    urls = StorageUrls(f"sqlite:///{directory / 'idp.db'}", f"sqlite:///{directory / 'ephemeral.db'}")
    opened = installed(urls, directory, Moment())
    register_apps(opened, of_officers())
    yield opened
    opened.storage.close()


@pytest.fixture(scope="module")
def security(city: Installation) -> Officer:
    return officer(city, Role.SECURITY)


@pytest.fixture(scope="module")
def api(security: Officer) -> Api:
    return api_of(security)


_NUMBERS = count(1)


def somebody(city: Installation, name: str) -> str:
    """The uid of one more person of that name."""
    number = next(_NUMBERS)
    return new_person(city, *identifiers(f"139{number:08}", complete(f"89010119900308{number:03}")), name=name).uid


def found(security: Officer, **asked: str) -> str:
    """The page of the console that answers."""
    page = security.browser.get(PATH)
    answer = security.browser.post(PATH, csrf=token_of(page, PATH), **asked)
    assert answer.status == 200
    return answer.body.decode()


def rows(page: str) -> list[str]:
    """What an officer reads in each line of the table, without what stands in attributes."""
    lines = re.findall(r"<tr>(.*?)</tr>", page.partition("<tbody>")[2], re.DOTALL)
    return [" ".join(unescape(re.sub(r"<[^>]*>", " ", line)).split()) for line in lines]


@pytest.mark.parametrize("canonical", ONE_NAME)
def test_every_spelling_finds_the_one_name(city: Installation, security: Officer, api: Api, canonical: str) -> None:
    """Mutations: another dot is another person; NFC left out; what is invisible makes a namesake."""
    uid = somebody(city, canonical)
    for spelling in (canonical, *ONE_NAME[canonical]):
        people = api("POST", "/people:search", {"name": spelling, "birth_year": int(BORN)}).json["people"]
        assert [each["uid"] for each in people] == [uid], spelling
        assert uid in found(security, name=spelling, birth_year=BORN)
    assert security.browser.get(f"{PATH}/{uid}").status == 200


@pytest.mark.parametrize("name", NO_NAME, ids=shown)
def test_what_no_register_writes_is_refused_in_words(
    city: Installation, api: Api, security: Officer, name: str
) -> None:
    """Mutations: kept as it was typed; a failure of ours; minutes of sorting; markup on the page."""
    uid = somebody(city, "张小三")
    for path, body in (
        ("/people:search", {"name": name, "birth_year": int(BORN)}),
        (f"/people/{uid}/correct", {"name": name}),
    ):
        answer = api("POST", path, body)
        assert answer.status == 400, path
        assert answer.json["detail"].startswith(("name:", "The name is not one:")), answer.json
    page = found(security, name=name, birth_year=BORN)
    assert "请写全姓名" in page
    assert "<b>王芳</b>" not in page


@pytest.mark.parametrize("name", NO_NAME, ids=shown)
def test_the_person_is_told_what_is_wrong_with_it(city: Installation, name: str) -> None:
    """Mutations: kept; the page a dead end."""
    number = next(_NUMBERS)
    new_person(city, *identifiers(f"139{number:08}", None), name=None, proofing=Proofing.P0, proofed_at=None)
    person = PersonsBrowser(city, phone=f"139{number:08}")
    page = person.enter("/me/name/who")
    answer = person.post("/me/name/who", csrf=csrf_of(page), name=name)
    assert (answer.status, person.here) == (200, "/me/name/who")
    assert 'aria-invalid="true"' in answer.body.decode()


def test_two_people_with_one_look_are_told_apart(city: Installation, security: Officer) -> None:
    """Name, number and phone are masked, and two people may have the same masks: their uids differ.

    Mutation: the list without them; an officer then freezes the other one.
    """
    first = new_person(city, *identifiers("15900010001", "890103199001010014"), name="张土三")
    second = new_person(city, *identifiers("15911110001", same_ends_as("890103199001010014")), name="张土三")
    lines = rows(found(security, name="张土三", birth_year=BORN))
    assert len(set(lines)) == len(lines) == 2
    assert len({re.sub(r"\S+…", "", line) for line in lines}) == 1, "nothing else would tell them apart"
    for person in (first, second):
        assert person.uid in security.browser.get(f"{PATH}/{person.uid}").body.decode()


def test_two_officers_with_one_name_are_told_apart(city: Installation) -> None:
    """Mutation: two lines that look the same, one of which dismisses the other."""
    looking = officer(city, Role.SYSTEM)
    for _ in range(2):
        officer(city, Role.AUDIT)
    lines = rows(looking.browser.get("/console/officers").body.decode())
    assert len(set(lines)) == len(lines) >= 4


def same_ends_as(number: str) -> str:
    """Another number of the same year with the same first and last four characters."""
    days = (f"{number[:10]}{month:02}{day:02}" for month in range(2, 13) for day in range(1, 29))
    candidates = (complete(f"{day}{number[14:17]}") for day in days)
    return next(each for each in candidates if each[-4:] == number[-4:])
