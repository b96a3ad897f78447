"""RFC 8693, token exchange: what was given only shrinks, who acts stands in it; threats M01 to M03.

A person signs in to an app, the app calls the desk with the token it got, and the desk asks the archive for the person.
"""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from idp.clock import Instant
from idp.model.account import AccountStatus
from tests.idp.oauth.dpop_proofs import Prover, prover
from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.form_browser import FormBrowser
from tests.specs.pushing_party import PushingParty

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS = "urn:ietf:params:oauth:token-type:access_token"
SECRETS = {"token_endpoint_auth_method": "client_secret_basic", "jwks": None, "profile": "gov-standard"}
ARCHIVE, DESK = "https://archive.example", "https://desk.example"
NOBODY: dict[str, Any] = {"redirect_uris": [], "response_types": []}


def resource(name: str, **more: Any) -> dict[str, Any]:
    return {
        "client_id": name,
        "client_name": name,
        "client_secret": f"a-secret-of-the-{name}-with-enough-letters-in-it",
        "grant_types": ["client_credentials"],
        "resource": f"https://{name}.example",
        **SECRETS,
        **NOBODY,
        **more,
    }


def words(scope: str) -> dict[str, dict[str, str]]:
    return {scope: {"zh-CN": "读取", "en": "Read"}}


@pytest.fixture(scope="module")
def city(idp_sqlite: RunningIdp) -> Iterator[dict[str, PushingParty]]:
    """The app, the desk that acts for it, the archive, and another service."""
    with ExitStack() as parties:

        def new(**metadata: Any) -> PushingParty:
            return parties.enter_context(PushingParty(idp_sqlite, **metadata))

        scope = "file:read file:write archive:read"
        found = {
            "archive": new(**resource("archive", resource_scope=words("archive:read"), scope="")),
            "vault": new(**resource("vault", resource_scope=words("vault:read"), scope="")),
            "desk": new(
                **resource(
                    "desk",
                    resource_scope={**words("file:read"), **words("file:write")},
                    scope="archive:read file:read vault:read",
                    grant_types=[EXCHANGE],
                    exchange_audiences=[ARCHIVE, "https://vault.example"],
                    access_token_format="jwt",
                )
            ),
            "other": new(
                **resource(
                    "other",
                    scope="archive:read",
                    grant_types=[EXCHANGE],
                    exchange_audiences=[ARCHIVE],
                    resource=DESK + "/2",
                )
            ),
            "app": new(
                client_id="app-of-exchange",
                client_secret="a-secret-of-the-app-with-enough-letters-in-it",
                scope=f"openid {scope}",
                audience=DESK,
                may_act="desk",
                **SECRETS,
            ),
        }
        yield found


@pytest.fixture(scope="module")
def somebody(idp_sqlite: RunningIdp) -> Person:
    return idp_sqlite.new_person()


@pytest.fixture
def token(city: dict[str, PushingParty], somebody: Person) -> str:
    """What the app got, and sends to the desk."""
    app = city["app"]
    with FormBrowser(app.issuer) as browser:
        question = app.ask({"scope": "openid file:read archive:read"})
        return str(app.tokens(browser.go_through(question.address, somebody), question)["access_token"])


def exchange(party: PushingParty, subject: str, **changes: str | None) -> httpx.Response:
    fields: dict[str, str | None] = {
        "grant_type": EXCHANGE,
        "subject_token": subject,
        "subject_token_type": ACCESS,
        "audience": ARCHIVE,
        **changes,
    }
    body = {name: value for name, value in fields.items() if value is not None}
    return party.http.post(f"{party.issuer}/token", data=body, headers=party.basic)


def told(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


def introspected(party: PushingParty, token: str) -> dict[str, Any]:
    answer = party.http.post(f"{party.issuer}/introspect", data={"token": token}, headers=party.basic)
    found: dict[str, Any] = answer.json()
    return found


def test_the_desk_acts_for_the_person_at_the_archive(city: dict[str, PushingParty], token: str) -> None:
    """§2.2.1, §4.1. Mutations: no `act`; the `sub` of another sector; a token of another family."""
    answer = exchange(city["desk"], token)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["issued_token_type"], body["token_type"], body["scope"]) == (ACCESS, "Bearer", "archive:read")
    assert "refresh_token" not in body
    assert "id_token" not in body
    claims = told(body["access_token"])
    assert (claims["aud"], claims["client_id"], claims["act"]) == (
        ARCHIVE,
        "desk",
        {"client_id": "desk", "sub": "desk"},
    )
    at_archive = introspected(city["archive"], body["access_token"])
    assert (at_archive["active"], at_archive["sub"], at_archive["act"]["client_id"]) == (True, claims["sub"], "desk")
    subject = introspected(city["app"], token)
    assert subject["sub"] != claims["sub"], "each resource has its own sector"
    assert claims["exp"] <= subject["exp"]
    assert city["desk"].userinfo(body["access_token"]).status_code == 401


