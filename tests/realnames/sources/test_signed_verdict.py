"""What is no verdict on this person in this transaction is refused, by name (threats C01, K06, K07)."""

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from idp.ports import FaceAuthority, FaceOutcome
from tests.idp.installed import NOW, Moment
from tests.realnames.sources.asking import begin, request, verdict_on, why_refused
from tests.realnames.sources.toy_authority import CLIENT, Claims, ToyAuthority, base64url, jws, random43


def test_a_match_is_read_with_what_may_be_kept_of_it_and_nothing_else(source: FaceAuthority, toy: ToyAuthority) -> None:
    verdict = verdict_on(source)
    assert (verdict.outcome, verdict.liveness, verdict.score_class) == (FaceOutcome.MATCH, "passed", "high")
    assert verdict.decided_at == NOW
    assert verdict.verdict_id.startswith("verdict-on-")


@pytest.mark.parametrize("outcome", ["mismatch", "not_found", "no_photo"])
def test_every_signed_outcome_is_read(source: FaceAuthority, toy: ToyAuthority, outcome: str) -> None:
    toy.outcome = outcome
    assert verdict_on(source).outcome == outcome


@pytest.mark.parametrize("liveness", ["failed", "not_checked"])
def test_a_match_of_nobody_alive_is_a_mismatch(source: FaceAuthority, toy: ToyAuthority, liveness: str) -> None:
    """Mutation: a photo before the camera signs somebody in."""
    toy.liveness = liveness
    assert verdict_on(source).outcome is FaceOutcome.MISMATCH


def changed(**changes: Any) -> Callable[[Claims], Claims]:
    return lambda claims: {name: value for name, value in {**claims, **changes}.items() if value is not None}


@pytest.mark.parametrize(
    ("bend", "why"),
    [
        (changed(iss="https://elsewhere.example"), "wrong_issuer"),
        (changed(iss=None), "wrong_issuer"),
        (changed(aud="another-city"), "wrong_audience"),
        (changed(aud=[CLIENT]), "wrong_audience"),
        (changed(aud=None), "wrong_audience"),
        (changed(txn="another-transaction-of-ours"), "wrong_transaction"),
        (changed(txn=None), "wrong_transaction"),
        (changed(nonce=random43()), "wrong_nonce"),
        (changed(nonce=None), "wrong_nonce"),
        (changed(nonce="\ud800"), "wrong_nonce"),
        (changed(subject_digest=random43()), "wrong_person"),
        (changed(subject_digest=None), "wrong_person"),
        (changed(exp=NOW), "expired"),
        (changed(iat=NOW - 700, exp=NOW - 100), "expired"),
        (changed(exp=NOW + 601), "expired"),
        (changed(exp=NOW - 1, iat=NOW), "expired"),
        (changed(iat=NOW - 61, exp=NOW + 60), "wrong_time"),
        (changed(iat=NOW + 61, exp=NOW + 300), "wrong_time"),
        (changed(exp=None), "malformed"),
        (changed(iat=None), "malformed"),
        (changed(iat=True), "malformed"),
        (changed(exp=float(NOW + 300)), "malformed"),
        (changed(jti=None), "malformed"),
        (changed(jti="short"), "malformed"),
        (changed(jti=["a" * 20]), "malformed"),
        (changed(outcome="pending"), "malformed"),
        (changed(outcome="untrusted"), "malformed"),
        (changed(outcome=["match"]), "malformed"),
        (changed(outcome=None), "malformed"),
        (changed(liveness=None), "malformed"),
        (changed(liveness={}), "malformed"),
        (changed(score_class="0.98"), "malformed"),
        (changed(score_class=[]), "malformed"),
    ],
)  # fmt: skip
def test_a_verdict_that_is_bound_to_anything_else_is_refused(
    source: FaceAuthority, toy: ToyAuthority, bend: Callable[[Claims], Claims], why: str
) -> None:
    """Each mutation: this claim is not looked at, or its absence counts as pass."""
    toy.bend = bend
    assert why_refused(verdict_on(source)) == why


