"""The API from outside: tokens, roles, versions, trials, keys and refusals (threats M05, M06, M08, M13)."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from admin.api.callers import READ, WRITE
from admin.api.surface import PREFIX
from admin.operation import Effect
from admin.operations import OPERATIONS
from idp.app import Installation
from idp.endpoints.protected_resource import OFFICERS_API, OFFICERS_SCOPES
from idp.model.office import OFFICERS, Role
from tests.admin.api.api_client import AUDIENCE, NEW_APP, Api, api_of, api_of_app, of_officers, register_apps
from tests.admin.officers import officer
from tests.idp.installed import Moment, new_person
from tests.idp.pages.page_browser import Browser


def api(installation: Installation, role: Role) -> Api:
    return api_of(officer(installation, role))


# ── who is let in ────────────────────────────────────────────────────────────────────────────────────────────────────


def filled(path: str) -> str:
    return (
        path.replace("{client_id}", "officers-tool")
        .replace("{uid}", "x")
        .replace("{draft_id}", "1")
        .replace("{invitation_id}", "1")
    )


@pytest.mark.parametrize("storage_urls", ["sqlite"], indirect=True)
def test_each_operation_is_for_its_roles_alone(with_apps: Installation) -> None:
    """M05: roles × operations × spellings. Mutations: a role beside those named; an unlisted method or path is served."""
    apis = {role: api(with_apps, role) for role in OFFICERS}
    for operation in OPERATIONS.values():
        path = filled(operation.path)
        for role, call in apis.items():
            status = call(
                operation.method, f"{path}?dry_run=true" if operation.effect is not Effect.READ else path, None
            ).status
            assert (status == 403) is (role not in operation.does), (operation.name, role, status)
            assert status != 500
        assert Api(apis[Role.SYSTEM].caller, "")(operation.method, path).status == 401
        for spelling in (
            f"{path}/",
            f"/{path}",
            path.replace("/", "//", 1),
            f"{path};x",
            path.upper(),
            f"{path}%2e",
            f"/.{path}",
            f"{path}/.",
        ):
            for role, call in apis.items():
                assert call(operation.method, spelling).status >= 400, (operation.name, spelling, role)
        served = {each.method for each in OPERATIONS.values() if each.path == operation.path}
        served |= {"HEAD"} if "GET" in served else set()
        for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"} - served:
            assert apis[Role.SECURITY](method, path).status == 405, (method, path)


def test_head_tells_what_get_tells_without_its_body(with_apps: Installation) -> None:
    call = api(with_apps, Role.AUDIT)
    assert (call("HEAD", "/clients").status, call("HEAD", "/clients").body) == (200, b"")


@pytest.mark.parametrize(
    "authorization", ["", "Basic eDp5", "Bearer", "Bearer ", "Bearer x.y.z", "Bearer " + "a" * 5000]
)
def test_without_a_token_of_ours_nothing_is_told(with_apps: Installation, authorization: str) -> None:
    call = Api(api(with_apps, Role.SYSTEM).caller, "")
    answer = call("GET", "/officers", None, authorization=authorization)
    assert answer.status == 401
    assert answer.headers["www-authenticate"].startswith('Bearer error="invalid_token", resource_metadata="')
    assert call("GET", "/no-such-thing", None, authorization=authorization).status == 401


def test_what_is_told_of_the_api_as_a_resource_is_so() -> None:
    """The protocol surface, which knows nothing of the API, tells its place and its scopes (RFC 9728)."""
    assert (OFFICERS_API, OFFICERS_SCOPES) == (PREFIX, (READ, WRITE))


def test_a_token_for_something_else_is_refused(with_apps: Installation) -> None:
    """Mutation: any living token will do. Here one for userinfo."""
    register_apps(with_apps, of_officers("other-tool", audience=None, scope="openid"))
    answer = api_of(officer(with_apps, Role.SYSTEM), "other-tool", "openid")("GET", "/officers")
    assert answer.status == 401


def test_a_narrow_token_does_no_more_than_its_scope(with_apps: Installation) -> None:
    """Mutation: reading is enough to write."""
    reading = api_of(officer(with_apps, Role.SYSTEM), scope="openid officers:read")
    assert reading("GET", "/officers").status == 200
    answer = reading("POST", "/officers/invitations", {"role": "audit"})
    assert (answer.status, answer.json["title"]) == (403, "insufficient_scope")


def test_people_get_no_token_at_an_app_of_officers(with_apps: Installation) -> None:
    """Nor officers at an app of people's. Mutation: the kind of account is not looked at."""
    new_person(with_apps)
    browser = Browser(with_apps)
    browser.sign_in(browser.get("/me"))
    browser.get(
        "/authorize?client_id=officers-tool&redirect_uri=http://localhost:8009/callback&response_type=code&scope=openid&code_challenge="
        + "a" * 43
        + "&code_challenge_method=S256&prompt=none"
    )
    assert "error=login_required" in browser.here
    register_apps(
        with_apps, of_officers("of-people", signs_in_staff=False, scope="openid", audience=None, asks_consent=False)
    )
    held = officer(with_apps, Role.SYSTEM)
    held.browser.get(
        "/authorize?client_id=of-people&redirect_uri=http://localhost:8009/callback&response_type=code&scope=openid&code_challenge="
        + "a" * 43
        + "&code_challenge_method=S256&prompt=none"
    )
    assert "error=login_required" in held.browser.here


