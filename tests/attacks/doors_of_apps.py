"""What apps do at each door to learn a number that they were not granted. Whoever adds a door adds its row."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, cast

from idp.model import release
from idp.model.client import TOKEN_EXCHANGE
from tests.attacks.apps_without_grant import ALL_SCOPES, ARCHIVE, CALLBACK, DESK, GRANTED, IMPLICIT, OF_PEOPLE
from tests.attacks.bench_of_numbers import NAME, NUMBER, OTHERS_NUMBER, Bench
from tests.specs.registering_app import allow

if TYPE_CHECKING:
    from tests.plugins.running_idp import RunningIdp

ACCESS = "urn:ietf:params:oauth:token-type:access_token"
JWT = "application/token-introspection+jwt"
Door = Callable[[Bench], None]
RESPONSE_MODES = ("query", "form_post", "query.jwt", "form_post.jwt", "jwt")


def _authorize(bench: Bench) -> None:
    """In each response mode and of each response type; with more scopes than are theirs as well."""
    for client_id in OF_PEOPLE:
        for response_mode in RESPONSE_MODES:
            bench.asks(client_id, response_mode=response_mode)
        bench.asks(client_id, scope=ALL_SCOPES)
        bench.asks(client_id, scope="openid", prompt="none", login_hint=NUMBER)
    for response_type in IMPLICIT:
        _, page = bench.asks("portal", response_type=response_type)
        assert {"id_token", "access_token"} & page.answer.keys(), page.address
        bench.asks("portal", response_type=response_type, response_mode="form_post")


def _push(bench: Bench) -> None:
    for client_id in OF_PEOPLE:
        asked = {"claims": '{"userinfo": {"cn_id_number": {"essential": true}}}', "redirect_uri": CALLBACK}
        for scope in ("openid", ALL_SCOPES):
            bench.party(client_id).post("/par", {**asked, "response_type": "code", "scope": scope})


def _token(bench: Bench) -> None:
    """Codes, refresh tokens with all scopes and without, exchanged tokens, and those of apps themselves."""
    for client_id in OF_PEOPLE:
        party, token = bench.party(client_id), bench.tokens(client_id)["refresh_token"] if client_id != "portal" else ""
        for scope in (None, ALL_SCOPES):
            refreshed = party.refresh(token, {"scope": scope})
            token = refreshed.json().get("refresh_token", token) if refreshed.status_code == 200 else token
    for client_id in ("at-the-desk", GRANTED):
        for audience in (ARCHIVE, None):
            subject = _token_for_the_desk(bench, client_id)
            asked = {"grant_type": TOKEN_EXCHANGE, "subject_token": subject, "subject_token_type": ACCESS}
            target = {} if audience is None else {"resource": audience}
            bench.party("desk").at_token_endpoint({**asked, **target, "scope": "archive:read"})
            bench.party("desk").at_token_endpoint({**asked, **target, "scope": "openid id_number"})
    bench.party("archive").at_token_endpoint({"grant_type": "client_credentials", "scope": "id_number"})
    bench.party("archive").at_token_endpoint({"grant_type": "client_credentials"})


def _userinfo(bench: Bench) -> None:
    for client_id in OF_PEOPLE:
        http, token = bench.http(client_id), bench.tokens(client_id)["access_token"]
        bearer = {"Authorization": f"Bearer {token}"}
        for media_type in ("application/json", "application/jwt", "*/*"):
            http.get("/userinfo", headers={**bearer, "Accept": media_type})
        http.post("/userinfo", data={"access_token": token})
        http.get("/userinfo?claims=cn_id_number&schema=openid&scope=id_number", headers=bearer)
    for token in ("", "x", bench.tokens("bare")["id_token"]):
        bench.http("bare").get("/userinfo", headers={"Authorization": f"Bearer {token}"})


def _id_match(bench: Bench) -> None:
    """The number itself comes back in no answer; whoever holds no licence gets the same for any number."""
    for client_id in OF_PEOPLE:
        bearer = {"Authorization": f"Bearer {bench.tokens(client_id)['access_token']}"}
        answers = [
            bench.http(client_id).post("/id_match", headers=bearer, data={"number": number, "name": NAME})
            for number in (NUMBER, OTHERS_NUMBER)
        ]
        assert len({answer.text for answer in answers}) == (2 if client_id == "unasked" else 1)


def _introspect(bench: Bench) -> None:
    """By the app itself, and by the resource that it shows its token to, though its tokens could tell elsewhere."""
    shown = [(client_id, bench.tokens(client_id)["access_token"]) for client_id in OF_PEOPLE]
    shown += [("desk", _token_for_the_desk(bench, each)) for each in ("at-the-desk", GRANTED)]
    shown += [("archive", bench.tokens("bare")["access_token"])]
    for client_id, token in shown:
        party = bench.party(client_id)
        party.post("/introspect", {"token": token})
        body = {"token": token, "client_id": client_id, "client_secret": party.metadata["client_secret"]}
        party.http.post("/introspect", data=body, headers={"Accept": JWT})


def _revoke(bench: Bench) -> None:
    for client_id in OF_PEOPLE:
        token = bench.visit(client_id)["access_token"]
        bench.party(client_id).post("/revoke", {"token": token})
        bench.party(client_id).userinfo(token)
        bench.party(client_id).post("/introspect", {"token": token})


def _register(bench: Bench) -> None:
    """An app that registers itself wants a licence of its own making."""
    bearer = {"Authorization": f"Bearer {allow(cast('RunningIdp', bench))['token']}"}
    wanted = {"client_name": "App", "redirect_uris": [CALLBACK], "scope": ALL_SCOPES}
    for changes in ({}, {"licences": {"id_number": {"en": "Because"}, "id_match": {"en": "Because"}}}):
        told = bench.http("bare").post("/clients", json={**wanted, **changes}, headers=bearer).json()
        assert "licences" not in told
        assert release.LICENSED.isdisjoint(told["scope"].split())


def _configure(bench: Bench) -> None:
    """It changes what it registered."""
    bearer = {"Authorization": f"Bearer {allow(cast('RunningIdp', bench))['token']}"}
    wanted = {"client_name": "App", "redirect_uris": [CALLBACK], "scope": "openid profile"}
    http = bench.http("bare")
    told = http.post("/clients", json=wanted, headers=bearer).json()
    own = {"Authorization": f"Bearer {told['registration_access_token']}"}
    path = f"/clients/{told['client_id']}"
    http.get(path, headers=own)
    changed = {
        "client_id": told["client_id"],
        **wanted,
        "scope": ALL_SCOPES,
        "licences": {"id_number": {"en": "Because"}},
    }
    assert release.LICENSED.isdisjoint(http.put(path, json=changed, headers=own).json()["scope"].split())
    http.get("/clients/unasked", headers=own)


def _sign_out(bench: Bench) -> None:
    hints = {client_id: bench.tokens(client_id)["id_token"] for client_id in OF_PEOPLE}
    for client_id, hint in hints.items():
        http = bench.http(client_id)
        http.cookies.update(bench.browser.http.cookies)
        http.get("/logout", params={"id_token_hint": hint, "client_id": client_id})
        http.post("/logout", data={"id_token_hint": hint, "client_id": client_id})


def _officers_api(bench: Bench) -> None:
    """By a token of an app."""
    bearer = {"Authorization": f"Bearer {bench.tokens('generous')['access_token']}"}
    http, person = bench.http("bare"), bench.person.uid
    for path in (f"/people/{person}", f"/people/{person}/evidence", "/events", "/openapi.json"):
        http.get(f"/api/v1{path}", headers=bearer)
    http.post("/api/v1/people:find", headers=bearer, json={"identifier": NUMBER})
    http.post("/api/v1/people:search", headers=bearer, json={"name": NAME, "birth_year": 1976})
    http.post(f"/api/v1/people/{person}/reveal", headers=bearer, json={"member": "citizen_id", "why": "x"})


def _reports(bench: Bench) -> None:
    bench.http("bare").post("/carriers/sms_http/reports", json=[{"id": NUMBER, "status": "delivered"}])


def _gets(*paths: str) -> Door:
    def get(bench: Bench) -> None:
        for path in paths:
            bench.http("bare").get(path, headers={"Authorization": f"Bearer {bench.tokens('bare')['access_token']}"})

    return get


def _again(bench: Bench) -> None:
    """The app opens the way of a sign-in by itself, and whatever handle it has seen."""
    for handle in ("nobody", bench.tokens("bare")["access_token"]):
        bench.http("bare").get(f"/authorize/{handle}")


def _token_for_the_desk(bench: Bench, client_id: str) -> str:
    tokens = bench.tokens(client_id) if client_id != GRANTED else bench.granted_at(DESK)
    return str(tokens["access_token"])


DOORS: Mapping[str, Door] = {
    "/authorize": _authorize,
    "/token": _token,
    "/par": _push,
    "/clients": _register,
    "/userinfo": _userinfo,
    "/id_match": _id_match,
    "/introspect": _introspect,
    "/revoke": _revoke,
    "/jwks": _gets("/jwks"),
    "/logout": _sign_out,
    "/signed-out": _gets("/signed-out"),
    "/carriers/sms_http/reports": _reports,
    "/.well-known/openid-configuration": _gets("/.well-known/openid-configuration"),
    "/.well-known/oauth-authorization-server": _gets("/.well-known/oauth-authorization-server"),
    "/.well-known/oauth-protected-resource/userinfo": _gets("/.well-known/oauth-protected-resource/userinfo"),
    "/.well-known/oauth-protected-resource/id_match": _gets("/.well-known/oauth-protected-resource/id_match"),
    "/.well-known/oauth-protected-resource/api/v1": _gets("/.well-known/oauth-protected-resource/api/v1"),
    "/authorize/<handle>": _again,
    "/clients/<handle>": _configure,
    "/logos/<handle>": _gets("/logos/x", f"/logos/{NUMBER[:6]}"),
    "/api/<handle>": _officers_api,
}
"""By the path that the front answers; below a path, `<handle>`."""
