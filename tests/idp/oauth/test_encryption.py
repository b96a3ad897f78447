"""Encryption for a reader: a few strong algorithms, the right one of the reader's keys, and no secret anywhere."""

from typing import Any

import pytest
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OctKey, OKPKey

from idp.jose import MAX_KEYS
from idp.oauth.encryption import ALGORITHMS, CONTENT, Recipient, fit_for, read_keys
from tests.specs.encryption_keys import FITTING, reader

EC, RSA = reader("P-256").jwk, reader("RSA").jwk


@pytest.mark.parametrize("alg", ALGORITHMS)
@pytest.mark.parametrize("enc", CONTENT)
@pytest.mark.parametrize("is_jwt", [True, False])
def test_its_reader_reads_it_and_nobody_else(alg: str, enc: str, is_jwt: bool) -> None:
    """RFC 7516 §5.1, RFC 7519 §5.2."""
    owner = reader(FITTING[alg])
    key = fit_for(read_keys(owner.jwks), alg)
    assert key is not None
    written = Recipient(key, alg, enc).encrypt(b"content", is_jwt=is_jwt)
    header, content = owner.read(written, alg, enc)
    assert content == b"content"
    assert set(header) - {"epk"} == {"alg", "enc", "kid", "typ", *(["cty"] if is_jwt else [])}
    assert b"content" not in written.encode()
    assert Recipient(key, alg, enc).encrypt(b"content", is_jwt=is_jwt) != written
    stranger = ECKey.generate_key(FITTING[alg]) if alg != "RSA-OAEP-256" else reader("RSA", "other").private
    with pytest.raises((JoseError, ValueError)):
        jwe.decrypt_compact(written, stranger, algorithms=[alg, enc])


def test_what_is_weak_or_shared_is_not_there() -> None:
    """RFC 8725 §3.2, threats C06 and C07."""
    assert set(ALGORITHMS) == {"RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A256KW"}
    assert set(CONTENT) == {"A128CBC-HS256", "A128GCM", "A256GCM"}


def test_a_key_that_is_for_encryption_alone_comes_first() -> None:
    """RFC 7517 §4.2: a set with one key for each purpose. Mutation: the first that would do."""
    general = {name: value for name, value in EC.items() if name != "use"} | {"kid": "general"}
    key = fit_for(read_keys({"keys": [general, EC]}), "ECDH-ES")
    assert key is not None
    assert key.kid == "enc-1"
    assert [key.kid for key in read_keys({"keys": [general]})] == ["general"]


def test_a_key_is_only_for_what_it_says() -> None:
    keys = read_keys({"keys": [{**EC, "alg": "ECDH-ES"}]})
    assert fit_for(keys, "ECDH-ES") is not None
    assert fit_for(keys, "ECDH-ES+A256KW") is None
    assert fit_for(read_keys({"keys": [RSA]}), "ECDH-ES") is None
    assert fit_for(read_keys({"keys": [{**RSA, "key_ops": ["wrapKey"]}]}), "RSA-OAEP-256") is not None


def test_a_name_of_any_kind_is_told() -> None:
    for kid in ("中", "\ud800", "k" * 1000, ""):
        (key,) = read_keys({"keys": [{**EC, "kid": kid}]})
        assert Recipient(key, "ECDH-ES", "A256GCM").encrypt(b"x", is_jwt=True).count(".") == 4


PASSED_OVER: list[Any] = [
    None, 1, "x", [], {},
    {**EC, "use": "sig"}, {**EC, "use": 1}, {**EC, "use": ["enc"]}, {**EC, "key_ops": ["verify"]}, {**EC, "key_ops": "encrypt"},
    {**EC, "key_ops": [["encrypt"]]}, {**EC, "kid": 1}, {**EC, "kty": ["EC"]}, {**EC, "kty": "oct"}, {**EC, "crv": ["P-256"]},
    {**EC, "crv": "secp256k1"}, {**EC, "crv": "P-384"}, {**EC, "y": EC["x"]}, {**EC, "y": None}, {**EC, "alg": "ECDH-ES+A128KW"},
    {**RSA, "alg": "RSA1_5"}, {**RSA, "alg": "RSA-OAEP"}, {**RSA, "alg": None}, {**RSA, "n": RSA["n"][:170]}, {**RSA, "n": "é"},
    {**RSA, "e": "AQ"}, {**RSA, "e": 5},
    reader("P-256").private.as_dict(private=True), reader("RSA").private.as_dict(private=True),
    OctKey.generate_key(256).as_dict(private=True), OKPKey.generate_key("X25519").as_dict(private=False),
]  # fmt: skip


@pytest.mark.parametrize("key", PASSED_OVER, ids=range(len(PASSED_OVER)))
def test_other_keys_are_passed_over(key: Any) -> None:
    """RFC 7517 §5. Mutations: a key for signatures, too weak, off its curve, or published with its secret."""
    assert list(read_keys({"keys": [key]})) == []
    assert len(read_keys({"keys": [key, EC]})) == 1


@pytest.mark.parametrize("jwks", [{}, {"keys": 1}, {"keys": EC}, {"keys": [EC] * (MAX_KEYS + 1)}])
def test_what_is_no_set_holds_no_key(jwks: dict[str, Any]) -> None:
    assert list(read_keys(jwks)) == []