def test_a_demoted_officers_token_is_worth_nothing(with_apps: Installation, clock: Moment) -> None:
    """M13. Mutations: the role travels in the token; an old sign-in goes on for ever."""
    held = officer(with_apps, Role.SYSTEM)
    call = api_of(held)
    with with_apps.services.begin() as unit_of_work:
        unit_of_work.appointments.end(held.account_id, with_apps.services.clock())
        unit_of_work.commit()
    assert call("GET", "/officers").status == 403
    other = api(with_apps, Role.AUDIT)
    clock.pass_by(901)
    answer = other("GET", "/officers")
    assert answer.status == 401


# ── apps that act for themselves ────────────────────────────────────────────────────────────────────────────────────


def test_an_app_proposes_and_never_decides(with_apps: Installation) -> None:
    """Mutations: an app without a role is let in; it approves what it proposed."""
    system = officer(with_apps, Role.SYSTEM)
    app = api_of_app(system.browser.caller)
    assert app("GET", "/clients").status == 200
    drafted = app("PUT", "/clients/fund", {"metadata": NEW_APP}, if_none_match="*")
    assert drafted.status == 202
    number = drafted.json["draft_id"]
    assert app("POST", f"/drafts/{number}/approve").status == 403
    told = app("GET", f"/drafts/{number}").json
    assert (told["proposed_by"], told["proposed_via"]) == (None, "api automation")
    assert api_of_app(system.browser.caller, "without-role")("GET", "/clients").status == 403


# ── how it is asked ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_trial_changes_nothing(with_apps: Installation) -> None:
    security = api(with_apps, Role.SECURITY)
    answer = security("POST", "/clients/automation/disable?dry_run=true")
    assert (answer.status, answer.json["dry_run"]) == (200, True)
    assert 'status: "active" → "disabled"' in answer.json["changes"]
    assert security("GET", "/drafts").json["drafts"] == []


def test_a_version_that_was_not_seen_is_refused(with_apps: Installation) -> None:
    security = api(with_apps, Role.SECURITY)
    assert security("PUT", "/clients/automation", {"metadata": NEW_APP}).status == 428
    assert security("PUT", "/clients/automation", {"metadata": NEW_APP}, if_match='"another"').status == 412
    assert security("PUT", "/clients/automation", {"metadata": NEW_APP}, if_match="another").status == 400
    assert security("PUT", "/clients/automation", {"metadata": NEW_APP}, if_none_match="*").status == 412, "it is there"


def test_the_same_key_is_the_same_request(with_apps: Installation) -> None:
    """Mutations: done twice; another request is answered with the first one's answer; another caller's key."""
    security, system = api(with_apps, Role.SECURITY), api(with_apps, Role.SYSTEM)
    first = security("POST", "/clients/automation/disable", None, idempotency_key="k1")
    again = security("POST", "/clients/automation/disable", None, idempotency_key="k1")
    assert (first.status, first.json, again.json) == (202, again.json, first.json)
    other = security("POST", "/clients/without-role/disable", None, idempotency_key="k1")
    assert (other.status, other.json["title"]) == (422, "key_reused")
    path = f"/drafts/{first.json['draft_id']}/approve"
    told = [system("POST", path, None, idempotency_key="k1") for _ in range(2)]
    assert [each.status for each in told] == [200, 200]
    assert told[0].body == told[1].body
    assert system("POST", path, None, idempotency_key="x" * 256).status == 400


