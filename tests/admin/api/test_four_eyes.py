"""Drafts: proposed, approved by another person, refused, withdrawn, run out, urgent and reviewed (threats M06, M07, M08)."""

import json

from idp.app import Installation
from idp.model.office import Role
from tests.admin.api.api_client import NEW_APP, Api, api_of, by_itself
from tests.admin.officers import officer
from tests.idp.installed import Moment


def api(installation: Installation, role: Role) -> Api:
    return api_of(officer(installation, role))


def test_a_draft_is_approved_by_another_person_and_then_applied(with_apps: Installation) -> None:
    """Mutations: applied at once; whoever proposed it approves it; a role that is not named approves it."""
    security, system, audit = (api(with_apps, role) for role in (Role.SECURITY, Role.SYSTEM, Role.AUDIT))
    drafted = security("PUT", "/clients/fund?reason=new%20app", {"metadata": NEW_APP}, if_none_match="*")
    assert drafted.status == 202
    assert any(line.startswith("client_name: ∅ →") for line in drafted.json["changes"])
    assert "s" * 40 not in drafted.body.decode()
    assert drafted.headers["location"] == f"/api/v1/drafts/{drafted.json['draft_id']}"
    assert security("GET", "/clients/fund").status == 404
    path = f"/drafts/{drafted.json['draft_id']}"
    assert [each("POST", f"{path}/approve").status for each in (security, audit)] == [403, 403]
    assert audit("GET", path).json["reason"] == "new app"
    approved = system("POST", f"{path}/approve")
    assert (approved.status, approved.json["draft"]["state"]) == (200, "approved")
    assert approved.json["answer"]["clients"][0]["outcome"] == "new"
    assert security("GET", "/clients/fund").json["metadata"]["client_name"] == "公积金"
    assert system("POST", f"{path}/approve").status == 409
    assert system("POST", f"{path}/refuse").status == 409


def test_a_decision_wants_a_fresh_sign_in(with_apps: Installation, clock: Moment) -> None:
    """Mutation: any sign-in within the quarter of an hour."""
    security, held = api(with_apps, Role.SECURITY), officer(with_apps, Role.SYSTEM)
    number = security("POST", "/clients/automation/disable").json["draft_id"]
    stale = api_of(held)
    clock.pass_by(301)
    answer = stale("POST", f"/drafts/{number}/approve")
    assert (answer.status, answer.json["title"]) == (403, "stale_sign_in")


def test_what_changed_meanwhile_is_not_overwritten(with_apps: Installation) -> None:
    """Mutation: a draft is applied to whatever is there by then."""
    security, system = api(with_apps, Role.SECURITY), api(with_apps, Role.SYSTEM)
    first = security("POST", "/clients/automation/disable").json["draft_id"]
    tag = security("GET", "/clients/automation").headers["etag"]
    second = security(
        "PUT",
        "/clients/automation",
        {"metadata": {**by_itself(None), "client_id": "without-role"}},
        if_match=tag,
    )
    assert second.status == 400, "M08: one id in the path, another one in the body"
    metadata = {name: value for name, value in by_itself(None).items() if name != "client_id"}
    second = security("PUT", "/clients/automation", {"metadata": {**metadata, "client_name": "另一个"}}, if_match=tag)
    assert second.status == 202, second.body
    assert system("POST", f"/drafts/{second.json['draft_id']}/approve").status == 200
    late = system("POST", f"/drafts/{first}/approve")
    assert (late.status, late.json["title"]) == (409, "version_conflict")
    assert system("GET", f"/drafts/{first}").json["state"] == "waiting"


def test_a_draft_is_refused_withdrawn_or_runs_out(with_apps: Installation, clock: Moment) -> None:
    security, system = officer(with_apps, Role.SECURITY), officer(with_apps, Role.SYSTEM)
    of_security, of_system = api_of(security), api_of(system)
    numbers = [of_security("POST", "/clients/automation/disable").json["draft_id"] for _ in range(3)]
    assert of_system("POST", f"/drafts/{numbers[0]}/withdraw").status == 403
    assert of_security("POST", f"/drafts/{numbers[0]}/withdraw").json["draft"]["state"] == "withdrawn"
    assert of_system("POST", f"/drafts/{numbers[1]}/refuse").json["draft"]["state"] == "refused"
    clock.pass_by(7 * 86_400)
    for held in (security, system):
        held.sign_in(held.browser.get("/console"))
    assert api_of(system)("POST", f"/drafts/{numbers[2]}/approve").status == 409
    assert api_of(security)("GET", "/clients/automation").json["status"] == "active"


def test_an_emergency_is_applied_at_once_and_reviewed_by_another(with_apps: Installation) -> None:
    """Mutations: for whatever is asked; whoever did it reviews it."""
    security, system = api(with_apps, Role.SECURITY), api(with_apps, Role.SYSTEM)
    assert security("POST", "/clients/automation/disable?emergency=true").status == 200
    assert security("GET", "/clients/automation").json["status"] == "disabled"
    (draft,) = system("GET", "/drafts?state=urgent").json["drafts"]
    path = f"/drafts/{draft['draft_id']}"
    assert security("POST", f"{path}/review").status == 403
    assert system("POST", f"{path}/approve").status == 409
    assert system("POST", f"{path}/review").json["draft"]["state"] == "reviewed"
    assert security("POST", "/clients/automation/enable?emergency=true").status == 400


def test_nobody_invites_or_dismisses_alone(with_apps: Installation) -> None:
    """M07. Mutations: an officer makes another one; they take their own role away, or that of who must approve it."""
    held = officer(with_apps, Role.SECURITY)
    security, system = api_of(held), api(with_apps, Role.SYSTEM)
    drafted = system("POST", "/officers/invitations", {"role": "audit", "name": "李敏"})
    assert drafted.status == 202
    assert security("POST", "/officers/invitations", {"role": "audit"}).status == 403
    approved = security("POST", f"/drafts/{drafted.json['draft_id']}/approve")
    assert approved.json["answer"]["link"].startswith("http://localhost:8000/console/invitations/")
    told = system("GET", "/officers").json
    assert [each["role"] for each in told["invitations"]] == ["audit"]
    assert approved.json["answer"]["link"] not in json.dumps(told)
    uids = {each["role"]: each["uid"] for each in told["officers"]}
    assert system("POST", f"/officers/{uids['system']}/dismiss").status == 403
    drafted = system("POST", f"/officers/{uids['security']}/dismiss")
    assert drafted.status == 202
    assert security("POST", f"/drafts/{drafted.json['draft_id']}/approve").status == 403
