"""RFC 7591 and OpenID Connect Registration: an app registers itself, within what officers allowed it (requirements 24 to 26)."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from idp.errors import Refused
from tests.plugins.running_idp import RunningIdp
from tests.specs.form_browser import FormBrowser
from tests.specs.key_publisher import publishing
from tests.specs.registering_app import METADATA, RegisteringApp, allow, as_metadata
from tests.specs.relying_party import RelyingParty


@pytest.fixture(scope="module")
def app(idp_sqlite: RunningIdp) -> Iterator[RegisteringApp]:
    with RegisteringApp(idp_sqlite, allow(idp_sqlite)["token"]) as app:
        yield app


def test_requirement_24_what_was_registered_signs_people_in(idp_sqlite: RunningIdp, app: RegisteringApp) -> None:
    """§3.2.1. Mutations: no secret told; metadata not told back; the app unknown to the one door."""
    told = app.register(contacts=["it@department.example"])
    assert told["client_secret_expires_at"] == 0
    assert told["client_id_issued_at"] <= time.time()
    assert told["registration_client_uri"] == f"{app.endpoint}/{told['client_id']}"
    assert len(told["registration_access_token"]) >= 43
    assert {name: told[name] for name in METADATA} == METADATA
    assert (told["contacts"], told["subject_type"]) == (["it@department.example"], "pairwise")
    with RelyingParty(idp_sqlite, {**told, "scope": "openid"}) as party, FormBrowser(idp_sqlite.issuer) as browser:
        question = party.ask()
        page = browser.go_through(question.address, idp_sqlite.new_person())
        tokens = party.tokens(page, question)
        assert party.read(tokens["id_token"])[1]["aud"] == told["client_id"]


def test_answers_are_kept_by_no_cache(app: RegisteringApp) -> None:
    answer = app.post(METADATA)
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("token", ["", "x", "1.x", "999999.abc", "1." + "x" * 200, "é"])
def test_without_an_initial_access_token_nobody_registers(app: RegisteringApp, token: str) -> None:
    """§3: ours is no open registration. Mutations: a missing token let through; its secret not compared."""
    headers = [(b"Authorization", b"Bearer " + token.encode())] if token else []
    answer = app.http.post(app.endpoint, json=METADATA, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")
    assert answer.headers["www-authenticate"].startswith("Bearer ")


def test_a_token_registers_so_many_apps_and_only_in_its_time(idp_sqlite: RunningIdp, app: RegisteringApp) -> None:
    """Mutations: not counted; counted for what was refused; good after officers took it back."""
    from admin.operation import Actor
    from admin.operations.initial_access_tokens import END, OneToken
    from admin.perform import perform

    two = allow(idp_sqlite, max_clients=2)
    assert app.post(METADATA, two["token"], redirect_uris=["https://a.example/#x"]).status_code == 400
    assert [app.post(METADATA, two["token"]).status_code for _ in range(3)] == [201, 201, 401]
    taken = allow(idp_sqlite)
    perform(idp_sqlite.installation.services, END, OneToken(token_id=taken["token_id"]), Actor(via="cli"))
    assert app.post(METADATA, taken["token"]).status_code == 401


def test_parallel_registrations_are_counted_one_by_one(idp_server: RunningIdp) -> None:
    """Mutation: read, compared and written in three steps."""
    from concurrent.futures import ThreadPoolExecutor

    three = allow(idp_server, max_clients=3)["token"]
    with RegisteringApp(idp_server, three) as app, ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: app.post(METADATA).status_code, range(8)))
    assert sorted(statuses) == [201] * 3 + [401] * 5


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"redirect_uris": ["https://a.example/cb#fragment"]}, "invalid_redirect_uri"),
    ({"redirect_uris": ["javascript://a.example/%0aalert(1)"]}, "invalid_redirect_uri"),
    ({"redirect_uris": ["JaVaScRiPt:alert(1)"]}, "invalid_redirect_uri"),
    ({"redirect_uris": ["http://a.example/cb"]}, "invalid_redirect_uri"),
    ({"redirect_uris": ["https://*.example/cb"]}, "invalid_redirect_uri"),
    ({"redirect_uris": [1]}, "invalid_redirect_uri"),
    ({"redirect_uris": "https://a.example/cb"}, "invalid_redirect_uri"),
    ({"redirect_uris": []}, "invalid_redirect_uri"),
    ({"redirect_uris": ["https://a.example/cb", "https://b.example/cb"]}, "invalid_client_metadata"),
    ({"grant_types": 5}, "invalid_client_metadata"),
    ({"grant_types": ["password"]}, "invalid_client_metadata"),
    ({"grant_types": ["implicit"], "response_types": ["id_token"]}, "invalid_client_metadata"),
    ({"response_types": ["token"]}, "invalid_client_metadata"),
    ({"response_types": ["code id_token"]}, "invalid_client_metadata"),
    ({"client_name": {}}, "invalid_client_metadata"),
    ({"client_name": "a\u202eb"}, "invalid_client_metadata"),
    ({"token_endpoint_auth_method": "private_key_jwt"}, "invalid_client_metadata"),
    ({"token_endpoint_auth_method": "magic"}, "invalid_client_metadata"),
    ({"token_endpoint_auth_method": ["client_secret_basic"]}, "invalid_client_metadata"),
    ({"id_token_signed_response_alg": "none"}, "invalid_client_metadata"),
    ({"id_token_signed_response_alg": "HS256"}, "invalid_client_metadata"),
    ({"jwks": {"keys": [{"kty": "oct", "k": "eA"}]}}, "invalid_client_metadata"),
    ({"jwks_uri": "https://a.example/jwks", "jwks": {"keys": []}}, "invalid_client_metadata"),
    ({"jwks_uri": "file:///etc/passwd"}, "invalid_client_metadata"),
    ({"initiate_login_uri": "http://a.example/login"}, "invalid_client_metadata"),
    ({"logo_uri": "http://169.254.169.254/latest"}, "invalid_client_metadata"),
    ({"logo_uri": "https://127.0.0.1/logo.png"}, "invalid_client_metadata"),
    ({"policy_uri": "javascript:alert(1)"}, "invalid_client_metadata"),
    ({"tos_uri": "data:text/html,x"}, "invalid_client_metadata"),
    ({"subject_type": "secret"}, "invalid_client_metadata"),
    ({"subject_type": {}}, "invalid_client_metadata"),
    ({"sector_identifier_uri": "https://127.0.0.1/list"}, "invalid_client_metadata"),
    ({"contacts": ["x"] * 9}, "invalid_client_metadata"),
    ({"request_uris": ["https://a.example/\u0000"]}, "invalid_client_metadata"),
]


@pytest.mark.parametrize(("changes", "error"), REFUSED, ids=[str(changes)[:60] for changes, _ in REFUSED])
def test_requirement_25_what_is_wrong_is_refused_and_nothing_is_registered(
    idp_sqlite: RunningIdp, app: RegisteringApp, changes: dict[str, Any], error: str
) -> None:
    """§3.2.2 (threats E08, N01). Mutation: the validator of `idp client import` not asked."""
    services = idp_sqlite.installation.services
    with services.begin() as unit_of_work:
        before = unit_of_work.clients.version()
    answer = app.post(METADATA, **changes)
    assert (answer.status_code, answer.json()["error"]) == (400, error), answer.text
    with services.begin() as unit_of_work:
        assert unit_of_work.clients.version() == before


@pytest.mark.parametrize("body", [b"", b"[1]", b"1", b"{", b'{"a":' * 50_000, b"\xff", b"null", b'"x"'])
def test_what_is_no_object_is_refused(app: RegisteringApp, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {app.token}", "Content-Type": "application/json"}
    last = {**headers, "Connection": "close"}  # who sends too much is answered, and cut off
    answer = app.http.post(app.endpoint, content=body, headers=last)
    assert answer.status_code in {400, 413}, answer.text
    form = app.http.post(app.endpoint, data={"client_name": "x"}, headers={"Authorization": f"Bearer {app.token}"})
    assert (form.status_code, form.json()["error"]) == (400, "invalid_request")


def test_what_nobody_understands_is_passed_over(app: RegisteringApp) -> None:
    """§2. Mutations: unknown members refused; a client_id or secret of the app's own choice taken."""
    told = app.register(client_id="chosen", client_secret="x" * 40, shoe_size=43, **{"client_name#ja": "x"})
    assert "shoe_size" not in told
    assert told["client_id"] != "chosen"
    assert told["client_secret"] != "x" * 40


