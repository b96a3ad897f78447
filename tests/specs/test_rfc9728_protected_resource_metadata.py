"""RFC 9728: a resource tells which provider it takes tokens of, and a challenge tells where that stands."""

import re

import httpx
import pytest

from tests.plugins.running_idp import RunningIdp

WELL_KNOWN = "/.well-known/oauth-protected-resource"


@pytest.mark.parametrize("path", ["/userinfo", "/id_match", "/api/v1"])
def test_a_resource_tells_its_provider(idp_sqlite: RunningIdp, path: str) -> None:
    """§2 and §3.3: `resource` is exactly what was asked for. Mutation: the one document for both."""
    answer = httpx.get(f"{idp_sqlite.issuer}{WELL_KNOWN}{path}", trust_env=False)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    told = answer.json()
    assert told["resource"] == f"{idp_sqlite.issuer}{path}"
    assert told["authorization_servers"] == [idp_sqlite.issuer]
    assert "header" in told["bearer_methods_supported"]
    assert told["scopes_supported"]
    assert "ES256" in told["dpop_signing_alg_values_supported"]


@pytest.mark.parametrize(("path", "resource"), [("/userinfo", "/userinfo"), ("/api/v1/officers", "/api/v1")])
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer x"}, {"Authorization": "DPoP x"}], ids=str)
def test_a_challenge_leads_there(idp_sqlite: RunningIdp, path: str, resource: str, headers: dict[str, str]) -> None:
    """§5.1."""
    answer = httpx.get(f"{idp_sqlite.issuer}{path}", headers=headers, trust_env=False)
    assert answer.status_code == 401
    for challenge in answer.headers.get_list("www-authenticate"):
        place = re.search(r'resource_metadata="([^"]+)"', challenge)
        assert place, challenge
        assert httpx.get(place[1], trust_env=False).json()["resource"] == f"{idp_sqlite.issuer}{resource}"


def test_another_resource_is_not_ours(idp_sqlite: RunningIdp) -> None:
    for path in ("", "/", "/token", "/api"):
        assert httpx.get(f"{idp_sqlite.issuer}{WELL_KNOWN}{path}", trust_env=False).status_code == 404
