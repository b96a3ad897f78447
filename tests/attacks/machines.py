"""Clients of the bench that prove themselves by a key, each with a name of its own, so that no count is shared."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx

from tests.attacks.rig import CHALLENGE, REDIRECT, SECRET, Browser, Target
from tests.idp.oauth.assertions import Attacker, KeyHolder, form, holder
from tests.idp.oauth.dpop_proofs import prover
from tests.idp.storage.storm import storm

_numbers = count(1)
DOORS: Mapping[str, Mapping[str, str]] = {
    "/token": {"grant_type": "client_credentials"},
    "/introspect": {"token": "unknown"},
    "/revoke": {"token": "unknown"},
    "/par": {
        "response_type": "code",
        "redirect_uri": REDIRECT,
        "scope": "openid",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    },
}
"""Where clients authenticate, and what else a request needs there."""


@dataclass
class Machine:
    """A registered client, and the browser through which it, or who pretends to be it, comes."""

    target: Target
    browser: Browser
    client_id: str
    proves: bool = False
    """Whether its profile wants a DPoP proof at the token endpoint."""

    def assertion(self, key: KeyHolder | None = None, **changes: Any) -> str:
        """A flawless one but for the changes; the log must not hold it."""
        made = (key or holder()).assertion(self.client_id, self.target.issuer, int(time.time()), **changes)
        self.target.log.keep_out(made)
        return made

    def bent(self) -> dict[str, str]:
        """Everything that the key of this client may be made to sign, and more."""
        made = Attacker(holder(), self.client_id, self.target.issuer, int(time.time())).everything()
        self.target.log.keep_out(*(text for text in made.values() if len(text) > 100))
        return made

    def come(self, assertion: str, door: str = "/revoke", **fields: str) -> httpx.Response:
        """Present it, as everything that comes through the bench is presented and looked at."""
        headers: dict[str, Any] = {"DPoP": self._proof()} if self.proves and door == "/token" else {}
        return self.browser.post(door, list({**DOORS[door], **form(assertion), **fields}.items()), **headers)

    def _proof(self) -> str:
        from idp.oauth.extensions.dpop import Nonces

        services = self.target.idp.installation.services
        nonce = Nonces(services.cipher, services.clock).current()
        made = prover().proof("POST", f"{self.target.issuer}/token", nonce=nonce)
        self.target.log.keep_out(made)
        return made

    def come_at_once(self, assertion: str, times: int, door: str = "/revoke") -> list[httpx.Response]:
        """Present it so often at the same moment; the answers are looked at afterwards."""
        fields = {**DOORS[door], **form(assertion)}
        answers = storm(times, lambda _: self.browser.http.post(door, data=fields))
        return [self.target.check(answer) for answer in answers]

    def come_with(self, fields: Mapping[str, str], door: str, **headers: Any) -> httpx.Response:
        """Present something else."""
        return self.browser.post(door, list({**DOORS[door], **fields}.items()), **headers)


def new_machine(target: Target, **changes: Any) -> Machine:
    """Register one; `private_key_jwt` with the key of the bench unless the changes say otherwise."""
    from idp.oauth.client_metadata import client_of

    client_id = f"attacked-machine-{next(_numbers)}"
    metadata = {
        "client_id": client_id,
        "client_name": "被攻击的机器",
        "grant_types": ["client_credentials", "authorization_code"],
        "redirect_uris": [REDIRECT],
        "scope": "openid licence:read",
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": holder().jwks,
        **changes,
    }
    if metadata["token_endpoint_auth_method"] != "private_key_jwt":
        metadata |= {"jwks": None, "client_secret": SECRET}
    services = target.idp.installation.services
    with services.begin() as unit_of_work:
        known = {name: value for name, value in metadata.items() if value is not None}
        unit_of_work.clients.save(client_of(known, is_sandbox=True), services.clock())
        unit_of_work.commit()
    return Machine(target, target.browser(), client_id, proves=metadata.get("profile") == "gov-high")


def is_welcome(answer: httpx.Response) -> bool:
    """Whether the door opened; a pushed request is created (RFC 9126 §2.2)."""
    return answer.status_code in {200, 201}


REFUSAL = {"error": "invalid_client", "error_description": "The client could not be authenticated."}


def is_refused(answer: httpx.Response) -> bool:
    """Whether it is the one refusal, or the same words from a door that has heard too many wrong ones."""
    if answer.status_code == 429:
        assert answer.headers["retry-after"].isdigit()
    return answer.status_code in {401, 429} and answer.json() == REFUSAL
