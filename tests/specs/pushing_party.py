"""A relying party with a private key: it authenticates by it, signs its requests with it, and pushes them."""

import time
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.idp.oauth.assertions import KeyHolder, changed, form, holder
from tests.idp.oauth.dpop_proofs import prover
from tests.plugins.running_idp import RunningIdp
from tests.specs.form_browser import Page
from tests.specs.relying_party import Changes, Question, RelyingParty

_numbers = count(1)

HIGH: Mapping[str, Any] = {
    "client_name": "社会保障",
    "redirect_uris": ["https://social-security.example/callback"],
    "grant_types": ["authorization_code", "refresh_token"],
    "token_endpoint_auth_method": "private_key_jwt",
    "scope": "openid profile",
    "asks_consent": False,
    "profile": "gov-high",
}


class PushingParty(RelyingParty):
    """A client of `gov-high`, or of what `changes` make of it."""

    def __init__(self, idp: RunningIdp, key: KeyHolder | None = None, **changes: Any) -> None:
        self.key = key or holder()
        self.prover = prover()
        metadata = changed(HIGH, {"client_id": f"pushing-{next(_numbers)}", "jwks": self.key.jwks, **changes})
        idp.register(metadata)
        super().__init__(idp, metadata)

    def proof(self) -> dict[str, str]:
        """What authenticates it in a form."""
        if self.metadata["token_endpoint_auth_method"] != "private_key_jwt":
            return {} if self.basic else {"client_id": self.client_id}
        return form(self.key.assertion(self.client_id, self.issuer, int(time.time())))

    def parameters(self, changes: Changes | None = None) -> tuple[dict[str, str], Question]:
        """A new request as members, and what its sender remembers."""
        question = self.ask(changes)
        return dict(parse_qsl(urlsplit(question.address).query, keep_blank_values=True)), question

    def post_pushed(self, parameters: Mapping[str, str], changes: Changes | None = None) -> httpx.Response:
        """RFC 9126 §2.1."""
        body = changed({**parameters, **self.proof()}, changes or {})
        return self.http.post(f"{self.issuer}/par", data=body, headers=self.basic)

    def push(self, changes: Changes | None = None) -> Question:
        """A pushed request, and the address that leads a person to it."""
        parameters, question = self.parameters(changes)
        answer = self.post_pushed(parameters)
        assert answer.status_code == 201, answer.text
        return Question(self.led_by(answer.json()["request_uri"]), *self.remembered(question))

    def led_by(self, request_uri: str, **others: str) -> str:
        """The address that leads a person to a request by reference (RFC 9126 §4)."""
        query = urlencode({"client_id": self.client_id, "request_uri": request_uri, **others})
        return f"{self.issuer}/authorize?{query}"

    @staticmethod
    def remembered(question: Question) -> tuple[str, str, str]:
        """All but the address."""
        return question.state, question.nonce, question.code_verifier

    def request_object(
        self, parameters: Mapping[str, Any], header: Mapping[str, Any] | None = None, **changes: Any
    ) -> str:
        """The parameters signed (RFC 9101 §4); a claim changed to None is left out."""
        now = int(time.time())
        claims = {**parameters, "iss": self.client_id, "aud": self.issuer, "iat": now, "nbf": now, "exp": now + 300}
        head = {"alg": self.key.alg, "kid": self.key.kid, "typ": "oauth-authz-req+jwt"}
        return self.key.sign(changed(head, header or {}), changed(claims, changes))

    def prove(
        self, method: str, path: str, body: Mapping[str, str] | None = None, token: str | None = None
    ) -> httpx.Response:
        """A request with a DPoP proof, and once more with the nonce that the answer told (RFC 9449 §8)."""
        nonce = None
        for _ in range(2):
            address = f"{self.issuer}{path}"
            headers = {"DPoP": self.prover.proof(method, address, None, token, nonce=nonce)}
            if token is not None:
                headers["Authorization"] = f"DPoP {token}"
            content = None if body is None else {**body, **(self.proof() if path != "/userinfo" else {})}
            answer = self.http.request(method, address, data=content, headers={**headers, **self.basic})
            if "use_dpop_nonce" not in answer.text:
                break
            nonce = answer.headers["dpop-nonce"]
        return answer

    def redeem(self, page: Page, question: Question, changes: Changes | None = None) -> httpx.Response:
        """Send the code to the token endpoint, with a proof where the profile wants one."""
        body = {
            "grant_type": "authorization_code",
            "code": page.answer["code"],
            "redirect_uri": self.redirect_uri,
            "code_verifier": question.code_verifier,
        }
        if self.metadata["profile"] == "gov-high":
            return self.prove("POST", "/token", changed(body, changes or {}))
        whole = changed({**body, **self.proof()}, changes or {})
        return self.http.post(f"{self.issuer}/token", data=whole, headers=self.basic)

    def read_response(self, page: Page, algorithms: list[str] | None = None) -> dict[str, Any]:
        """What stands in a signed answer (JARM §2.4), its signature verified with the published keys."""
        keys = KeySet.import_key_set(self.http.get(f"{self.issuer}/jwks").json())
        claims: dict[str, Any] = jwt.decode(page.answer["response"], keys, algorithms=algorithms or ["ES256"]).claims
        assert (claims["iss"], claims["aud"]) == (self.issuer, self.client_id)
        assert 0 < claims["exp"] - time.time() <= 600
        return claims


NewParty = Callable[..., PushingParty]
"""Registers one, by changes of its metadata."""
