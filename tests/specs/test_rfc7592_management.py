"""RFC 7592: an app reads, changes and ends its registration, by a token of its own that changes with it (threat E08)."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.plugins.running_idp import RunningIdp
from tests.specs.form_browser import FormBrowser
from tests.specs.key_publisher import publishing
from tests.specs.registering_app import METADATA, RegisteringApp, allow, as_metadata
from tests.specs.relying_party import RelyingParty
from tests.specs.test_rfc7591_registration import REFUSED


@pytest.fixture(scope="module")
def app(idp_sqlite: RunningIdp) -> Iterator[RegisteringApp]:
    with RegisteringApp(idp_sqlite, allow(idp_sqlite)["token"]) as app:
        yield app


def test_requirement_24_it_reads_what_is_registered(app: RegisteringApp) -> None:
    """§2.1. Mutation: the secret, which nobody knows, made up."""
    registered = app.register()
    told = app.manage("GET", registered)
    assert told.status_code == 200
    expected = {name: value for name, value in registered.items() if not name.startswith("client_secret")}
    assert told.json() == expected


def test_an_update_replaces_it_and_its_token(idp_sqlite: RunningIdp, app: RegisteringApp) -> None:
    """§2.2, §3. Mutations: what was left out kept; the old token good for ever; the secret lost."""
    registered = app.register(client_uri="https://department.example/", contacts=["a"])
    changed = as_metadata(registered, client_name="Another name", contacts=None)
    answer = app.manage("PUT", registered, changed)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["client_name"], told["client_uri"]) == ("Another name", "https://department.example/")
    assert "contacts" not in told
    assert "client_secret" not in told, "it stays"
    assert told["registration_access_token"] != registered["registration_access_token"]
    party = {**told, "client_secret": registered["client_secret"], "scope": "openid"}
    with RelyingParty(idp_sqlite, party) as app_of_party, FormBrowser(idp_sqlite.issuer) as browser:
        question = app_of_party.ask()
        app_of_party.tokens(browser.go_through(question.address, idp_sqlite.new_person()), question)


def test_the_token_of_before_is_dead_but_for_a_lost_answer(idp_sqlite: RunningIdp, app: RegisteringApp) -> None:
    """Within half a minute the app may ask again; afterwards it is refused. Mutation: it lives."""
    from dataclasses import replace

    from idp.clock import after

    registered = app.register()
    first = app.manage("PUT", registered, as_metadata(registered, client_name="One")).json()
    again = app.manage("PUT", registered, as_metadata(registered, client_name="One"))
    assert again.status_code == 200, "the answer to the first may have been lost"
    assert app.manage("GET", first).status_code in {200, 401}
    services = idp_sqlite.installation.services
    with services.begin() as unit_of_work:
        known = unit_of_work.registrations.get(registered["client_id"])
        assert known is not None
        assert unit_of_work.registrations.rotate(known, replace(known, rotated_at=after(services.clock(), -31)))
        unit_of_work.commit()
    assert app.manage("GET", registered).status_code == 401
    assert app.manage("GET", again.json()).status_code == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_token_manages_its_own_app_alone(app: RegisteringApp, method: str) -> None:
    """Threat E08. Mutation: any living token."""
    one, other = app.register(), app.register()
    metadata = as_metadata(one) if method == "PUT" else None
    for token in (other["registration_access_token"], app.token, "x"):
        refused = app.manage(method, one, metadata, token)
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")
    unknown = {**one, "registration_client_uri": f"{app.endpoint}/nobody"}
    refused = app.manage(method, unknown, metadata)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token"), (
        "nobody learns which apps there are"
    )
    assert app.manage("GET", one).status_code == 200


def test_apps_of_officers_are_managed_by_nobody_else(idp_sqlite: RunningIdp, app: RegisteringApp) -> None:
    registered = app.register()
    for client_id in ("licence-library", "account", "console", "api"):
        there = {**registered, "registration_client_uri": f"{app.endpoint}/{client_id}"}
        assert app.manage("DELETE", there).status_code == 401


@pytest.mark.parametrize(("changes", "error"), REFUSED, ids=[str(changes)[:60] for changes, _ in REFUSED])
def test_an_update_is_held_to_the_same_rules(app: RegisteringApp, changes: dict[str, Any], error: str) -> None:
    """Threat E08: registration passes, then the update swaps the address."""
    registered = app.register()
    answer = app.manage("PUT", registered, {**as_metadata(registered), **changes})
    assert (answer.status_code, answer.json()["error"]) == (400, error), answer.text
    assert app.manage("GET", registered).json()["redirect_uris"] == METADATA["redirect_uris"]


def test_an_update_widens_nothing(idp_sqlite: RunningIdp, app: RegisteringApp) -> None:
    """Mutations: the bound of the first registration forgotten; a level lowered, a profile loosened by the app itself."""
    registered = app.register()
    wider = as_metadata(registered, scope="openid profile email", profile="legacy", level=0, asks_consent=False)
    told = app.manage("PUT", registered, wider).json()
    assert (told["scope"], told["profile"], told["level"], told["asks_consent"]) == (
        "openid profile",
        "gov-standard",
        1,
        True,
    )


def test_what_officers_approved_is_not_lost_by_the_next_update(idp_sqlite: RunningIdp, app: RegisteringApp) -> None:
    """Mutation: the update put what the token allows in the place of what officers gave."""
    from admin.approvals import approve
    from admin.operation import Actor, Desk
    from admin.operations import OPERATIONS
    from idp.model.office import Role

    registered = app.register(scope="openid email")
    services = idp_sqlite.installation.services
    with services.begin() as unit_of_work:
        draft = unit_of_work.drafts.get(registered["draft"])
        assert draft is not None
        now = services.clock()
        officer = Actor(via="console", role=Role.SECURITY, account_id=1, auth_time=now)
        desk = Desk(services=services, unit_of_work=unit_of_work, actor=officer, at=now)
        approve(desk, OPERATIONS[draft.operation], draft)
        unit_of_work.commit()
    told = app.manage("GET", registered).json()
    assert told["scope"] == "openid email"
    again = app.manage("PUT", registered, as_metadata(told, client_name="Another"))
    assert (again.json()["scope"], "draft" in again.json()) == ("openid email", False)
    party = {**again.json(), "client_secret": registered["client_secret"]}
    with RelyingParty(idp_sqlite, party) as rp:
        basic = rp.http.post(
            f"{rp.issuer}/token", data={"grant_type": "authorization_code", "code": "x"}, headers=rp.basic
        )
        assert basic.json()["error"] == "invalid_grant", "its secret is still its secret"


def test_people_stay_the_same_people(idp_sqlite: RunningIdp, app: RegisteringApp) -> None:
    """OpenID Connect Core §8.1, Registration §5: whose host the sector is says where it moved to, in a list.

    Mutation: it moves by its own word; then it knows the people of an app whose host it had named at first.
    """
    port = idp_sqlite.receivers.pop()
    try:
        with publishing(port) as publisher:
            registered = app.register(redirect_uris=["https://new.example/a"])
            other = as_metadata(registered, redirect_uris=["https://other.example/cb"])
            assert app.manage("PUT", registered, other).json()["error"] == "invalid_client_metadata"
            assert app.manage(
                "PUT", registered, as_metadata(registered, redirect_uris=["https://new.example/b"])
            ).is_success
            addresses = ["https://one.example/cb", "https://two.example/cb"]
            publisher.text = f'["{addresses[0]}", "{addresses[1]}"]'
            listed = app.register(redirect_uris=addresses[:1], sector_identifier_uri=publisher.jwks_uri)
            moved = app.manage("PUT", listed, as_metadata(listed, redirect_uris=addresses))
            assert moved.status_code == 200, moved.text
            assert _sector(idp_sqlite, listed) == "127.0.0.1"
            away = as_metadata(moved.json(), redirect_uris=["https://evil.example/cb"], sector_identifier_uri=None)
            assert app.manage("PUT", moved.json(), away).json()["error"] == "invalid_client_metadata"
    finally:
        idp_sqlite.receivers.append(port)


@pytest.mark.parametrize("address", ["http://127.0.0.1/cb", "http://localhost/cb", "com.example.department:/cb"])
def test_what_everybody_may_name_is_nobodys_sector(idp_sqlite: RunningIdp, app: RegisteringApp, address: str) -> None:
    """Two apps at the loopback, or with one scheme, share no `sub`. Mutation: the address is the sector."""
    wanted: dict[str, Any] = {"redirect_uris": [address], "application_type": "native"}
    one, other = app.register(**wanted), app.register(**wanted)
    assert _sector(idp_sqlite, one) == one["client_id"] != _sector(idp_sqlite, other)
    moved = as_metadata(one, redirect_uris=["com.example.moved:/cb"])
    assert app.manage("PUT", one, moved).status_code == 200, "nobody else is in it"


def _sector(idp: RunningIdp, registered: dict[str, Any]) -> str:
    with idp.installation.services.begin() as unit_of_work:
        client = unit_of_work.clients.get(registered["client_id"])
    assert client is not None
    return client.sector


def test_what_officers_took_back_stays_taken(idp_sqlite: RunningIdp, app: RegisteringApp) -> None:
    """Threat E08. Mutation: the initial access token's scope counts at each update, also one that officers ended."""
    from dataclasses import replace

    registered = app.register(scope="openid profile")
    services = idp_sqlite.installation.services
    with services.begin() as unit_of_work:
        client = unit_of_work.clients.get(registered["client_id"])
        assert client is not None
        unit_of_work.clients.save(replace(client, scope=("openid",)), services.clock())
        unit_of_work.commit()
    for scope in ("openid profile", None):
        answer = app.manage("PUT", registered, as_metadata(registered, scope=scope))
        assert answer.json()["scope"] == "openid"
        registered = answer.json()