def test_defaults_are_those_of_the_standard(app: RegisteringApp) -> None:
    """§2: and without a scope, what officers allowed."""
    told = app.register(grant_types=None, token_endpoint_auth_method=None, scope=None, client_name=None)
    assert told["grant_types"] == ["authorization_code"]
    assert (told["response_types"], told["token_endpoint_auth_method"]) == (["code"], "client_secret_basic")
    assert (told["scope"], told["client_name"]) == ("openid profile phone", "department.example")


def test_requirement_20_nothing_is_unsigned(app: RegisteringApp) -> None:
    """`none` is registered by nobody, so that no id_token and no userinfo comes without a signature under it."""
    for member in ("id_token_signed_response_alg", "authorization_signed_response_alg", "request_object_signing_alg"):
        assert app.post(METADATA, **{member: "none"}).json()["error"] == "invalid_client_metadata"
    document = app.http.get(f"{app.issuer}/.well-known/openid-configuration").json()
    assert not any("none" in value for name, value in document.items() if "_alg_values_" in name)


def test_requirement_26_every_member_of_the_standard_is_told_back(app: RegisteringApp) -> None:
    """Mutation: stored, and not echoed."""
    members: dict[str, Any] = {
        "contacts": ["it@department.example"],
        "client_uri": "https://department.example/",
        "initiate_login_uri": "https://department.example/login",
        "post_logout_redirect_uris": ["https://department.example/bye"],
        "backchannel_logout_uri": "https://department.example/logout",
        "backchannel_logout_session_required": True,
        "id_token_signed_response_alg": "ES256",
        "request_object_signing_alg": "PS256",
        "jwks_uri": "https://department.example/jwks",
        "response_types": ["code"],
        "application_type": "web",
    }
    told = app.register(**members)
    assert {name: told[name] for name in members} == members


