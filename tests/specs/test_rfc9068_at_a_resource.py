"""RFC 9068 at a department's own service: the verifier that we give along, with tokens that we issued."""

from collections.abc import Iterable
from typing import Any

import httpx
import pytest

from resource_server.access_tokens import AccessTokenVerifier
from resource_server.seen_proofs import SeenProofs
from resource_server.wsgi import KEY, Protected
from tests.plugins.running_idp import RunningIdp
from tests.specs.pushing_party import PushingParty

RESOURCE = "https://records.example"


@pytest.fixture(scope="module")
def records(idp_sqlite: RunningIdp) -> dict[str, Any]:
    """A resource that is registered, with a scope of its own."""
    from idp.oauth.client_metadata import client_of

    metadata: dict[str, Any] = {
        "client_id": "records",
        "client_name": "档案",
        "client_secret": "a-secret-of-the-records-of-the-city-0123",
        "grant_types": ["client_credentials"],
        "response_types": [],
        "scope": "",
        "resource": RESOURCE,
        "resource_scope": {"records:read": {"zh-CN": "读取档案", "en": "Read records"}},
    }
    services = idp_sqlite.installation.services
    with services.begin() as unit_of_work:
        unit_of_work.clients.save(client_of(metadata), services.clock())
        unit_of_work.commit()
    return metadata


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ[KEY].client_id.encode()]


@pytest.mark.parametrize("profile", ["gov-high", "gov-standard"])
def test_our_tokens_open_it_to_their_holders(idp_sqlite: RunningIdp, records: dict[str, Any], profile: str) -> None:
    """Mutations: `aud`, `typ`, `cnf` of the mint; the address of the request built from Host."""
    issuer = idp_sqlite.issuer
    verifier = AccessTokenVerifier(
        issuer, records["resource"], lambda: httpx.get(f"{issuer}/jwks", trust_env=False).json(), SeenProofs()
    )
    guarded = Protected(application, verifier, RESOURCE, ["records:read"])
    with (
        PushingParty(
            idp_sqlite,
            profile=profile,
            redirect_uris=[],
            response_types=[],
            grant_types=["client_credentials"],
            scope="records:read",
            audience=RESOURCE,
            access_token_format="jwt",
        ) as party,
        httpx.Client(transport=httpx.WSGITransport(guarded), base_url="https://anything.example") as service,
    ):
        tokens = party.prove("POST", "/token", {"grant_type": "client_credentials"}).json()
        token = tokens["access_token"]
        proof = party.prover.proof("GET", f"{RESOURCE}/mine", None, token)
        headers = {"Authorization": f"DPoP {token}", "DPoP": proof}
        answer = service.get("/mine", headers=headers)
        assert (answer.status_code, answer.text) == (200, party.client_id)
        assert service.get("/mine", headers=headers).status_code == 401, "a proof is used once"
        assert service.get("/mine", headers={"Authorization": f"Bearer {token}"}).status_code == 401
        assert service.get("/mine").headers["www-authenticate"] == "Bearer"