def test_a_key_that_is_not_the_authoritys_signs_nothing(source: FaceAuthority, toy: ToyAuthority) -> None:
    """Threat C01. Mutation: the key id is found and the signature not looked at."""
    toy.key = generate_private_key(SECP256R1())
    assert why_refused(verdict_on(source)) == "wrong_signature"


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ({"alg": "none"}, "malformed"),
        ({"alg": "HS256"}, "malformed"),
        ({"alg": "RS256"}, "malformed"),
        ({"typ": "JWT"}, "malformed"),
        ({"typ": None}, "malformed"),
        ({"kid": None}, "malformed"),
        ({"kid": "k2"}, "wrong_signature"),
        ({"crit": ["exp"]}, "malformed"),
        ({"jwk": {"kty": "EC"}}, "malformed"),
        ({"jku": "https://evil.example/jwks"}, "malformed"),
    ],
)
def test_a_header_that_is_not_of_the_contract_is_refused(
    source: FaceAuthority, toy: ToyAuthority, header: dict[str, Any], why: str
) -> None:
    """Threat C01, RFC 8725 §3.1, §3.11. Mutation: the algorithm is taken from the header."""
    toy.header = header
    assert why_refused(verdict_on(source)) == why


@pytest.mark.parametrize("alg", ["none", "HS256", "ES256"])
def test_an_unsigned_or_symmetric_verdict_is_refused(source: FaceAuthority, toy: ToyAuthority, alg: str) -> None:
    transaction = begin(source, request())
    claims = toy.claims(transaction.theirs)
    header, body, _ = jws({"alg": alg, "typ": "face-verdict+jwt", "kid": "k1"}, claims, toy.published).split(".")
    toy.raw = f"{header}.{body}."
    assert why_refused(source.verdict(transaction)) in {"malformed", "wrong_signature"}


def test_a_symmetric_signature_by_the_public_key_is_refused(source: FaceAuthority, toy: ToyAuthority) -> None:
    import hashlib
    import hmac

    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    transaction = begin(source, request())
    header, body, _ = jws(
        {"alg": "HS256", "typ": "face-verdict+jwt", "kid": "k1"}, toy.claims(transaction.theirs), toy.published
    ).split(".")
    pem = toy.published.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    toy.raw = f"{header}.{body}.{base64url(hmac.digest(pem, f'{header}.{body}'.encode(), hashlib.sha256))}"
    assert why_refused(source.verdict(transaction)) == "malformed"


@pytest.mark.parametrize("raw", ["", "a.b", "a.b.c", "....", "é.é.é", "x" * 9000, "e30.e30.e30"])
def test_what_is_no_compact_jws_is_refused(source: FaceAuthority, toy: ToyAuthority, raw: str) -> None:
    toy.raw = raw
    assert why_refused(verdict_on(source)) == "malformed"


def test_the_verdict_on_another_person_or_another_transaction_does_not_fit(
    source: FaceAuthority, toy: ToyAuthority
) -> None:
    """Mutation: the verdict is bound to the address it was read from, and to nothing in it."""
    first, second = begin(source, request()), begin(source, request(name="王秀兰", citizen_number="890102193705120027"))
    toy.raw = toy.verdict(first.theirs)
    assert source.verdict(first).outcome is FaceOutcome.MATCH
    assert why_refused(source.verdict(second)) == "wrong_transaction"


def test_a_new_key_is_found_and_unknown_ones_are_asked_for_every_half_minute_at_most(
    source: FaceAuthority, toy: ToyAuthority, clock: Moment
) -> None:
    """Mutations: keys read once for ever; read again for each verdict that names an unknown one."""
    assert verdict_on(source).outcome is FaceOutcome.MATCH
    toy.published, toy.kid = generate_private_key(SECP256R1()), "k2"
    assert why_refused(verdict_on(source)) == "wrong_signature"
    assert toy.asked.count("GET /jwks") == 1
    clock.pass_by(30)
    transaction = begin(source, request(), clock())
    assert source.verdict(transaction).outcome is FaceOutcome.MATCH
    assert toy.asked.count("GET /jwks") == 2
    clock.pass_by(299)
    assert source.verdict(begin(source, request(), clock())).outcome is FaceOutcome.MATCH
    assert toy.asked.count("GET /jwks") == 2
    clock.pass_by(1)
    assert source.verdict(begin(source, request(), clock())).outcome is FaceOutcome.MATCH
    assert toy.asked.count("GET /jwks") == 3
