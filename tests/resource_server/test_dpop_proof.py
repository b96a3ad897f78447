"""RFC 9449 §4.3, point by point; requirement 40 of the conformance facts, threats C01 to C08."""

from collections.abc import Callable
from typing import Any

import pytest

from resource_server.dpop_proof import LEEWAY, ProofFault, address_of, is_young, read_proof
from resource_server.public_keys import ALGORITHMS
from tests.idp.oauth.assertions import encoded, holder
from tests.idp.oauth.dpop_proofs import prover

ADDRESS = "https://id.example/token"
KEY = prover()


@pytest.mark.parametrize("alg", ["ES256", "PS256", "RS256", "EdDSA", "Ed25519"])
def test_a_good_proof_tells_its_key(alg: str) -> None:
    key = prover(alg)
    proof = read_proof(key.proof("POST", ADDRESS, nonce="n", jti="one"), "POST", [ADDRESS], ALGORITHMS)
    assert (proof.jkt, proof.jti, proof.nonce, proof.alg) == (key.jkt, "one", "n", alg)


@pytest.mark.parametrize(
    "htu",
    [
        "https://id.example/token",
        "HTTPS://ID.Example/token",
        "https://id.example:443/token",
        "https://id.example/token?x=y",
        "https://id.example/token#x",
    ],
)
def test_an_address_is_the_same_however_it_is_spelled(htu: str) -> None:
    """RFC 3986 §6.2.2 and §6.2.3; without query and fragment."""
    assert read_proof(KEY.proof("POST", htu), "POST", [ADDRESS], ALGORITHMS).jkt == KEY.jkt


def test_one_place_may_have_two_names() -> None:
    other = "https://mtls.example/token"
    assert read_proof(KEY.proof("POST", other), "POST", [ADDRESS, other], ALGORITHMS).jkt == KEY.jkt


def test_what_is_unknown_is_passed_over() -> None:
    """Requirement 40: `nbf`, `exp` and other claims are tolerated."""
    assert read_proof(KEY.proof("POST", ADDRESS, nbf=1, exp=2, other={}), "POST", [ADDRESS], ALGORITHMS).jkt


PRIVATE = {**KEY.key.jwk, **KEY.key.private.as_dict(private=True)}
BENT: dict[str, Callable[[], str]] = {
    "nothing": lambda: "",
    "two": lambda: f"{KEY.proof('POST', ADDRESS)},{KEY.proof('POST', ADDRESS)}",
    "no JWT": lambda: "a.b.c",
    "typ of a JWT": lambda: KEY.proof("POST", ADDRESS, {"typ": "JWT"}),
    "no typ": lambda: KEY.proof("POST", ADDRESS, {"typ": None}),
    "typ in capitals": lambda: KEY.proof("POST", ADDRESS, {"typ": "DPOP+JWT"}),
    "unsigned": lambda: f"{encoded({'typ': 'dpop+jwt', 'alg': 'none', 'jwk': KEY.key.jwk})}.{encoded({})}.",
    "another algorithm": lambda: KEY.proof("POST", ADDRESS, {"alg": "ES384"}),
    "a secret": lambda: KEY.proof("POST", ADDRESS, {"alg": "HS256"}),
    "no key": lambda: KEY.proof("POST", ADDRESS, {"jwk": None}),
    "a key that is text": lambda: KEY.proof("POST", ADDRESS, {"jwk": "x"}),
    "another key": lambda: KEY.proof("POST", ADDRESS, {"jwk": holder(kid="two").jwk}),
    "a private key": lambda: KEY.proof("POST", ADDRESS, {"jwk": PRIVATE}),
    "a shared secret": lambda: KEY.proof("POST", ADDRESS, {"jwk": {"kty": "oct", "k": "x"}}),
    "a key elsewhere": lambda: KEY.proof("POST", ADDRESS, {"jku": "https://evil.test/"}),
    "an unknown demand": lambda: KEY.proof("POST", ADDRESS, {"crit": ["x"], "x": 1}),
    "no jti": lambda: KEY.proof("POST", ADDRESS, jti=None),
    "an empty jti": lambda: KEY.proof("POST", ADDRESS, jti=""),
    "a jti that is a number": lambda: KEY.proof("POST", ADDRESS, jti=1),
    "a long jti": lambda: KEY.proof("POST", ADDRESS, jti="j" * 513),
    "no iat": lambda: KEY.proof("POST", ADDRESS, iat=None),
    "an iat that is text": lambda: KEY.proof("POST", ADDRESS, iat="now"),
    "an iat that is true": lambda: KEY.proof("POST", ADDRESS, iat=True),
    "an iat beyond all clocks": lambda: KEY.proof("POST", ADDRESS, iat=10**30),
    "another method": lambda: KEY.proof("GET", ADDRESS),
    "no method": lambda: KEY.proof("POST", ADDRESS, htm=None),
    "a method in small letters": lambda: KEY.proof("post", ADDRESS),
    "another path": lambda: KEY.proof("POST", f"{ADDRESS}/"),
    "another host": lambda: KEY.proof("POST", "https://evil.test/token"),
    "another scheme": lambda: KEY.proof("POST", "http://id.example/token"),
    "another port": lambda: KEY.proof("POST", "https://id.example:8443/token"),
    "a user": lambda: KEY.proof("POST", "https://id.example@evil.test/token"),
    "no address": lambda: KEY.proof("POST", ADDRESS, htu=None),
    "an address that is a list": lambda: KEY.proof("POST", ADDRESS, htu=[ADDRESS]),
    "a nonce that is a number": lambda: KEY.proof("POST", ADDRESS, nonce=1),
}