def test_a_public_app_gets_no_secret(app: RegisteringApp) -> None:
    """facts: libraries give one to `none` and to private_key_jwt."""
    assert "client_secret" not in app.register(token_endpoint_auth_method="none")


def test_what_exceeds_the_token_is_left_out_and_waits_for_officers(idp_sqlite: RunningIdp, app: RegisteringApp) -> None:
    """Mutations: a scope, a level or a role that officers did not allow; a draft for nothing; one for each repetition."""
    told = app.register(
        scope="openid profile email", level=0, asks_consent=False, api_role="security", signs_in_staff=True
    )
    assert told["scope"] == "openid profile"
    assert (told["level"], told["asks_consent"], told.get("api_role"), told.get("signs_in_staff")) == (
        1,
        True,
        None,
        None,
    )
    services = idp_sqlite.installation.services
    with services.begin() as unit_of_work:
        draft = unit_of_work.drafts.get(told["draft"])
    assert draft is not None
    assert (draft.operation, draft.target, draft.proposed_by) == ("clients.save", f"/clients/{told['client_id']}", None)
    assert any("scope" in change and "email" in change for change in draft.changes)
    assert not any("secret" in change for change in draft.changes)
    assert "draft" not in app.register(scope="profile openid")
    assert "draft" not in app.register(scope="openid unknown:right")


@pytest.mark.parametrize(
    "beside",
    [
        {"scope": "openid email unknown:right"},
        {"exchange_audiences": ["https://nobody.example/"]},
        {"resource_scope": {"unknown:right": {"en": "Read"}}},
    ],
)
def test_what_nobody_could_approve_takes_nothing_along(
    idp_sqlite: RunningIdp, app: RegisteringApp, beside: dict[str, Any]
) -> None:
    """Mutation: one impossible wish, and officers never hear of the others."""
    told = app.register(**{"scope": "openid email", **beside})
    with idp_sqlite.installation.services.begin() as unit_of_work:
        draft = unit_of_work.drafts.get(told["draft"])
    assert draft is not None
    assert any("scope" in change and "email" in change for change in draft.changes)
    assert not any("unknown" in change or "nobody.example" in change for change in draft.changes)