BAD: list[tuple[str, str, Any, int]] = [
    ("POST", "/officers/invitations", {"role": "audit", "is_admin": True}, 400),
    ("POST", "/officers/invitations", {"role": "root"}, 400),
    ("POST", "/officers/invitations", {"role": 1}, 400),
    ("POST", "/officers/invitations", {}, 400),
    ("POST", "/officers/invitations", [], 400),
    ("POST", "/officers/invitations", b"{", 400),
    ("POST", "/officers/invitations", b'{"role": "audit", "role": "system"}', 400),
    ("POST", "/officers/invitations", b'{"role": NaN}', 400),
    ("POST", "/officers/invitations", b"[" * 30_000, 400),
    ("POST", "/officers/invitations", b'{"role": "\xff"}', 400),
    ("POST", "/officers/invitations", {"role": "audit", "__class__": "x"}, 400),
    ("POST", "/officers/x/dismiss", {"uid": "y"}, 400),
    ("POST", "/officers/invitations/0/withdraw", {}, 400),
    ("POST", "/officers/invitations/x/withdraw", {}, 400),
    ("POST", "/officers/invitations/9223372036854775808/withdraw", {}, 200),
    ("GET", "/drafts?limit=0", None, 400),
    ("GET", "/drafts?limit=101", None, 400),
    ("GET", "/drafts?before=x", None, 400),
    ("GET", "/drafts?state=gone", None, 400),
    ("GET", "/drafts?sort=secret", None, 400),
    ("GET", "/drafts?limit=1&limit=2", None, 400),
    ("GET", "/drafts?dry_run=true", None, 400),
    ("POST", "/officers/invitations?role=audit", {"role": "audit"}, 400),
    ("POST", "/officers/invitations?dry_run=yes", {"role": "audit"}, 400),
    ("GET", "/drafts/999", None, 404),
    ("POST", "/officers/nobody/dismiss", {}, 404),
]


@pytest.mark.parametrize("storage_urls", ["sqlite"], indirect=True)
def test_what_does_not_fit_is_a_problem_that_says_why(with_apps: Installation) -> None:
    """M06, M08. Mutations: an unknown member is passed over; a member of the path may stand in the body."""
    system = api(with_apps, Role.SYSTEM)
    for method, path, body, status in BAD:
        answer = system(method, path, body)
        assert answer.status == status, (method, path, body, answer.body)
        if status >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json["detail"]
            assert answer.json["status"] == status
    typed = system.caller._call(
        "POST", "/api/v1/officers/invitations", {"HTTP_AUTHORIZATION": f"Bearer {system.token}"}, b"role=audit"
    )
    assert typed.status == 415


def test_pages_of_drafts_follow_each_other(with_apps: Installation) -> None:
    security = api(with_apps, Role.SECURITY)
    made = [security("POST", "/clients/automation/disable").json["draft_id"] for _ in range(5)]
    seen, before = [], ""
    for _ in itertools.count():
        page = security("GET", f"/drafts?limit=2{before}").json
        seen += [each["draft_id"] for each in page["drafts"]]
        if page["next"] is None:
            break
        before = f"&before={page['next']}"
    assert seen == made[::-1]


# ── the log, and the document ───────────────────────────────────────────────────────────────────────────────────────


def test_the_log_says_who_did_what(with_apps: Installation) -> None:
    """Mutations: the actor is left out; a secret stands in it."""
    from sqlalchemy import select

    from idp.storage.tables import events
    from tests.idp.storage.sql import engine_of
    from tests.plugins.private_servers import StorageUrls

    held = officer(with_apps, Role.SECURITY)
    security, system = api_of(held), api(with_apps, Role.SYSTEM)
    number = security("PUT", "/clients/fund", {"metadata": NEW_APP}, if_none_match="*").json["draft_id"]
    system("POST", f"/drafts/{number}/approve")
    storage = with_apps.settings.storage
    with engine_of(StorageUrls(storage.database, storage.ephemeral)).connect() as connection:
        rows = connection.execute(
            select(events.c.action, events.c.actor_id, events.c.data).where(events.c.actor_id.is_not(None))
        ).all()
    told = [(row.action, json.loads(row.data)) for row in rows]
    assert [action for action, _ in told] == ["draft.made", "operation.done", "draft.approved", "operation.done"]
    applied = told[1][1]
    assert (applied["operation"], applied["target"], applied["draft"], applied["proposed_by"]) == (
        "clients.save",
        "/clients/fund",
        number,
        held.account_id,
    )
    assert any("client_name" in line for line in applied["changes"])
    assert "s" * 40 not in str(told)


def test_the_document_tells_every_operation(with_apps: Installation) -> None:
    call = Api(api(with_apps, Role.SYSTEM).caller, "")
    document = call("GET", "/openapi.json").json
    told = {each["operationId"] for path in document["paths"].values() for each in path.values()}
    assert (document["openapi"], told) == ("3.1.1", set(OPERATIONS))
    assert AUDIENCE.startswith(document["servers"][0]["url"])
    references = set(_references(document))
    assert references <= {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "$ref":
                yield inner
            else:
                yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def test_the_api_is_written_down_once(installation: Installation, tmp_path: Path) -> None:
    register_apps(installation)
    register_apps(installation)
    with installation.services.begin() as unit_of_work:
        assert [each.client_id for each in unit_of_work.clients.all()] == ["api"]
