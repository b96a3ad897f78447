"""JOSE: our keys, our algorithms, our types; the header of a token decides nothing (RFC 8725)."""

import base64
import json
from collections.abc import Mapping

import pytest
from joserfc import jwk, jws

from idp.jose import ALGORITHMS, MAX_TOKEN, Key, generate, import_private, sign, thumbprint, verify

PRIVATE = {alg: generate(alg) for alg in ALGORITHMS}
KEYS = {alg: import_private(thumbprint(text), alg, text) for alg, text in PRIVATE.items()}
ES256, RS256 = KEYS["ES256"], KEYS["RS256"]
CLAIMS = {"sub": "abc", "name": "张小三"}


def part(value: object) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def with_header(token: str, **changes: object) -> str:
    """The same token under another header, with the old signature."""
    header, payload, signature = token.split(".")
    old = json.loads(base64.urlsafe_b64decode(header + "=="))
    return f"{part({**old, **changes})}.{payload}.{signature}"


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_what_we_sign_we_verify_with_kid_alg_and_typ(alg: str) -> None:
    token = sign(CLAIMS, KEYS[alg], "at+jwt")
    header = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))
    assert header == {"alg": alg, "kid": KEYS[alg].kid, "typ": "at+jwt"}
    assert verify(token, KEYS.values(), "at+jwt") == CLAIMS
    assert verify(token, KEYS.values(), None) == CLAIMS


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_public_key_has_nothing_private_in_it(alg: str) -> None:
    """Mutation: `as_dict(private=True)`."""
    public = KEYS[alg].public_jwk
    assert {"kid", "use", "alg", "kty"} <= set(public)
    assert (public["use"], public["alg"], public["kid"]) == ("sig", alg, KEYS[alg].kid)
    assert not {"d", "p", "q", "dp", "dq", "qi", "oth", "k"} & set(public)


def test_keys_are_of_the_promised_kind() -> None:
    assert json.loads(PRIVATE["ES256"])["crv"] == "P-256"
    assert len(base64.urlsafe_b64decode(json.loads(PRIVATE["RS256"])["n"] + "==")) == 256
    assert generate("ES256") != PRIVATE["ES256"]
    assert thumbprint(PRIVATE["ES256"]) == ES256.kid
    with pytest.raises(TypeError):
        import_private("k", "HS256", json.dumps(jwk.OctKey.generate_key(256).as_dict(private=True)))


def forged() -> Mapping[str, str]:
    """Tokens that a careless verifier would take."""
    good = sign(CLAIMS, ES256, "JWT")
    header, payload, signature = good.split(".")
    stranger = import_private(ES256.kid, "ES256", generate("ES256"))
    public_pem = RS256.private.as_pem(private=False)
    confused = jws.serialize_compact(
        {"alg": "HS256", "kid": RS256.kid, "typ": "JWT"},
        json.dumps(CLAIMS).encode(),
        jwk.OctKey.import_key(base64.b64encode(public_pem).decode()),
        algorithms=["HS256"],
    )
    return {
        "alg none": f"{part({'alg': 'none', 'kid': ES256.kid, 'typ': 'JWT'})}.{payload}.",
        "signature left out": f"{header}.{payload}.",
        "public key as HMAC secret": confused,
        "own key in the header": with_header(sign(CLAIMS, stranger, "JWT"), jwk=stranger.public_jwk),
        "address of a key in the header": with_header(good, jku="https://evil.example/jwks", kid="evil"),
        "a stranger's key under our kid": sign(CLAIMS, stranger, "JWT"),
        "no kid": f"{part({'alg': 'ES256', 'typ': 'JWT'})}.{payload}.{signature}",
        "another alg of ours": with_header(good, alg="RS256"),
        "kid of another key": with_header(good, kid=RS256.kid),
        "another payload": f"{header}.{part({'sub': 'admin'})}.{signature}",
        "another type": sign(CLAIMS, ES256, "logout+jwt"),
        "no object": sign_bytes(b"[1]"),
        "no JSON": sign_bytes(b"\xff"),
        "deep JSON": sign_bytes(b"[" * 5000),
        "critical header": with_header(good, crit=["exp"]),
    }


def sign_bytes(payload: bytes, key: Key = ES256) -> str:
    header = {"alg": key.alg, "kid": key.kid, "typ": "JWT"}
    return jws.serialize_compact(header, payload, key.private, algorithms=[key.alg])


@pytest.mark.parametrize("member", ["crit", "b64", "jwk", "jku", "x5u", "x5c"])
def test_a_header_that_we_never_write_is_not_ours_whoever_signed_it(member: str) -> None:
    """RFC 7515 §4.1.11: whoever does not understand what is critical refuses. Mutation: no look at these members."""

    def signed(**more: object) -> str:
        header = {"alg": ES256.alg, "kid": ES256.kid, "typ": "JWT", **more}
        signing_input = f"{part(header)}.{part(CLAIMS)}"
        signature = jws.JWSRegistry.algorithms["ES256"].sign(signing_input.encode(), ES256.private)
        return f"{signing_input}.{part(signature)}"

    assert verify(signed(), KEYS.values(), "JWT") == CLAIMS
    assert verify(signed(**{member: ["typ"]}), KEYS.values(), "JWT") is None


def test_forged_tokens_say_nothing() -> None:
    """Mutations: algorithms from the header; the key from the header; the type not compared."""
    assert verify(sign(CLAIMS, ES256, "JWT"), KEYS.values(), "JWT") == CLAIMS
    accepted = [name for name, token in forged().items() if verify(token, KEYS.values(), "JWT") is not None]
    assert accepted == []


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        "中.b.c",
        "\0",
        "e30.e30.e30",
        "=.=.=",
        f"{part([])}.e30.e30",
        f"{part(1)}..",
        "a" * MAX_TOKEN,
    ],
)
def test_hostile_text_is_no_token_and_no_failure(token: str) -> None:
    assert verify(token, KEYS.values(), None) is None


def test_a_token_that_is_too_long_is_not_even_looked_at() -> None:
    """Mutation: no bound before parsing."""
    token = sign({"sub": "a" * MAX_TOKEN}, ES256, "JWT")
    assert verify(token, KEYS.values(), "JWT") is None


def test_a_key_that_is_not_ours_any_more_verifies_nothing() -> None:
    assert verify(sign(CLAIMS, ES256, "JWT"), [RS256], "JWT") is None
