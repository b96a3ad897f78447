"""Carriers, sources and the outbox through the API: what is set, what waits, and whether a message arrives."""

import pytest

from idp.app import Installation
from idp.model.message import MESSAGE, Report
from idp.model.office import Role
from idp.ports import SourceKind
from tests.admin.api.api_client import Api, api_of, of_officers, register_apps
from tests.admin.officers import officer


@pytest.fixture
def system(installation: Installation) -> Api:
    register_apps(installation, of_officers())
    return api_of(officer(installation, Role.SYSTEM))


def test_what_is_set_is_told(system: Api) -> None:
    told = system("GET", "/connections").json
    assert {each["medium"]: each["carrier"] for each in told["carriers"]} == {
        "sms": "sms_http",
        "mail": None,
        "voice": None,
    }
    assert told["sources"] == [{"kind": kind, "source": None, "answers": None} for kind in SourceKind]
    assert told["lanes"] == []


def test_a_test_message_leaves_in_a_lane_of_its_own(installation: Installation, system: Api) -> None:
    """Mutations: its destination stands in the log or in the answer; it waits before people's codes."""
    services = installation.services
    promised = system("POST", "/connections/sms/test", {"destination": "139 0000 0009"})
    assert promised.json["destination"] == "139****0009"
    assert system("GET", f"/outbox/{promised.json['item_id']}").json == {"state": "on_its_way"}
    (lane,) = system("GET", "/connections").json["lanes"]
    assert (lane["lane"], lane["waiting"], lane["tried"]) == ("test sms", 1, 0)
    with services.begin() as unit_of_work:
        (item,) = unit_of_work.outbox.claim(services.clock(), lease_seconds=60, limit=10)
        assert (item.kind, item.payload["destination"]) == (MESSAGE, "+8613900000009")
        unit_of_work.outbox.done(item.id, services.clock(), reference="r")
        unit_of_work.outbox.take_report("r", Report.DELIVERED, services.clock())
        unit_of_work.commit()
    assert system("GET", f"/outbox/{promised.json['item_id']}").json == {"state": "delivered"}


@pytest.mark.parametrize(
    ("path", "destination", "status"),
    [("sms", "12", 400), ("sms", "a@b.example", 400), ("mail", "a@b.example", 409), ("fax", "139", 400)],
)
def test_what_cannot_be_sent_is_refused(system: Api, path: str, destination: str, status: int) -> None:
    assert system("POST", f"/connections/{path}/test", {"destination": destination}).status == status
    assert system("GET", "/outbox/999").status == 404


def test_a_number_that_no_item_can_have_finds_none(system: Api) -> None:
    """Mutation: it is handed to the database, whose driver fails."""
    assert system("GET", f"/outbox/{'9' * 30}").status == 404


def test_no_officer_rings_a_phone_all_day(system: Api) -> None:
    """Threat K08. Mutation: what officers send is not counted."""
    statuses = [system("POST", "/connections/sms/test", {"destination": "13900000009"}).status for _ in range(2)]
    assert statuses == [200, 429]
    elsewhere = [
        system("POST", "/connections/sms/test", {"destination": f"139000001{number:02}"}).status for number in range(25)
    ]
    assert elsewhere.count(200) == 18, "twenty a day, one that left and one that was refused before"
    assert elsewhere[-1] == 429
