"""C21, C22 and C23 in a real browser, against the sandbox authority: for a company, until it is taken back; and for a child."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from playwright.sync_api import expect

from idp.model.account import Identifier, IdentifierKind
from realnames.identifiers.citizen_id import complete
from tests.browser.conftest import NewVisitor
from tests.browser.department_apps import DepartmentApp
from tests.browser.visitor import SANDBOX_CODE, Visitor
from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.form_browser import Page
from tests.specs.pushing_party import PushingParty
from tests.specs.relying_party import Question

COMPANIES = {
    True: ("91890101MA0000015M", "云江江畔软件有限公司"),
    False: ("91890101MA0000023G", "云江城东餐饮有限公司"),
}
"""Of the sandbox authority, by whether there are scripts: each is entered anew."""
CALLBACK = "https://acting.example/callback"
_numbers = count(1)


@dataclass
class Citizen:
    """Somebody whom the registers know, with two proofs, at a browser of their own."""

    idp: RunningIdp
    visitor: Visitor
    person: Person

    @classmethod
    def at(cls, idp: RunningIdp, visitor: Visitor) -> "Citizen":
        person = idp.new_person(proofing=3)
        services = idp.installation.services
        with services.begin() as unit_of_work:
            phone = Identifier(IdentifierKind.PHONE, f"+86{person.phone}")
            unit_of_work.accounts.verify(person.account_id, phone, services.clock())
            unit_of_work.commit()
        told = {"name": person.name, "type": "citizen_id", "number": person.citizen_id, "phone": f"+86{person.phone}"}
        idp.tell_authority("/people", told)
        return cls(idp, visitor, person)

    def come_in(self) -> None:
        """To the account, by the password."""
        self.visitor.page.goto(f"{self.idp.issuer}/me")
        self.visitor.name_oneself(self.person, "password")
        self.visitor.prove(self.person, "password")

    def open(self, path: str) -> None:
        """A page of the account that may want a second proof first."""
        page = self.visitor.page
        page.goto(f"{self.idp.issuer}{path}")
        if page.url.endswith("/ways"):
            with page.expect_navigation():
                page.locator("button[name=way][value=code]").click()
            page.locator("[name=code]").fill(SANDBOX_CODE)
            self.press("#sign-in")

    def press(self, selector: str) -> None:
        with self.visitor.page.expect_navigation():
            self.visitor.page.locator(selector).click()

    def fill(self, **fields: str) -> None:
        for name, value in fields.items():
            self.visitor.page.locator(f"[name={name}]").fill(value)

    def acts(self, party: PushingParty, whom: str) -> tuple[Page, Question]:
        """At the app, for whoever is shown as this."""
        page, question = self.visitor.page, party.ask()
        page.goto(question.address)
        expect(page.locator("h1")).to_contain_text("以谁的身份办理")
        with page.expect_request(f"{CALLBACK}?*") as sent:  # where no server is: the test itself is the app
            page.locator(f"button[name=identity]:has-text('{whom}')").click()
        return Page(sent.value.url, 200), question


@pytest.fixture(scope="module")
def party(idp_sqlite: RunningIdp) -> Iterator[PushingParty]:
    """An app whose pages are nobody's business here: what it does with the code the test does."""
    metadata: dict[str, Any] = {
        "client_id": "company-office",
        "client_name": "企业办事大厅",
        "redirect_uris": [CALLBACK],
        "accepts_mandates": ["persons", "organizations"],
        "profile": "gov-standard",
    }
    with PushingParty(idp_sqlite, **metadata) as party:
        yield party


