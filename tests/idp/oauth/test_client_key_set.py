"""A client's own keys: public, strong, each with a name; whatever else stands in a set is told, never kept (RFC 7517)."""

from typing import Any

import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey

from idp.jose import MAX_KEYS
from idp.oauth.client_key_set import ALGORITHMS, algorithms_of, can_encrypt, can_verify, faults_of

P256 = {**ECKey.generate_key("P-256").as_dict(private=False), "kid": "p256"}
P384 = {**ECKey.generate_key("P-384").as_dict(private=False), "kid": "p384"}
P521 = {**ECKey.generate_key("P-521").as_dict(private=False), "kid": "p521"}
ED25519 = {**OKPKey.generate_key("Ed25519").as_dict(private=False), "kid": "ed25519"}
RSA = {**RSAKey.generate_key(2048).as_dict(private=False), "kid": "rsa"}
OF_ANOTHER_KIND = {"kty": "AKP", "alg": "ML-DSA-65", "pub": "AA", "kid": "later"}


def of(*keys: Any) -> dict[str, Any]:
    return {"keys": list(keys)}


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [(P256, "ES256"), (ED25519, "EdDSA"), (RSA, "RS256"), (RSA, "PS256"), (P384, None), (P521, None)],
)
def test_a_public_key_is_good(key: dict[str, Any], algorithm: str | None) -> None:
    assert faults_of(of(key)) == []
    assert (algorithm is None and not algorithms_of(of(key))) or algorithm in algorithms_of(of(key))


@pytest.mark.parametrize("key", [{**RSA, "use": "enc"}, {**P384, "use": "enc"}, {**RSA, "key_ops": ["encrypt"]}])
def test_a_set_may_be_for_encryption_alone(key: dict[str, Any]) -> None:
    """OpenID Connect Registration §2: what it is for is asked where it is used. Mutation: each set must sign."""
    assert faults_of(of(key)) == []
    assert not can_verify(of(key))
    assert can_encrypt(of(key), "RSA-OAEP-256" if key["kty"] == "RSA" else "ECDH-ES")


def test_keys_stand_together_and_unknown_kinds_are_passed_over() -> None:
    """RFC 7517 §5. Mutation: refuse a set because of a key of tomorrow."""
    assert faults_of(of(P256, RSA, OF_ANOTHER_KIND)) == []
    assert {"ES256", "RS256", "PS256"} <= algorithms_of(of(P256, RSA, OF_ANOTHER_KIND))


def test_a_key_is_only_for_what_it_says() -> None:
    assert algorithms_of(of({**RSA, "alg": "PS256"})) == {"PS256"}
    assert algorithms_of(of({**RSA, "use": "enc"})) == set()
    assert algorithms_of(of({**RSA, "key_ops": ["encrypt"]})) == set()
    assert algorithms_of(of({**RSA, "use": "sig", "key_ops": ["verify"]})) >= {"RS256", "PS256"}
    assert algorithms_of(of({**P256, "alg": "RS256"})) == set()


@pytest.mark.parametrize("name", ["d", "p", "q", "dp", "dq", "qi", "oth", "k"])
def test_a_private_member_is_refused_by_name(name: str) -> None:
    """Mutation: one name forgotten."""
    (fault,) = faults_of(of(P256, {**RSA, name: "hunter2"}))
    assert fault.startswith(f"keys.1: holds private members ({name})")
    assert "hunter2" not in fault


@pytest.mark.parametrize("private", [ECKey.generate_key("P-256"), OKPKey.generate_key("Ed25519")])
def test_a_whole_private_key_is_refused(private: ECKey | OKPKey) -> None:
    assert "(d)" in faults_of(of({**private.as_dict(private=True), "kid": "mine"}))[0]


def test_a_shared_secret_is_no_public_key() -> None:
    assert "(k)" in faults_of(of({"kty": "oct", "k": "c2VjcmV0", "kid": "x"}))[0]


BAD: list[tuple[Any, str]] = [
    ({}, "JWK Set"),
    ({"keys": []}, "JWK Set"),
    ({"keys": P256}, "JWK Set"),
    ({"keys": "x"}, "JWK Set"),
    (of(*[P256] * (MAX_KEYS + 1)), "JWK Set"),
    (of("x"), "keys.0: is not a JWK"),
    (of(P256, None), "keys.1: is not a JWK"),
    (of({**P256, "kid": ""}), "keys.0: has no kid"),
    (of({**P256, "kid": 1}), "keys.0: has no kid"),
    (of({name: value for name, value in P256.items() if name != "kid"}), "keys.0: has no kid"),
    (of(P256, {**RSA, "kid": "p256"}), "two keys have the same kid"),
    (of({**RSA, "n": RSA["n"][:170]}), "2048 to 8192 bits"),
    (of({**RSA, "n": "A" + str(RSA["n"])[:-1]}), "2048 to 8192 bits"),
    (of({**RSA, "n": str(RSA["n"]) * 5}), "2048 to 8192 bits"),
    (of({**RSA, "n": 5}), "2048 to 8192 bits"),
    (of({**RSA, "e": None}), "keys.0: is not a key that can be read"),
    (of({**P256, "x": P384["x"]}), "keys.0: is not a key that can be read"),
    (of({**P256, "y": P256["x"]}), "keys.0: is not a key that can be read"),
    (of({**P256, "use": 3}), "keys.0: is not a key that can be read"),
    (of({**ED25519, "x": "AAAA"}), "keys.0: is not a key that can be read"),
    (of({**P256, "crv": "secp256k1"}), "no key in it can be used"),
    (of({**P256, "crv": ["P-256"]}), "no key in it can be used"),
    (of({**P256, "kty": ["EC"]}), "no key in it can be used"),
    (of({**RSA, "key_ops": "verify"}), "keys.0: is not a key that can be read"),
    (of({**RSA, "key_ops": 1}), "keys.0: is not a key that can be read"),
    (of(OF_ANOTHER_KIND), "no key in it can be used"),
]


@pytest.mark.parametrize(("jwks", "told"), BAD)
def test_a_bad_set_is_told_in_words(jwks: dict[str, Any], told: str) -> None:
    assert told in faults_of(jwks)[0]


def test_every_bad_key_of_a_set_is_told() -> None:
    """Mutation: the first one only."""
    assert [fault[:7] for fault in faults_of(of({**P256, "y": "AA"}, 1, RSA, {**RSA, "kid": "x", "d": "x"}))] == [
        "keys.0:",
        "keys.1:",
        "keys.3:",
    ]


def test_what_we_accept_at_the_token_endpoint_is_asymmetric() -> None:
    """Mutation: `none` or HS256 among them."""
    assert all(name[:2] in {"ES", "PS", "RS", "Ed"} for name in ALGORITHMS)
