"""The pages of who acts for whom: of a person and of an organisation, stopped where they are seen (threats K07, M03)."""

import pytest

from idp.app import Installation
from idp.model.office import Role
from tests.admin.api.api_client import of_officers, register_apps
from tests.admin.officers import Officer, officer, token_of
from tests.idp.accounts.acting import CODE, City

ORGANIZATIONS = "/console/organizations"


@pytest.fixture
def city(installation: Installation) -> City:
    register_apps(installation, of_officers())
    return City.over(installation)


@pytest.fixture
def held(city: City) -> Officer:
    return officer(city.installation, Role.SECURITY)


def press(held: Officer, path: str, action: str, **fields: str) -> str:
    return held.browser.post(path, csrf=token_of(held.browser.get(path), action), **fields).body.decode()


def test_one_of_a_person_is_stopped(city: City, held: Officer) -> None:
    """Mutations: a name on the page; another one is stopped; a forged form."""
    giver, _ = city.person("王兰"), city.person("李华")
    mandate = city.helper("王兰", "李华")
    path = f"/console/people/{giver.uid}/mandates"
    shown = held.browser.get(path).body.decode()
    assert mandate.uid in shown
    assert "李华" not in shown
    forged = held.browser.post(path, csrf="forged", act="end", mandate=mandate.uid).body.decode()
    assert "summary-heading" in forged
    assert city.now(mandate).mandate.ended_at is None
    assert "由工作人员停了" in press(held, path, path, act="end", mandate=mandate.uid)
    assert city.now(mandate).mandate.ended_at is not None


def test_an_organisation_is_found_and_everybody_stopped(city: City, held: Officer) -> None:
    """Mutations: a code in small letters is another one; of two mandates one stays."""
    city.person("赵敏")
    city.person("李华")
    company = city.enters("赵敏")
    assert "summary-heading" in held.browser.get(f"{ORGANIZATIONS}?code=91890100MA000000XX").body.decode()
    assert "summary-heading" in held.browser.get(f"{ORGANIZATIONS}?code={'9' * 200}").body.decode()
    found = held.browser.get(f"{ORGANIZATIONS}?code={CODE.lower()}").body.decode()
    assert company.name in found
    with city.installation.services.begin() as unit_of_work:
        (acting,) = unit_of_work.mandates.of_organization(company.id, 9)
    assert acting.mandate.uid in found
    done = press(held, f"{ORGANIZATIONS}?code={CODE}", ORGANIZATIONS, act="end_all", code=CODE)
    assert "由工作人员停了" in done
    assert city.now(acting.mandate).mandate.ended_at is not None


def test_of_nobody_leads_back(held: Officer) -> None:
    held.browser.get("/console/people/nobody/mandates")
    assert held.browser.here == "/console/people"