REFUSALS: dict[str, tuple[dict[str, str | None], str]] = {
    "no subject": ({"subject_token": None}, "invalid_request"),
    "an empty subject": ({"subject_token": ""}, "invalid_request"),
    "garbage": ({"subject_token": "garbage"}, "invalid_request"),
    "no type": ({"subject_token_type": None}, "invalid_request"),
    "an id_token's type": ({"subject_token_type": "urn:ietf:params:oauth:token-type:id_token"}, "invalid_request"),
    "a refresh token wanted": (
        {"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"},
        "invalid_request",
    ),
    "an id_token wanted": ({"requested_token_type": "urn:ietf:params:oauth:token-type:id_token"}, "invalid_request"),
    "a wider scope": ({"scope": "archive:read vault:read"}, "invalid_scope"),
    "a scope that the archive does not know": ({"scope": "file:read"}, "invalid_scope"),
    "no audience": ({"audience": None}, "invalid_target"),
    "another audience": ({"audience": DESK}, "invalid_target"),
    "an unknown audience": ({"audience": "https://evil.test"}, "invalid_target"),
    "two audiences": ({"resource": DESK}, "invalid_target"),
    "the officers' API": ({"audience": "urn:yizheng:officers"}, "invalid_target"),
    "nothing in common": ({"audience": "https://vault.example"}, "invalid_scope"),
    "an actor without a type": ({"actor_token": "x"}, "invalid_request"),
    "a type without an actor": ({"actor_token_type": ACCESS}, "invalid_request"),
    "a dead actor": ({"actor_token": "x", "actor_token_type": ACCESS}, "invalid_request"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_nothing_grows(city: dict[str, PushingParty], token: str, name: str) -> None:
    """M01, M02: an error, never somebody else's identity. Mutation: one line of `_scope`, `_target` or `_token`."""
    changes, error = REFUSALS[name]
    answer = exchange(city["desk"], token, **changes)
    assert (answer.status_code, answer.json()["error"]) == (400, error), name


def test_only_whom_the_app_lets_act_may(city: dict[str, PushingParty], token: str, somebody: Person) -> None:
    """§4.4, M03. Mutations: any resource; any client that has the token; a client without the grant."""
    assert exchange(city["other"], token).json()["error"] == "invalid_request"
    assert exchange(city["archive"], token).json()["error"] == "unauthorized_client"
    assert exchange(city["app"], token).json()["error"] == "unauthorized_client"


def test_who_acts_for_itself_speaks_for_nobody(city: dict[str, PushingParty]) -> None:
    """M01, CVE-2026-9704: a machine's token is no person."""
    machine = city["archive"]
    own = machine.http.post(
        f"{machine.issuer}/token", data={"grant_type": "client_credentials"}, headers=machine.basic
    ).json()["access_token"]
    assert exchange(city["desk"], own).json()["error"] == "invalid_request"


def test_a_bound_token_is_exchanged_by_its_holder(city: dict[str, PushingParty], token: str) -> None:
    """Mutations: a bearer token for a bound one; any proof for one's own token."""
    desk = city["desk"]
    fields = {"grant_type": EXCHANGE, "subject_token": token, "subject_token_type": ACCESS, "audience": ARCHIVE}
    address = f"{desk.issuer}/token"

    def come(subject: str, by: Prover | None) -> httpx.Response:
        headers = {} if by is None else {"DPoP": by.proof("POST", address)}
        return desk.http.post(address, data={**fields, "subject_token": subject}, headers={**headers, **desk.basic})

    bound = come(token, desk.prover).json()
    assert (bound["token_type"], told(bound["access_token"])["cnf"]) == ("DPoP", {"jkt": desk.prover.jkt})
    assert come(bound["access_token"], None).json()["error"] == "invalid_request"
    assert come(bound["access_token"], prover(kid="thief")).json()["error"] == "invalid_request"
    assert come(bound["access_token"], desk.prover).status_code == 200


def test_a_chain_ends_after_two(idp_sqlite: RunningIdp, city: dict[str, PushingParty], token: str) -> None:
    """Mutation: no end. Whoever was exchanged to may go on once, by the same rules."""
    first = exchange(city["desk"], token).json()["access_token"]
    second = exchange(city["desk"], first)
    assert second.status_code == 200
    act = told(second.json()["access_token"])["act"]
    assert act == {"client_id": "desk", "sub": "desk", "act": {"client_id": "desk"}}
    assert exchange(city["desk"], second.json()["access_token"]).json()["error"] == "invalid_request"


def test_an_actor_speaks_for_nobody_else(city: dict[str, PushingParty], token: str) -> None:
    """§4.1: through whom an actor acts would be forgotten. Mutation: the chain of the actor_token is not looked at."""
    through = exchange(city["desk"], token).json()["access_token"]
    answer = exchange(city["desk"], token, actor_token=through, actor_token_type=ACCESS)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("form", ["opaque", "jwt"])
def test_a_token_tells_who_may_act_with_it(
    idp_sqlite: RunningIdp, city: dict[str, PushingParty], somebody: Person, form: str
) -> None:
    """§4.4."""
    own: dict[str, Any] = {
        "client_id": f"app-of-exchange-{form}",
        "client_secret": "a-secret-of-the-app-with-enough-letters-in-it",
        "scope": "openid file:read",
        "audience": DESK,
        "may_act": "desk",
        "access_token_format": form,
    }
    with PushingParty(idp_sqlite, **{**SECRETS, **own}) as app, FormBrowser(app.issuer) as browser:
        question = app.ask({"scope": "openid file:read"})
        value = str(app.tokens(browser.go_through(question.address, somebody), question)["access_token"])
        expected = {"client_id": "desk", "sub": "desk"}
        assert introspected(city["desk"], value)["may_act"] == introspected(app, value)["may_act"] == expected
        if form == "jwt":
            assert told(value)["may_act"] == expected


def _freeze(idp: RunningIdp, person: Person, token: str, city: dict[str, PushingParty]) -> None:
    with idp.installation.services.begin() as unit_of_work:
        unit_of_work.accounts.move(person.account_id, AccountStatus.ACTIVE, AccountStatus.FROZEN)
        unit_of_work.commit()


def _close(idp: RunningIdp, person: Person, token: str, city: dict[str, PushingParty]) -> None:
    with idp.installation.services.begin() as unit_of_work:
        unit_of_work.accounts.move(person.account_id, AccountStatus.ACTIVE, AccountStatus.CLOSED)
        unit_of_work.commit()


def _sign_out(idp: RunningIdp, person: Person, token: str, city: dict[str, PushingParty]) -> None:
    services = idp.installation.services
    with services.begin() as unit_of_work:
        unit_of_work.authorizations.revoke_all(person.account_id, Instant(services.clock()))
        unit_of_work.commit()


def _call_back(idp: RunningIdp, person: Person, token: str, city: dict[str, PushingParty]) -> None:
    app = city["app"]
    app.http.post(f"{app.issuer}/revoke", data={"token": token}, headers=app.basic)


@pytest.mark.parametrize("end", [_freeze, _close, _sign_out, _call_back])
def test_whoever_may_have_no_tokens_gets_none_in_exchange(
    idp_sqlite: RunningIdp, city: dict[str, PushingParty], end: Callable[..., None]
) -> None:
    """Threats D03, J08: the one gate. Mutation: the exchange that does not ask it."""
    person = idp_sqlite.new_person()
    app = city["app"]
    with FormBrowser(app.issuer) as browser:
        question = app.ask({"scope": "openid file:read archive:read"})
        token = str(app.tokens(browser.go_through(question.address, person), question)["access_token"])
    before = exchange(city["desk"], token).json()["access_token"]
    end(idp_sqlite, person, token, city)
    assert exchange(city["desk"], token).json()["error"] == "invalid_request"
    if end is not _call_back:
        assert introspected(city["archive"], before) == {"active": False}, "it dies with its family"


def test_the_person_reads_that_somebody_acted(
    idp_sqlite: RunningIdp, city: dict[str, PushingParty], token: str, somebody: Person
) -> None:
    exchange(city["desk"], token)
    with FormBrowser(idp_sqlite.issuer) as browser:
        page = browser.sign_in(browser.get("/me/activity"), somebody)
        assert "代您去办了一步" in page.html