@pytest.mark.parametrize("name", BENT)
def test_a_bent_proof_proves_nothing(name: str) -> None:
    """Mutation: one line of `read_proof` or `_fault`."""
    with pytest.raises(ProofFault) as caught:
        read_proof(BENT[name](), "POST", [ADDRESS], ALGORITHMS)
    assert str(caught.value).isascii()


def test_an_algorithm_that_is_not_announced_is_refused() -> None:
    proof = prover("RS256").proof("POST", ADDRESS)
    with pytest.raises(ProofFault):
        read_proof(proof, "POST", [ADDRESS], ["ES256"])


@pytest.mark.parametrize(("claims", "is_good"), [({}, True), ({"ath": None}, False), ({"ath": "x"}, False)])
def test_at_a_resource_it_names_the_token(claims: dict[str, Any], is_good: bool) -> None:
    """Mutation: `ath` looked at only where it is there."""
    proof = KEY.proof("GET", ADDRESS, None, "token", **claims)
    if is_good:
        assert read_proof(proof, "GET", [ADDRESS], ALGORITHMS, "token").jkt == KEY.jkt
        return
    with pytest.raises(ProofFault):
        read_proof(proof, "GET", [ADDRESS], ALGORITHMS, "token")


@pytest.mark.parametrize(
    ("seconds", "young"), [(0, True), (LEEWAY, True), (-LEEWAY, True), (LEEWAY + 1, False), (-3600, False)]
)
def test_it_is_young_for_a_minute(seconds: int, young: bool) -> None:
    proof = read_proof(KEY.proof("POST", ADDRESS, iat=1000), "POST", [ADDRESS], ALGORITHMS)
    assert is_young(proof, 1000 + seconds) is young


@pytest.mark.parametrize(
    ("htu", "path"),
    [
        ("https://r.example/许可", "/è®¸å¯"),
        ("junk", "/è®¸"),
        ("https://r.example/files/", "/files/?secret"),
        ("https://r.example/files/", "/files/#secret"),
        ("https://r.example/a%2Fb", "/a/b"),
        ("https://r.example:0/a", "/a"),
        ("https:///a", "/a"),
        ("https://r.example\\@evil.test/a", "/a"),
    ],
)
def test_what_is_no_address_is_the_address_of_nothing(htu: str, path: str) -> None:
    """Mutations: nothing equals nothing; what a server decoded read as query or fragment."""
    with pytest.raises(ProofFault):
        read_proof(KEY.proof("GET", htu), "GET", [address_of("https://r.example", path)], ALGORITHMS)


@pytest.mark.parametrize(
    ("htu", "path"),
    [
        ("https://r.example/a%20b", "/a b"),
        ("https://r.example/%E8%AE%B8", "/è®¸"),
        ("https://r.example/%7euser", "/~user"),
        ("https://r.example/a%3fb", "/a?b"),
        ("https://r.example/a@b;c=d", "/a@b;c=d"),
    ],
)
def test_an_encoded_path_is_what_the_server_decoded(htu: str, path: str) -> None:
    """PEP 3333: paths come decoded, as if they were Latin-1."""
    proof = KEY.proof("GET", htu)
    assert read_proof(proof, "GET", [address_of("https://r.example", path)], ALGORITHMS).jkt == KEY.jkt