def test_no_token_allows_a_scope_that_nobody_knows(idp_sqlite: RunningIdp) -> None:
    """Mutation: the department learns of the officer's mistake."""
    with pytest.raises(Refused, match="nonsense"):
        allow(idp_sqlite, scope="openid nonsense")
    with pytest.raises(Refused, match="unknown:right"):
        allow(idp_sqlite, scope="openid unknown:right")


def test_an_app_gives_itself_no_licence(idp_sqlite: RunningIdp, app: RegisteringApp) -> None:
    """MISSION: a number only under a licence. Mutations: `licences` of the app's own; a scope that a token lets through."""
    with pytest.raises(Refused, match="id_number takes a licence"):
        allow(idp_sqlite, scope="openid id_number")
    words = {"en": "I say so"}
    wanted = {"scope": "openid profile id_number", "purpose": words, "licences": {"id_number": words}}
    told = app.register(**wanted)
    assert told["scope"] == "openid profile"
    assert not told.get("licences")
    services = idp_sqlite.installation.services
    with services.begin() as unit_of_work:
        draft, client = unit_of_work.drafts.get(told["draft"]), unit_of_work.clients.get(told["client_id"])
    assert client is not None
    assert not client.is_licensed("id_number")
    assert draft is not None
    assert any("licences" in change for change in draft.changes), "two officers decide"
    changed = app.manage("PUT", told, as_metadata(told, **wanted)).json()
    assert (changed["scope"], changed.get("licences")) == ("openid profile", None)


def test_requirement_26_registered_algorithms_hold(idp_sqlite: RunningIdp, app: RegisteringApp) -> None:
    """Requirement 26: what was registered is what comes."""
    told = app.register(id_token_signed_response_alg="ES256", scope="openid")
    with RelyingParty(idp_sqlite, told) as party, FormBrowser(idp_sqlite.issuer) as browser:
        question = party.ask()
        tokens = party.tokens(browser.go_through(question.address, idp_sqlite.new_person()), question)
        assert party.read(tokens["id_token"])[0]["alg"] == "ES256"


def test_requirement_25_a_sector_is_the_host_whose_list_names_the_redirect_uris(
    idp_sqlite: RunningIdp, app: RegisteringApp
) -> None:
    """OpenID Connect Registration §5 (requirement 25). Mutations: the list not read; one of two compared."""
    port = idp_sqlite.receivers.pop()
    addresses = ["https://one.example/cb", "https://two.example/cb"]
    try:
        with publishing(port) as publisher:
            publisher.text = f'["{addresses[0]}"]'
            wanted: dict[str, Any] = {"redirect_uris": addresses, "sector_identifier_uri": publisher.jwks_uri}
            refused = app.post(METADATA, **wanted)
            assert (refused.status_code, refused.json()["error"]) == (400, "invalid_client_metadata")
            publisher.text = f'["{addresses[1]}", "{addresses[0]}"]'
            told = app.register(**wanted)
            assert told["sector_identifier_uri"] == publisher.jwks_uri
            with idp_sqlite.installation.services.begin() as unit_of_work:
                client = unit_of_work.clients.get(told["client_id"])
            assert client is not None
            assert client.sector == "127.0.0.1"
            for wrong in ("{}", "x", "[1]", "[" * 5000):
                publisher.text = wrong
                assert app.post(METADATA, **wanted).status_code == 400
    finally:
        idp_sqlite.receivers.append(port)


def test_discovery_names_the_endpoint(app: RegisteringApp) -> None:
    """RFC 8414 §2."""
    document = app.http.get(f"{app.issuer}/.well-known/openid-configuration").json()
    assert document["registration_endpoint"] == app.endpoint
    assert app.http.get(app.endpoint).status_code == 405
