"""C10: what the JWK Set shows is public, named, and the key that really signs."""

import base64
import json

import pytest

from tests.attacks.rig import Browser, Target

PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


def test_only_public_members_are_shown(target: Target, browser: Browser) -> None:
    """Red when `Key.public_jwk` exports with `private=True`, leaves out `kid`, `use` or `alg`, or a symmetric key is
    put among the others.
    """
    answer = browser.get("/jwks")
    keys = json.loads(answer.text)["keys"]
    assert {key["kty"] for key in keys} == {"EC", "RSA"}
    assert {key["alg"] for key in keys} == {"ES256", "RS256"}
    assert all(key["use"] == "sig" and len(key["kid"]) >= 43 for key in keys)
    assert len({key["kid"] for key in keys}) == len(keys)
    assert not [member for key in keys for member in key if member in PRIVATE]
    assert all(len(_bytes(key["n"])) >= 256 for key in keys if key["kty"] == "RSA")
    assert "private" not in answer.text


def test_the_stored_private_part_is_in_no_answer(target: Target, browser: Browser) -> None:
    """Nor in the log, as the rig checks. Red when discovery or JWKS is built from the stored row."""
    services = target.idp.installation.services
    with services.begin() as unit_of_work:
        secrets = [json.loads(key.private_jwk)["d"] for key in unit_of_work.signing_keys.all()]
    target.log.keep_out(*secrets)
    assert secrets
    for path in ("/jwks", "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"):
        assert not [secret for secret in secrets if secret in browser.get(path).text]


@pytest.mark.parametrize("client_id", ["attacked-web"])
def test_an_id_token_names_a_published_key(signed_in: Browser, client_id: str) -> None:
    """Red when the header has no `kid` (pitfall 11) or the published set is not the signing one."""
    id_token = signed_in.redeem(signed_in.code(), client_id).json()["id_token"]
    header = json.loads(_bytes(id_token.partition(".")[0]))
    published = {(key["kid"], key["alg"]) for key in signed_in.get("/jwks").json()["keys"]}
    assert (header["kid"], header["alg"]) in published
    assert not {"jwk", "jku", "x5u", "x5c"} & set(header)


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
