"""The pairs of `additions.py`: the same request without an addition and with it; who asks stands in `additions_apps.py`."""

import base64
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.benchmarks.additions_apps import ARCHIVE, KEY, RESOURCE
from tests.benchmarks.operations import CALLBACK, ISSUER, VERIFIER, Answer, Caller, Headers, basic
from tests.idp.oauth.assertions import form
from tests.idp.oauth.dpop_proofs import prover
from tests.specs.relying_party import s256

PROVER = prover()


@dataclass(frozen=True)
class Asked:
    """What is done: what the client computes, and what the server is then asked."""

    prepare: Callable[[], Any]
    do: Callable[[Any], object]


class Measured:
    """Asks the application; everything is looked at, so that no refusal is taken for a quick answer."""

    def __init__(self, caller: Caller, cookie: str, certificate: bytes) -> None:
        self._caller = caller
        self._cookie = {"HTTP_COOKIE": f"session={cookie}; browser=of-this-measurement"}
        self._basic = basic("by-secret")
        self.certificate = {"HTTP_CLIENT_CERT": f":{base64.b64encode(certificate).decode()}:"}

    def authorization(self, client_id: str = "by-secret", **changes: str) -> dict[str, str]:
        """The parameters of a request that nobody need be asked about."""
        asked = {
            "client_id": client_id,
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": "openid profile",
            "state": "af0ifjsldkj",
            "nonce": "n-0S6_WzA2Mj",
            "prompt": "none",
            "code_challenge": s256(VERIFIER),
            "code_challenge_method": "S256",
        }
        return {**asked, **changes}

    def code(self, parameters: Mapping[str, str]) -> dict[str, Any]:
        """A code, and the tokens for it."""
        return self.redeemed(self.answered(parameters), basic(parameters["client_id"]))

    def answered(self, parameters: Mapping[str, str]) -> str:
        """A code, however it is told."""
        answer = self._caller.get(f"/authorize?{urlencode(parameters)}", self._cookie)
        back = urlsplit(answer.headers["location"])
        told = {name: values[0] for name, values in parse_qs(back.query or back.fragment).items()}
        if "response" in told:
            payload = told["response"].split(".")[1]
            told = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return str(told["code"])

    def redeemed(self, code: str, headers: Headers, **more: str) -> dict[str, Any]:
        """The tokens for it."""
        body = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
        told = self.post("/token", {**body, **more}, headers)
        assert told["id_token"].count(".") >= 2, told
        return told

    def pushed(self, parameters: Mapping[str, str]) -> dict[str, Any]:
        """The same by a request that was pushed."""
        told = self.post("/par", parameters, self._basic, status=201)
        return self.code({"client_id": "by-secret", "request_uri": told["request_uri"]})

    def signed(self) -> dict[str, str]:
        """A request object."""
        now = int(time.time())
        claims = {**self.authorization(), "iss": "by-secret", "aud": ISSUER, "iat": now, "nbf": now, "exp": now + 300}
        head = {"alg": KEY.alg, "kid": KEY.kid, "typ": "oauth-authz-req+jwt"}
        return {"client_id": "by-secret", "request": KEY.sign(head, claims)}

    def machine(self, headers: Headers | None = None, **more: str) -> dict[str, Any]:
        """A token that a client gets for itself."""
        return self.post("/token", {"grant_type": "client_credentials", **more}, {**self._basic, **(headers or {})})

    def by_key(self, assertion: str) -> dict[str, Any]:
        """The same of one that signs."""
        return self.post("/token", {"grant_type": "client_credentials", **form(assertion)}, {})

    def by_certificate(self) -> dict[str, Any]:
        """The same of one that comes with its certificate."""
        body = {"grant_type": "client_credentials", "client_id": "by-certificate"}
        return self.post("/token", body, self.certificate)

    def exchanged(self, token: str) -> dict[str, Any]:
        """One that a resource gets for the next one."""
        body = {
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "subject_token": token,
            "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
            "audience": ARCHIVE,
        }
        return self.post("/token", body, basic("resource"))

    def assertion(self) -> str:
        """A client assertion."""
        return KEY.assertion("by-key", ISSUER, int(time.time()))

    def introspected(self, token: str, accept: str = "application/json") -> Answer:
        """What is known of a token."""
        answer = self._caller.post(
            "/introspect", {**self._basic, "HTTP_ACCEPT": accept}, urlencode({"token": token}).encode()
        )
        assert answer.status == 200, answer.body
        assert len(answer.body) > 100, answer.body
        return answer

    def userinfo(self, headers: Headers) -> None:
        """Who somebody is."""
        answer = self._caller.get("/userinfo", headers)
        assert answer.status == 200, (answer.body, answer.headers)

    def proof(self, method: str, path: str, token: str | None = None) -> Headers:
        """The header with a proof of possession."""
        return {"HTTP_DPOP": PROVER.proof(method, f"{ISSUER}{path}", None, token)}

    def post(self, path: str, body: Mapping[str, str], headers: Headers, status: int = 200) -> dict[str, Any]:
        """A form, and its answer."""
        answer = self._caller.post(path, headers, urlencode(body).encode())
        assert answer.status == status, (path, answer.status, answer.body)
        told: dict[str, Any] = answer.json
        return told


