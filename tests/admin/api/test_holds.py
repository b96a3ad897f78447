"""Holds on the log: the auditor places one at once, and nobody lets the log go alone (threat M11)."""

import pytest

from idp.app import Installation
from idp.events import Action, EventFilter
from idp.model.office import Role
from tests.admin.api.api_client import Api, api_of
from tests.admin.officers import officer


@pytest.fixture
def audit(with_apps: Installation) -> Api:
    return api_of(officer(with_apps, Role.AUDIT))


def test_who_may(with_apps: Installation, audit: Api) -> None:
    """Mutation: those whom the log watches place holds, or end them."""
    for role in (Role.SECURITY, Role.SYSTEM):
        other = api_of(officer(with_apps, role))
        assert other("GET", "/holds").status == 403
        assert other("POST", "/holds", {"reference": "file 7"}).status == 403
        assert other("POST", "/holds/1/release").status == 403
    assert audit("GET", "/holds").json == {"holds": []}


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"reference": ""},
        {"reference": "   "},
        {"reference": "a\nb"},
        {"reference": "\x1b[2J"},
        {"reference": "x" * 121},
        {"reference": "about 890101199003070011"},
        {"reference": "call 13900000001 back"},
        {"reference": "file 7", "since": -1},
        {"reference": "file 7", "since": 10**13},
        {"reference": "file 7", "until": 5},
    ],
)
def test_what_is_no_hold_is_refused(audit: Api, wanted: dict[str, object]) -> None:
    """Mutations: a reference that names a person; one that makes two lines."""
    assert audit("POST", "/holds", wanted).status == 400
    assert audit("GET", "/holds").json == {"holds": []}


def test_a_hold_lasts_until_a_second_person_releases_it(with_apps: Installation, audit: Api) -> None:
    """Mutations: it ends at once; the log does not say what it was for."""
    placed = audit("POST", "/holds", {"reference": " （2026）云01刑初7号 ", "since": 5})
    assert placed.status == 200, placed.json
    number = placed.json["hold_id"]
    assert (placed.json["reference"], placed.json["since"]) == ("（2026）云01刑初7号", 5)
    assert [each["hold_id"] for each in audit("GET", "/holds").json["holds"]] == [number]
    assert audit("POST", "/holds/999999/release").status == 404
    asked = audit("POST", f"/holds/{number}/release?reason=over")
    assert asked.status == 202
    draft = asked.json["draft_id"]
    assert len(audit("GET", "/holds").json["holds"]) == 1
    assert audit("POST", f"/drafts/{draft}/approve").status == 403
    assert api_of(officer(with_apps, Role.SECURITY))("POST", f"/drafts/{draft}/approve").status == 200
    assert audit("GET", "/holds").json == {"holds": []}
    assert audit("POST", f"/holds/{number}/release").status == 404
    with with_apps.services.begin() as unit_of_work:
        wanted = EventFilter(action=Action.OPERATION_DONE.value)
        told = [each.data["changes"] for each in unit_of_work.events.search(wanted, before=None, limit=3)]
    assert told == [
        ['state: "waiting" → "approved"'],
        ['reference: "（2026）云01刑初7号" → ∅', "since: 5 → ∅"],
        [f'hold {number}.reference: ∅ → "（2026）云01刑初7号"', f"hold {number}.since: ∅ → 5"],
    ]
