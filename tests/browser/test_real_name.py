"""C10 in a real browser, against the sandbox authority: from a phone number to 三级 and 四级, with a source that goes down midway."""

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from playwright.sync_api import expect

from idp.clock import system_clock
from idp.model.account import Identifier, IdentifierKind
from idp.model.policy import Level, Proofing
from realnames.identifiers.citizen_id import complete
from tests.browser.department_apps import DepartmentApp, department_app
from tests.browser.visitor import Visitor
from tests.plugins.running_idp import RunningIdp

LONGEST = "阿卜杜热合曼·吾守尔·买买提依明·肉孜·伊斯坎代尔"
BUTTONS = {"face": "match", "net_id": "high"}
"""What comes of it, on the pages of the sandbox authority."""
NAMES = ["周䶮", "𠅤某", LONGEST]
_numbers = count(1)


@pytest.fixture(scope="module")
def demanding(idp_sqlite: RunningIdp, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DepartmentApp]:
    """An app that asks for 三级."""
    with department_app(idp_sqlite, "licence-library", tmp_path_factory.mktemp("named") / "log") as app:
        services = idp_sqlite.installation.services
        with services.begin() as unit_of_work:
            client = unit_of_work.clients.get(app.client_id)
            assert client is not None
            unit_of_work.clients.save(replace(client, level=Level.THREE), system_clock())
            unit_of_work.commit()
        yield app


def _is_card(number: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    doubled = (int(digit) * 2 for digit in number[-2::-2])
    return (sum(map(int, number[-1::-2])) + sum(each // 10 + each % 10 for each in doubled)) % 10 == 0


class Newcomer:
    """Somebody whom the register knows, and we do not."""

    def __init__(self, idp: RunningIdp, visitor: Visitor, name: str) -> None:
        self.idp, self.visitor, self.name = idp, visitor, name
        self.phone = idp.new_phone()
        self._typed = 0
        self.number = complete(f"89010119{70 + next(_numbers)}0101{int(self.phone[-3:]) % 998 + 1:03}")
        told: dict[str, Any] = {"name": name, "type": "citizen_id", "number": self.number, "phone": f"+86{self.phone}"}
        self.card = next(card for last in range(10) if _is_card(card := f"62220{self.phone}{last}"))
        idp.tell_authority("/people", {**told, "bank_card": self.card, "net_id": True})

    def register_at(self, app: DepartmentApp) -> None:
        page = self.visitor.page
        answer = self.visitor.context.request.get(f"{app.base_url}/login", max_redirects=0)
        page.goto(answer.headers["location"] + "&prompt=create")
        page.locator("[name=username]").fill(self.phone)
        self.press("#sign-in")
        self.type_code()
        expect(page.locator("h1")).to_contain_text("填姓名和号码")

    def type_code(self) -> None:
        """The one that came since the last one was typed."""
        deadline = time.monotonic() + 20
        while len(codes := self._codes()) <= self._typed:
            assert time.monotonic() < deadline, codes
            time.sleep(0.1)
        self._typed = len(codes)
        self.visitor.page.locator("[name=code]").fill(codes[0])
        self.press("#sign-in")

    def _codes(self) -> list[str]:
        """Those that came, the newest first."""
        texts = [message["text"] for message in self.idp.messages_to(self.phone)]
        return [code[0] for text in texts if (code := re.search(r"(?<!\d)\d{6}(?!\d)", text))]

    def say(self) -> None:
        """Both, until they are looked at again."""
        page = self.visitor.page
        self.press("#name-now")
        page.locator("[name=name]").fill(self.name)
        self.press("#next")
        page.locator("[name=number]").fill(f"{self.number[:6]} {self.number[6:14]} {self.number[14:].lower()}")
        self.press("#next")
        expect(page.locator("main")).to_contain_text(self.name)

    def press(self, selector: str) -> None:
        with self.visitor.page.expect_navigation():
            self.visitor.page.locator(selector).click()

    def expect(self, proofing: Proofing) -> None:
        """What the account is worth now."""
        services = self.idp.installation.services
        with services.begin() as unit_of_work:
            account = unit_of_work.accounts.find(Identifier(IdentifierKind.PHONE, f"+86{self.phone}"))
        assert account is not None
        assert account.proofed(services.clock()).level is proofing


@pytest.mark.parametrize("name", NAMES)
def test_a_name_gets_through_to_the_app(
    idp_sqlite: RunningIdp, visitor: Visitor, demanding: DepartmentApp, name: str
) -> None:
    """A rare character, one of the second plane, 25 characters. Mutation: a name cut or folded on the way."""
    newcomer = Newcomer(idp_sqlite, visitor, name)
    newcomer.register_at(demanding)
    newcomer.say()
    newcomer.press("#confirm-name")
    page = visitor.page
    if "/consent" in page.url:
        page.locator("#consent-allow").click()
    expect(page.locator("#person-name")).to_contain_text(name)
    newcomer.expect(Proofing.P2)


def test_the_source_goes_down_midway_and_the_person_finishes_later(
    idp_sqlite: RunningIdp, visitor: Visitor, demanding: DepartmentApp
) -> None:
    """With the same link, and without typing again. Mutation: down is told as a mismatch."""
    page, newcomer = visitor.page, Newcomer(idp_sqlite, visitor, "欧阳𠮷")
    newcomer.register_at(demanding)
    newcomer.say()
    idp_sqlite.face_authority_misbehaves("down", "population")
    try:
        newcomer.press("#confirm-name")
        expect(page.locator("main")).to_contain_text("二级")
        expect(page.locator("main")).to_contain_text("不是您的错")
        newcomer.press("#verify-name")
        newcomer.press("#verify")
        expect(page.locator("[role=status]")).to_contain_text("还是没有回应")
        newcomer.expect(Proofing.P1)
    finally:
        idp_sqlite.face_authority_misbehaves("none", "population")
    link = page.url
    page.goto(f"{idp_sqlite.issuer}/me")
    page.goto(link)
    newcomer.press("#verify")
    if "/consent" in page.url:
        page.locator("#consent-allow").click()
    expect(page.locator("#person-name")).to_contain_text("欧阳𠮷")
    newcomer.expect(Proofing.P2)


@pytest.mark.parametrize("way", ["face", "net_id", "bank"])
def test_each_way_shows_the_real_person(
    idp_sqlite: RunningIdp, visitor: Visitor, demanding: DepartmentApp, way: str
) -> None:
    """To the authority's own page on another site, and back. Mutation: a policy (CSP) that lets its form end nowhere."""
    page, newcomer = visitor.page, Newcomer(idp_sqlite, visitor, "欧阳春晓")
    newcomer.register_at(demanding)
    newcomer.say()
    newcomer.press("#confirm-name")
    page.goto(f"{idp_sqlite.issuer}/me/proofing")
    expect(page.locator("main")).to_contain_text("跟登记的一样")
    with page.expect_navigation():
        page.locator(f"a[href='/me/proofing/{way.replace('_', '-')}']").click()
    expect(page.locator("main")).not_to_contain_text(newcomer.number)
    if way == "bank":
        page.locator("[name=card]").fill(newcomer.card)
        newcomer.press("#real-person-consent")
    else:
        newcomer.press("#real-person-consent")
        assert page.url.startswith(idp_sqlite.face_authority), page.url
        with page.expect_navigation():
            page.locator(f"button[value={BUTTONS[way]}]").click()
    expect(page.locator("h1")).to_contain_text("核对好了")
    newcomer.expect(Proofing.P3)