def test_a_representative_appoints_an_agent_and_takes_it_back(
    idp_sqlite: RunningIdp, visitor: Visitor, new_visitor: NewVisitor, party: PushingParty
) -> None:
    """MISSION, organisations. Mutation: what the agent got outlives the mandate, or begins before it was accepted."""
    code, name = COMPANIES[visitor.has_scripts]
    boss = Citizen.at(idp_sqlite, visitor)
    agent = Citizen.at(idp_sqlite, new_visitor(has_scripts=visitor.has_scripts, is_on_phone=True))
    idp_sqlite.tell_authority(f"/companies/{code}/representative", {"number": boss.person.citizen_id})

    boss.come_in()
    boss.open("/me/organizations/new")
    boss.fill(code=code.lower())
    boss.press("#enter-organization")
    expect(visitor.page.locator("h1")).to_contain_text(name)
    boss.press("#new-mandate")
    boss.fill(phone=agent.person.phone, name=agent.person.name)
    visitor.page.locator("[name=role][value=agent]").check()
    visitor.page.locator("[name=app_company-office]").check()
    boss.press("#offer-mandate")
    expect(visitor.page.locator("[role=status]")).to_be_visible()

    agent.come_in()
    agent.press("#to-mandates")
    agent.press(f"a:has-text('{name}')")
    agent.press("#mandate-accept")
    page, question = agent.acts(party, name)
    tokens = party.redeem(page, question).json()
    claims = party.read(tokens["id_token"])[1]
    assert (claims["org"]["code"], claims["org"]["role"]) == (code, "agent")
    renewed = refresh(party, tokens["refresh_token"])
    assert renewed["access_token"]

    visitor.page.reload()
    boss.press("section:has(#open-heading) li:has(.tag:text('经办人')) a")
    boss.press("#mandate-end")
    assert refresh(party, renewed["refresh_token"])["error"] == "invalid_grant"
    agent.visitor.page.goto(party.ask().address)
    expect(agent.visitor.page.locator("main")).not_to_contain_text(name)


def refresh(party: PushingParty, refresh_token: str) -> dict[str, Any]:
    body = {"grant_type": "refresh_token", "refresh_token": refresh_token, **party.proof()}
    answer: dict[str, Any] = party.http.post(f"{party.issuer}/token", data=body).json()
    return answer


def test_a_guardian_acts_for_a_minor(idp_sqlite: RunningIdp, visitor: Visitor, library: DepartmentApp) -> None:
    """A child without an account: the register says whose it is; the app shows for whom, and going back is one press."""
    parent, page = Citizen.at(idp_sqlite, visitor), visitor.page
    child = complete(f"8901012018{1 + next(_numbers):02}01{int(parent.person.phone[-3:]) % 998 + 1:03}")
    idp_sqlite.tell_authority(
        "/people", {"name": "何小雨", "type": "citizen_id", "number": child, "guardians": [parent.person.citizen_id]}
    )
    parent.come_in()
    parent.open("/me/delegations/child")
    parent.fill(name="何小雨", number=child)
    parent.press("#enter-child")
    expect(page.locator("main")).to_contain_text("何*雨")

    page.goto(f"{library.base_url}/login")
    expect(page.locator("h1")).to_contain_text("以谁的身份办理")
    parent.press("button[name=identity]:has-text('何*雨')")
    expect(page.locator("#acting-for")).to_contain_text("您监护的孩子")
    expect(page.locator("#person-name")).to_contain_text(parent.person.name)

    page.goto(f"{idp_sqlite.issuer}/me/as")
    parent.press("form[action='/me/as'] button")
    page.goto(f"{library.base_url}/login")
    parent.press("button[name=identity][value=self]")
    expect(page.locator("#acting-for")).to_have_count(0)


def test_nobody_becomes_a_guardian_or_a_representative_by_saying_so(idp_sqlite: RunningIdp, visitor: Visitor) -> None:
    """The register says otherwise, and the page says what to do. Mutation: a mismatch is taken for a match."""
    stranger, page = Citizen.at(idp_sqlite, visitor), visitor.page
    stranger.come_in()
    stranger.open("/me/organizations/new")
    stranger.fill(code="11890101MB0000043W")
    stranger.press("#enter-organization")
    expect(page.locator("#summary-heading")).to_be_visible()
    stranger.open("/me/delegations/child")
    stranger.fill(name="何小雨", number="890102201203030299")
    stranger.press("#enter-child")
    expect(page.locator("#summary-heading")).to_be_visible()
    with idp_sqlite.installation.services.begin() as unit_of_work:
        assert unit_of_work.mandates.open_of_agent(stranger.person.account_id) == []