def test_another_method_brings_a_secret_or_ends_one(app: RegisteringApp) -> None:
    """Mutation: a secret that signs made out of one of which nobody knows more than a digest."""
    registered = app.register(token_endpoint_auth_method="none")
    basic = app.manage(
        "PUT", registered, as_metadata(registered, token_endpoint_auth_method="client_secret_basic")
    ).json()
    assert (len(basic["client_secret"]) >= 43, basic["client_secret_expires_at"]) == (True, 0)
    signing = app.manage("PUT", basic, as_metadata(basic, token_endpoint_auth_method="client_secret_jwt")).json()
    assert signing["client_secret"] != basic["client_secret"]
    assert "client_secret" not in app.manage("PUT", signing, as_metadata(signing, client_secret=None)).json()


def test_client_id_and_secret_come_back_as_they_were(app: RegisteringApp) -> None:
    """§2.2. Mutation: a secret of the app's own choice taken."""
    registered = app.register()
    for wrong in ({"client_id": "another"}, {"client_secret": "y" * 43}, {"client_secret": 1}):
        answer = app.manage("PUT", registered, {**as_metadata(registered), **wrong})
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")


def test_requirement_24_a_deleted_app_is_dead(idp_sqlite: RunningIdp, app: RegisteringApp) -> None:
    """§2.3. Mutations: its tokens live; its token still manages it; the client_id free for another."""
    registered = app.register(scope="openid")
    with RelyingParty(idp_sqlite, registered) as party, FormBrowser(idp_sqlite.issuer) as browser:
        question = party.ask()
        tokens = party.tokens(browser.go_through(question.address, idp_sqlite.new_person()), question)
        assert party.userinfo(tokens["access_token"]).status_code == 200
        answer = app.manage("DELETE", registered)
        assert (answer.status_code, answer.content) == (204, b"")
        assert party.userinfo(tokens["access_token"]).status_code == 401
        assert party.refresh(tokens["refresh_token"]).json()["error"] == "invalid_client"
        assert browser.get(party.ask().address).error == "invalid_request"
    for method in ("GET", "PUT", "DELETE"):
        assert app.manage(method, registered, as_metadata(registered)).status_code == 401


def test_an_app_that_officers_stopped_does_not_start_itself(idp_sqlite: RunningIdp, app: RegisteringApp) -> None:
    """Mutation: an update makes it active."""
    from idp.registration.status import disable

    registered = app.register()
    services = idp_sqlite.installation.services
    with services.begin() as unit_of_work:
        disable(unit_of_work, registered["client_id"], services.clock())
        unit_of_work.commit()
    refused = app.manage("PUT", registered, as_metadata(registered))
    assert (refused.status_code, refused.json()["error"]) == (403, "access_denied")


def test_other_methods_are_named(app: RegisteringApp) -> None:
    registered = app.register()
    answer = app.manage("POST", registered, as_metadata(registered))
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, PUT, DELETE")