def asked_by(caller: Caller, cookie: str, certificate: bytes) -> Mapping[str, tuple[Asked, Asked]]:
    """Each addition: without it, and with it."""
    it = Measured(caller, cookie, certificate)
    return {**_at_the_door(it), **_of_clients(it), **_of_tokens(it)}


def _at_the_door(it: Measured) -> Mapping[str, tuple[Asked, Asked]]:
    """Additions to the authorization request and its answer."""
    plain = Asked(it.authorization, it.code)
    details = json.dumps([{"type": "matter", "identifier": "000172001000", "actions": ["view"]}])
    claims = json.dumps({"id_token": {"name": {"essential": True}}})

    def with_more(client_id: str = "by-secret", **more: str) -> Asked:
        return Asked(lambda: it.authorization(client_id, **more), it.code)

    return {
        "pushed request (RFC 9126), code round trip": (plain, Asked(it.authorization, it.pushed)),
        "signed request (RFC 9101), code round trip": (plain, Asked(it.signed, it.code)),
        "signed answer (JARM), code round trip": (plain, with_more(response_mode="jwt")),
        "resource (RFC 8707), code round trip": (plain, with_more(resource=RESOURCE)),
        "matter (RFC 9396), code round trip": (plain, with_more(authorization_details=details)),
        "claims parameter, code round trip": (plain, with_more(claims=claims)),
        "encrypted id_token (ECDH-ES), code round trip": (plain, with_more("id-token-encrypted")),
        "hybrid answer (`code id_token`), code round trip": (
            plain,
            with_more("hybrid", response_type="code id_token"),
        ),
    }


def _of_clients(it: Measured) -> Mapping[str, tuple[Asked, Asked]]:
    """Other ways by which a client proves who it is, and by which it gets tokens."""
    plain = Asked(dict, lambda _: it.machine())
    of_person = str(it.code(it.authorization("at-the-desk", scope="openid archive:read resource:read"))["access_token"])
    return {
        "private_key_jwt, client_credentials": (plain, Asked(it.assertion, it.by_key)),
        "mutual TLS (RFC 8705), client_credentials": (plain, Asked(dict, lambda _: it.by_certificate())),
        "proof of possession (RFC 9449), client_credentials": (
            plain,
            Asked(lambda: it.proof("POST", "/token"), it.machine),
        ),
        "token exchange (RFC 8693) beside client_credentials": (plain, Asked(dict, lambda _: it.exchanged(of_person))),
    }


def _of_tokens(it: Measured) -> Mapping[str, tuple[Asked, Asked]]:
    """Additions to what is told of a token and of its person."""
    token = str(it.code(it.authorization())["access_token"])
    claims = json.dumps(
        {"userinfo": {"verified_claims": {"verification": {"trust_framework": None}, "claims": {"name": None}}}}
    )
    verified = str(it.code(it.authorization(claims=claims))["access_token"])
    by_key = str(
        it.redeemed(it.answered(it.authorization()), {**basic("by-secret"), **it.proof("POST", "/token")})[
            "access_token"
        ]
    )
    certified = it.answered(it.authorization("by-certificate"))
    by_certificate = str(it.redeemed(certified, it.certificate, client_id="by-certificate")["access_token"])
    plain = _shown(it, token)

    def of_client(client_id: str) -> Asked:
        return _shown(it, str(it.code(it.authorization(client_id))["access_token"]))

    return {
        "proof of possession (RFC 9449), userinfo": (
            plain,
            Asked(
                lambda: {"HTTP_AUTHORIZATION": f"DPoP {by_key}", **it.proof("GET", "/userinfo", by_key)}, it.userinfo
            ),
        ),
        "certificate-bound token (RFC 8705), userinfo": (plain, _shown(it, by_certificate, it.certificate)),
        "signed userinfo (ES256)": (plain, of_client("userinfo-signed")),
        "signed and encrypted userinfo (ES256, ECDH-ES)": (plain, of_client("userinfo-encrypted")),
        "verified_claims, userinfo": (plain, _shown(it, verified)),
        "introspection as a JWT (RFC 9701)": (
            Asked(dict, lambda _: it.introspected(token)),
            Asked(dict, lambda _: it.introspected(token, "application/token-introspection+jwt")),
        ),
    }


def _shown(it: Measured, token: str, more: Headers | None = None) -> Asked:
    """Who the person of this token is."""
    headers = {"HTTP_AUTHORIZATION": f"Bearer {token}", **(more or {})}
    return Asked(dict, lambda _: it.userinfo(headers))
