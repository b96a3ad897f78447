"""Who acts for whom, for officers: seen by uid alone, stopped at once, and never given (threats M03, M09)."""

import pytest

from admin.operations import OPERATIONS
from idp.app import Installation
from idp.events import Action
from idp.model.mandate import EndReason, MandateRole
from idp.model.office import Role
from tests.admin.api.api_client import Api, api_of, of_officers, register_apps
from tests.admin.officers import officer
from tests.idp.accounts.acting import APP, CODE, City


@pytest.fixture
def city(installation: Installation) -> City:
    register_apps(installation, of_officers())
    return City.over(installation)


@pytest.fixture
def security(city: City) -> Api:
    return api_of(officer(city.installation, Role.SECURITY))


def test_both_sides_of_a_person_are_seen_and_nobodys_name(city: City, security: Api) -> None:
    """Mutations: one side alone; a name or a phone of the other; nothing in the log of whoever was looked at."""
    giver, agent = city.person("王兰"), city.person("李华")
    mandate = city.helper("王兰", "李华")
    asked = city.offers("李华", "王兰")
    answer = security("GET", f"/people/{agent.uid}/mandates")
    first, second = answer.json["mandates"]
    assert (first["mandate"], first["agent"], first["principal"]) == (asked.uid, None, agent.uid)
    assert (second["mandate"], second["agent"], second["principal"]) == (mandate.uid, agent.uid, giver.uid)
    assert second["services"] == [{"client_id": APP, "matters": None}]
    assert not [word for word in ("王兰", "李华", city.phone("王兰")[-4:]) if word in answer.body.decode()]
    with city.installation.services.begin() as unit_of_work:
        told = unit_of_work.events.of_person(agent.id, before=None, limit=1)
    assert [(each.action, each.data["what"]) for each in told] == [(Action.PERSON_VIEWED, "mandates")]


def test_one_is_stopped_at_once(city: City, security: Api) -> None:
    """As the hotline does for whoever calls. Mutations: a draft; nobody is told; a second time counts."""
    city.person("王兰")
    city.person("李华")
    mandate = city.helper("王兰", "李华")
    city.notices()
    tried = security("POST", f"/mandates/{mandate.uid}/end?dry_run=true")
    assert (tried.status, city.now(mandate).mandate.ended_at) == (200, None)
    answer = security("POST", f"/mandates/{mandate.uid}/end")
    assert (answer.status, answer.json["ended_why"]) == (200, "officer")
    assert city.now(mandate).mandate.ended_why is EndReason.OFFICER
    assert city.notices() == [("李华", "mandate_ended"), ("王兰", "mandate_ended")]
    assert city.log("王兰")[-1][0] is Action.MANDATE_ENDED
    again = security("POST", f"/mandates/{mandate.uid}/end")
    assert (again.status, city.notices()) == (200, [])


def test_all_of_an_organisation_are_stopped(city: City, security: Api) -> None:
    """Mutations: those of another organisation; those that wait stay open; it can never be entered again."""
    for name in ("赵敏", "李华", "王兰"):
        city.person(name)
    company = city.enters("赵敏")
    agents = {"role": MandateRole.AGENT, "organization": company.uid}
    accepted = city.accepts("李华", city.offers("赵敏", "李华", **agents))
    waiting = city.offers("赵敏", "王兰", **agents)
    other = city.helper("王兰", "李华")
    told = security("GET", f"/organizations/{CODE}").json
    assert (told["name"], told["status"], len(told["mandates"])) == ("云江示例有限公司", "active", 3)
    assert security("POST", f"/organizations/{CODE}/end-mandates").json == {"ended": 3}
    assert [city.now(each).mandate.ended_at is None for each in (accepted, waiting, other)] == [False, False, True]
    assert security("POST", f"/organizations/{CODE}/end-mandates").json == {"ended": 0}
    assert city.enters("赵敏").id == company.id


@pytest.mark.parametrize("path", ["/mandates/nobody/end", "/organizations/91890100MA000000XX/end-mandates"])
def test_what_is_not_there(security: Api, path: str) -> None:
    assert security("POST", path).status == 404


def test_officers_give_no_mandate() -> None:
    """Whoever could appoint somebody could act for everybody. Mutation: an operation that makes one."""
    of_mandates = {name: each for name, each in OPERATIONS.items() if "mandate" in name or "organization" in name}
    assert {each.path.rpartition("/")[2] for each in of_mandates.values()} == {
        *("mandates", "end", "{code}", "end-mandates"),
    }
